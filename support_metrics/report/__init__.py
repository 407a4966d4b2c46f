"""The weekly report: reads the marts, renders one page a week, delivers it and lands what it showed."""

from __future__ import annotations

from support_metrics.report.declared import figure_from_chart
from support_metrics.report.delivery import deliver_week, figures_shown
from support_metrics.report.page import render_week
from support_metrics.report.posting import post_report

__all__ = ["deliver_week", "figure_from_chart", "figures_shown", "post_report", "render_week"]

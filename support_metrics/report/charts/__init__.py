"""The report's charts, one module for each part of the page."""

from __future__ import annotations

from support_metrics.report.charts.chart import Cell, Chart, harmless_json
from support_metrics.report.charts.hours import answered_by_hour, asked_by_hour
from support_metrics.report.charts.load import new_and_returning, users_per_day, users_per_week
from support_metrics.report.charts.more import more_charts
from support_metrics.report.charts.promises import compliance_per_channel, compliance_per_week, response_times
from support_metrics.report.charts.tickets import tickets_per_week
from support_metrics.report.charts.year import users_per_day_over_a_year

__all__ = [
    "Cell",
    "Chart",
    "answered_by_hour",
    "asked_by_hour",
    "compliance_per_channel",
    "compliance_per_week",
    "harmless_json",
    "more_charts",
    "new_and_returning",
    "response_times",
    "tickets_per_week",
    "users_per_day",
    "users_per_day_over_a_year",
    "users_per_week",
]

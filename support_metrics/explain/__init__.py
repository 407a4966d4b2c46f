"""The path of a number of the published warehouse, from the mart back to the messages."""

from __future__ import annotations

from support_metrics.explain.list_text import period_lines
from support_metrics.explain.parts import Explanation, Period
from support_metrics.explain.period import CHANNELS, explain_day, explain_week
from support_metrics.explain.request import explain_request
from support_metrics.explain.text import explanation_lines

__all__ = ["CHANNELS", "Explanation", "Period", "explain_day", "explain_request", "explain_week", "explanation_lines", "period_lines"]

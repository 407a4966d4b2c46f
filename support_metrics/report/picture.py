"""The headline as a picture: the four figures over the week's users per day, as PNG through Plotly's own exporter."""

from __future__ import annotations

import logging

import plotly.graph_objects as go

from support_metrics.report.charts import users_per_day
from support_metrics.report.headlines import headlines
from support_metrics.report.palette import LIGHT_PAPER, TEXT, TOTAL
from support_metrics.report.week import Week
from support_metrics.report.wording import plain, week_name

WIDTH, HEIGHT, SCALE = 1000, 560, 2  # CSS pixels, and how many of the picture's each is


class NoPicture(Exception):
    """Why there is none, in words."""


def describe(week: Week) -> str:
    """The picture in a sentence."""
    said = "; ".join(f"{each.label.lower()} {each.value}" for each in headlines(week))
    return f"Week of {week_name(week.monday)}: {said}."


def figure(week: Week) -> go.Figure:
    """The chart of the week with its headline figures above it."""
    drawn = go.Figure(users_per_day(week).figure)
    drawn.update_layout(
        width=WIDTH,
        height=HEIGHT,
        paper_bgcolor=LIGHT_PAPER,
        margin={"l": 50, "r": 40, "t": 215, "b": 60},
        showlegend=True,
        legend={"orientation": "h", "y": -0.1, "x": 0},
    )
    team = plain(week.build["team"])
    _write(drawn, 0, 1.66, f"{team}, {week_name(week.monday)}", 20, TOTAL.light, weight=600)
    for position, headline in enumerate(headlines(week)):
        x = position / 4
        _write(drawn, x, 1.48, headline.label, 14, TEXT.light)
        _write(drawn, x, 1.39, headline.value, 38, TOTAL.light, weight=650)
        changes = [f"{change.arrow} {change.amount} on {change.against}" for change in headline.changes[-1:]]
        _write(drawn, x, 1.19, plain(changes[0].strip()) if changes else "not known" if headline.why else "so far", 13, TEXT.light)
    _write(drawn, 0, 1.085, "Users per day", 14, TEXT.light, weight=600)
    return drawn


def _write(drawn: go.Figure, x: float, y: float, text: str, size: int, color: str, weight: int = 400) -> None:
    font = {"size": size, "color": color, "weight": weight}
    drawn.add_annotation(x=x, y=y, xref="paper", yref="paper", text=text, font=font, showarrow=False, xanchor="left", yanchor="top")


def picture(week: Week, scale: float = SCALE) -> bytes:
    """The picture as PNG, `scale` pixels for each of CSS. Raises NoPicture where there is no Chromium or it does not draw."""
    for name in ("kaleido", "choreographer"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        png: bytes = figure(week).to_image(format="png", scale=scale)
    except (RuntimeError, ValueError, OSError, ImportError) as error:
        reason = "no Chromium or Chrome was found" if "hrome" in str(error) else f"Chromium does not draw ({type(error).__name__})"
        raise NoPicture(reason) from None
    if not png.startswith(b"\x89PNG"):
        raise NoPicture("Chromium drew nothing")
    return png

"""The days of a year: the different people of each, the weekly mean with the limits of what is usual, and each channel below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from support_metrics.report.charts.chart import Chart, pivot
from support_metrics.report.charts.load import holiday, ink_of, note_of_limits, people, table_of
from support_metrics.report.charts.marks import circumstances, control_of, draw_limits, draw_line, draw_strip, holidays_of
from support_metrics.report.figures import Figure, Series, figure_of
from support_metrics.report.headlines import mean_users
from support_metrics.report.palette import GREY, TEXT
from support_metrics.report.week import Week
from support_metrics.report.wording import name_of, number, plain, plural

PANEL, GAP = 34, 14  # of each channel, in pixels
NOTE = "A bar counts everyone of the day once; a channel’s own, below, counts who asked in it."


def users_per_day_over_a_year(week: Week) -> Chart:
    """The different people of every day, the mean per business day of every week as a line, and a row of bars for each channel."""
    by_day = {day: values for day, values in pivot(week.days, "day", "users").items() if day < week.monday + timedelta(days=7)}
    means = {monday: mean_users(week, monday) for monday in week.mondays}
    limits = control_of(week, means)
    said = {monday: circumstances(week, monday) for monday in week.mondays}
    hover = [
        f"{people(values.get('all'))}{holiday(week, day)}{said.get(day - timedelta(days=day.weekday()), '')}"
        for day, values in by_day.items()
    ]
    everyone = Series("Different people", GREY, list(by_day), [values.get("all") for values in by_day.values()], hover)
    figure = figure_of([everyone], x_type="date", is_dense=True)
    draw_line(figure, "Mean per business day", means, limits)
    middles = {monday + timedelta(days=2): value for monday, value in means.items()}
    draw_limits(figure, limits and limits.moved(2), middles)
    draw_strip(figure, week, week.mondays, [day for day in holidays_of(week) if day in by_day])
    _draw_channels(figure, by_day, [channel for channel in week.channels if any(values.get(channel) for values in by_day.values())], week)
    columns, rows = table_of("Day", by_day, [*week.channels, "all"])
    says = f"Users per day over {plural(len(week.mondays), 'week')}; {number(means.get(week.monday), 1)} per business day in this week."
    note = f"{NOTE} {note_of_limits(limits, 'per business day')}"
    return Chart("users-per-day-year", "Users per day over a year", says, figure, columns, rows, note)


def _draw_channels(figure: Figure, by_day: Mapping[date, Mapping[str, int | None]], channels: Sequence[str], week: Week) -> None:
    """Below the days a row for each channel, with its name, so that none is told from another by its colour."""
    layout = figure["layout"]
    above, below = layout["height"], len(channels) * (PANEL + GAP)
    whole = above + below
    for name in ("yaxis", "yaxis2"):
        if name in layout:
            low, high = layout[name].get("domain", (0, 1))
            layout[name]["domain"] = [(below + low * above) / whole, (below + high * above) / whole]
    days = [day.isoformat() for day in by_day]
    for position, channel in enumerate(channels):
        users = [values.get(channel) for values in by_day.values()]
        bottom = below - (position + 1) * (PANEL + GAP)
        axis, most = f"y{position + 3}", max(filter(None, users))
        layout[axis.replace("y", "yaxis")] = {
            "domain": [bottom / whole, (bottom + PANEL) / whole],
            "range": [0, most],
            "visible": False,
            "fixedrange": True,
            "anchor": "x",
        }
        figure["data"].append(_row(channel, ink_of(channel, week.channels.index(channel)).light, days, users) | {"yaxis": axis})
        layout.setdefault("annotations", []).append(_name(f"{name_of(channel)}, at most {number(most)} on a day", (bottom + PANEL) / whole))
    layout["height"] = whole
    layout["xaxis"] |= {"anchor": "free", "position": 0}
    layout["hoversubplots"] = "axis"


def _row(channel: str, color: str, days: list[str], users: list[int | None]) -> dict[str, Any]:
    return {
        "type": "bar",
        "name": plain(name_of(channel)),
        "x": days,
        "y": users,
        "marker": {"color": color, "line": {"width": 0}},
        "customdata": [plain(f"{name_of(channel)}: {number(value)}") for value in users],
        "hovertemplate": "%{customdata}<extra></extra>",
        "showlegend": False,
    }


def _name(text: str, top: float) -> dict[str, Any]:
    font = {"size": 11, "color": TEXT.light}
    place = {"xref": "paper", "x": 0, "xanchor": "left", "yref": "paper", "y": top, "yanchor": "bottom"}
    return place | {"text": plain(text), "font": font, "showarrow": False}

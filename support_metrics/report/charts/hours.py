"""When people ask and when they are answered: hours of the day and weekdays, with business hours drawn in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from support_metrics.report.charts.chart import Cell, Chart, counted
from support_metrics.report.figures import Figure, dress
from support_metrics.report.palette import HEAT, LIGHT_PAPER, TOTAL
from support_metrics.report.week import WEEKS_OF_HOURS, Row, Week
from support_metrics.report.wording import plural

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
DASHES = ("solid", "dash", "dot")
FRAME = {"color": TOTAL.light, "width": 1.8}


def asked_by_hour(week: Week) -> Chart:
    return _heat_map(week, "asked-by-hour", "When people asked", "asked", [row for row in week.hours if row["kind"] == "asked"])


def answered_by_hour(week: Week) -> Chart:
    return _heat_map(
        week, "answered-by-hour", "When they were first answered", "answered", [row for row in week.hours if row["kind"] == "answered"]
    )


def _heat_map(week: Week, identity: str, title: str, verb: str, rows: Sequence[Row]) -> Chart:
    counts = {(row["weekday"], row["hour"]): row["requests"] for row in rows}
    grid = [[counts.get((day, hour)) for hour in range(24)] for day in range(1, 8)]
    hover = [
        [f"{WEEKDAYS[day]} {hour}–{hour + 1} h: {count or 0} {verb}" for hour, count in enumerate(line)] for day, line in enumerate(grid)
    ]
    figure = _drawn(grid, hover)
    figure["layout"]["shapes"] = [
        {"type": "rect", "x0": opens - 0.5, "x1": closes - 0.5, "y0": day - 0.5, "y1": day + 0.5, "line": FRAME | {"dash": dash}}
        for day, opens, closes, dash in _open_hours(week)
    ]
    columns = ["Weekday", *(f"{hour} h" for hour in range(24)), "All"]
    cells = [
        [Cell(name), *(counted(count or 0) for count in line), counted(sum(filter(None, line)))]
        for name, line in zip(WEEKDAYS, grid, strict=True)
    ]
    total = sum(counts.values())
    outside = total - sum(row["requests"] for row in rows if row["is_open"])
    says = f"{plural(total, 'request')} {verb} in {plural(WEEKS_OF_HOURS, 'week')}, {outside} of them outside business hours."
    note = f"{says} Local time of {week.build['time_zone']}; the frames are the business hours of this week."
    return Chart(identity, title, says, figure, columns, cells, note)


def _drawn(grid: list[list[int | None]], hover: list[list[str]]) -> Figure:
    cells = {
        "type": "heatmap",
        "z": grid,
        "x": list(range(24)),
        "y": list(WEEKDAYS),
        "customdata": hover,
        "hovertemplate": "%{customdata}<extra></extra>",
        "texttemplate": "%{z}",
        "textfont": {"color": TOTAL.light},
        "colorscale": [[0, LIGHT_PAPER], [1, HEAT.light]],
        "zmin": 0,
        "showscale": False,
        "hoverongaps": False,
        "xgap": 1,
        "ygap": 1,
    }
    figure: Figure = {"data": [cells], "layout": {}}
    dress(figure, "linear", "", "", 7, 270)
    layout, every_third = figure["layout"], list(range(0, 24, 3))
    del layout["yaxis"]["nticks"]
    layout["hovermode"] = "closest"
    layout["xaxis"] |= {"range": [-0.5, 23.5], "tickvals": every_third, "ticktext": [f"{hour} h" for hour in every_third]}
    layout["yaxis"] |= {"type": "category", "range": [6.5, -0.5], "showgrid": False, "ticks": ""}
    layout["yaxis"] |= {"categoryorder": "array", "categoryarray": list(WEEKDAYS)}
    return figure


def _open_hours(week: Week) -> Iterator[tuple[int, float, float, str]]:
    """Weekday from 0, and the local hours between which the clock runs on it; each calendar with a dash of its own."""
    calendars = sorted({row["calendar"] for row in week.open_hours})
    for row in week.open_hours:
        dash = DASHES[calendars.index(row["calendar"]) % len(DASHES)]
        begins, ends = row["open_at"].astimezone(week.zone), row["close_at"].astimezone(week.zone)
        for begin, end in _days(begins, ends):
            if week.monday <= begin.date() <= week.monday + timedelta(days=6):
                until = 24.0 if end.date() > begin.date() else _hour(end)
                yield begin.weekday(), _hour(begin), until, dash


def _days(begins: datetime, ends: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The parts of a span between local midnights."""
    while begins.date() < ends.date():
        midnight = datetime.combine(begins.date() + timedelta(days=1), datetime.min.time(), begins.tzinfo)
        yield begins, midnight
        begins = midnight
    if begins < ends:
        yield begins, ends


def _hour(moment: Any) -> float:
    return float(moment.hour + moment.minute / 60)

"""What surrounds a chart: limits, unusual weeks, and above the bars releases, holidays and who was on duty."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from support_metrics.report.control import Control, control
from support_metrics.report.figures import Figure, at
from support_metrics.report.palette import GREEN, GRID, LIGHT_PAPER, PURPLE, TEXT, TOTAL, VERMILION
from support_metrics.report.wording import number, plain

if TYPE_CHECKING:
    from support_metrics.report.week import Week

STRIP = (0.86, 1.0)  # of the plot's height, above the bars
RELEASES, HOLIDAYS, NAMES = 0.85, 0.5, 0.1
ABOVE: dict[str, Any] = {"type": "scatter", "yaxis": "y2", "hoverinfo": "skip", "cliponaxis": False}
HOLIDAY = ABOVE | {"name": "Holiday", "mode": "markers", "marker": {"symbol": "triangle-down", "size": 9, "color": PURPLE.light}}


def control_of(week: Week, values: Mapping[date, float | None]) -> Control | None:
    """Limits of weekly values, holiday weeks left out."""
    holidays = {row["week"] for row in week.releases if row["is_holiday_week"]}
    return control(values, week.monday, holidays, unfinished=not week.is_over)


def circumstances(week: Week, monday: date, limits: Control | None = None) -> str:
    """What is to be known of a week beside its figure: who was on duty, releases, holidays, and whether the figure is unusual."""
    duty, release = week.of_week(week.duties, monday), week.of_week(week.releases, monday)
    said = [f"on duty: {duty['exterminator']}"] if duty and duty["exterminator"] else []
    if release:
        said += ["holiday week"] if release["is_holiday_week"] else []
        said += [f"released {', '.join(release['tags'])}"] if release["tags"] else []
    said += [f"unusual: {limits.unusual[monday]}"] if limits and monday in limits.unusual else []
    return "".join(f" · {each}" for each in said)


def draw_limits(figure: Figure, limits: Control | None, values: Mapping[date, float | None]) -> None:
    """The band of what is usual, its mean, and a ring around every unusual week; the axis makes room for all of it."""
    if limits is None:
        return
    across = {"xref": "x domain", "x0": 0, "x1": 1, "yref": "y", "layer": "below"}
    band = {"type": "rect", "y0": limits.lower, "y1": limits.upper, "fillcolor": GRID.light, "opacity": 0.45, "line": {"width": 0}}
    mean = {"type": "line", "y0": limits.mean, "y1": limits.mean, "line": {"color": TEXT.light, "width": 1.2, "dash": "dot"}}
    figure["layout"].setdefault("shapes", []).extend([across | band, across | mean])
    marked = [monday for monday in limits.unusual if values.get(monday) is not None]
    if marked:
        ring = {"symbol": "circle-open", "size": 19, "color": VERMILION.light, "line": {"width": 2.5}}
        figure["data"].append(
            {
                "type": "scatter",
                "name": "Unusual week",
                "x": [monday.isoformat() for monday in marked],
                "y": [values[monday] for monday in marked],
                "mode": "markers",
                "marker": ring,
                "hoverinfo": "skip",
                "cliponaxis": False,
            }
        )
    y_axis = figure["layout"]["yaxis"]
    y_axis["range"] = [0, max(y_axis["range"][1], limits.upper * 1.06)]


def holidays_of(week: Week) -> dict[date, str]:
    """Days on which the calendar would open and is closed, with their names."""
    return {row["day"]: row["name"] for row in week.holidays}


def draw_holidays(figure: Figure, places: Sequence[Any]) -> None:
    """A triangle at the top of the plot over each of these places, days that are holidays."""
    if places:
        figure["data"].append(HOLIDAY | {"x": [at(place) for place in places], "y": [1] * len(places)})
        figure["layout"]["yaxis2"] = {"overlaying": "y", "range": [0, 1], "visible": False, "fixedrange": True}


def draw_strip(figure: Figure, week: Week, mondays: Sequence[date], holidays: Collection[date] = ()) -> None:
    """Above the bars: a triangle for each week with a release, a square for each holiday week, initials of who was on duty.

    Where the bars are days, `holidays` are triangles on their heads.

    Initials are too wide for a phone, where the hover and the table name people; the page's script leaves them out there.
    """
    releases = [row["week"] for row in week.releases if row["releases"] and row["week"] in mondays]
    holiday_weeks = [row["week"] for row in week.releases if row["is_holiday_week"] and row["week"] in mondays]
    names = {row["week"]: row["exterminator"] for row in week.duties if row["exterminator"] and row["week"] in mondays}
    if not (releases or holiday_weeks or holidays or names):
        return
    for title, weeks, height, symbol, ink in (
        ("Release", releases, RELEASES, "triangle-up", GREEN),
        ("Holiday week", holiday_weeks, HOLIDAYS, "square", PURPLE),
    ):
        if weeks:
            x = [monday.isoformat() for monday in weeks]
            marker = {"symbol": symbol, "size": 7, "color": ink.light}
            figure["data"].append(ABOVE | {"name": title, "x": x, "y": [height] * len(x), "mode": "markers", "marker": marker})
    if holidays:
        figure["data"].append(HOLIDAY | {"x": [day.isoformat() for day in holidays], "y": [HOLIDAYS] * len(holidays)})
    on_duty = {
        "name": "On duty",
        "x": [monday.isoformat() for monday in names],
        "y": [NAMES] * len(names),
        "mode": "text",
        "text": [plain(initials(name)) for name in names.values()],
        "textfont": {"size": 9, "color": TEXT.light},
        "showlegend": False,
        "meta": "wide",
    }
    figure["data"].append(ABOVE | on_duty)
    layout = figure["layout"]
    layout["height"] += 40
    layout["yaxis"]["domain"] = [0, STRIP[0] - 0.03]
    layout["yaxis2"] = {"domain": list(STRIP), "range": [-0.1, 1.1], "visible": False, "fixedrange": True, "anchor": "x"}


def initials(name: str) -> str:
    """`Mei-Lin Zhao` is `MZ`; two people on duty are told apart by a plus."""
    return "+".join(
        "".join(word[0] for word in (each.split()[0], *each.split()[-1:][: len(each.split()) > 1]) if word).upper()
        for each in name.split(" and ")
        if each.split()
    )[:5]


def draw_line(figure: Figure, name: str, values: Mapping[date, float | None], limits: Control | None) -> None:
    """A weekly figure as a line over daily bars, at the middle of each working week."""
    unusual = limits.unusual if limits else {}
    days = [date.fromordinal(monday.toordinal() + 2).isoformat() for monday in values]
    common = {"type": "scatter", "name": plain(name), "x": days, "y": list(values.values())}
    halo = {"mode": "lines", "line": {"color": LIGHT_PAPER, "width": 5}, "hoverinfo": "skip", "showlegend": False}
    line = {
        "mode": "lines+markers",
        "line": {"color": TOTAL.light, "width": 2.2},
        "marker": {"symbol": "diamond", "size": 4, "color": TOTAL.light},
        "customdata": [
            f"{plain(name)}: {number(value, 1)}{f', unusual: {unusual[monday]}' if monday in unusual else ''}"
            for monday, value in values.items()
        ],
        "hovertemplate": "%{customdata}<extra></extra>",
    }
    figure["data"] += [common | halo, common | line]

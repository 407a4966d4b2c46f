"""Charts: what every figure of the report has in common."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from math import ceil
from typing import Any

from support_metrics.report.palette import GRID, LIGHT_PAPER, TEXT, TOTAL, Ink
from support_metrics.report.wording import NOTHING, day_name, number, percent, plain

# What plotly.js takes, `data` and `layout`. Plotly's own classes check every property when it is set, which takes three quarters of
# the time of a page; tests give every figure to them.
Figure = dict[str, Any]

KINDS = ("bar", "line", "area", "points")
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif"
NOT_COVERED = "not covered"
LABELS = 7


@dataclass
class Series:
    """One row of the legend. `hover` says each point in words (text from outside is made harmless where it is drawn)."""

    name: str
    ink: Ink
    x: list[Any]
    y: list[Any]
    hover: list[str] = field(default_factory=list)


def figure_of(
    series: Sequence[Series],
    kind: str = "bar",
    *,
    total: Series | None = None,
    total_is_sum: bool = False,
    x_type: str = "category",
    y_title: str = "",
    y_format: str = "",
    emphasised: Any = None,
    is_dense: bool = False,
    height: int = 320,
) -> Figure:
    """Bars are stacked. `total` is drawn as diamonds over them, or only named where it is what the bars add up to.

    Of the x values `emphasised` alone is drawn at full strength. Bars too many for patterns and gaps are `is_dense`.
    """
    everything = [*series, *([total] if total else [])]
    traces = [_trace(each, kind, emphasised, is_dense) for each in series]
    figure: Figure = {"data": traces, "layout": {}}
    if total is not None:
        traces.append(_total(total, visible=not total_is_sum))
        _label_totals(figure, total, series, emphasised)
    traces += _marks_of_uncovered(everything)
    top = max([*_heights(series, kind in ("bar", "area")).values(), *_heights([total] if total else []).values()], default=0)
    dress(figure, x_type, y_title, y_format, top, height)
    if is_dense:
        figure["layout"]["bargap"] = 0
    if x_type == "date":
        _label_dates(figure, everything)
    return figure


def trace_of(figure: Figure, name: str) -> dict[str, Any]:
    """The figure's trace of that name."""
    trace: dict[str, Any] = next(each for each in figure["data"] if each["name"] == name)
    return trace


def _trace(series: Series, kind: str, emphasised: Any, is_dense: bool) -> dict[str, Any]:
    common: dict[str, Any] = {
        "name": plain(series.name),
        "x": [at(value) for value in series.x],
        "y": series.y,
        "customdata": [plain(text) for text in series.hover or map(number, series.y)],
        "hovertemplate": "%{customdata}<extra></extra>",
    }
    if kind == "bar":
        return common | {"type": "bar", "marker": _bars(series, emphasised, is_dense)}
    stroke = {"color": series.ink.light, "dash": series.ink.dash, "width": 2.5}
    marker = {"color": series.ink.light, "symbol": series.ink.symbol, "size": 7 if len(series.x) <= 30 else 5}
    if kind == "area":
        area = {"stackgroup": "all", "line": stroke | {"width": 1}, "fillcolor": series.ink.light}
        return common | {"type": "scatter", "mode": "lines"} | area
    mode = "markers" if kind == "points" else "lines+markers"
    return common | {"type": "scatter", "mode": mode, "line": stroke, "marker": marker, "connectgaps": False}


def _bars(series: Series, emphasised: Any, is_dense: bool) -> dict[str, Any]:
    pattern: dict[str, Any] = {
        "shape": "" if is_dense else series.ink.pattern,
        "bgcolor": series.ink.light,
        "fgcolor": LIGHT_PAPER,
        "fgopacity": 0.5,
        "size": 6,
        "solidity": 0.25,
    }
    strength = 1 if emphasised is None else [1 if value == emphasised else 0.55 for value in series.x]
    line = {"color": LIGHT_PAPER, "width": 0 if is_dense else 1}
    return {"color": series.ink.light, "opacity": strength, "pattern": pattern, "line": line}


def _total(series: Series, visible: bool) -> dict[str, Any]:
    return {
        "type": "scatter",
        "name": plain(series.name),
        "x": [at(value) for value in series.x],
        "y": series.y,
        "mode": "markers",
        "marker": {
            "symbol": series.ink.symbol,
            "size": 9,
            "color": series.ink.light,
            "line": {"color": LIGHT_PAPER, "width": 1.5},
            "opacity": float(visible),
        },
        "customdata": [plain(text) for text in series.hover or map(number, series.y)],
        "hovertemplate": "%{customdata}<extra></extra>",
        "cliponaxis": False,
        "showlegend": visible,
    }


def _label_totals(figure: Figure, total: Series, stacked: Sequence[Series], emphasised: Any) -> None:
    """The totals in figures, each above its bar; where one bar is emphasised, only that one is labelled."""
    heights = _heights(stacked, stacked=True)
    font = {"size": 14, "color": total.ink.light, "weight": 600}
    labels = [
        {"x": at(x), "y": max(y, heights.get(at(x), 0)), "yshift": 13, "text": number(y), "showarrow": False, "font": font}
        for x, y in zip(total.x, total.y, strict=True)
        if y and emphasised in (None, x)
    ]
    if labels:
        figure["layout"]["annotations"] = labels


def _marks_of_uncovered(series: Sequence[Series]) -> Iterable[dict[str, Any]]:
    """A dash on the axis wherever no series knows anything, so that a gap is not read as zero."""
    known: dict[Any, bool] = {}
    for each in series:
        for x, y in zip(each.x, each.y, strict=True):
            known[at(x)] = known.get(at(x), False) or y is not None
    gaps = [x for x, is_known in known.items() if not is_known]
    if gaps:
        yield {
            "type": "scatter",
            "name": NOT_COVERED,
            "x": gaps,
            "y": [0] * len(gaps),
            "mode": "text",
            "text": [NOTHING] * len(gaps),
            "textposition": "top center",
            "textfont": {"color": TEXT.light, "size": 15},
            "hovertemplate": f"{NOT_COVERED}<extra></extra>",
            "showlegend": False,
        }


def _heights(series: Sequence[Series], stacked: bool = False) -> dict[Any, float]:
    heights: dict[Any, float] = {}
    for each in series:
        for x, y in zip(each.x, each.y, strict=True):
            heights[at(x)] = heights.get(at(x), 0) + (y or 0) if stacked else max(heights.get(at(x), 0), y or 0)
    return heights


def at(value: Any) -> Any:
    """A place on the axis. Text is made harmless; dates become ISO text, which Plotly reads."""
    return value.isoformat() if isinstance(value, date | datetime) else plain(value) if isinstance(value, str) else value


def dress(figure: Figure, x_type: str, y_title: str, y_format: str, top: float, height: int) -> None:
    """Paper, type, axes and hover as every chart of the page has them; `top` is the highest value."""
    axis = {"gridcolor": GRID.light, "linecolor": GRID.light, "zeroline": False, "fixedrange": True, "automargin": True}
    y_axis: dict[str, Any] = {"title": {"text": plain(y_title), "font": {"size": 13}}, "tickformat": y_format, "rangemode": "tozero"}
    if y_format.endswith("%"):
        quarters = [0, 0.25, 0.5, 0.75, 1]
        y_axis |= {"range": [0, 1.04], "tickvals": quarters, "ticktext": [percent(share) for share in quarters]}
    else:
        y_axis |= {"range": [0, max(top * 1.16, 4)]}
    figure["layout"] |= {
        "template": {"data": {"scatter": [{"type": "scatter"}]}},
        "barmode": "stack",
        "bargap": 0.28,
        "height": height,
        "margin": {"l": 8, "r": 8, "t": 16, "b": 8, "pad": 4},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": 13, "color": TEXT.light},
        "hovermode": "x unified",
        "hoverdistance": 60,
        "hoverlabel": {
            "bgcolor": LIGHT_PAPER,
            "bordercolor": GRID.light,
            "font": {"family": FONT, "size": 13, "color": TOTAL.light},
        },
        "dragmode": False,
        "showlegend": False,
        "xaxis": axis | {"type": x_type, "showgrid": False, "ticks": ""},
        "yaxis": axis | y_axis | {"nticks": 6},
    }


def _label_dates(figure: Figure, series: Sequence[Series]) -> None:
    """Every so many days or, by their Mondays, whole weeks, counted back from the last, so that it and only real ones are named."""
    days = sorted({at(value)[:10] for each in series for value in each.x})
    if days:
        last = date.fromisoformat(days[-1])
        span = (last - date.fromisoformat(days[0])).days
        step = 7 * ceil(span / 7 / LABELS) if span > LABELS else 1
        named = last - timedelta(days=last.weekday() if step > 1 else 0)
        labels = {"tickformat": "%-d %b", "hoverformat": "%a %-d %b %Y", "tick0": named.isoformat(), "dtick": step * 86_400_000}
        figure["layout"]["xaxis"] |= labels


def day_label(day: date) -> str:
    return day_name(day).rsplit(" ", 1)[0]

"""Charts: what every figure of the report has in common, and the one a mart's header asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from math import ceil
from typing import TYPE_CHECKING, Any

import pandas as pd
import plotly.graph_objects as go

from support_metrics.errors import BuildError
from support_metrics.report.palette import CYCLE, GRID, INKS, LIGHT_PAPER, TEXT, TOTAL, Ink
from support_metrics.report.wording import NOTHING, day_name, hours, name_of, number, percent, plain

if TYPE_CHECKING:
    from support_metrics.model import Model

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
) -> go.Figure:
    """Bars are stacked. `total` is drawn as diamonds over them, or only named where it is what the bars add up to.

    Of the x values `emphasised` alone is drawn at full strength. Bars too many for patterns and gaps are `is_dense`.
    """
    figure = go.Figure()
    for each in series:
        figure.add_trace(_trace(each, kind, emphasised))
    if is_dense:
        figure.update_traces(marker={"line": {"width": 0}, "pattern": {"shape": ""}}, selector={"type": "bar"})
        figure.update_layout(bargap=0)
    if total is not None:
        figure.add_trace(_total(total, visible=not total_is_sum))
        _label_totals(figure, total, series, emphasised)
    _mark_uncovered(figure, [*series, *([total] if total else [])])
    top = max([*_heights(series, kind in ("bar", "area")).values(), *_heights([total] if total else []).values()], default=0)
    dress(figure, x_type, y_title, y_format, top, height)
    if x_type == "date":
        _label_dates(figure, [*series, *([total] if total else [])])
    return figure


def _trace(series: Series, kind: str, emphasised: Any) -> go.Bar | go.Scatter:
    common: dict[str, Any] = {
        "name": plain(series.name),
        "x": [_x(value) for value in series.x],
        "y": series.y,
        "customdata": [plain(text) for text in series.hover or map(number, series.y)],
        "hovertemplate": "%{customdata}<extra></extra>",
    }
    if kind == "bar":
        strength = [1 if emphasised in (None, value) else 0.55 for value in series.x]
        pattern: dict[str, Any] = {
            "shape": series.ink.pattern,
            "bgcolor": series.ink.light,
            "fgcolor": LIGHT_PAPER,
            "fgopacity": 0.5,
            "size": 6,
            "solidity": 0.25,
        }
        line = {"color": LIGHT_PAPER, "width": 1}
        return go.Bar(**common, marker={"color": series.ink.light, "opacity": strength, "pattern": pattern, "line": line})
    stroke = {"color": series.ink.light, "dash": series.ink.dash, "width": 2.5}
    marker = {"color": series.ink.light, "symbol": series.ink.symbol, "size": 7 if len(series.x) <= 30 else 5}
    if kind == "area":
        return go.Scatter(**common, mode="lines", stackgroup="all", line=stroke | {"width": 1}, fillcolor=series.ink.light)
    return go.Scatter(**common, mode="markers" if kind == "points" else "lines+markers", line=stroke, marker=marker, connectgaps=False)


def _total(series: Series, visible: bool) -> go.Scatter:
    return go.Scatter(
        name=plain(series.name),
        x=[_x(value) for value in series.x],
        y=series.y,
        mode="markers",
        marker={
            "symbol": series.ink.symbol,
            "size": 9,
            "color": series.ink.light,
            "line": {"color": LIGHT_PAPER, "width": 1.5},
            "opacity": float(visible),
        },
        customdata=[plain(text) for text in series.hover or map(number, series.y)],
        hovertemplate="%{customdata}<extra></extra>",
        cliponaxis=False,
        showlegend=visible,
    )


def _label_totals(figure: go.Figure, total: Series, stacked: Sequence[Series], emphasised: Any) -> None:
    """The totals in figures, each above its bar; where one bar is emphasised, only that one is labelled."""
    heights = _heights(stacked, stacked=True)
    for x, y in zip(total.x, total.y, strict=True):
        if y and emphasised in (None, x):
            font = {"size": 14, "color": total.ink.light, "weight": 600}
            figure.add_annotation(x=_x(x), y=max(y, heights.get(_x(x), 0)), yshift=13, text=number(y), showarrow=False, font=font)


def _mark_uncovered(figure: go.Figure, series: Sequence[Series]) -> None:
    """A dash on the axis wherever no series knows anything, so that a gap is not read as zero."""
    known: dict[Any, bool] = {}
    for each in series:
        for x, y in zip(each.x, each.y, strict=True):
            known[_x(x)] = known.get(_x(x), False) or y is not None
    gaps = [x for x, is_known in known.items() if not is_known]
    if gaps:
        figure.add_trace(
            go.Scatter(
                name=NOT_COVERED,
                x=gaps,
                y=[0] * len(gaps),
                mode="text",
                text=[NOTHING] * len(gaps),
                textposition="top center",
                textfont={"color": TEXT.light, "size": 15},
                hovertemplate=f"{NOT_COVERED}<extra></extra>",
                showlegend=False,
            )
        )


def _heights(series: Sequence[Series], stacked: bool = False) -> dict[Any, float]:
    heights: dict[Any, float] = {}
    for each in series:
        for x, y in zip(each.x, each.y, strict=True):
            heights[_x(x)] = heights.get(_x(x), 0) + (y or 0) if stacked else max(heights.get(_x(x), 0), y or 0)
    return heights


def _x(value: Any) -> Any:
    """Text is made harmless; dates become ISO text, which Plotly reads."""
    return value.isoformat() if isinstance(value, date | datetime) else plain(value) if isinstance(value, str) else value


def dress(figure: go.Figure, x_type: str, y_title: str, y_format: str, top: float, height: int) -> None:
    """Paper, type, axes and hover as every chart of the page has them; `top` is the highest value."""
    axis = {"gridcolor": GRID.light, "linecolor": GRID.light, "zeroline": False, "fixedrange": True, "automargin": True}
    figure.update_layout(
        template="none",
        barmode="stack",
        bargap=0 if figure.layout.bargap == 0 else 0.28,
        height=height,
        margin={"l": 8, "r": 8, "t": 16, "b": 8, "pad": 4},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": FONT, "size": 13, "color": TEXT.light},
        hovermode="x unified",
        hoverdistance=60,
        hoverlabel={"bgcolor": LIGHT_PAPER, "bordercolor": GRID.light, "font": {"family": FONT, "size": 13, "color": TOTAL.light}},
        dragmode=False,
        showlegend=False,
        xaxis=axis | {"type": x_type, "showgrid": False, "ticks": ""},
        yaxis=axis | {"title": {"text": plain(y_title), "font": {"size": 13}}, "tickformat": y_format, "rangemode": "tozero", "nticks": 6},
    )
    if y_format.endswith("%"):
        quarters = [0, 0.25, 0.5, 0.75, 1]
        figure.update_yaxes(range=[0, 1.04], tickvals=quarters, ticktext=[percent(share) for share in quarters])
    else:
        figure.update_yaxes(range=[0, max(top * 1.16, 4)])


def _label_dates(figure: go.Figure, series: Sequence[Series]) -> None:
    """Every so many days or whole weeks, counted back from the last, so that the last and only real ones are named."""
    days = sorted({_x(value)[:10] for each in series for value in each.x})
    if days:
        span = (date.fromisoformat(days[-1]) - date.fromisoformat(days[0])).days
        step = 7 * ceil(span / 7 / LABELS) if span > LABELS else 1
        figure.update_xaxes(tickformat="%-d %b", hoverformat="%a %-d %b %Y", tick0=days[-1], dtick=max(step, 1) * 86_400_000)


def figure_from_chart(model: Model, frame: pd.DataFrame, **layout: Any) -> go.Figure:
    """The chart that a model's header declares, drawn from a frame of the model's table.

    The header says `chart: {kind, x, y, color, title}`; `y` is one column or a list of columns, `color` (the column that
    tells series apart) and `title` may be missing. Raises BuildError naming the file for a chart that cannot be drawn.
    """
    chart = chart_of(model)
    x, color, ys = chart["x"], chart.get("color"), columns_of_y(chart)
    kinds = {column.name: column.type for column in model.columns}
    x_type = "date" if kinds[x].startswith(("DATE", "TIMESTAMP")) else "category" if kinds[x].startswith("VARCHAR") else "linear"
    found = _series_of(frame.sort_values([x, *([color] if color else [])], kind="stable"), x, ys, color)
    total = found.pop("all", None) if chart["kind"] in ("bar", "area") and len(found) > 1 else None
    if total:
        total.name = f"{name_of('all')}, each once"
    layout = {"x_type": x_type, "y_title": _unit(ys), "y_format": ".0%" if _is_share(ys[0]) else ""} | layout
    return figure_of(list(found.values()), chart["kind"], total=total, **layout)


def chart_of(model: Model) -> Mapping[str, Any]:
    """The header's chart, held to the model's columns; raises BuildError naming the file, the fault and the mend."""
    chart = model.chart or {}
    if missing := {"kind", "x", "y"} - set(chart):
        raise BuildError(f"{model.path}: its chart lacks {', '.join(sorted(missing))}", "give chart: {kind, x, y, color, title}")
    if chart["kind"] not in KINDS:
        raise BuildError(f"{model.path}: no chart is of kind {chart['kind']!r}", f"choose from {', '.join(KINDS)}")
    named = [chart["x"], *columns_of_y(chart), *filter(None, [chart.get("color")])]
    if unknown := [name for name in named if name not in {column.name for column in model.columns}]:
        raise BuildError(f"{model.path}: its chart names {', '.join(map(str, unknown))}, no column of it", "name columns of the header")
    return chart


def columns_of_y(chart: Mapping[str, Any]) -> list[str]:
    return list(chart["y"]) if isinstance(chart["y"], list) else [chart["y"]]


def _series_of(frame: pd.DataFrame, x: str, ys: list[str], color: str | None) -> dict[str, Series]:
    groups = [(_key(key, color), part) for key, part in frame.groupby(color, sort=False, dropna=False)] if color else [("", frame)]
    found: dict[str, Series] = {}
    for key, part in groups:
        for y in ys:
            name = key if color and len(ys) == 1 else f"{key} {name_of(y)}".strip()
            identity = key if color else y
            ink = INKS.get(identity) or CYCLE[len(found) % len(CYCLE)]
            values = [_value(value, y) for value in part[y]]
            hover = [f"{name_of(name)}: {_said(value, y)}" for value in values]
            found[name] = Series(name_of(name), ink, [_bare(value) for value in part[x]], values, hover)
    return found


def _key(value: Any, column: str) -> str:
    """What tells a series apart, in words: `is_late` true is `late`, false `not late`."""
    if pd.isna(value):
        return "unknown"
    if column.startswith(("is_", "has_")):
        word = column.partition("_")[2]
        return word if value else f"not {word}"
    return str(value)


def _value(value: Any, column: str) -> float | None:
    """NaN and NA are unknown; seconds are drawn in hours; whole numbers stay whole."""
    if pd.isna(value):
        return None
    exact = float(value) / 3600 if column.endswith("_seconds") else float(value)
    return int(exact) if exact.is_integer() else exact


def _said(value: float | None, column: str) -> str:
    if value is None:
        return NOT_COVERED
    if column.endswith("_seconds"):
        return hours(value * 3600)
    return percent(value) if _is_share(column) else number(value, 0 if float(value).is_integer() else 2)


def _bare(value: Any) -> Any:
    """A pandas timestamp at midnight is a date again."""
    if isinstance(value, datetime):
        return value.date() if value.time() == datetime.min.time() else value
    return value


def _is_share(column: str) -> bool:
    return column.startswith("compliance") or column.endswith(("_share", "_rate"))


def _unit(ys: Sequence[str]) -> str:
    return "hours" if all(y.endswith("_seconds") for y in ys) else name_of(ys[0]).lower() if len(ys) == 1 and not _is_share(ys[0]) else ""


def day_label(day: date) -> str:
    return day_name(day).rsplit(" ", 1)[0]

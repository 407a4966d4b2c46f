"""The chart that a mart's header asks for, drawn from a frame of its table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pandas as pd

from support_metrics.errors import BuildError
from support_metrics.report.figures import KINDS, NOT_COVERED, Figure, Series, at, figure_of
from support_metrics.report.palette import CYCLE, INKS
from support_metrics.report.wording import hours, name_of, number, percent, plain

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from support_metrics.model import Model


def figure_from_chart(model: Model, frame: pd.DataFrame, **layout: Any) -> go.Figure:
    """The chart that a model's header declares, for a notebook; the page takes `declared_figure`."""
    import plotly.graph_objects as go

    return go.Figure(declared_figure(model, frame, **layout))


def declared_figure(model: Model, frame: pd.DataFrame, **layout: Any) -> Figure:
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
    figure = figure_of(list(found.values()), chart["kind"], total=total, **layout)
    if chart["kind"] == "bar" and color and _is_truth(color):
        figure["data"] += [_mark_of_zeros(series) for series in found.values() if 0 in series.y]
    return figure


def _mark_of_zeros(series: Series) -> Figure:
    """A bar of nothing shows no colour, and so would not tell whether it is true or not."""
    zeros = [at(x) for x, y in zip(series.x, series.y, strict=True) if y == 0]
    ink = series.ink
    return {
        "type": "scatter", "name": f"{plain(series.name)}: none", "x": zeros, "y": [0] * len(zeros), "mode": "markers",
        "marker": {"symbol": ink.symbol, "size": 10, "color": ink.light}, "hoverinfo": "skip", "cliponaxis": False, "showlegend": False,
    }  # fmt: skip


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
    if _is_truth(column):
        word = column.partition("_")[2]
        return word if value else f"not {word}"
    return str(value)


def _is_truth(column: str) -> bool:
    return column.startswith(("is_", "has_"))


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
    """A pandas timestamp at midnight is a date again; NaN and NA are unknown."""
    if pd.isna(value):
        return None
    if isinstance(value, datetime):
        return value.date() if value.time() == datetime.min.time() else value
    return value


def _is_share(column: str) -> bool:
    return column.startswith("compliance") or column.endswith(("_share", "_rate"))


def _unit(ys: Sequence[str]) -> str:
    return "hours" if all(y.endswith("_seconds") for y in ys) else name_of(ys[0]).lower() if len(ys) == 1 and not _is_share(ys[0]) else ""

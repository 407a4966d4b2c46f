"""The legend of a chart, drawn as HTML so that it wraps on a phone and prints: one small picture for each series."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING, Any

from support_metrics.report.palette import dark_of_light

if TYPE_CHECKING:
    from support_metrics.report.figures import Figure

# Lines over a bar's swatch of 18 × 12, as Plotly's patterns of these names look.
PATTERNS = {
    "/": "M-3 12 5 0M3 12 11 0M9 12 17 0M15 12 23 0",
    "\\": "M-3 0 5 12M3 0 11 12M9 0 17 12M15 0 23 12",
    "x": "M-3 12 5 0M3 12 11 0M9 12 17 0M15 12 23 0M-3 0 5 12M3 0 11 12M9 0 17 12M15 0 23 12",
    "-": "M0 3H18M0 9H18",
    "|": "M3 0V12M9 0V12M15 0V12",
    ".": "M3 3h.01M9 3h.01M15 3h.01M6 9h.01M12 9h.01",
}
DASHES = {"solid": "", "dash": "6 4", "dot": "2 3", "dashdot": "6 3 2 3", "longdash": "9 4", "longdashdot": "9 3 2 3"}
# Around the middle of a swatch of 18 × 12.
SYMBOLS = {
    "circle-open": "M4 6a5 5 0 1 0 10 0a5 5 0 1 0-10 0zM6 6a3 3 0 1 1 6 0a3 3 0 1 1-6 0z",
    "circle": "M5.5 6a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0z",
    "square": "M6 3h6v6h-6z",
    "triangle-up": "M9 2l4 7h-8z",
    "triangle-down": "M9 10l4-7h-8z",
    "cross": "M8 2h2v3h3v2h-3v3h-2v-3h-3v-2h3z",
    "diamond": "M9 1.5 13.5 6 9 10.5 4.5 6z",
    "star": "M9 1.5l1.3 3.1 3.4.3-2.6 2.2.8 3.3L9 8.7l-2.9 1.7.8-3.3-2.6-2.2 3.4-.3z",
    "pentagon": "M9 2l4 3-1.5 4.6h-5L5 5z",
}


@dataclass(frozen=True)
class Key:
    """A name and how it is drawn: `pattern` over a bar, or `dash` and `symbol` of a line; a total is a symbol alone."""

    name: str
    light: str
    dark: str
    is_bar: bool
    pattern: str = ""
    line: bool = False
    dash: str = ""
    symbol: str = ""


def legend_of(figure: Figure) -> list[Key]:
    """The keys of a figure's series; none for a single series, which the title names."""
    keys = list(_keys(figure))
    return keys if len(keys) > 1 else []


def _keys(figure: Figure) -> Iterator[Key]:
    dark = dark_of_light()
    for trace in figure["data"]:
        if trace.get("showlegend") is False or trace["type"] == "heatmap":
            continue
        marker: dict[str, Any] = trace.get("marker", {})
        line: dict[str, Any] = trace.get("line", {})
        light = marker.get("color") or trace.get("fillcolor") or line["color"]
        name = unescape(trace["name"])
        if trace["type"] == "bar":
            yield Key(name, light, dark[light], True, PATTERNS.get(marker["pattern"]["shape"], ""))
        elif "fillcolor" in trace:
            yield Key(name, light, dark[light], True)
        else:
            has_line = "lines" in trace["mode"]
            dash = DASHES.get(line.get("dash", ""), "") if has_line else ""
            yield Key(name, light, dark[light], False, "", has_line, dash, SYMBOLS[marker["symbol"]])

"""What every chart of the page is made of: a figure, a sentence for those who do not see it, and its rows as a table."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from support_metrics.report.legend import Key, legend_of
from support_metrics.report.wording import number, percent

if TYPE_CHECKING:
    from support_metrics.report.figures import Figure
    from support_metrics.report.week import Row


class Cell(NamedTuple):
    """What a table shows, and the bare value by which it is sorted and which a CSV file gets; an unknown one is empty there."""

    text: str
    value: str | None = None


@dataclass(frozen=True)
class Chart:
    """`says` describes the picture in a sentence; `note` stands below it; `columns` and `rows` hold the same numbers as a table."""

    id: str
    title: str
    says: str
    figure: Figure
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    note: str = ""
    links: Sequence[str] = field(default=())

    @property
    def legend(self) -> list[Key]:
        return legend_of(self.figure)

    @property
    def json(self) -> str:
        """The figure for a `<script type="application/json">` element, which nothing inside can end."""
        return harmless_json(self.figure)


def harmless_json(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"), default=str)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def counted(value: float | None, digits: int = 0) -> Cell:
    """A number as shown and as it is."""
    return Cell(number(value, digits), "" if value is None else f"{value:g}" if isinstance(value, float) else str(value))


def shared(value: float | None) -> Cell:
    """A share, shown in per cent."""
    return Cell(percent(value), "" if value is None else f"{value:.6g}")


def pivot(rows: Iterable[Row], key: str, value: str) -> dict[Any, dict[str, Any]]:
    """For each day or week: channel to value."""
    found: dict[Any, dict[str, Any]] = {}
    for row in rows:
        found.setdefault(row[key], {})[row["channel"]] = row[value]
    return found

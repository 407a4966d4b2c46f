"""How each source would have told the story at a given moment: one module per file format."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from support_metrics.demo.cast import Cast
from support_metrics.demo.history import History


@dataclass(frozen=True)
class View:
    """The world as seen at `until`, asked for everything that changed since `since`."""

    cast: Cast
    history: History
    since: datetime
    until: datetime

    @property
    def day(self) -> date:
        return self.until.date()

    def sees(self, moment: datetime | None) -> bool:
        return moment is not None and moment <= self.until


def seconds(moment: datetime) -> str:
    """As most APIs write an instant: whole seconds, UTC."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def thousandths(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"


def lines(objects: Iterable[Any]) -> bytes:
    """JSON, one object a line."""
    return "".join(json.dumps(each, ensure_ascii=False, separators=(",", ":")) + "\n" for each in objects).encode()


def array(objects: Iterable[Any], as_ascii: bool = False) -> bytes:
    """A JSON array, one object a line, so that a difference between two versions can be read."""
    return ("[\n" + ",\n".join(json.dumps(each, ensure_ascii=as_ascii, separators=(",", ":")) for each in objects) + "\n]\n").encode()

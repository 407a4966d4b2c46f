"""A landing zone in memory, for tests that sync hundreds of times: units whole or not at all, and what a source may know of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from support_metrics.landing import canonical
from support_metrics.sources.base import Coverage, Damaged, Held, Known, Progress, Record, Sweep, Unit

Row = tuple[datetime | None, datetime, str, bool]
Place = tuple[str, str]


class Memory:
    """`rows` by stream and key, in the order of landing; `damaged` as they came."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, list[Row]]] = {}
        self.damaged: list[Damaged] = []
        self.written = 0
        self._cursors: dict[Place, datetime] = {}
        self._progress: dict[Place, Progress] = {}
        self._swept: dict[Place, datetime] = {}

    def land(self, units: Iterable[Unit]) -> int:
        """Land every unit; returns how many there were."""
        count = 0
        for unit in units:
            self.take(unit)
            count += 1
        return count

    def take(self, unit: Unit) -> None:
        items = list(unit.items)
        assert unit.observed_at, "an API's unit says when it was observed"
        for item in items:
            if isinstance(item, Record):
                self._keep(item, unit.observed_at)
        for item in items:
            if isinstance(item, Damaged):
                self.damaged.append(item)
            elif isinstance(item, Coverage):
                place = (item.stream, item.scope)
                self._cursors[place] = max(item.until, self._cursors.get(place, item.until))
            elif isinstance(item, Progress):
                self._progress[item.stream, item.scope] = item
            elif isinstance(item, Sweep):
                self._swept[item.stream, item.scope] = item.began_at

    def _keep(self, record: Record, observed_at: datetime) -> None:
        rows = self.rows.setdefault(record.stream, {}).setdefault(record.key, [])
        payload = canonical(record.payload).decode()
        if not rows or (rows[-1][0], rows[-1][2], rows[-1][3]) != (record.version, payload, record.deleted):
            rows.append((record.version, observed_at, payload, record.deleted))
            self.written += 1

    def known(self, wait: Callable[[float, str], None], tell: Callable[[str], None]) -> Known:
        unfinished = {
            place: progress
            for place, progress in self._progress.items()
            if place not in self._cursors or self._cursors[place] < progress.began_at
        }
        return Known(dict(self._cursors), unfinished, dict(self._swept), self._held, frozenset(), wait, tell)

    def _held(self, stream: str, low: str, high: str, needle: str = "") -> Iterator[Held]:
        for key, (version, observed_at, payload, deleted) in sorted(self._newest(stream).items()):
            if low <= key < high and needle in payload and not deleted:
                yield Held(key, version, observed_at, payload)

    def _newest(self, stream: str) -> dict[str, Row]:
        return {key: max(rows, key=_rank) for key, rows in self.rows.get(stream, {}).items()}

    def latest(self) -> dict[str, tuple[str, bool]]:
        """Of every object the newest payload, and whether it is gone."""
        return {key: (row[2], row[3]) for stream in self.rows for key, row in self._newest(stream).items()}

    def __str__(self) -> str:
        """All that is kept, to be searched for what must not be there."""
        return repr((self.rows, self.damaged, self._progress, self._cursors, self._swept))


def _rank(row: Row) -> Any:
    return (row[0] or row[1], row[1], row[2])

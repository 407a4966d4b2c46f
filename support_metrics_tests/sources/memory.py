"""A landing zone in memory, for tests that sync hundreds of times. `test_slack_api` and `test_github_api` hold it against the real one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from support_metrics.landing import canonical
from support_metrics.landing.syncing import Place, unfinished
from support_metrics.sources.base import Coverage, Damaged, Held, Known, Progress, Record, Sweep, Unit


class Row(NamedTuple):
    version: datetime | None
    deleted: bool
    payload: str
    observed_at: datetime
    hash: str


class Memory:
    """What `Landing` promises a source, without its files. `rows` by stream and key, in the order of landing."""

    def __init__(self) -> None:
        self.rows: dict[Place, list[Row]] = {}
        self.damaged: list[Damaged] = []
        self.written = 0
        self.cursors: dict[Place, datetime] = {}
        self.progress: dict[Place, Progress] = {}
        self.swept: dict[Place, datetime] = {}

    def land(self, units: Iterable[Unit]) -> Iterator[Unit]:
        """Land unit by unit; whoever stops asking has been killed."""
        for unit in units:
            self.take(unit)
            yield unit

    def take(self, unit: Unit) -> None:
        """Land a unit whole, or not at all where reading it fails."""
        assert unit.observed_at, "an API's unit says when it was observed"
        for item in list(unit.items):
            if isinstance(item, Record):
                self._keep(item, unit.observed_at)
            elif isinstance(item, Damaged):
                self.damaged.append(item)
            elif isinstance(item, Coverage):
                place = (item.stream, item.scope)
                self.cursors[place] = max(item.until, self.cursors.get(place, item.until))
            elif isinstance(item, Progress):
                self.progress[item.stream, item.scope] = item
            elif isinstance(item, Sweep):
                place = (item.stream, item.scope)
                self.swept[place] = max(item.began_at, self.swept.get(place, item.began_at))

    def _keep(self, record: Record, observed_at: datetime) -> None:
        """Skip what equals the row observed last, as landing does."""
        payload = canonical(record.payload).decode()
        rows = self.rows.setdefault((record.stream, record.key), [])
        last = max(rows, key=lambda row: (row.observed_at, row.hash), default=None)
        if last is None or last.observed_at > observed_at or last[:3] != (record.version, record.deleted, payload):
            rows.append(Row(record.version, record.deleted, payload, observed_at, hashlib.sha256(payload.encode()).hexdigest()))
            self.written += 1

    def known(self, **told: Any) -> Known:
        """What a source is told; time passes at once unless `wait` says otherwise."""
        begun = unfinished(self.cursors, self.progress)
        return Known(dict(self.cursors), begun, dict(self.swept), self.held, **{"wait": lambda *_: None, "versions": self.versions, **told})

    def held(self, stream: str, low: str, high: str, needle: str = "") -> Iterator[Held]:
        for (of, key), row in sorted(self.newest().items()):
            if of == stream and low <= key < high and not row.deleted and needle in row.payload:
                yield Held(key, row.version, row.observed_at, row.payload)

    def versions(self, stream: str, low: str, high: str) -> Iterator[Held]:
        for (of, key), rows in sorted(self.rows.items()):
            if of == stream and low <= key < high:
                for row in sorted(rows, key=lambda row: (row.version or row.observed_at, row.observed_at, row.hash)):
                    if not row.deleted:
                        yield Held(key, row.version, row.observed_at, row.payload)

    def newest(self) -> dict[Place, Row]:
        """Of every object the row that counts, by stream and key."""
        return {
            place: max(rows, key=lambda row: (row.version or row.observed_at, row.observed_at, row.hash))
            for place, rows in self.rows.items()
        }

    def latest(self) -> dict[str, tuple[str, bool]]:
        """By key: the newest payload, and whether the object is gone."""
        return {key: (row.payload, row.deleted) for (_, key), row in self.newest().items()}

    def state(self) -> dict[Place, str | None]:
        """By stream and key: the payload of what lives, None for what is gone."""
        return {place: None if row.deleted else row.payload for place, row in self.newest().items()}

    def __str__(self) -> str:
        """All that is kept, to be searched for what must not be there."""
        return repr(self.__dict__)

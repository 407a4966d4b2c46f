"""Syncs of a live source against a loopback server: whole, cut short, and through every fault."""

from __future__ import annotations

import hashlib
import json
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from support_metrics.errors import SourceError
from support_metrics.landing import Landed, Landing, canonical
from support_metrics.landing.syncing import known
from support_metrics.settings import Settings
from support_metrics.sources import SOURCES, web
from support_metrics.sources.base import Coverage, Held, Known, Progress, Record, Sweep, Unit
from support_metrics_tests.servers.base import PERMANENT, TRANSIENT, Api, serving

NOON = datetime(2026, 3, 16, 12, tzinfo=UTC)
Latest = dict[tuple[str, str], tuple[Any, bool, Any]]


class Clock:
    """Everybody's clock in a test; a call moves it on by a second."""

    def __init__(self, at: datetime = NOON) -> None:
        self.at = at

    def __call__(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at

    def now(self) -> datetime:
        return self.at


class Memory:
    """A landing zone that forgets: what `Landing` promises a source, without its files, for the many runs that all faults take."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], list[tuple[Any, ...]]] = {}
        self.cursors: dict[tuple[str, str], datetime] = {}
        self.progress: dict[tuple[str, str], Progress] = {}
        self.swept: dict[tuple[str, str], datetime] = {}

    def known(self, **told: Any) -> Known:
        begun = {place: each for place, each in self.progress.items() if place not in self.cursors or self.cursors[place] < each.began_at}
        return Known(dict(self.cursors), begun, dict(self.swept), self.held, **told)

    def held(self, stream: str, low: str, high: str, needle: str = "") -> Iterator[Held]:
        newest = {key: max(rows) for (each, key), rows in self.rows.items() if each == stream and low <= key < high}
        for key, (_, observed_at, _, version, deleted, payload) in sorted(newest.items()):
            if not deleted and needle in payload:
                yield Held(key, version, observed_at, payload)

    def land(self, units: Iterable[Unit]) -> Iterator[Unit]:
        for unit in units:
            assert unit.observed_at
            for item in list(unit.items):
                if isinstance(item, Record):
                    payload = canonical(item.payload).decode()
                    digest = hashlib.sha256(payload.encode()).hexdigest()
                    row = (item.version or unit.observed_at, unit.observed_at, digest, item.version, item.deleted, payload)
                    self.rows.setdefault((item.stream, item.key), []).append(row)
                elif isinstance(item, Coverage):
                    place = (item.stream, item.scope)
                    self.cursors[place] = max(item.until, self.cursors.get(place, item.until))
                elif isinstance(item, Progress):
                    self.progress[item.stream, item.scope] = item
                elif isinstance(item, Sweep):
                    self.swept[item.stream, item.scope] = item.began_at
            yield unit

    def latest(self) -> Latest:
        return {place: (row[3], row[4], json.loads(row[5])) for place, row in ((place, max(rows)) for place, rows in self.rows.items())}


@dataclass
class Place:
    """A landing zone, the settings that fill it, and what was waited for and told on the way."""

    name: str
    settings: Settings
    landing: Landing
    waits: list[tuple[float, str]] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    waiting: frozenset[str] = frozenset()

    def sync(self, *streams: str, units: int | None = None) -> Landed:
        """Land everything, or only the first units, as if killed then."""
        source = SOURCES[self.name]
        chosen = list(streams or source.streams)
        state = known(self.landing, self.name, waiting=self.waiting, wait=lambda *wait: self.waits.append(wait), tell=self.told.append)
        total = Landed()
        if units == 0:
            return total
        for number, (_, landed) in enumerate(self.landing.land(self.name, source.fetch(self.settings, chosen, state), chosen), 1):
            total.add(landed)
            if number == units:
                break
        return total

    def latest(self) -> Latest:
        return latest(self.landing, self.name)

    def coverage(self, stream: str) -> list[tuple[str, str, str]]:
        """Scope, since and until of every completed sync, as landed."""
        rows = [json.loads(payload) for _, payload in sorted(self.landing.rows("support_metrics", "syncs", "landed_at, payload"))]
        own = [row for row in rows if (row["source"], row["stream"]) == (self.name, stream)]
        return [(row["scope"], row["covered_from_at"], row["covered_until_at"]) for row in own]


def latest(landing: Landing, name: str) -> Latest:
    """The newest version of every object, by stream and key: version, whether deleted, payload."""
    newest: dict[tuple[str, str], tuple[Any, ...]] = {}
    for source, stream in landing.snapshot():
        if source == name:
            for key, version, observed_at, deleted, payload, digest in landing.rows(
                source, stream, "key, version, observed_at, deleted, payload, hash"
            ):
                row = (version or observed_at, observed_at, digest, version, deleted, json.loads(payload))
                newest[stream, key] = max(newest.get((stream, key), row), row, key=lambda each: each[:3])
    return {place: row[3:] for place, row in newest.items()}


@contextmanager
def quick(monkeypatch: pytest.MonkeyPatch, clock: Clock | None = None) -> Iterator[None]:
    """Short patience, and one clock for both sides."""
    monkeypatch.setattr(web, "READ_TIMEOUT", 0.2)
    monkeypatch.setattr(web, "CONNECT_TIMEOUT", 0.5)
    if clock:
        monkeypatch.setattr(web, "now", clock.now)
    yield


@dataclass
class Faults:
    """One world, to be synced through every fault. `make` makes its server anew, `configured` the settings that point to it."""

    name: str
    make: Callable[[Clock], Api]
    configured: Callable[[Path, str], Settings]
    folder: Path
    monkeypatch: pytest.MonkeyPatch

    @contextmanager
    def place(self) -> Iterator[tuple[Memory, Callable[[], None], Api]]:
        clock, memory = Clock(), Memory()
        api = self.make(clock)
        source = SOURCES[self.name]
        with quick(self.monkeypatch, clock), serving(api) as address:
            settings = self.configured(self.folder, address)

            def sync() -> None:
                deque(memory.land(source.fetch(settings, list(source.streams), memory.known(wait=lambda *_: None))), 0)

            yield memory, sync, api

    def sound(self) -> tuple[Latest, int]:
        """What two syncs without any fault come to, and how many requests the first of them takes."""
        with self.place() as (memory, sync, api):
            sync()
            count = len(api.asked)
            sync()
            return memory.latest(), count

    def survives_transient(self, but: Sequence[str] = ()) -> None:
        """However one of its requests fails before it is answered, the sync goes on to its end."""
        sound, count = self.sound()
        for number in range(count):
            for name in TRANSIENT.keys() - set(but):
                with self.place() as (memory, sync, api):
                    api.faults = {number: TRANSIENT[name]}
                    sync()
                    assert len(api.asked) >= count and memory.latest() == sound, (name, number)

    def survives_permanent(self, *hidden: str) -> None:
        """Whatever request is refused, the error is clear and holds no secret, and the next sync makes everything good."""
        sound, count = self.sound()
        for number in range(count):
            for name, fault in PERMANENT.items():
                with self.place() as (memory, sync, api):
                    api.faults = {number: fault}
                    with pytest.raises(SourceError) as caught:
                        sync()
                    said = "".join(traceback.format_exception(caught.value))
                    assert caught.value.mend and not [word for word in hidden if word in said], said
                    sync()
                    assert memory.latest() == sound, (name, number)


def everything_written(root: Path) -> bytes:
    """The bytes of every file below a landing zone, with its rows as text, since Parquet is compressed."""
    landing = Landing(root)
    rows = [landing.rows(source, stream) for source, stream in landing.snapshot()]
    return b"".join(path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()) + repr(rows).encode()

"""Syncs of a live source against a loopback server: whole, cut short, and through every fault."""

from __future__ import annotations

import json
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from support_metrics.errors import SourceError
from support_metrics.landing import Landed, Landing
from support_metrics.landing.syncing import known
from support_metrics.settings import Settings
from support_metrics.sources import SOURCES, web
from support_metrics_tests.servers.base import PERMANENT, TRANSIENT, Api, Fault, Reply, serving
from support_metrics_tests.sources.memory import Memory

NOON = datetime(2026, 3, 16, 12, tzinfo=UTC)
Mislead = Callable[[Reply, Reply], Reply]
# What a server says in place of its answer, given that answer and the one before it to a question at the same address.
MISLEADING: Mapping[str, Mislead] = {
    "page repeated": lambda reply, before: before,
    "clock ahead": lambda reply, before: Reply(reply.body, reply.status, {**reply.headers, "Date": "Mon, 01 Mar 2027 10:00:00 GMT"}),
    "clock behind": lambda reply, before: Reply(reply.body, reply.status, {**reply.headers, "Date": "Mon, 01 Mar 2021 10:00:00 GMT"}),
}
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
    """One world, to be synced through every fault. `make` makes its server anew, `configured` the settings that point to it.

    `seed` lands what landing holds before; `before` says how many syncs went well before the one that is disturbed, `move` what happened
    since then, and `waiting` which requests wait for an answer. `after` syncs more make all good: a sweep that was cut short is listed to
    its end in the first, and made anew in the second. So much `later` each of them is where a server has misled the first.
    """

    name: str
    make: Callable[[Clock], Api]
    configured: Callable[[Path, str], Settings]
    folder: Path
    monkeypatch: pytest.MonkeyPatch
    seed: Callable[[Memory], None] = lambda memory: None
    before: int = 0
    after: int = 1
    move: Callable[[Any, Clock], None] = lambda api, clock: None
    waiting: frozenset[str] = frozenset()
    later: timedelta = timedelta()

    @contextmanager
    def place(self, fault: str = "") -> Iterator[tuple[Memory, Callable[[], None], Api]]:
        clock, memory = Clock(), Memory()
        self.seed(memory)
        api = self.make(clock)
        source = SOURCES[self.name]
        with quick(self.monkeypatch, clock), serving(api) as address:
            settings = self.configured(self.folder, address)

            def sync() -> None:
                deque(memory.land(source.fetch(settings, list(source.streams), memory.known(waiting=self.waiting))), 0)

            # Only where no answer will come is it given up soon: on a busy machine sound ones take their time.
            soon = web.READ_TIMEOUT
            self.monkeypatch.setattr(web, "READ_TIMEOUT", 30.0)
            for _ in range(self.before):
                sync()
            self.move(api, clock)
            api.asked.clear()
            if fault == "silence":
                self.monkeypatch.setattr(web, "READ_TIMEOUT", soon)
            yield memory, sync, api

    def paths(self) -> list[str]:
        """What the sync that is to be disturbed asks for."""
        with self.place() as (_, sync, api):
            sync()
            return [f"{asked.path}?{'&'.join(sorted(asked.given))}" for asked in api.asked]

    def sound(self) -> tuple[dict[str, tuple[str, bool]], int]:
        """What syncs without any fault come to, and how many requests the first of them takes."""
        with self.place() as (memory, sync, api):
            sync()
            count = len(api.asked)
            for _ in range(self.after):
                sync()
            return memory.latest(), count

    def survives_transient(self, but: Sequence[str] = ()) -> None:
        """However one of its requests fails before it is answered, the sync goes on to its end."""
        sound, count = self.sound()
        for number in range(count):
            for name in TRANSIENT.keys() - set(but):
                with self.place(name) as (memory, sync, api):
                    api.faults = {number: TRANSIENT[name]}
                    sync()
                    assert len(api.asked) >= count and memory.latest() == sound, (name, number)

    def survives_permanent(self, *hidden: str) -> None:
        """Whatever request is refused, the error is clear and holds no secret, and the next syncs make everything good."""
        sound, count = self.sound()
        for number in range(count):
            for name, fault in PERMANENT.items():
                with self.place() as (memory, sync, api):
                    sent: list[Reply] = []

                    def refuse(reply: Reply, fault: Fault = fault, sent: list[Reply] = sent) -> Reply | str:
                        sent.append(reply)
                        return fault(reply)

                    api.faults = {number: refuse}
                    caught: SourceError | None = None
                    try:
                        sync()
                    except SourceError as error:
                        caught = error
                    # What is gone is answered 404 without any fault, too.
                    assert bool(caught) != (str(sent[0].status) == name), (name, number)
                    if caught:
                        said = "".join(traceback.format_exception(caught))
                        assert caught.mend and not [word for word in hidden if word in said], said
                    for _ in range(self.after):
                        sync()
                    assert memory.latest() == sound, (name, number)

    def survives_misleading(self) -> None:
        """An earlier answer sent again in another's place, or a clock that is wrong, ends no sync, and the next ones make everything good."""
        with self.place() as (memory, sync, api):
            sync()
            count = len(api.asked)
            self._go_on(sync, api)
            sound = memory.latest()
        for number in range(count):
            for name, fault in MISLEADING.items():
                with self.place() as (memory, sync, api):
                    sent: dict[str, Reply] = {}

                    def keep(reply: Reply, api: Api = api, sent: dict[str, Reply] = sent) -> Reply:
                        sent[api.asked[-1].path] = reply
                        return reply

                    def mislead(reply: Reply, api: Api = api, sent: dict[str, Reply] = sent, fault: Mislead = fault) -> Reply:
                        return fault(reply, sent.get(api.asked[-1].path, reply))

                    api.faults = {**dict.fromkeys(range(number), keep), number: mislead}
                    sync()
                    assert not api.faults
                    self._go_on(sync, api)
                    assert memory.latest() == sound, (name, number)

    def _go_on(self, sync: Callable[[], None], api: Api) -> None:
        for _ in range(self.after):
            assert isinstance(api.date, Clock)
            api.date.at += self.later
            sync()


def everything_written(root: Path) -> bytes:
    """The bytes of every file below a landing zone, with its rows as text, since Parquet is compressed."""
    landing = Landing(root)
    rows = [landing.rows(source, stream) for source, stream in landing.snapshot()]
    return b"".join(path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()) + repr(rows).encode()

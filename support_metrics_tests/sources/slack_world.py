"""A small Slack workspace with a clock of its own, and syncs of it that can be repeated, broken and compared."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from support_metrics.landing import Landing
from support_metrics.landing.syncing import known
from support_metrics.settings import Settings
from support_metrics.sources import SOURCES, web
from support_metrics.sources.base import Unit
from support_metrics.sources.slack import client
from support_metrics_tests.servers.base import Asked
from support_metrics_tests.servers.slack import SlackApi, Workspace
from support_metrics_tests.sources.memory import Memory
from support_metrics_tests.sources.world import settings_at

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
STREAMS = ("channels", "users", "messages")
HELP, TRIAGE = "C1", "C2"
State = Mapping[tuple[str, str], str | None]


def ts(days: float = 0, number: int = 0) -> str:
    """The ts of a message sent that many days before noon."""
    return f"{int((NOON - timedelta(days=days)).timestamp())}.{number:06d}"


class World:
    """The workspace, its server and the clock that both they and we go by: it moves on a second with every request."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.space = Workspace(team="T1")
        self.clock, self.skew = NOON, timedelta()
        self.api = SlackApi(self.space, lambda: self.clock + self.skew)
        self.api.before = self.tick
        monkeypatch.setattr(web, "now", lambda: self.clock)
        self.monkeypatch = monkeypatch
        # On a busy machine sound answers take their time, and one given up would be asked for again.
        monkeypatch.setattr(client, "TIMEOUT", 30.0)
        monkeypatch.setenv("SLACK_BOT_TOKEN", self.api.token)

    def give_up_soon(self) -> None:
        """Where no answer will come."""
        self.monkeypatch.setattr(client, "TIMEOUT", 0.2)

    def tick(self, number: int, asked: Asked) -> None:
        self.clock += timedelta(seconds=1)

    def later(self, **time: float) -> None:
        self.clock += timedelta(**time)

    def settings(self, folder: Path, **more: Any) -> Settings:
        slack = {"live": True, "api_url": f"{self.api.address}/api/", "channels": ["help"], "page_size": 4, "requests_per_minute": 1e6}
        return settings_at(folder, slack=slack | more)

    def asked(self) -> list[str]:
        """Which methods have been asked since last time, in order."""
        methods = [each.path.rpartition("/")[2] for each in self.api.asked]
        self.api.asked.clear()
        return methods


def settle(world: World) -> None:
    """Ten messages in #help over forty days, three threads among them, and two users."""
    space = world.space
    space.channel(HELP, "help", created=int(NOON.timestamp()) - 86_400 * 50)
    space.channel(TRIAGE, "triage-customers", is_private=True)
    space.user("U1", "ada")
    space.user("U2", "bob", updated=1_700_000_100)
    for number, days in enumerate((40, 20, 12, 9, 8, 5, 3, 2, 1)):
        space.post(HELP, ts(days), f"U{number % 2 + 1}", f"question {number}")
    space.post(HELP, ts(39.9), "U2", "an old answer", thread=ts(40))
    for number in range(5):
        space.post(HELP, ts(11.9, number), "U2", f"answer {number}", thread=ts(12))
    space.post(HELP, ts(4.9), "U1", "so it is", thread=ts(5))
    space.post(HELP, ts(4.8), "U2", "shown to all", thread=ts(5), subtype="thread_broadcast")
    space.post(HELP, ts(0.5), "U1", "edited", edited={"user": "U1", "ts": ts(0.4)})
    space.post(TRIAGE, ts(6), "U1", "who is it?")


def move(world: World) -> None:
    """All that can happen in a day."""
    space = world.space
    world.later(days=1)
    space.post(HELP, ts(-0.5), "U2", "a new question")
    space.post(HELP, ts(-0.6), "U1", "a late reply", thread=ts(20))
    space.post(HELP, ts(-0.7), "U1", "for all", thread=ts(12), subtype="thread_broadcast")
    space.edit(HELP, ts(9), "edited since", ts(-0.1))
    space.edit(HELP, ts(4.9), "an edited reply", ts(-0.2))
    space.react(HELP, ts(3), "eyes", "U1")
    space.delete(HELP, ts(2))
    space.delete(HELP, ts(11.9, 2))
    space.delete(HELP, ts(5))
    space.user("U2", "bob", deleted=True, updated=1_700_000_200)


def no_wait(seconds: float, why: str) -> None:
    """Time passes at once."""


def sync(memory: Memory, settings: Settings, streams: Iterable[str] = STREAMS, units: int = -1, **more: Any) -> list[Unit]:
    """Sync once; abandoned, as by a kill, after so many units."""
    landed = []
    for unit in memory.land(SOURCES["slack"].fetch(settings, list(streams), memory.known(**more))):
        landed.append(unit)
        if len(landed) == units:
            break
    return landed


def land(landing: Landing, settings: Settings, **more: Any) -> None:
    fetched = SOURCES["slack"].fetch(settings, list(STREAMS), known(landing, "slack", wait=no_wait, **more))
    for _ in landing.land("slack", fetched, STREAMS):
        pass


def landed(landing: Landing) -> State:
    """The same as `Memory.state`, of the real landing."""
    state: dict[tuple[str, str], str | None] = {}
    for stream in STREAMS:
        rows = landing.rows("slack", stream, "key, coalesce(version, observed_at), observed_at, hash, deleted, payload")
        for key, *_, deleted, payload in sorted(rows):
            state[stream, key] = None if deleted else payload
    return state


def texts(state: State) -> set[str]:
    """The texts of the messages that live, in short."""
    return {json.loads(payload)["text"] for (stream, _), payload in state.items() if stream == "messages" and payload}

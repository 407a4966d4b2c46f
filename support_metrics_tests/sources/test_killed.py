"""A sync that is killed loses nothing and lands nothing twice: a real process, SIGKILL, a hundred times, every live source."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import sys
import threading
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import NamedTuple

import pytest

from support_metrics import pipeline
from support_metrics.landing import OWN, Landing
from support_metrics.settings import Settings, load_settings
from support_metrics_tests.demo.live import DEMO, TOKENS, Servers, publish_beforehand, snapshots, write_settings
from support_metrics_tests.exporting import differing, exported
from support_metrics_tests.servers import shortcut
from support_metrics_tests.servers.base import Asked

KILLS, PARTS, KILLS_IN_A_ROW = 100, 2, 10
# After the answer has left, the process lands what it read: that takes milliseconds.
LANDING_TAKES = 0.06
SOURCES = ("slack", "github", "shortcut", "handoff", "email", "x", "youtube")
IMPORTED = ("slack.api", "github.api", "shortcut.live", "handoff.live", "email.live", "x.live", "youtube.live")
HISTORIES = "shortcut's histories"
# Most are forked from a process that has imported all this, as interpreters of their own would take a quarter of the time.
# Only those put sets in an order of their own, as a sync does that is run again; so some are.
FORKED, FRESH, FRESH_EVERY = multiprocessing.get_context("forkserver"), multiprocessing.get_context("spawn"), 4
FORKED.set_forkserver_preload([__name__, "github", "nacl.public", *(f"support_metrics.sources.{each}" for each in IMPORTED)])


class Point(NamedTuple):
    """A request at which to kill: whose, and which of them."""

    of: str
    number: int


class Killer:
    """Kills a process when a source has been asked so often: before it answers, or at any moment soon after.

    `asked` counts the requests of a sync by source, those for Shortcut's histories again by themselves.
    """

    def __init__(self, servers: Servers) -> None:
        self.asked: Counter[str] = Counter()
        self.at: Point | None = None
        self.delay = 0.0
        self.process: BaseProcess | None = None
        self.lock = threading.Lock()
        self.syncs = 0
        for name in SOURCES:
            if name != "email":
                getattr(servers, name).before = partial(self.hear, name)
        servers.mail.before = partial(self.hear, "email")

    def hear(self, name: str, number: int, asked: Asked | str) -> None:
        with self.lock:
            heard = [name]
            if isinstance(asked, Asked) and name == "shortcut" and asked.path.endswith("/history"):
                heard.append(HISTORIES)
            self.asked.update(heard)
            if self.process is None or self.at not in [Point(each, self.asked[each]) for each in heard]:
                return
            if self.delay:
                threading.Timer(self.delay, self.process.kill).start()
            else:
                self.process.kill()

    def sync(self, settings_file: Path, at: Point | None = None, delay: float = 0.0) -> bool:
        """Run a sync in a process of its own, to be killed at that request; returns whether it came to its end."""
        self.asked, self.at, self.delay, self.process = Counter(), at, delay, None
        said = settings_file.with_name("said.txt")
        said.write_text("it left no word")
        self.syncs += 1
        with self.lock:
            self.process = (FRESH if self.syncs % FRESH_EVERY == 0 else FORKED).Process(
                target=land, args=(settings_file, said), daemon=True
            )
            self.process.start()
        self.process.join(timeout=120)
        if self.process.exitcode is None:
            self.process.kill()
            pytest.fail("still going after 120 s")
        if self.process.exitcode == -signal.SIGKILL:
            return False
        assert self.process.exitcode == 0, said.read_text()
        return True


def land(settings_file: Path, said: Path) -> None:
    """Land every source, in a process of its own; exits with 1 where one fails, having said why."""
    os.environ.update(TOKENS)
    try:
        failed = [each for each in pipeline.land(load_settings(settings_file)).values() if isinstance(each, Exception)]
    except BaseException:
        said.write_text(traceback.format_exc())
        raise
    if failed:
        said.write_text(str(failed))
        sys.exit(1)


@contextmanager
def world() -> Iterator[tuple[Servers, Killer, dict[str, dict[str, str]]]]:
    servers = Servers(load_settings(DEMO / "support_metrics.toml"))
    with servers.running() as live:
        yield servers, Killer(servers), live


def show(servers: Servers, snapshot: Path, last: Path) -> None:
    """A snapshot, but that stories changed between it and the last one got their label in between: then their histories are read."""
    servers.show(snapshot)
    there = servers.shortcut
    for number, story in shortcut.demo([last], servers.date).stories.items():
        if number in there.stories and story["label_ids"] and story["updated_at"] > there.stories[number]["updated_at"]:
            there.stories[number] = there.stories[number] | {"labels": [], "label_ids": []}
        elif snapshot == last and story["label_ids"]:
            there.changes[number] = [shortcut.created(story, []), shortcut.relabelled(number, story["updated_at"], adds=story["label_ids"])]


def marts(settings: Settings, folder: Path) -> dict[str, bytes]:
    assert settings.team.as_of
    with pipeline.built(settings, settings.team.as_of) as connection:
        return exported(connection, folder)


def versions(settings: Settings) -> dict[tuple[str, str], set[tuple[str, str, bool]]]:
    """Key, hash and whether it is gone, of everything that the sources have landed."""
    landing = Landing(settings.landing_path)
    return {place: set(landing.rows(*place, "key, hash, deleted")) for place in landing.snapshot() if place[0] != OWN}


def drawn(asked: Counter[str], hit: Counter[str], dice: random.Random) -> Point:
    """One of the sources that were killed least often so far, then one of its requests; each sync that goes on counts them anew."""
    fewest = min(hit[each] for each in asked)
    name = dice.choice(sorted(each for each in asked if hit[each] == fewest))
    return Point(name, dice.randint(1, max(asked[name] // 2, 1)))


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("part", range(PARTS))
def test_a_sync_killed_a_hundred_times(part: int, tmp_path: Path) -> None:
    """Two snapshots of the demo are synced one after the other. However often that is cut short, landing and marts come out the same."""
    dice, hit, rounds = random.Random(20261124 + part), Counter[str](), 0
    two = snapshots()[-2:]
    with world() as (servers, killer, live):
        sound = write_settings(tmp_path / "sound", live)
        publish_beforehand(load_settings(sound))
        asked = []
        for snapshot in two:
            show(servers, snapshot, two[-1])
            assert killer.sync(sound)
            asked.append(killer.asked)
        expected = marts(load_settings(sound), tmp_path / "expected")
        landed = versions(load_settings(sound))
        assert landed["shortcut", "history"] and landed["github", "users"] and sum(asked, Counter[str]()).keys() == {*SOURCES, HISTORIES}
    while hit.total() < KILLS / PARTS:
        rounds += 1
        with world() as (servers, killer, live):
            killed = write_settings(tmp_path / f"killed-{rounds}", live)
            publish_beforehand(load_settings(killed))
            for snapshot, counts in zip(two, asked, strict=True):
                show(servers, snapshot, two[-1])
                for _ in range(KILLS_IN_A_ROW):
                    point = drawn(counts, hit, dice)
                    if killer.sync(killed, point, dice.choice((0.0, dice.uniform(0, LANDING_TAKES)))):
                        break
                    hit[point.of] += 1
                else:
                    assert killer.sync(killed)
            settings = load_settings(killed)
            found = marts(settings, tmp_path / f"found-{rounds}")
        assert differing(found, expected) == [], f"round {rounds}, {hit}"
        assert versions(settings) == landed
    assert {*SOURCES, HISTORIES} - hit.keys() == set()

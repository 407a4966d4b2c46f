"""A small GitHub with a history, and short ways to sync it over HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from support_metrics.landing import Landing
from support_metrics.settings import Settings
from support_metrics.sources import SOURCES
from support_metrics.sources.base import Unit
from support_metrics.sources.github import repository, votes
from support_metrics_tests.servers.base import serving
from support_metrics_tests.servers.github import GitHubApi
from support_metrics_tests.servers.github_objects import Repository
from support_metrics_tests.sources.memory import Memory
from support_metrics_tests.sources.world import settings_at

TOKEN = "github_pat_marked0token0never0to0be0seen"
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
STREAMS = ("issues", "comments", "events", "reactions", "releases", "users", "organisations")


def at(minutes: float) -> datetime:
    return MONDAY + timedelta(minutes=minutes)


class Clock:
    """The server's clock, moved by hand."""

    def __init__(self, now: datetime = MONDAY + timedelta(days=1)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **span: float) -> None:
        self.now += timedelta(**span)


class World:
    """A GitHub server with one repository, `acme/tool`, and a landing zone that follows it."""

    def __init__(self, folder: Path, api: GitHubApi, clock: Clock) -> None:
        self.folder, self.api, self.clock = folder, api, clock
        self.tool = api.repository("Acme/Tool")
        self.landing = Memory()
        self.told: list[str] = []
        self.new_people: dict[str, str] = {}

    def settings(self, **more: Any) -> Settings:
        github = {"live": True, "api_url": self.api.address, "repositories": ["acme/tool"], **more}
        return settings_at(self.folder, github=github)

    def units(self, streams: tuple[str, ...] = STREAMS, **more: Any) -> Iterator[Unit]:
        known = self.landing.known(wait=lambda seconds, why: self.told.append(why), tell=self.told.append, new_people=dict(self.new_people))
        return SOURCES["github"].fetch(self.settings(**more), list(streams), known)

    def sync(self, streams: tuple[str, ...] = STREAMS, **more: Any) -> int:
        """Land what there is; returns how many versions were new."""
        before = self.landing.written
        for unit in self.units(streams, **more):
            self.landing.take(unit)
        return self.landing.written - before

    def calls(self, **more: Any) -> list[str]:
        """What one sync asks, as paths below the repository."""
        before = len(self.api.asked)
        self.sync(**more)
        return [path.split("/", 4)[-1] for path in self.api.paths()[before:]]

    def meet(self, login: str, *organisations: str, **said: Any) -> str:
        """Somebody with a profile, whom the marts name as new; returns their account."""
        account = f"github:user:{self.api.users.introduce(login, *organisations, **said)['id']}"
        self.new_people[account] = login
        return account

    @property
    def living(self) -> set[str]:
        return {key for key, (_, deleted) in self.landing.latest().items() if not deleted}

    @property
    def gone(self) -> set[str]:
        return {key for key, (_, deleted) in self.landing.latest().items() if deleted}


@contextmanager
def github(folder: Path, clock: Clock | None = None) -> Iterator[World]:
    clock = clock or Clock()
    api = GitHubApi(clock, TOKEN)
    with serving(api):
        yield World(folder, api, clock)


def populate(repository: Repository, issues: int = 5) -> None:
    """A little of everything: pull requests, null users, events, reactions, releases. A page of the tests holds two."""
    for number in range(1, issues + 1):
        author = None if number == 3 else ("ada", "grace", "linus")[number % 3]
        repository.open_issue(number, at(number * 10), author, is_pull=number % 4 == 0)
        repository.comment(number, at(number * 10 + 3), None if number == 2 else "grace")
        repository.happen(number, "labeled", at(number * 10 + 4), label={"name": "bug", "color": "ff0000"})
    repository.happen(1, "closed", at(90))
    for login in ("ada", "grace", "linus"):
        repository.react(2, login, at(100))
    repository.react(1, None, at(101))
    repository.react(1, "ada", at(102), "heart")
    repository.release("v1", at(60), draft=False)
    repository.release("v2", at(110))


def latest(landing: Landing) -> dict[str, tuple[str, bool]]:
    """What a landing zone on disk holds in the end: of every object the newest payload, and whether it is gone."""
    found: dict[str, tuple[str, bool]] = {}
    for stream in STREAMS:
        rows = landing.rows("github", stream, "key, coalesce(version, observed_at), observed_at, hash, payload, deleted")
        for key, _, _, _, payload, deleted in sorted(rows):
            found[key] = (payload, deleted)
    return found


def served(repository: Repository) -> set[str]:
    """The keys of all that the server would list."""
    name = repository.name.lower()
    votes = {f"github:reaction:{name}:{number}:{each}" for number, given in repository.reactions.items() for each in given}
    return {
        *(f"github:issue:{each}" for each in repository.issues),
        *(f"github:comment:{each}" for each in repository.comments),
        *(f"github:event:{each}" for each in repository.events),
        *(f"github:release:{name}:{each}" for each in repository.releases),
        *votes,
    }


def write_files(folder: Path, repository: Repository) -> None:
    """The same world as files, as an export of the API would hold it."""
    place = folder / repository.name
    place.mkdir(parents=True)
    for stream in ("issues", "comments", "events", "releases"):
        (place / f"{stream}.jsonl").write_text("".join(json.dumps(each) + "\n" for each in getattr(repository, stream).values()))
    reactions = [
        each | {"issue_url": f"{repository.url}/issues/{number}"}
        for number, given in repository.reactions.items()
        for each in given.values()
    ]
    (place / "reactions.jsonl").write_text("".join(json.dumps(each) + "\n" for each in reactions))


def two_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    for stream, first in repository.FIRST.items():
        monkeypatch.setitem(repository.FIRST, stream, first.replace("per_page=100", "per_page=2"))
    monkeypatch.setattr(votes, "PAGE_SIZE", 2)

"""How many calls a sync of GitHub makes, against the loopback server: what `make bench` prints of it."""

from __future__ import annotations

import os
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from support_metrics.landing import Landing
from support_metrics.landing.syncing import known
from support_metrics.settings import Settings
from support_metrics.sources import SOURCES
from support_metrics_tests.servers.base import serving
from support_metrics_tests.servers.github import GitHubApi

BEGIN = datetime(2025, 1, 6, 9, tzinfo=UTC)
ISSUES, COMMENTS, EVENTS, VOTED = 1_000, 4_000, 3_000, 50


class Calls(NamedTuple):
    """What one sync asked for, what it may ask for at most, and how long it took (landing included, in seconds)."""

    sync: str
    calls: int
    budget: int
    seconds: float


def github_calls(issues: int = ISSUES, comments: int = COMMENTS, events: int = EVENTS, voted: int = VOTED) -> list[Calls]:
    """The first sync of a repository, one with nothing new, one with an issue changed, and the weekly sweep."""
    clock = [BEGIN + timedelta(days=400)]
    api = GitHubApi(lambda: clock[0])
    repository = api.repository("acme/busy")
    for number in range(1, issues + 1):
        repository.open_issue(number, BEGIN + timedelta(hours=number), is_pull=number % 3 == 0)
    for number in range(comments):
        at = BEGIN + timedelta(minutes=number)
        comment = repository.comment(0, at)
        comment["issue_url"] = f"{repository.url}/issues/{number % issues + 1}"
    for number in range(events):
        repository.happen(0, "labeled", BEGIN + timedelta(minutes=number))
    for number in range(1, voted + 1):
        repository.react(number, "ada", BEGIN + timedelta(hours=number))
    pages = -(-issues // 100) + -(-comments // 100) + -(-events // 100)
    rows: list[Calls] = []
    with tempfile.TemporaryDirectory() as folder, serving(api) as address:
        settings = Settings.model_validate(
            {"folder": Path(folder), "github": {"live": True, "api_url": address, "repositories": ["acme/busy"]}}
        )
        landing = Landing(Path(folder) / "landing")
        before = os.environ.get("GITHUB_TOKEN")
        os.environ["GITHUB_TOKEN"] = "loopback"
        try:
            rows.append(
                _sync(
                    f"first sync of {issues:,} issues, {comments:,} comments, {events:,} events", api, landing, settings, pages + voted + 4
                )
            )
            clock[0] += timedelta(hours=1)
            rows.append(_sync("nothing new", api, landing, settings, 4))
            repository.comment(1, clock[0])
            clock[0] += timedelta(hours=1)
            rows.append(_sync("one comment more", api, landing, settings, 4))
            clock[0] += timedelta(days=8)
            rows.append(
                _sync("nothing new, and the weekly sweep", api, landing, settings, 4 + -(-issues // 100) + -(-(comments + 1) // 100) + 1)
            )
        finally:
            if before is None:
                del os.environ["GITHUB_TOKEN"]
            else:
                os.environ["GITHUB_TOKEN"] = before
    return rows


def _sync(name: str, api: GitHubApi, landing: Landing, settings: Settings, budget: int) -> Calls:
    asked, began = len(api.asked), time.perf_counter()
    streams = list(SOURCES["github"].streams)
    for _ in landing.land("github", SOURCES["github"].fetch(settings, streams, known(landing, "github")), streams):
        pass
    return Calls(name, len(api.asked) - asked, budget, time.perf_counter() - began)


def show() -> None:
    """Print the rows."""
    print("\nCalls to GitHub (budget in brackets):")
    for row in github_calls():
        print(f"  {row.sync:60} {row.calls:5,} ({row.budget:,})   {row.seconds:6.1f} s")


if __name__ == "__main__":
    show()

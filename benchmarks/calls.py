"""How many calls syncs of GitHub and Slack make, against the loopback servers: what `make bench` prints of it."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from support_metrics.landing import Landing
from support_metrics.landing.syncing import known
from support_metrics.settings import Settings
from support_metrics.sources import SOURCES
from support_metrics_tests.servers import slack
from support_metrics_tests.servers.base import Api, serving
from support_metrics_tests.servers.github import GitHubApi

BEGIN = datetime(2025, 1, 6, 9, tzinfo=UTC)
ISSUES, COMMENTS, EVENTS, VOTED = 1_000, 4_000, 3_000, 50
MESSAGES, THREADS, CHANGED, PAGE = 10_000, 500, 20, 200
LOOK_BACK = timedelta(days=30)
# People who are new at the beginning; a sync reads the profiles of so many.
PEOPLE, PROFILES = 25, 20


class Calls(NamedTuple):
    """What one sync asked of a repository, what it may ask at most, and how long it took (landing included, in seconds).

    Profiles of people are asked for apart: two calls each, for a set number a sync.
    """

    sync: str
    calls: int
    budget: int
    seconds: float
    profile_calls: int
    profile_budget: int


def github_calls(
    issues: int = ISSUES, comments: int = COMMENTS, events: int = EVENTS, voted: int = VOTED, *, is_numbered: bool = False
) -> list[Calls]:
    """The first sync of a repository, some with nothing new, one with a comment more, and the weekly sweep.

    Where pages are numbered, a listing of everything takes one call more: its first page is read twice.
    """
    clock = [BEGIN + timedelta(days=400)]
    api = GitHubApi(lambda: clock[0])
    api.numbered |= {"issues", "comments", "events"} if is_numbered else set()
    twice = (issues > 100) + (comments > 100) if is_numbered else 0
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
    logins = [f"newcomer-{number}" for number in range(PEOPLE)]
    people = {f"github:user:{api.users.introduce(login, id=9_000_000 + number)['id']}": login for number, login in enumerate(logins)}
    pages = -(-issues // 100) + -(-comments // 100) + -(-events // 100)
    rows: list[Calls] = []
    with tempfile.TemporaryDirectory() as folder, serving(api) as address, _environment("GITHUB_TOKEN", "loopback"):
        settings = Settings.model_validate(
            {"folder": Path(folder), "github": {"live": True, "api_url": address, "repositories": ["acme/busy"]}}
        )
        landing = Landing(Path(folder) / "landing")
        first = f"first sync of {issues:,} issues, {comments:,} comments, {events:,} events"
        rows.append(_sync(first, api, landing, settings, pages + voted + 4))
        for left in (PROFILES, PEOPLE - PROFILES, 0):
            clock[0] += timedelta(hours=1)
            name = f"nothing new, but {left} people" if left else "nothing new"
            rows.append(_sync(name, api, landing, settings, 4, people, 2 * left))
        repository.comment(1, clock[0])
        clock[0] += timedelta(hours=1)
        rows.append(_sync("one comment more", api, landing, settings, 4))
        clock[0] += timedelta(days=8)
        swept = 4 + -(-issues // 100) + -(-(comments + 1) // 100) + 1 + twice
        rows.append(_sync("nothing new, and the weekly sweep", api, landing, settings, swept))
    return rows


def slack_calls(messages: int = MESSAGES, threads: int = THREADS, changed: int = CHANGED, page: int = PAGE) -> list[Calls]:
    """The first sync of a channel, one with nothing new, one with some threads changed, and that of the next day.

    `messages` are the channel's own, spread over a year; the newest `threads` of them have a reply each.
    """
    clock = [BEGIN + timedelta(days=400)]
    began = clock[0] - timedelta(days=365)
    space = slack.Workspace()
    api = slack.SlackApi(space, lambda: clock[0])
    space.channel("C1", "help", created=int(began.timestamp()))
    space.user("U1", "ada")
    sent = [began + timedelta(days=364) * number / messages for number in range(messages)]
    for at in sent:
        space.post("C1", _ts(at), "U1", "How?")
    for at in sent[-threads:]:
        space.post("C1", _ts(at + timedelta(minutes=1)), "U1", "So.", thread=_ts(at))
    whole = -(-messages // page)
    window = -(-sum(at >= clock[0] - LOOK_BACK for at in sent) // page)
    recent = sum(at >= clock[0] - LOOK_BACK + timedelta(days=1) for at in sent[-threads:])
    rows: list[Calls] = []
    with tempfile.TemporaryDirectory() as folder, serving(api) as address, _environment("SLACK_BOT_TOKEN", api.token):
        live = {"live": True, "api_url": f"{address}/api/", "channels": ["help"], "page_size": page, "requests_per_minute": 1e6}
        settings = Settings.model_validate({"folder": Path(folder), "slack": {**live, "look_back_days": LOOK_BACK.days}})
        landing = Landing(Path(folder) / "landing")
        rows.append(_sync(f"first sync of {messages:,} messages, {threads:,} threads", api, landing, settings, 3 + whole + threads))
        clock[0] += timedelta(hours=1)
        rows.append(_sync("nothing new", api, landing, settings, 2 + window))
        for number in range(changed):
            space.post("C1", _ts(clock[0] + timedelta(seconds=number)), "U1", "Thanks.", thread=_ts(sent[-1 - number]))
        clock[0] += timedelta(hours=1)
        rows.append(_sync(f"{changed:,} of {threads:,} threads changed", api, landing, settings, 2 + window + changed))
        clock[0] += timedelta(days=1)
        rows.append(_sync("nothing new, and once a day the window's threads", api, landing, settings, 2 + window + recent))
    return rows


def _ts(at: datetime) -> str:
    return f"{at.timestamp():.6f}"


@contextmanager
def _environment(name: str, value: str) -> Iterator[None]:
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        os.environ.pop(name)
        if before is not None:
            os.environ[name] = before


def _sync(
    name: str,
    api: Api,
    landing: Landing,
    settings: Settings,
    budget: int,
    people: Mapping[str, str] | None = None,
    profile_budget: int = 0,
) -> Calls:
    asked, began = len(api.asked), time.perf_counter()
    source = SOURCES["github" if settings.github.live else "slack"]
    streams = list(source.streams)
    for _ in landing.land(source.name, source.fetch(settings, streams, known(landing, source.name, new_people=people)), streams):
        pass
    took = time.perf_counter() - began
    of_people = sum(each.path.startswith("/user") for each in api.asked[asked:])
    return Calls(name, len(api.asked) - asked - of_people, budget, took, of_people, profile_budget)


def show() -> None:
    """Print the rows."""
    for source, rows in (
        ("GitHub", github_calls(is_numbered=False)),
        ("GitHub where pages are numbered", github_calls(is_numbered=True)),
        ("Slack, a small workspace without open requests", slack_calls()),
    ):
        print(f"\nCalls to {source} (budget in brackets):")
        for row in rows:
            profiles = f", for profiles {row.profile_calls:,} ({row.profile_budget:,})" if row.profile_budget else ""
            print(f"  {row.sync:60} {row.calls:5,} ({row.budget:,})   {row.seconds:6.1f} s{profiles}")


if __name__ == "__main__":
    show()

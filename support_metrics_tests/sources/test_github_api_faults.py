"""Whatever goes wrong at whichever request of a sync: one more sync, and landing holds what it would hold without."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from support_metrics.errors import SourceError
from support_metrics.sources.github import profiles, session
from support_metrics_tests.servers.base import PERMANENT, TRANSIENT, Asked, Fault, Reply, refused
from support_metrics_tests.servers.github_objects import Repository, stamp
from support_metrics_tests.sources.github_world import TOKEN, Clock, World, at, github, populate, served, two_a_page
from support_metrics_tests.sources.memory import Memory

SECONDARY = {"message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."}
LIMITS: Mapping[str, Fault] = {
    "403 primary limit": refused(403, {"message": "API rate limit exceeded"}, X_RateLimit_Remaining="0", X_RateLimit_Reset="1772500000"),
    "403 secondary limit": refused(403, SECONDARY),
    "403 secondary limit with Retry-After": refused(403, SECONDARY, Retry_After="0"),
    "422 limit": refused(422, {"message": "API rate limit exceeded for 203.0.113.7."}),
    "202": refused(202, {}),
}
MORE: Mapping[str, Fault] = {
    "301 to nowhere": refused(301, {"message": "Moved Permanently"}, Location="/repositories/1/issues"),
    "410": refused(410, {"message": "Gone"}),
    "451": refused(451, {"message": "Repository access blocked"}),
    "an error as 200": lambda _: Reply({"message": "Server Error"}),
    "an echo of the token": refused(403, {"message": f"token {TOKEN} may not"}),
}
ALL = {**TRANSIENT, **LIMITS, **PERMANENT, **MORE}
# The last requests of a first sync: profile and organisations, of two people; the latter of one come in two pages.
OF_REPOSITORY, OF_PROFILES = 13, 5


NUMBERED = pytest.mark.parametrize("numbered", [False, True], ids=["cursors", "numbers"])
NUMBERED_TOO = pytest.mark.parametrize("numbered", [False, pytest.param(True, marks=pytest.mark.long)], ids=["cursors", "numbers"])


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[World]:
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    if "silence" in request.node.name:
        monkeypatch.setattr(session, "READ_TIMEOUT", 0.05)
    monkeypatch.setattr(profiles, "AGES_AFTER", timedelta(days=7))
    monkeypatch.setattr(profiles, "PAGE_SIZE", 2)
    two_a_page(monkeypatch)
    with github(tmp_path) as world:
        populate(world.tool)
        world.meet("ada", "acme", "umbrella", "globex", company="@acme")
        world.meet("grace", name="Grace")
        yield world


def number_pages(world: World, numbered: bool) -> None:
    world.api.numbered |= {"issues", "comments", "events"} if numbered else set()


def everything(world: World) -> set[str]:
    """The keys of all that should have landed."""
    return served(world.tool) | {key for each in world.new_people for key in (each, each.replace("user", "organisations"))}


def changed_a_week_later(world: World) -> Memory:
    """Landing after a first sync, then a week of changes: news to find, and a sweep that is due."""
    world.sync()
    world.clock.pass_by(days=8)
    now = world.clock.now - timedelta(hours=1)
    for number in (1, 2, 5):
        world.tool.comment(number, now)
        world.tool.happen(number, "closed", now)
    world.tool.open_issue(6, now)
    world.tool.react(5, "ada", now)
    world.tool.react(6, "ada", now)
    world.tool.release("v3", now)
    world.tool.delete_issue(4)
    world.api.users.introduce("ada", "acme", company="Umbrella", updated_at="2026-03-05T08:00:00Z")
    world.meet("mary")
    return world.landing


def requests_of(world: World, begin: Memory) -> tuple[int, dict[str, tuple[str, bool]]]:
    """How many requests a sync takes, and what landing holds after it."""
    world.landing = copy.deepcopy(begin)
    before = len(world.api.asked)
    world.sync()
    return len(world.api.asked) - before, world.landing.latest()


def troubled(world: World, begin: Memory, number: int, fault: Fault) -> str:
    """Sync with a fault at one request, then again without; what the error said, if there was one."""
    world.landing = copy.deepcopy(begin)
    world.api.faults = {len(world.api.asked) + number: fault}
    said = ""
    try:
        world.sync()
    except SourceError as error:
        said = f"{error.problem} {error.mend} {error!r}"
        assert error.mend
    world.api.faults = {}
    world.sync()
    return said


@pytest.mark.parametrize("name", ["reset", "403 primary limit", *PERMANENT, "301 to nowhere"])
def test_a_fault_at_any_request_of_a_first_sync_changes_nothing_in_the_end(world: World, name: str) -> None:
    count, expected = requests_of(world, Memory())
    assert count == OF_REPOSITORY + OF_PROFILES
    for number in range(count):
        before = len(world.api.asked)
        said = troubled(world, Memory(), number, ALL[name])
        assert world.landing.latest() == expected, f"{name} at request {number}"
        if world.api.asked[before + number].path.startswith("/user"):
            assert not said, "no profile fails the sync of a repository"
            assert TOKEN not in str(world.told) + str(world.landing)
            continue
        assert bool(said) == (name in PERMANENT or (name in MORE and name != "an error as 200")) or (
            name in ("404", "422", "410") and not said
        )
        assert TOKEN not in said + str(world.told) + str(world.landing)


@pytest.mark.long
@pytest.mark.parametrize("name", ALL)
def test_a_fault_at_any_request_of_a_later_sync_with_its_sweep_changes_nothing_in_the_end(world: World, name: str) -> None:
    begin = changed_a_week_later(world)
    count, expected = requests_of(world, begin)
    assert count > 20
    assert {key for key, (_, deleted) in expected.items() if not deleted} == everything(world)
    for number in range(0, count, 1 if name in {**TRANSIENT, **PERMANENT} else 3):
        said = troubled(world, begin, number, ALL[name])
        assert world.landing.latest() == expected, f"{name} at request {number}"
        assert TOKEN not in said + str(world.told) + str(world.landing)


@NUMBERED_TOO
def test_a_sync_killed_after_any_unit_goes_on_and_ends_the_same(world: World, numbered: bool) -> None:
    number_pages(world, numbered)
    for begin in (Memory(), changed_a_week_later(world)):
        count, expected = requests_of(world, begin)
        for stop in range(count):
            world.landing = copy.deepcopy(begin)
            for number, unit in enumerate(world.units()):
                if number == stop:
                    break
                world.landing.take(unit)
            world.sync()
            assert world.landing.latest() == expected, f"killed before unit {stop}"


@NUMBERED_TOO
def test_a_sync_killed_after_every_single_unit_comes_to_its_end_all_the_same(world: World, numbered: bool) -> None:
    """What is furthest behind comes first, and every unit is a step ahead."""
    number_pages(world, numbered)
    count, expected = requests_of(world, Memory())
    world.landing = Memory()
    for _ in range(2 * count):
        world.landing.take(next(world.units()))
        world.clock.pass_by(seconds=1)
    of_repository = {key: value for key, value in expected.items() if key.split(":")[1] not in ("user", "organisations")}
    assert world.landing.latest() == of_repository, "profiles come last"
    world.sync()
    assert world.landing.latest() == expected


@NUMBERED_TOO
def test_a_page_sent_twice_is_asked_for_again(world: World, numbered: bool) -> None:
    number_pages(world, numbered)
    count, expected = requests_of(world, Memory())
    sound = world.api.reply
    for number in range(count):
        pages: dict[str, list[Reply]] = {}
        last: list[str] = [""]

        def keep(asked: Asked, pages: dict[str, list[Reply]] = pages, last: list[str] = last) -> Reply:
            last[0] = re.sub(r"^/(?:repos/acme/tool|repositories/\d+)/", "", asked.path)
            pages.setdefault(last[0], []).append(sound(asked))
            return pages[last[0]][-1]

        def repeat(reply: Reply, pages: dict[str, list[Reply]] = pages, last: list[str] = last) -> Reply:
            return Reply(pages[last[0]][-2].body if len(pages[last[0]]) > 1 else reply.body, reply.status, reply.headers)

        world.api.reply = keep  # type: ignore[method-assign]
        troubled(world, Memory(), number, repeat)
        assert world.living >= {key for key, (_, deleted) in expected.items() if not deleted}, f"page sent twice at {number}"


@pytest.mark.long
@NUMBERED
@pytest.mark.parametrize("move", ["comment", "open", "close", "vote", "delete", "delete an issue"])
def test_a_world_that_moves_at_any_request_is_found_by_the_next_sync(world: World, move: str, numbered: bool) -> None:
    number_pages(world, numbered)
    moves: Mapping[str, Callable[[Any, datetime], Any]] = {
        "comment": lambda tool, now: tool.comment(1, now),
        "open": lambda tool, now: tool.open_issue(90 + len(tool.issues), now),
        "close": lambda tool, now: tool.happen(2, "closed", now),
        "vote": lambda tool, now: (tool.react(2, f"user{len(tool.reactions[2])}", now), tool.comment(2, now)),
        "delete": lambda tool, now: [held.pop(next(iter(held))) for held in (tool.comments, tool.releases)],
        "delete an issue": lambda tool, now: tool.delete_issue(3),
    }
    pristine = copy.deepcopy(world.tool)
    count, _ = requests_of(world, Memory())
    for number in range(count):
        world.tool = world.api.repositories[1_000] = copy.deepcopy(pristine)
        world.landing = Memory()
        begin = len(world.api.asked)

        def moving(asked_number: int, asked: Asked, at: int = begin + number) -> None:
            if asked_number == at:
                moves[move](world.tool, world.clock.now)

        world.api.before = moving
        world.sync()
        world.clock.pass_by(hours=1)
        world.sync()
        if move.startswith("delete"):
            assert world.living >= everything(world), f"{move} at request {number}"
            world.clock.pass_by(days=8)
            world.sync()
        assert world.living == everything(world), f"{move} at request {number}"
        for issue in world.tool.issues.values():
            assert f'"updated_at":"{issue["updated_at"]}"' in world.landing.latest()[f"github:issue:{issue['id']}"][0]


def edit_the_oldest(tool: Repository, now: datetime) -> None:
    """An old comment and the issue it belongs to join what has changed, before all the others."""
    oldest = next(iter(tool.comments.values()))
    oldest |= {"updated_at": stamp(now), "body": "Edited"}
    next(iter(tool.issues.values()))["updated_at"] = stamp(now)


def transfer_in(tool: Repository, now: datetime) -> None:
    """An issue comes from elsewhere, and stands among the oldest."""
    issue = tool.open_issue(80, at(5))
    tool.comment(80, at(15))
    issue["updated_at"] = stamp(now)


@pytest.mark.long
@NUMBERED
@pytest.mark.parametrize("is_first", [True, False], ids=["first", "later"])
@pytest.mark.parametrize("move", ["delete", "delete an issue", "edit", "transfer"])
def test_a_page_that_slips_at_any_request_loses_nothing(world: World, move: str, is_first: bool, numbered: bool) -> None:
    """Deleting moves objects towards the front, joining in the middle away from it: in a first sync, and in one with many changes."""
    number_pages(world, numbered)
    moves: Mapping[str, Callable[[Any, datetime], Any]] = {
        "delete": lambda tool, now: tool.comments.pop(list(tool.comments)[-7]),
        "delete an issue": lambda tool, now: tool.delete_issue(90),
        "edit": edit_the_oldest,
        "transfer": transfer_in,
    }
    begin = Memory()
    if not is_first:
        world.sync()
        world.clock.pass_by(days=1)
        begin = world.landing
    for each in range(7):
        world.tool.open_issue(90 + each, world.clock.now)
        world.tool.comment(90 + each, world.clock.now)
    world.clock.pass_by(hours=1)
    pristine = copy.deepcopy(world.tool)
    count, _ = requests_of(world, begin)
    for number in range(count):
        world.tool = world.api.repositories[1_000] = copy.deepcopy(pristine)
        world.landing = copy.deepcopy(begin)
        first = len(world.api.asked)

        def moving(asked_number: int, asked: Asked, at: int = first + number) -> None:
            if asked_number == at:
                moves[move](world.tool, world.clock.now)

        world.api.before = moving
        world.sync()
        world.clock.pass_by(hours=1)
        world.sync()
        lost = served(world.tool) - world.living
        # Of what is transferred in, the comments keep their old times: only a sweep finds them.
        expected = {f"github:comment:{each}" for each, value in world.tool.comments.items() if value["issue_url"].endswith("/80")}
        assert lost <= expected, f"{move} at request {number}"


@pytest.mark.long
@pytest.mark.parametrize("name", ["reset", "422"])
def test_a_fault_at_any_request_where_pages_are_numbered_changes_nothing_in_the_end(world: World, name: str) -> None:
    number_pages(world, True)
    for begin in (Memory(), changed_a_week_later(world)):
        count, expected = requests_of(world, begin)
        for number in range(count):
            troubled(world, begin, number, ALL[name])
            assert world.landing.latest() == expected, f"{name} at request {number}"


def test_a_cursor_that_expires_at_any_request_starts_that_listing_anew(world: World) -> None:
    count, expected = requests_of(world, Memory())
    for number in range(count):
        world.landing = Memory()
        begin = len(world.api.asked)

        def expiring(asked_number: int, asked: Asked, at: int = begin + number) -> None:
            if asked_number == at:
                world.api.expire()

        world.api.before = expiring
        world.sync()
        assert world.landing.latest() == expected


@pytest.mark.parametrize("hours", [-30, -1, 1, 30])
def test_a_clock_ahead_or_behind_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hours: int) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    clock = Clock(datetime.now(UTC).replace(microsecond=0) + timedelta(hours=hours))
    with github(tmp_path, clock) as world:
        populate(world.tool)
        for _ in range(4):
            world.sync()
            number = 100 + len(world.tool.issues)
            world.tool.open_issue(number, clock.now)
            world.tool.comment(number, clock.now)
            clock.pass_by(minutes=1)
        world.sync()
        assert world.living == served(world.tool)


def test_null_users_unknown_fields_and_missing_ones_land_and_only_the_unusable_is_set_aside(world: World) -> None:
    (first, second, third, *_) = world.tool.issues.values()
    first |= {"user": None, "brand_new": {"a": [1.50, -0.0, 1e3]}, "sub_issues_summary": None}
    for field in ("reactions", "labels", "author_association", "state"):
        second.pop(field)
    third |= {"created_at": "yesterday"}
    answered = world.api.reply

    def strange(asked: Asked) -> Reply:
        reply = answered(asked)
        if asked.path.endswith("/releases") and isinstance(reply.body, list):
            body = b'[{"id": 1, "tag_name": "v9", "size": 1.50, "big": 12345678901234567890, "none": null}, 7, {"name": "nameless"}, {"id": 2, "body": "\\udc00"}]'
            return Reply(body, 200)
        return reply

    world.api.reply = strange  # type: ignore[method-assign]
    world.sync()
    assert [(each.stream, each.place, each.reason) for each in world.landing.damaged] == [
        ("issues", "acme/tool issues, page 3, item 1", "its created_at is no ISO 8601 instant"),
        ("releases", "acme/tool releases, page 1, item 2", "is no JSON object"),
        ("releases", "acme/tool releases, page 1, item 3", "has no id"),
        ("releases", "acme/tool releases, page 1, item 4", "holds half of a surrogate pair, which is no character"),
    ]
    assert world.landing.latest()["github:release:acme/tool:1"][0] == (
        '{"big":12345678901234567890,"id":1,"none":null,"size":1.50,"tag_name":"v9"}'
    )
    assert '"brand_new":{"a":[1.5,-0.0,1000.0]}' in world.landing.latest()[f"github:issue:{first['id']}"][0]

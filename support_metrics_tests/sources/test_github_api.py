"""GitHub over HTTP: what lands, what is asked for, and how little."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from support_metrics.landing import Landing
from support_metrics.sources.base import Coverage
from support_metrics_tests.servers.base import Asked
from support_metrics_tests.sources.github_world import (
    STREAMS,
    TOKEN,
    World,
    at,
    github,
    latest,
    populate,
    served,
    two_a_page,
    write_files,
)
from support_metrics_tests.sources.world import coverage, land, settings_at


@pytest.fixture(autouse=True)
def signed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with github(tmp_path) as world:
        populate(world.tool)
        yield world


def test_the_same_records_land_as_from_files(world: World, tmp_path: Path) -> None:
    write_files(tmp_path / "files", world.tool)
    from_files = Landing(tmp_path / "other")
    land(from_files, "github", settings_at(tmp_path, github={"files": ["files"], "repositories": ["acme/tool"]}))
    live = Landing(tmp_path / "landing")
    assert land(live, "github", world.settings()).damaged == []
    assert latest(live) == latest(from_files)
    versions = [{row for stream in STREAMS for row in landing.rows("github", stream, "key, version")} for landing in (live, from_files)]
    assert versions[0] == versions[1]
    assert land(live, "github", world.settings()).written == {}
    world.sync()
    assert world.landing.latest() == latest(live)


def test_every_stream_is_covered_from_the_oldest_object_until_the_sync_began(world: World) -> None:
    found = coverage([item for unit in world.units() for item in unit.items])
    oldest = {"issues": at(10), "reactions": at(10), "comments": at(13), "events": at(14), "releases": at(60)}
    assert sorted(found) == sorted(Coverage(stream, "acme/tool", since, world.clock.now) for stream, since in oldest.items())


def test_a_repository_without_anything_is_covered_from_now_on(world: World) -> None:
    world.api.repository("acme/empty")
    found = coverage([item for unit in world.units(repositories=["acme/empty"]) for item in unit.items])
    assert {(each.since, each.until) for each in found} == {(world.clock.now, world.clock.now)}


def test_pull_requests_land_among_the_issues_and_are_told_apart(world: World) -> None:
    world.sync(streams=("issues",))
    payloads = [payload for payload, _ in world.landing.latest().values()]
    assert sum('"pull_request":{' in payload for payload in payloads) == 1
    assert len(payloads) == 5


def test_what_changed_is_found_and_nothing_else_is_asked_for(world: World) -> None:
    assert len(world.calls()) == 6  # issues, reactions to two of them, comments, events, releases
    world.clock.pass_by(hours=1)
    now = world.clock.now
    world.tool.comment(1, now, "ada", "Still broken")
    world.tool.happen(2, "closed", now)
    world.clock.pass_by(hours=1)
    assert world.calls() == ["issues", "issues/comments", "issues/events", "releases"]
    assert world.living == served(world.tool)
    assert '"state":"closed"' in world.landing.latest()[f"github:issue:{world.tool.numbered(2)['id']}"][0]  # type: ignore[index]


def test_a_sync_with_nothing_new_lands_nothing_and_asks_with_tags(world: World) -> None:
    world.sync()
    world.clock.pass_by(days=1)
    before = len(world.api.asked)
    remaining = world.api.remaining
    assert world.sync() == 0
    asked = world.api.asked[before:]
    assert len(asked) == 4
    assert [each.path for each in asked if "if-none-match" in each.headers] == [
        "/repos/acme/tool/issues/events",
        "/repos/acme/tool/releases",
    ]
    assert remaining - world.api.remaining == 2, "what has not changed costs nothing of the limit"
    world.clock.pass_by(hours=1)
    assert len(world.calls()) == 4


def test_the_cursor_is_the_beginning_of_the_last_sync_less_the_overlap(world: World) -> None:
    world.sync()
    world.clock.pass_by(hours=3)
    began_at = world.clock.now
    world.sync()
    world.clock.pass_by(hours=1)
    before = len(world.api.asked)
    world.sync(overlap_minutes=7)
    since = {each.given["since"] for each in world.api.asked[before:] if "since" in each.given}
    assert since == {f"{began_at - timedelta(minutes=7):%Y-%m-%dT%H:%M:%SZ}"}


def test_everything_is_listed_once_even_where_files_had_covered_the_time(world: World, tmp_path: Path) -> None:
    (tmp_path / "files" / "acme" / "tool").mkdir(parents=True)
    (tmp_path / "files" / "acme" / "tool" / "issues.jsonl").write_text("[]")
    (tmp_path / "files" / "manifest.json").write_text('{"observed_at": "2026-03-02T20:00:00Z", "covered_from": "2026-03-02T00:00:00Z"}')
    live = Landing(tmp_path / "landing")
    land(live, "github", world.settings(files=["files"]))
    assert set(latest(live)) == served(world.tool)


# Reactions


def test_reactions_are_asked_for_where_the_count_is_not_what_landing_holds(world: World) -> None:
    world.sync()
    world.tool.comment(2, world.clock.now)
    world.tool.react(2, "mary", world.clock.now)
    world.clock.pass_by(hours=1)
    assert world.calls()[:2] == ["issues", "issues/2/reactions"]
    assert world.living == served(world.tool)


def test_a_reaction_taken_back_is_gone(world: World) -> None:
    world.sync()
    taken = next(iter(world.tool.reactions[2]))
    world.tool.take_back(2, taken)
    world.tool.comment(2, world.clock.now)
    world.clock.pass_by(hours=1)
    world.sync()
    assert world.gone == {f"github:reaction:acme/tool:2:{taken}"}


def test_a_vote_that_leaves_its_issue_unchanged_is_found_by_the_sweep(world: World) -> None:
    world.sync()
    world.tool.react(4, "ada", world.clock.now)
    world.clock.pass_by(days=1)
    world.sync()
    assert not [key for key in world.living if ":4:" in key]
    world.clock.pass_by(days=7)
    world.sync()
    assert world.living == served(world.tool)


def test_reactions_are_covered_only_by_a_listing_of_all_issues(world: World) -> None:
    """A vote leaves its issue unchanged: a sync that lists what has changed does not see it."""
    world.sync()
    first = world.clock.now
    world.clock.pass_by(days=1)
    world.sync()
    assert world.landing.cursors["issues", "acme/tool"] == world.clock.now
    assert world.landing.cursors["reactions", "acme/tool"] == first
    world.clock.pass_by(days=7)
    world.sync()
    assert world.landing.cursors["reactions", "acme/tool"] == world.clock.now


def test_reactions_alone_are_found_by_way_of_issues_that_do_not_land(world: World) -> None:
    world.sync(streams=("reactions",))
    assert {key.split(":")[1] for key in world.living} == {"reaction"}
    world.tool.react(4, "ada", world.clock.now)
    world.clock.pass_by(hours=1)
    assert world.sync(streams=("reactions",)) == 1, "all issues are listed: there is no other way to cover votes"
    assert world.landing.cursors["reactions", "acme/tool"] == world.clock.now
    world.clock.pass_by(hours=1)
    assert world.sync(streams=("reactions",)) == 0


def test_many_votes_that_stay_as_counted_are_read_once(world: World) -> None:
    for number in range(250):
        world.tool.react(5, f"fan{number}", at(200))
    assert sum(path.endswith("5/reactions") for path in world.calls()) == 3
    assert world.living == served(world.tool)


@pytest.mark.parametrize("and_one_more", [False, True], ids=["taken back", "and another given"])
def test_a_vote_taken_back_between_pages_of_votes_leaves_nothing_wrong(world: World, and_one_more: bool) -> None:
    for number in range(250):
        world.tool.react(5, f"fan{number}", at(200))
    first = next(iter(world.tool.reactions[5]))

    def take_back(number: int, asked: Asked) -> None:
        if asked.path.endswith("/5/reactions") and asked.given.get("page") == "2" and first in world.tool.reactions[5]:
            world.tool.take_back(5, first)
            if and_one_more:
                world.tool.react(5, "late", world.clock.now)

    world.api.before = take_back
    assert sum(path.endswith("5/reactions") for path in world.calls()) == 9, "read until two readings are the same"
    assert world.living == served(world.tool)
    world.clock.pass_by(hours=1)
    assert len(world.calls()) == 4


def test_votes_that_move_whenever_they_are_read_are_asked_for_again(world: World) -> None:
    for number in range(250):
        world.tool.react(5, f"fan{number}", at(200))

    def take_back(number: int, asked: Asked) -> None:
        if asked.path.endswith("/5/reactions") and asked.given.get("page") == "2":
            world.tool.take_back(5, next(iter(world.tool.reactions[5])))

    world.api.before = take_back
    world.sync()
    assert ("reactions", "acme/tool") not in world.landing.cursors, "what is in doubt is not covered"
    assert world.gone == set(), "and no tombstone is made of it"
    assert world.living >= {key for key in served(world.tool) if not key.startswith("github:reaction:acme/tool:5:")}
    world.api.before = lambda number, asked: None
    world.clock.pass_by(hours=1)
    world.sync()
    assert world.living == served(world.tool)
    assert world.landing.cursors["reactions", "acme/tool"] == world.clock.now
    world.clock.pass_by(hours=1)
    assert len(world.calls()) == 4


def test_votes_in_doubt_are_asked_for_though_their_issue_is_as_it_was(world: World) -> None:
    world.sync()
    for number in range(250):
        world.tool.react(5, f"fan{number}", world.clock.now)
    world.tool.comment(5, world.clock.now)
    world.clock.pass_by(hours=1)

    def take_back(number: int, asked: Asked) -> None:
        if asked.path.endswith("/5/reactions") and asked.given.get("page") == "2":
            world.tool.take_back(5, next(iter(world.tool.reactions[5])))

    world.api.before = take_back
    world.sync()
    covered = world.landing.cursors["reactions", "acme/tool"]
    world.api.before = lambda number, asked: None
    world.clock.pass_by(hours=1)
    assert world.calls().count("issues/5/reactions") > 0
    assert world.living == served(world.tool)
    assert world.landing.cursors["reactions", "acme/tool"] == covered
    world.clock.pass_by(hours=1)
    assert len(world.calls()) == 4


# Which repositories


def test_a_repository_named_for_its_releases_is_asked_for_nothing_else(world: World) -> None:
    populate(world.api.repository("acme/cli"))
    world.sync(release_repositories=["acme/cli"])
    cli = [path for path in world.api.paths() if "/cli/" in path]
    assert cli == ["GET /repos/acme/cli/releases"]


def test_many_repositories_are_kept_apart(world: World) -> None:
    names = [f"acme/part-{number}" for number in range(4)]
    parts = [world.api.repository(name) for name in names]
    for part in parts:
        populate(part, 3)
    world.sync(repositories=names)
    assert world.living == set().union(*map(served, parts))
    world.clock.pass_by(hours=1)
    assert len(world.calls(repositories=names)) == 16


def test_github_enterprise_lies_below_its_base_address(world: World) -> None:
    world.api.prefix = "/api/v3"
    world.sync(api_url=f"{world.api.address}/api/v3/")
    assert world.living == served(world.tool)
    assert all(path.startswith("GET /api/v3/repos") for path in world.api.paths())


# History that cannot be had


def test_a_capped_history_of_events_is_told_and_covered_only_as_far_as_it_reaches(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    two_a_page(monkeypatch)
    world.api.events_cap = 4
    found = [item for unit in world.units(streams=("events",)) for item in unit.items]
    assert coverage(found) == [Coverage("events", "acme/tool", at(34), world.clock.now)]
    assert "GitHub lists events back to 2026-03-02 09:34Z only" in " ".join(world.told)


def test_issues_that_are_switched_off_are_none(world: World) -> None:
    world.tool.has_issues = False
    world.sync()
    assert {key.split(":")[1] for key in world.living} == {"release"}
    first = world.clock.now
    world.clock.pass_by(hours=1)
    found = coverage([item for unit in world.units(streams=("issues",)) for item in unit.items])
    assert found == [Coverage("issues", "acme/tool", first, world.clock.now)]
    world.tool.has_issues = True
    world.sync()
    assert world.living == served(world.tool)

"""What is deleted or moved away on GitHub becomes a tombstone, and nothing else does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support_metrics.errors import SourceError
from support_metrics.sources.base import Coverage, Record, Sweep
from support_metrics_tests.servers.base import Asked, refused
from support_metrics_tests.sources.github_world import TOKEN, World, at, github, populate, served, two_a_page


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    two_a_page(monkeypatch)
    with github(tmp_path) as world:
        populate(world.tool)
        world.sync()
        yield world


def numbered(world: World, number: int) -> str:
    issue = world.tool.numbered(number)
    assert issue
    return f"github:issue:{issue['id']}"


def test_deleted_issues_comments_and_releases_are_gone_after_the_sweep_and_not_before(world: World) -> None:
    deleted_issue = numbered(world, 4)
    comment_of_it, another = (
        next(each for each, value in world.tool.comments.items() if value["issue_url"].endswith(f"/{n}")) for n in (4, 1)
    )
    release = next(iter(world.tool.releases))
    world.tool.delete_issue(4)
    del world.tool.comments[another]
    del world.tool.releases[release]
    world.clock.pass_by(days=1)
    world.sync()
    assert world.gone == set()
    world.clock.pass_by(days=6)
    world.sync()
    assert world.gone == {
        deleted_issue,
        f"github:comment:{comment_of_it}",
        f"github:comment:{another}",
        f"github:release:acme/tool:{release}",
    }
    assert '"title":"Issue 4"' in world.landing.latest()[deleted_issue][0], "a tombstone keeps what was known"
    world.clock.pass_by(hours=1)
    assert len(world.calls()) == 4


def test_a_sweep_is_told_when_it_is_done(world: World) -> None:
    world.clock.pass_by(days=8)
    found = [item for unit in world.units() for item in unit.items if isinstance(item, Sweep)]
    assert {(each.stream, each.began_at) for each in found} == {
        (stream, world.clock.now) for stream in ("issues", "reactions", "comments", "releases")
    }


def test_a_transferred_issue_is_gone_here_and_new_there(world: World) -> None:
    moved = numbered(world, 4)
    other = world.api.repository("acme/other")
    there = world.tool.transfer(4, other, world.clock.now, 77)
    world.clock.pass_by(days=8)
    world.sync(repositories=["acme/tool", "acme/other"])
    assert moved in world.gone
    assert f"github:issue:{there['id']}" in world.living


def test_an_issue_that_moved_out_of_sight_is_gone(world: World) -> None:
    moved = numbered(world, 4)
    world.tool.delete_issue(4)
    world.tool.moved[4] = (9_999, 1)
    world.clock.pass_by(days=8)
    world.sync()
    assert moved in world.gone


def test_an_object_with_the_same_id_in_another_repository_that_is_read_stays(world: World) -> None:
    other = world.api.repository("acme/other")
    issue = world.tool.numbered(4)
    assert issue
    world.tool.transfer(4, other, world.clock.now, 77)
    (new,) = other.issues.values()
    other.issues = {issue["id"]: {**new, "id": issue["id"]}}
    world.clock.pass_by(days=8)
    world.sync(repositories=["acme/tool", "acme/other"])
    assert f"github:issue:{issue['id']}" in world.living


@pytest.mark.parametrize("stream", ["issues", "comments"])
def test_a_page_that_shifts_while_being_read_makes_no_tombstone(world: World, stream: str) -> None:
    """By number, a page slips by one when something before it is deleted: what then is in no page exists all the same."""
    world.api.numbered |= {stream}
    listing = "/repos/acme/tool/issues" + ("/comments" if stream == "comments" else "")
    world.clock.pass_by(days=8)
    deleted: list[int] = []

    def shift(number: int, asked: Asked) -> None:
        if not deleted and asked.given.get("page") == "2" and "since" not in asked.given:
            held = getattr(world.tool, stream)
            deleted.append(next(iter(held)))
            del held[deleted[0]]

    world.api.before = shift
    world.sync(streams=(stream,))
    assert deleted and any(each.path == listing for each in world.api.asked)
    assert len(world.gone) == 0, "what was deleted while it was read has been seen; the next sweep will tell"
    world.clock.pass_by(days=8)
    world.sync(streams=(stream,))
    assert world.gone == {f"github:{stream[:-1]}:{deleted[0]}"}


def test_events_that_slipped_when_an_issue_was_deleted_are_found_once_it_is_known_to_be_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    two_a_page(monkeypatch)
    with github(tmp_path) as world:
        populate(world.tool)
        world.api.numbered.add("events")
        newest = max(world.tool.events)

        def delete(number: int, asked: Asked) -> None:
            if asked.path.endswith("/events") and asked.given.get("page") == "2" and newest in world.tool.events:
                world.tool.delete_issue(3)
                del world.tool.events[newest]

        world.api.before = delete
        world.sync()
        lost = served(world.tool) - world.living
        assert {key.split(":")[1] for key in lost} == {"event"}
        world.clock.pass_by(days=8)
        units = list(world.units())
        cut = next(number for number, unit in enumerate(units) if any(isinstance(item, Record) and item.deleted for item in unit.items))
        for unit in units[: cut + 1]:
            world.landing.take(unit)
        assert lost - world.living, "killed before events were listed again"
        world.sync()
        assert served(world.tool) <= world.living
        world.clock.pass_by(hours=1)
        assert len(world.calls()) == 4
        world.clock.pass_by(days=8)
        assert len(world.calls()) == 4 + 2 + 2 + 1, "once"


def test_what_was_missed_and_has_changed_lands_when_it_is_looked_for(world: World) -> None:
    world.clock.pass_by(days=8)
    issue = world.tool.numbered(2)
    assert issue
    world.api.before = lambda number, asked: None

    def hide(number: int, asked: Asked) -> None:
        if asked.path.endswith("/issues/2"):
            world.tool.issues[issue["id"]] = {**issue, "title": "New title", "updated_at": "2026-03-11T09:00:00Z"}
        elif asked.path.endswith("/issues"):
            world.tool.issues.pop(issue["id"], None)

    world.api.before = hide
    world.sync(streams=("issues",))
    assert "New title" in world.landing.latest()[f"github:issue:{issue['id']}"][0]
    assert world.gone == set()


def test_a_mass_disappearance_deletes_nothing_and_fails(world: World) -> None:
    for number in range(100, 130):
        world.tool.open_issue(number, world.clock.now)
    world.clock.pass_by(hours=1)
    world.sync()
    kept = world.tool.issues
    world.tool.issues = dict(list(kept.items())[:5])
    world.clock.pass_by(days=8)
    world.tool.comment(1, world.clock.now)
    with pytest.raises(SourceError, match="30 of 35 issues have disappeared at once; none was deleted here") as caught:
        world.sync()
    assert "sweep_days" in caught.value.mend
    assert world.gone == set()
    assert {key for key in served(world.tool) if "comment" in key} <= world.living, "news of all repositories comes before any sweep"
    world.tool.issues = kept
    world.sync()
    assert world.gone == set()


def test_what_is_looked_for_and_refused_is_not_deleted(world: World) -> None:
    world.tool.delete_issue(4)
    world.clock.pass_by(days=8)

    def refuse(number: int, asked: Asked) -> None:
        if asked.path.endswith("/issues/4"):
            world.api.faults[number] = refused(403, {"message": "Resource not accessible"})

    world.api.before = refuse
    with pytest.raises(SourceError, match="may not read this"):
        world.sync()
    assert numbered(world, 1) not in world.gone and not [key for key in world.gone if "issue" in key]
    world.api.before = lambda number, asked: None
    world.sync()
    assert [key for key in world.gone if "issue" in key]


def test_a_first_sync_that_broke_off_is_swept_without_listing_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    two_a_page(monkeypatch)
    with github(tmp_path) as world:
        populate(world.tool)
        for number, unit in enumerate(world.units(streams=("issues",))):
            world.landing.take(unit)
            if number == 1:
                break
        before = len(world.api.asked)
        found = [item for unit in world.units(streams=("issues",)) for item in unit.items]
        assert len(world.api.asked) - before == 1
        assert [item for item in found if isinstance(item, Coverage)] == [Coverage("issues", "acme/tool", at(10), world.clock.now)]
        assert [item for item in found if isinstance(item, Sweep)] == [Sweep("issues", "acme/tool", world.clock.now)]


def test_what_could_not_be_seen_for_a_while_is_seen_again(world: World) -> None:
    """GitHub hides what a flagged account wrote, and shows it again when the flag is lifted."""
    issue = world.tool.numbered(2)
    assert issue
    key = numbered(world, 2)
    del world.tool.issues[issue["id"]]
    world.clock.pass_by(days=8)
    world.sync(streams=("issues",))
    assert key in world.gone
    world.tool.issues[issue["id"]] = issue
    world.clock.pass_by(days=8)
    world.sync(streams=("issues",))
    assert world.landing.rows["issues", key][-1].deleted is False, "staging takes what was seen living last"

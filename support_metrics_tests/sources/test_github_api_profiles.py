"""Profiles of new people over HTTP: whose are asked for, how often, and that nothing else suffers from it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from support_metrics.errors import SourceError
from support_metrics.landing import Landing
from support_metrics.sources.github import profiles
from support_metrics_tests.servers.base import Asked, Reply
from support_metrics_tests.sources.github_world import TOKEN, World, github, latest, populate, served
from support_metrics_tests.sources.memory import Memory
from support_metrics_tests.sources.world import land, lines, settings_at, write

PROFILES = ("users", "organisations")


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    monkeypatch.setattr(profiles, "AGES_AFTER", timedelta(days=3))
    with github(tmp_path) as world:
        populate(world.tool)
        yield world


def asked(world: World, **more: Any) -> list[str]:
    """Whose profiles and organisations one sync asks for."""
    before = len(world.api.asked)
    world.sync(**more)
    return [path.removeprefix("GET /users/") for path in world.api.paths()[before:] if "/users/" in path]


def landed(world: World, account: str, stream: str = "users") -> dict[str, Any]:
    key = account if stream == "users" else account.replace("user", "organisations")
    value: dict[str, Any] = json.loads(world.landing.latest()[key][0])
    return value


def test_profile_and_organisations_land_as_received(world: World) -> None:
    account = world.meet("ada", "acme", "umbrella", company="@acme ", name='Ada "the" Doe 🦊')
    assert asked(world) == ["ada", "ada/orgs"]
    (profile,), (listed,) = world.api.users.profiles.values(), world.api.users.organisations.values()
    assert landed(world, account) == profile
    assert landed(world, account, "organisations") == {"user": {"id": profile["id"], "login": "ada"}, "organizations": listed}
    assert len(listed) == 2
    assert world.living == served(world.tool) | {account, account.replace("user", "organisations")}


def test_the_same_lands_as_from_files(world: World, tmp_path: Path) -> None:
    account = world.meet("ada", "acme", company="@acme ")
    world.sync(streams=PROFILES)
    profile, listed = world.api.users.profiles.popitem()[1], world.api.users.organisations.popitem()[1]
    (tmp_path / "files" / "acme" / "tool").mkdir(parents=True)
    write(tmp_path / "files" / "users.jsonl", lines(profile))
    write(tmp_path / "files" / "organisations.jsonl", lines({"user": {"id": profile["id"], "login": "ada"}, "organizations": listed}))
    write(tmp_path / "files" / "acme" / "tool" / "issues.jsonl", "[]")
    landing = Landing(tmp_path / "other")
    land(landing, "github", settings_at(tmp_path, github={"files": ["files"], "repositories": ["acme/tool"]}))
    assert latest(landing) == world.landing.latest()
    assert account in latest(landing)


def test_nobody_is_looked_up_whom_the_marts_do_not_name(world: World) -> None:
    assert asked(world) == []
    assert {key.split(":")[1] for key in world.living} == {"issue", "comment", "event", "reaction", "release"}


def test_nothing_new_asks_for_no_profile_again_and_keeps_the_budget_of_the_repository(world: World) -> None:
    world.meet("ada")
    world.meet("nobody-there")
    world.api.users.gone = {value["id"] for value in world.api.users.profiles.values() if value["login"] == "nobody-there"}
    assert asked(world) == ["ada", "ada/orgs", "nobody-there", "nobody-there"], "that an account is gone is asked twice"
    world.clock.pass_by(hours=1)
    assert len(world.calls()) == 4
    world.clock.pass_by(days=2)
    assert asked(world) == []


def test_a_set_number_of_people_a_sync_the_newest_first(world: World) -> None:
    for login in ("ada", "grace", "linus"):
        world.meet(login)
    assert asked(world, profiles_per_sync=0) == []
    assert asked(world, profiles_per_sync=2) == ["ada", "ada/orgs", "grace", "grace/orgs"]
    account = world.meet("mary")
    world.new_people = {account: "mary", **world.new_people}
    assert asked(world, profiles_per_sync=1) == ["mary", "mary/orgs"]
    assert asked(world, profiles_per_sync=2) == ["linus", "linus/orgs"]


def test_an_old_profile_is_asked_for_again_with_its_tag_after_those_never_read(world: World) -> None:
    ada = world.meet("ada", "acme", company="Acme")
    world.sync()
    world.clock.pass_by(days=3)
    world.meet("grace")
    assert asked(world, profiles_per_sync=2) == ["grace", "grace/orgs", "ada", "ada/orgs"]
    assert [each.path for each in world.api.asked if "if-none-match" in each.headers][-2:] == ["/users/ada", "/users/ada/orgs"]
    assert len(world.landing.rows["users", ada]) == 1, "what has not changed does not land again"
    world.clock.pass_by(days=3)
    world.api.users.introduce("ada", company="Umbrella", updated_at="2026-05-01T00:00:00Z")
    assert asked(world, profiles_per_sync=1) == ["ada", "ada/orgs"]
    assert asked(world, profiles_per_sync=1) == ["grace", "grace/orgs"]
    assert asked(world) == []
    assert landed(world, ada)["company"] == "Umbrella"
    assert landed(world, ada, "organisations")["organizations"] == []


def test_a_deleted_account_leaves_no_profile(world: World) -> None:
    ada = world.meet("ada", "acme")
    world.sync()
    world.api.users.gone = set(world.api.users.profiles)
    world.clock.pass_by(days=3)
    assert asked(world) == ["ada", "ada"]
    assert world.gone == {ada, ada.replace("user", "organisations")}
    world.clock.pass_by(days=1)
    assert asked(world) == []


def test_a_login_that_passed_to_another_account_tells_nothing_of_the_first(world: World) -> None:
    world.api.users.introduce("ada", "acme", id=77)
    world.new_people = {"github:user:4": "ada"}
    assert asked(world) == ["ada"]
    assert not [key for key in world.landing.latest() if key.split(":")[1] in ("user", "organisations")]
    assert asked(world) == []


def test_what_files_told_is_not_asked_for_soon(world: World, tmp_path: Path) -> None:
    account = world.meet("ada")
    profile = world.api.users.profiles[int(account.rpartition(":")[2])]
    write(tmp_path / "files" / "users.jsonl", lines(profile))
    write(tmp_path / "files" / "organisations.jsonl", lines({"user": {"id": profile["id"]}, "organizations": []}))
    write(tmp_path / "manifest.json", {"observed_at": "2026-03-02T20:00:00Z"})
    for unit in world.units(files=["files"]):
        if unit.digest:
            world.landing.take(unit)
    assert landed(world, account) == profile
    assert asked(world) == []


def test_each_stream_can_be_asked_for_alone(world: World) -> None:
    account = world.meet("ada", "acme")
    world.sync(streams=("users",))
    assert world.living == {account}
    assert asked(world) == ["ada", "ada/orgs"], "the organisations were never read"
    assert asked(world) == []
    world.landing = Memory()
    world.sync(streams=("organisations",))
    assert world.living == {account.replace("user", "organisations")}


def test_what_one_profile_refuses_fails_neither_the_repository_nor_the_others(world: World) -> None:
    for login in ("ada", "grace", "linus"):
        world.meet(login)
    answered = world.api.reply

    def refusing(asked: Asked) -> Reply:
        return Reply({"message": "Blocked"}, 451) if asked.path == "/users/grace" else answered(asked)

    world.api.reply = refusing  # type: ignore[method-assign]
    assert asked(world) == ["ada", "ada/orgs", "grace", "linus", "linus/orgs"]
    assert world.living >= served(world.tool)
    assert "profile 2 of 3 of new people: blocked" in " ".join(world.told)
    assert asked(world) == ["grace"], "asked for again"
    with pytest.raises(SourceError, match=r"profile \d of \d of new people: blocked"):
        world.sync(streams=PROFILES)


def test_a_used_up_limit_ends_the_profiles_and_not_the_sync(world: World) -> None:
    for login in ("ada", "grace"):
        world.meet(login)

    def used_up(number: int, asked: Asked) -> None:
        world.api.remaining = 0 if asked.path == "/users/ada" else world.api.remaining

    world.api.before = used_up
    reset_in = timedelta(hours=1)
    world.clock.now = world.clock.now.replace(minute=0, second=0) + reset_in
    assert set(asked(world)) == {"ada"}
    assert world.living == served(world.tool)
    assert [place[1] for place in world.landing.cursors] == ["acme/tool"] * 5


def test_an_unusable_profile_is_set_aside(world: World) -> None:
    account = world.meet("ada", updated_at="yesterday")
    world.sync()
    assert [(each.stream, each.place, each.reason) for each in world.landing.damaged] == [
        ("users", "profile 1 of 1 of new people", "its updated_at is no ISO 8601 instant")
    ]
    assert account not in world.living and asked(world) == []


def test_names_stand_in_no_name_of_a_unit(world: World) -> None:
    world.meet("ada")
    assert not [unit.name for unit in world.units() if "ada" in unit.name]

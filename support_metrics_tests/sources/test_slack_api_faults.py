"""Slack's Web API going wrong: whatever fails, at whichever request, the next sync ends where an undisturbed one does."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest

from support_metrics.errors import SourceError
from support_metrics_tests.servers.base import PERMANENT, TRANSIENT, Asked, Fault, Reply, refused, serving
from support_metrics_tests.sources.memory import Memory
from support_metrics_tests.sources.slack_world import HELP, NOON, State, World, move, settle, sync, texts, ts

HISTORY, REPLIES = "conversations.history", "conversations.replies"


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    world = World(monkeypatch)
    settle(world)
    with serving(world.api):
        yield world


# Damage to a sound answer


def of_objects(change: Callable[[dict[str, Any]], None]) -> Fault:
    def damaged(reply: Reply) -> Reply:
        body = dict(reply.body)
        for name in ("messages", "members", "channels"):
            if isinstance(body.get(name), list):
                body[name] = [dict(each) for each in body[name]]
                for each in body[name]:
                    change(each)
        return Reply(body, reply.status, reply.headers)

    return damaged


def without(*fields: str) -> Fault:
    return lambda reply: Reply({key: value for key, value in reply.body.items() if key not in fields}, reply.status, reply.headers)


def _null_first(reply: Reply) -> Reply:
    body = {key: [None, *value[1:]] if isinstance(value, list) and key != "channels" else value for key, value in reply.body.items()}
    return Reply(body, reply.status, reply.headers)


def _lose(*fields: str) -> Fault:
    def lose(each: dict[str, Any]) -> None:
        for field in fields:
            each.pop(field, None)

    return of_objects(lose)


DAMAGE: dict[str, Fault] = {
    "a null user": of_objects(lambda each: each.update(user=None)),
    "a null object": _null_first,
    "unknown fields": of_objects(lambda each: each.update(brand_new={"a": [1.50, None]})),
    "no ts": _lose("ts"),
    "no text and no user": _lose("text", "user", "profile", "updated"),
    "no counts": _lose("reply_count", "latest_reply"),
    "no lists": without("messages", "members", "channels"),
    "no metadata": without("response_metadata", "has_more"),
    "no ok": without("ok"),
    "a list": lambda reply: Reply([], 200),
    "ratelimited": refused(200, {"ok": False, "error": "ratelimited"}, Retry_After="0"),
    "internal_error": refused(200, {"ok": False, "error": "internal_error"}),
    "invalid_cursor": refused(200, {"ok": False, "error": "invalid_cursor"}),
    "a new error": refused(200, {"ok": False, "error": "cat_on_keyboard"}),
}


# Syncs with a fault, and without


class Base:
    """What an undisturbed sync holds, after the first one and after one on the next day; it is the same in every test."""

    memory = Memory()
    requests: ClassVar[list[int]] = []
    ends: ClassVar[list[State]] = []

    def __init__(self, world: World, folder: Path) -> None:
        self.world, self.settings = world, world.settings(folder, look_back_days=60)
        for is_second in (False, True) if not self.ends else ():
            memory = self._anew(is_second)
            sync(memory, self.settings)
            self.requests.append(len(world.asked()))
            self.ends.append(memory.state())
            if not is_second:
                self.memory.__dict__.update(copy.deepcopy(memory.__dict__))

    def _anew(self, is_second: bool) -> Memory:
        world = self.world
        world.clock = NOON
        for held in (world.space.messages, world.space.users, world.space.channels, world.api.faults, world.api.asked):
            held.clear()
        settle(world)
        if is_second:
            move(world)
        return copy.deepcopy(self.memory) if is_second else Memory()

    def disturbed(
        self, is_second: bool, *, at: int = -1, fault: Fault | None = None, skew: timedelta = timedelta(), units: int = -1
    ) -> int:
        """Sync with a fault or a wrong clock at a request, or ended after so many units, then again; returns how many units the first had."""
        memory = self._anew(is_second)
        said: list[Reply] = []

        def tick(number: int, asked: Asked) -> None:
            self.world.tick(number, asked)
            self.world.skew = skew if number == at else timedelta()

        def faulty(reply: Reply) -> Reply | str:
            said.append(reply)
            return fault(reply) if fault else reply

        self.world.api.before, self.world.api.faults = tick, {at: faulty}
        done, is_failed = 0, False
        try:
            done = len(sync(memory, self.settings, units=units))
        except SourceError as error:
            is_failed = True
            assert error.mend and self.world.api.token not in str(error)
        self.world.api.before, self.world.api.faults = self.world.tick, {}
        assert is_failed or bool(said) == (at >= 0)
        if fault in TRANSIENT.values():
            # It has been waited out.
            assert not is_failed and memory.state() == self.ends[is_second]
            return done
        # A reply that came damaged is as one edited since: found when all threads are read, once a day.
        self.world.later(days=1)
        sync(memory, self.settings)
        assert memory.state() == self.ends[is_second]
        return done


@pytest.fixture
def base(world: World, tmp_path: Path) -> Base:
    return Base(world, tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("is_second", [False, True], ids=["first sync", "next sync"])
@pytest.mark.parametrize("name", [*TRANSIENT, *PERMANENT, *DAMAGE])
def test_a_fault_at_any_request_changes_nothing_in_the_end(base: Base, name: str, is_second: bool) -> None:
    fault = {**TRANSIENT, **PERMANENT, **DAMAGE}[name]
    if name == "silence":
        base.world.give_up_soon()
    for at in range(base.requests[is_second]):
        base.disturbed(is_second, at=at, fault=fault)


@pytest.mark.parametrize("is_second", [False, True], ids=["first sync", "next sync"])
@pytest.mark.parametrize("hours", [-30, -1, 30])
def test_a_clock_that_is_wrong_at_any_request_changes_nothing(base: Base, hours: int, is_second: bool) -> None:
    for at in range(base.requests[is_second]):
        base.disturbed(is_second, at=at, skew=timedelta(hours=hours))


@pytest.mark.parametrize("is_second", [False, True], ids=["first sync", "next sync"])
def test_a_page_that_comes_twice_changes_nothing(base: Base, is_second: bool) -> None:
    """The answer that the same method gave last, in the place of the right one."""
    sound, last = base.world.api.reply, dict[str, list[Reply]]()

    def remember(asked: Asked) -> Reply:
        replies = last.setdefault(f"{asked.path} {asked.given.get('channel')}", [])
        replies.append(sound(asked))
        return replies[-1]

    def before(at: int) -> Fault:
        return lambda reply: next((each[-2] for each in last.values() if each[-1] is reply and len(each) > 1), reply)

    base.world.api.reply = remember  # type: ignore[method-assign]
    for at in range(base.requests[is_second]):
        last.clear()
        base.disturbed(is_second, at=at, fault=before(at))


@pytest.mark.parametrize("is_second", [False, True], ids=["first sync", "next sync"])
def test_a_sync_killed_after_any_unit_changes_nothing(base: Base, is_second: bool) -> None:
    units = 1
    while base.disturbed(is_second, units=units) == units:
        units += 1
    assert units > 5


def test_a_killed_first_sync_goes_on_where_it_stopped(world: World, tmp_path: Path) -> None:
    memory, settings = Memory(), world.settings(tmp_path)
    sync(memory, settings, units=4)  # channels, users, two pages
    world.asked()
    sync(memory, settings)
    methods = world.asked()
    # One page is left, the threads, then the window, as the first pages are not of now.
    assert methods == ["conversations.list", "users.list", HISTORY, *[REPLIES] * 4, *[HISTORY] * 3]


def test_a_killed_sweep_goes_on_where_it_stopped(world: World, tmp_path: Path) -> None:
    memory, settings = Memory(), world.settings(tmp_path, requests_per_minute=2, page_size=200)  # one thread to a unit
    sync(memory, settings)
    world.later(days=1)
    sync(memory, settings, units=4)  # channels, users, the history, one thread
    world.asked()
    sync(memory, settings)
    assert world.asked().count(REPLIES) == 1
    world.asked()
    sync(memory, settings)
    assert world.asked().count(REPLIES) == 0


def test_replies_to_a_deleted_message_outlive_a_kill_before_they_are_read(world: World, tmp_path: Path) -> None:
    """Landing shows no message that is deleted, and this one is too old to be listed again: only the sync's own mark leads to them."""
    world.space.delete(HELP, ts(40))
    whole, memory, settings = Memory(), Memory(), world.settings(tmp_path)
    sync(whole, settings)
    for units in (3, 4):  # channels, users, then the pages, which is all but the threads
        sync(memory, settings, units=units)
    assert "an old answer" not in texts(memory.state())
    sync(memory, settings)
    assert "an old answer" in texts(memory.state())
    assert memory.state() == whole.state()

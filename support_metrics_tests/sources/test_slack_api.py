"""Slack's Web API: what a sync lands, what the next one finds, and how many calls it takes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from benchmarks.calls import slack_calls
from support_metrics.errors import PlaceMissing, SourceError
from support_metrics.landing import Landing
from support_metrics.sources.base import Coverage
from support_metrics_tests.servers.base import Asked, serving
from support_metrics_tests.sources.memory import Memory
from support_metrics_tests.sources.slack_world import HELP, NOON, World, land, landed, move, settle, sync, texts, ts

HISTORY, REPLIES = "conversations.history", "conversations.replies"


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    world = World(monkeypatch)
    settle(world)
    with serving(world.api):
        yield world


def everything(world: World) -> set[str]:
    return {str(message["text"]) for message in world.space.messages[HELP].values() if message.get("subtype") != "tombstone"}


def test_a_first_sync_lands_everything(world: World, tmp_path: Path) -> None:
    memory = Memory()
    units = sync(memory, world.settings(tmp_path))
    assert texts(memory.state()) == everything(world)
    assert {key for stream, key in memory.state() if stream != "messages"} == {"slack:T1:C1", "slack:T1:U1", "slack:T1:U2"}
    # Eleven top-level messages in pages of four; three threads, one of them on two pages.
    assert world.asked() == ["conversations.list", "auth.test", "users.list", *[HISTORY] * 3, *[REPLIES] * 4]
    covered = [item for unit in units for item in unit.items if isinstance(item, Coverage) and item.stream == "messages"]
    assert covered == [Coverage("messages", HELP, NOON - timedelta(days=50), NOON + timedelta(seconds=1))]
    assert next(iter(units[-1].items)) == covered[0]


def test_the_memory_is_as_landing(world: World, tmp_path: Path) -> None:
    """What `Memory` comes to, the real landing comes to as well."""
    memory, landing = Memory(), Landing(tmp_path / "landing", lambda: world.clock)
    settings = world.settings(tmp_path)
    land(landing, settings)
    sync(memory, settings)
    assert landed(landing) == memory.state()
    move(world)
    land(landing, settings)
    sync(memory, settings)
    assert landed(landing) == memory.state()
    assert texts(landed(landing)) == everything(world)


def test_a_sync_with_nothing_new_costs_two_calls_and_the_window(world: World, tmp_path: Path) -> None:
    memory, settings = Memory(), world.settings(tmp_path)
    sync(memory, settings)
    before = memory.rows.copy()
    world.asked()
    world.later(hours=1)
    sync(memory, settings)
    assert world.asked() == ["conversations.list", "users.list", *[HISTORY] * 3]
    assert memory.rows == before


def test_only_changed_threads_are_read(world: World, tmp_path: Path) -> None:
    memory, settings = Memory(), world.settings(tmp_path, page_size=200)
    for number in range(10):
        world.space.post(HELP, ts(1.5, number), "U1", f"many {number}")
        world.space.post(HELP, ts(1.4, number), "U2", f"answer to {number}", thread=ts(1.5, number))
    sync(memory, settings)
    world.asked()
    world.later(hours=1)
    for number in (3, 7):
        world.space.post(HELP, ts(-0.04, number), "U1", f"thanks {number}", thread=ts(1.5, number))
    sync(memory, settings)
    assert world.asked() == ["conversations.list", "users.list", HISTORY, REPLIES, REPLIES]
    assert {"thanks 3", "thanks 7"} <= texts(memory.state())


def test_syncs_keep_their_budget_of_calls() -> None:
    """Channels and users, at first whose token it is; the pages of the window; each thread that changed, and once a day the window's threads."""
    rows = slack_calls(messages=150, threads=20, changed=3, page=5)
    assert [(row.calls, row.budget) for row in rows] == [
        (3 + 30 + 20, 3 + 30 + 20),
        (2 + 3, 2 + 3),
        (2 + 3 + 3, 2 + 3 + 3),
        (2 + 3 + 11, 2 + 3 + 11),
    ]


def test_what_happened_in_a_day_is_found(world: World, tmp_path: Path) -> None:
    memory, settings = Memory(), world.settings(tmp_path)
    sync(memory, settings)
    move(world)
    sync(memory, settings)
    state = memory.state()
    assert texts(state) == everything(world)
    assert {key.rpartition(":")[2] for (_, key), payload in state.items() if payload is None} == {ts(2), ts(11.9, 2), ts(5)}
    assert "eyes" in str(state["messages", f"slack:T1:C1:{ts(3)}"])
    assert json.loads(str(state["users", "slack:T1:U2"]))["deleted"] is True


def test_threads_of_the_window_are_read_once_a_day(world: World, tmp_path: Path) -> None:
    """An edited reply does not change its first message."""
    memory, settings = Memory(), world.settings(tmp_path)
    sync(memory, settings)
    world.space.edit(HELP, ts(4.9), "edited", ts(0))
    for hours, reads in ((10, 0), (11, 3), (1, 0)):
        world.later(hours=hours)
        world.asked()
        sync(memory, settings)
        assert world.asked().count(REPLIES) == reads
    assert "so it is" not in texts(memory.state())


def test_a_late_reply_to_an_unanswered_request_is_found_however_old(world: World, tmp_path: Path) -> None:
    memory, settings = Memory(), world.settings(tmp_path, look_back_days=10)
    sync(memory, settings)
    world.later(hours=1)
    world.space.post(HELP, ts(-0.01), "U2", "at last", thread=ts(20))
    world.space.post(HELP, ts(-0.02), "U2", "and here", thread=ts(40))
    sync(memory, settings, waiting=frozenset({f"slack:T1:C1:{ts(20)}", "slack:T1:C9:1.2", "github:issue:1"}))
    assert "at last" in texts(memory.state()) and "and here" not in texts(memory.state())
    world.space.post(HELP, ts(-0.03), "U2", "for all to see", thread=ts(40), subtype="thread_broadcast")
    sync(memory, settings)
    assert {"and here", "for all to see"} <= texts(memory.state())


def test_a_request_deleted_long_after_is_a_tombstone(world: World, tmp_path: Path) -> None:
    memory, settings = Memory(), world.settings(tmp_path, look_back_days=10)
    sync(memory, settings)
    world.space.delete(HELP, ts(20))
    key = f"slack:T1:C1:{ts(20)}"
    sync(memory, settings, waiting=frozenset({key}))
    assert memory.state()["messages", key] is None


@pytest.mark.parametrize("is_forward", [False, True])
def test_reading_begins_at_the_day_the_settings_name(world: World, tmp_path: Path, is_forward: bool) -> None:
    world.api.pages_forward = is_forward
    memory = Memory()
    units = sync(memory, world.settings(tmp_path, since="2026-02-20"))
    (covered,) = [item for unit in units for item in unit.items if isinstance(item, Coverage) and item.stream == "messages"]
    assert covered.since.isoformat() == "2026-02-20T00:00:00+00:00"
    assert "question 3" in texts(memory.state()) and "question 2" not in texts(memory.state())
    # An earlier day makes the next sync read what lies before.
    sync(memory, world.settings(tmp_path))
    assert texts(memory.state()) == everything(world)


def test_a_workspace_that_hides_its_old_messages_loses_none_we_hold(world: World, tmp_path: Path) -> None:
    memory, settings = Memory(), world.settings(tmp_path)
    sync(memory, settings)
    world.later(hours=30)
    world.api.hidden_before = ts(8.5)
    sync(memory, settings)
    assert texts(memory.state()) == everything(world)
    fresh = Memory()
    units = sync(fresh, settings)
    (covered,) = [item for unit in units for item in unit.items if isinstance(item, Coverage) and item.stream == "messages"]
    assert covered.since == NOON - timedelta(days=8)


def test_an_expired_cursor_begins_the_listing_anew(world: World, tmp_path: Path) -> None:
    def expire(number: int, asked: Asked) -> None:
        world.tick(number, asked)
        if number in (4, 8):
            world.api.expire()

    world.api.before = expire
    memory = Memory()
    sync(memory, world.settings(tmp_path))
    assert texts(memory.state()) == everything(world)


def test_history_that_moves_during_a_sync_is_whole_after_the_next(world: World, tmp_path: Path) -> None:
    settings = world.settings(tmp_path)
    sync(Memory(), settings)
    requests = len(world.asked())
    for moment in range(requests):
        world.space.messages.clear()
        world.space.users.clear()
        world.clock = NOON
        settle(world)

        def happen(number: int, asked: Asked, moment: int = moment) -> None:
            world.tick(number, asked)
            if number == moment:
                move(world)

        memory, world.api.before = Memory(), happen
        sync(memory, settings)
        world.api.before = world.tick
        sync(memory, settings)
        assert texts(memory.state()) == everything(world), moment
        world.asked()


def test_mass_disappearance_deletes_nothing(world: World, tmp_path: Path) -> None:
    memory, settings = Memory(), world.settings(tmp_path, page_size=200)
    for number in range(30):
        world.space.post(HELP, ts(1.5, number), "U1", f"many {number}")
    sync(memory, settings)
    cursors = memory.cursors.copy()
    for number in range(25):
        world.space.delete(HELP, ts(1.5, number))
    world.later(hours=1)
    with pytest.raises(SourceError, match=r"#help: 25 of 39 messages are gone at once"):
        sync(memory, settings)
    assert memory.cursors["messages", HELP] == cursors["messages", HELP]
    assert not [each for each in memory.state().values() if each is None]
    sync(memory, world.settings(tmp_path, page_size=200, look_back_days=1))


def test_channels_by_name_by_id_and_private(world: World, tmp_path: Path) -> None:
    for names in (["#help", "C2"], ["C1", "triage-customers"]):
        memory = Memory()
        sync(memory, world.settings(tmp_path, channels=names))
        assert "who is it?" in texts(memory.state())
    with pytest.raises(PlaceMissing, match=r"slack.triage_channels: no channel that the token sees is a channel 'trige'") as caught:
        sync(Memory(), world.settings(tmp_path, triage_channels=["trige"]))
    assert "there are: help, triage-customers" in caught.value.mend


def test_one_channel_that_cannot_be_read_leaves_the_others_going(world: World, tmp_path: Path) -> None:
    world.space.channels["C1"]["is_member"] = False
    memory = Memory()
    with pytest.raises(SourceError, match=r"slack: #help: the app is not in it") as caught:
        sync(memory, world.settings(tmp_path, triage_channels=["triage-customers"]))
    assert "/invite" in caught.value.mend
    assert texts(memory.state()) == {"who is it?"}


def test_calls_keep_to_the_pace(world: World, tmp_path: Path) -> None:
    waits: list[tuple[float, str]] = []
    sync(Memory(), world.settings(tmp_path, requests_per_minute=1), wait=lambda seconds, why: waits.append((seconds, why)))
    assert len(waits) == 5 and all(50 < seconds <= 60 for seconds, _ in waits)  # 3 pages and 4 of replies, each method's first at once
    assert HISTORY in waits[0][1]

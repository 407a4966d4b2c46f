"""Slack channels that end, read live: renamed, left, gone, archived. The others are read, then one error says what to do; what was read until its end is no loss."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from support_metrics.errors import PlaceMissing, SourceError
from support_metrics.sources.base import Coverage, Record, Unit
from support_metrics.sources.slack import Slack
from support_metrics_tests.servers.base import serving
from support_metrics_tests.sources.memory import Memory
from support_metrics_tests.sources.slack_world import HELP, NOON, TRIAGE, World, settle, sync, texts, ts
from support_metrics_tests.sources.world import lost

BOTH = {"triage_channels": ["triage-customers"]}
ALL = {"channels": ["*"]}


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    world = World(monkeypatch)
    settle(world)
    with serving(world.api):
        yield world


@pytest.fixture
def memory(world: World, tmp_path: Path) -> Memory:
    """What landing holds after a sound sync; a day later there is news in both channels."""
    memory = Memory()
    sync(memory, world.settings(tmp_path, **BOTH))
    world.later(days=1)
    world.space.post(HELP, ts(-0.5), "U1", "news of help")
    world.space.post(TRIAGE, ts(-0.5), "U1", "news of triage")
    return memory


def test_a_renamed_channel_is_told_by_its_new_name_and_read_on_under_it(world: World, memory: Memory, tmp_path: Path) -> None:
    world.space.channels[TRIAGE]["name"] = "customers"
    read_until = dict(memory.cursors)
    with pytest.raises(SourceError) as caught:
        sync(memory, world.settings(tmp_path, **BOTH))
    said = lost(caught)
    assert "slack.triage_channels: #triage-customers is now #customers" in said and 'write "customers" in its place' in said
    assert "news of help" in texts(memory.state()) and "news of triage" not in texts(memory.state())
    assert memory.cursors["messages", HELP] > read_until["messages", HELP]
    assert memory.cursors["messages", TRIAGE] == read_until["messages", TRIAGE]
    sync(memory, world.settings(tmp_path, triage_channels=["customers"]))
    assert "news of triage" in texts(memory.state())


def test_a_private_channel_that_the_app_left_is_told_with_what_else_is_refused(world: World, memory: Memory, tmp_path: Path) -> None:
    del world.space.channels[TRIAGE]
    world.space.channels[HELP]["is_member"] = False
    with pytest.raises(SourceError) as caught:
        sync(memory, world.settings(tmp_path, **BOTH))
    said = lost(caught)
    assert f"no channel that the token sees is #triage-customers ({TRIAGE}) any more, which was read before; slack: #help" in said
    assert "if it is private, invite the app to it" in said and "take it out of the settings" in said


def test_the_only_channel_may_be_lost_and_users_are_read_all_the_same(world: World, memory: Memory, tmp_path: Path) -> None:
    del world.space.channels[HELP]
    world.space.user("U9", "new")
    with pytest.raises(SourceError, match="#help"):
        sync(memory, world.settings(tmp_path))
    assert ("users", "slack:T1:U9") in memory.state()


def test_another_channel_that_bears_the_name_does_not_stand_in_silently(world: World, memory: Memory, tmp_path: Path) -> None:
    world.space.channels[HELP]["name"] = "help-old"
    world.space.channel("C9", "help")
    world.space.post("C9", ts(-0.6), "U1", "in the new channel")
    with pytest.raises(SourceError) as caught:
        sync(memory, world.settings(tmp_path))
    said = lost(caught)
    assert "#help is now #help-old" in said and "another channel is #help by now: to count that one, write its id, C9" in said
    assert "in the new channel" in texts(memory.state())
    sync(memory, world.settings(tmp_path, channels=["help-old", "C9"]))


def test_a_name_that_another_setting_reads_under_is_no_loss(world: World, memory: Memory, tmp_path: Path) -> None:
    world.space.channels[TRIAGE]["name"] = "customers"
    sync(memory, world.settings(tmp_path, channels=["help", "customers"], **BOTH))
    assert "news of triage" in texts(memory.state())


def test_a_misspelt_channel_is_told_before_any_message_is_asked_for(world: World, memory: Memory, tmp_path: Path) -> None:
    world.asked()
    with pytest.raises(PlaceMissing, match=r"slack.channels: no channel that the token sees is a channel 'hepl'"):
        sync(memory, world.settings(tmp_path, channels=["hepl"], **BOTH))
    assert "conversations.history" not in world.asked()


# Slack, all channels by `*`


def read_all(world: World, folder: Path) -> Memory:
    """What landing holds after a sync of all channels; a day later there is news in each."""
    memory = Memory()
    sync(memory, world.settings(folder, **ALL))
    world.later(days=1)
    world.space.post(HELP, ts(-0.5), "U1", "news of help")
    world.space.post(TRIAGE, ts(-0.5), "U1", "news of triage")
    return memory


def said_by_doctor(world: World, memory: Memory, folder: Path, **more: Any) -> list[tuple[str, str, str]]:
    settings = world.settings(folder, **more)
    return [each for each in Slack().check_live(settings, memory.known()) if "#" in each[1] and each[0] != "ok"]


def test_a_channel_that_the_app_was_removed_from_is_told_though_all_are_named_by_a_star(world: World, tmp_path: Path) -> None:
    memory = read_all(world, tmp_path)
    world.space.channels[TRIAGE]["is_member"] = False
    with pytest.raises(SourceError) as caught:
        sync(memory, world.settings(tmp_path, **ALL))
    said = lost(caught)
    assert "slack: #triage-customers: the app is not in it" in said and "/invite" in said
    assert "or list the channels by name without it, and its requests count no longer" in said
    assert "news of help" in texts(memory.state()) and "news of triage" not in texts(memory.state())
    ((level, says, mend),) = said_by_doctor(world, memory, tmp_path, **ALL)
    assert (level, says) == ("wrong", "@metrics is not in #triage-customers") and "list the channels by name without it" in mend
    world.space.channels[TRIAGE]["is_member"] = True
    sync(memory, world.settings(tmp_path, **ALL))
    assert "news of triage" in texts(memory.state())


def test_a_channel_that_is_seen_no_more_is_told_though_all_are_named_by_a_star(world: World, tmp_path: Path) -> None:
    memory = read_all(world, tmp_path)
    del world.space.channels[TRIAGE]
    with pytest.raises(SourceError) as caught:
        sync(memory, world.settings(tmp_path, **ALL))
    said = lost(caught)
    assert f"slack.channels: no channel that the token sees is #triage-customers ({TRIAGE}) any more, which was read before" in said
    assert "if it is gone for good, list the channels by name without it, and its requests count no longer" in said
    assert "news of help" in texts(memory.state())
    ((level, says, _),) = said_by_doctor(world, memory, tmp_path, **ALL)
    assert level == "wrong" and "any more, which was read before" in says


def test_a_channel_that_the_app_never_was_in_is_no_loss_to_a_star(world: World, tmp_path: Path) -> None:
    world.space.channel("C3", "random", is_member=False)
    memory = read_all(world, tmp_path)
    sync(memory, world.settings(tmp_path, **ALL))
    assert ("channels", "slack:T1:C3") not in memory.state()


# Slack, archived


@pytest.mark.parametrize("named", [ALL, BOTH])
def test_a_channel_that_is_archived_after_it_was_read_is_finished(
    world: World, tmp_path: Path, named: dict[str, Any], memory: Memory
) -> None:
    if named == ALL:
        memory = read_all(world, tmp_path)
    read_until = memory.cursors["messages", TRIAGE]
    world.space.channels[TRIAGE]["is_archived"] = True
    world.asked()
    for count in (1, 2):
        told: list[str] = []
        sync(memory, world.settings(tmp_path, **named), tell=told.append)
        assert "slack: #triage-customers is archived: what was read of it counts on" in told
        assert [each.given.get("channel") for each in world.api.asked].count(TRIAGE) == count  # whether it can be read after all
        world.later(days=1)
    assert "news of help" in texts(memory.state())
    assert '"is_archived":true' in str(memory.state()["channels", f"slack:T1:{TRIAGE}"])
    assert memory.cursors["messages", TRIAGE] == read_until
    assert said_by_doctor(world, memory, tmp_path, **named) == [
        ("note", "#triage-customers is archived: what was read of it counts on", "")
    ]
    archived = world.space.channels.pop(TRIAGE)
    sync(memory, world.settings(tmp_path, **named))  # deleted after it was archived: nothing can be missed in it
    world.space.channels[TRIAGE] = archived | {"is_archived": False}
    sync(memory, world.settings(tmp_path, **named))
    assert "news of triage" in texts(memory.state())
    assert '"is_archived":false' in str(memory.state()["channels", f"slack:T1:{TRIAGE}"])


@pytest.mark.parametrize("named", [ALL, BOTH])
def test_a_channel_that_was_long_unread_when_it_was_archived_has_a_hole(
    world: World, tmp_path: Path, named: dict[str, Any], memory: Memory
) -> None:
    if named == ALL:
        memory = read_all(world, tmp_path)
    world.later(days=3)
    world.space.channels[TRIAGE]["is_archived"] = True
    for _ in range(2):  # and it does not close by itself
        with pytest.raises(SourceError) as caught:
            sync(memory, world.settings(tmp_path, **named))
        assert lost(caught).startswith("slack: #triage-customers: it is archived, so no app may read it")
        assert ("or list the channels by name" in lost(caught)) == (named == ALL)
        world.later(days=1)
    assert "news of help" in texts(memory.state())
    assert [level for level, *_ in said_by_doctor(world, memory, tmp_path, **named)] == ["wrong"]


def test_the_only_channel_may_end(world: World, tmp_path: Path) -> None:
    memory, only = Memory(), {"channels": ["help"]}
    sync(memory, world.settings(tmp_path, **only))
    world.space.channels[HELP]["is_archived"] = True
    sync(memory, world.settings(tmp_path, **only))
    del world.space.channels[HELP]
    sync(memory, world.settings(tmp_path, **only))
    assert said_by_doctor(world, memory, tmp_path, **only) == []


def test_what_exports_alone_know_is_told_in_one_sentence_where_a_star_means_it(world: World, tmp_path: Path) -> None:
    world.space.channel("C3", "random", is_member=False)
    memory = read_all(world, tmp_path)
    exported = [Record("channels", f"slack:T1:{each}", {"id": each, "name": name}) for each, name in (("C3", "random"), ("C4", "secret"))]
    covered = [Coverage("messages", each, NOON - timedelta(days=90), NOON - timedelta(days=9)) for each in ("C3", "C4")]
    memory.take(Unit("an export", [*exported, *covered], observed_at=NOON - timedelta(days=9)))
    with pytest.raises(SourceError) as caught:
        sync(memory, world.settings(tmp_path, **ALL))
    assert lost(caught) == (
        "slack.channels: known from exports alone and not read on: #random, #secret\n  what to do: invite the app there; "
        "take a newer export of those that are archived; or list the channels by name without them, and their requests count no longer"
    )
    assert "news of help" in texts(memory.state())
    sync(memory, world.settings(tmp_path, **BOTH))  # where the channels are listed it is no matter


def test_an_archived_channel_that_was_never_read_is_told_in_one_sentence_where_it_is_named(world: World, tmp_path: Path) -> None:
    world.space.channels[TRIAGE]["is_archived"] = True
    memory = Memory()
    with pytest.raises(SourceError) as caught:
        sync(memory, world.settings(tmp_path, **BOTH))
    assert lost(caught) == (
        "slack: #triage-customers: it is archived, so no app may read it\n  what to do: take its history from an export (slack.files), "
        "or take it out of the settings; or unarchive it and invite the app"
    )
    assert "edited" in texts(memory.state())
    assert [(level, says) for level, says, _ in said_by_doctor(world, memory, tmp_path, **BOTH)] == [
        ("wrong", "#triage-customers: it is archived, so no app may read it")
    ]


def test_an_archived_channel_that_was_never_read_is_none_of_all(world: World, tmp_path: Path) -> None:
    world.space.channels[TRIAGE]["is_archived"] = True
    memory = Memory()
    sync(memory, world.settings(tmp_path, **ALL))
    assert "who is it?" not in texts(memory.state()) and ("channels", f"slack:T1:{TRIAGE}") not in memory.state()
    assert said_by_doctor(world, memory, tmp_path, **ALL) == []


def test_the_doctor_tells_a_renamed_channel_whose_name_another_bears_as_a_sync_does(world: World, memory: Memory, tmp_path: Path) -> None:
    world.space.channels[HELP]["name"] = "help-old"
    world.space.channel("C9", "help")
    ((level, says, mend),) = said_by_doctor(world, memory, tmp_path)
    assert (level, says) == ("wrong", "slack.channels: #help is now #help-old")
    assert "another channel is #help by now: to count that one, write its id, C9" in mend

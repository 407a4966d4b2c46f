"""A place that was read before and is not found any more: its siblings are read, then one error says what to do. One that never was is a misspelt setting."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from support_metrics.errors import PlaceMissing, SourceError
from support_metrics.landing import Landing
from support_metrics.sources.base import Coverage, Record, Unit
from support_metrics.sources.slack import Slack
from support_metrics_tests.servers import imap, x, youtube
from support_metrics_tests.servers.base import serving
from support_metrics_tests.servers.github import refusal
from support_metrics_tests.sources.github_world import TOKEN, github, populate, served
from support_metrics_tests.sources.memory import Memory
from support_metrics_tests.sources.slack_world import HELP, NOON, TRIAGE, World, settle, sync, texts, ts
from support_metrics_tests.sources.syncs import Clock, Place, quick
from support_metrics_tests.sources.world import land, settings_at, write, write_tree

BOTH = {"triage_channels": ["triage-customers"]}


def lost(caught: pytest.ExceptionInfo[SourceError]) -> str:
    """What is said of a place that is lost, problem and mend: the build goes on, which PlaceMissing forbids."""
    assert not isinstance(caught.value, PlaceMissing)
    return str(caught.value)


# Slack, live


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

ALL = {"channels": ["*"]}


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


# Slack, exports


def exports(folder: Path, name: str, *channels: str) -> None:
    """An export with a message in each channel; their ids are C1, C2 …"""
    named = [{"id": f"C{number}", "name": channel} for number, channel in enumerate(channels, 1)]
    days = {
        f"{each['name']}/2026-03-05.json": [{"type": "message", "text": f"{name} {each['id']}", "ts": "1772700000.000100"}]
        for each in named
    }
    write_tree(folder / name, {"channels.json": named, "users.json": [{"id": "U1", "team_id": "T9"}], **days})


def test_a_channel_that_no_export_holds_any_more_leaves_the_others_read(tmp_path: Path) -> None:
    settings = settings_at(tmp_path, slack={"files": ["e*"], "channels": ["support", "random"]})
    landing = Landing(tmp_path / "landing")
    exports(tmp_path, "e1", "support", "random")
    land(landing, "slack", settings)
    exports(tmp_path, "e2", "help", "random")
    with pytest.raises(SourceError) as caught:
        land(landing, "slack", settings)
    assert 'slack.channels: #support is now #help\n  what to do: write "help" in its place' in lost(caught)
    (tmp_path / "e1/channels.json").write_text("[]")
    (tmp_path / "e2/channels.json").write_text('[{"id": "C2", "name": "random"}]')
    with pytest.raises(SourceError) as caught:
        land(landing, "slack", settings)
    assert "no export holds #support (C1) any more, which was read before" in lost(caught)
    texts = {payload for (payload,) in landing.rows("slack", "messages", "payload")}
    assert any("e2 C2" in payload for payload in texts) and any("e1 C1" in payload for payload in texts)


# GitHub


def test_a_repository_that_is_gone_or_hidden_leaves_the_others_going(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    with github(tmp_path) as world:
        populate(world.tool)
        till = world.api.repository("Acme/Till")
        populate(till)
        both: dict[str, Any] = {"repositories": ["acme/till", "acme/tool"]}
        world.sync(**both)
        until = dict(world.landing.cursors)
        world.clock.pass_by(days=1)
        world.tool.open_issue(9, world.clock.now)
        del world.api.repositories[till.number]
        with pytest.raises(SourceError) as caught:
            world.sync(**both)
        assert lost(caught).startswith("github.repositories: GitHub has no acme/till, or hides it from this token\n  what to do: correct")
        assert world.landing.cursors["issues", "acme/tool"] > until["issues", "acme/tool"]
        assert world.landing.cursors["issues", "acme/till"] == until["issues", "acme/till"]
        assert world.living == served(world.tool) | served(till)
        world.api.repositories[till.number] = till
        world.sync(**both)
        assert world.landing.cursors["issues", "acme/till"] > until["issues", "acme/till"]


def test_a_stray_404_in_a_first_sync_is_no_misspelt_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    with github(tmp_path) as world:
        populate(world.tool)
        world.api.faults = {2: lambda _: refusal(404, "Not Found")}
        with pytest.raises(SourceError) as caught:
            world.sync()
        assert "GitHub has no acme/tool" in lost(caught)
        world.sync()
        assert world.living == served(world.tool)


def test_an_app_is_found_by_the_first_repository_that_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = rsa.generate_private_key(65537, 2048)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    monkeypatch.setenv("GITHUB_APP_PRIVATE_KEY", pem.decode())
    with github(tmp_path) as world:
        populate(world.tool)
        world.sync(app_id=1)
        world.api.faults = {len(world.api.asked): lambda _: refusal(404, "Not Found")}
        with pytest.raises(PlaceMissing, match="GitHub has no acme/toll"):
            world.sync(app_id=1, repositories=["acme/toll", "acme/tool"])


def test_a_repository_whose_files_are_gone_leaves_the_others_read(tmp_path: Path) -> None:
    landing = Landing(tmp_path / "landing")
    settings = settings_at(tmp_path, github={"files": ["github"], "repositories": ["acme/till", "acme/tool"]})
    issue = '{"id": %d, "number": 1, "user": null, "created_at": "2026-03-02T10:00:00Z", "updated_at": "2026-03-02T10:00:00Z"}\n'
    for number, name in enumerate(("till", "tool"), 1):
        write(tmp_path / f"github/acme/{name}/issues.jsonl", issue % number)
    land(landing, "github", settings)
    (tmp_path / "github/acme/till/issues.jsonl").unlink()
    write(tmp_path / "github/acme/tool/issues.jsonl", issue % 2 + issue % 3)
    with pytest.raises(SourceError) as caught:
        land(landing, "github", settings)
    assert "github.repositories: acme/till is in none of the folders that github.files names any more" in lost(caught)
    assert {key for (key,) in landing.rows("github", "issues", "key")} == {f"github:issue:{number}" for number in (1, 2, 3)}


# Mail


def mail(name: str) -> bytes:
    return (
        f"Message-ID: <{name}@x>\nDate: Mon, 2 Mar 2026 10:00:00 +0000\nFrom: {name}@x\nTo: {imap.USER}\nSubject: {name}\n\nhelp\n".encode()
    )


@pytest.mark.parametrize("is_empty", [False, True])
@pytest.mark.parametrize("refusal", ["NONEXISTENT", "NOPERM"])
def test_a_folder_that_is_gone_leaves_the_others_read_and_covers_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_empty: bool, refusal: str
) -> None:
    monkeypatch.setenv("IMAP_PASSWORD", imap.PASSWORD)
    server = imap.Imap({"Old": imap.Folder([] if is_empty else [mail("one")]), "INBOX": imap.Folder([mail("two")])})
    with imap.serving_imap(server) as port:
        given = {"imap_host": "127.0.0.1", "imap_port": port, "imap_user": imap.USER, "imap_tls": False, "imap_folders": ["Old", "INBOX"]}
        place = Place("email", settings_at(tmp_path, email=given), Landing(tmp_path / "landing"))
        place.sync()
        covered = place.coverage("messages")
        old = server.folders.pop("Old")
        server.folders["INBOX"].add(mail("three"))
        if refusal == "NOPERM":
            server.faults = {len(server.asked) + 2: "NO [NOPERM] not for you"}
            server.folders["Old"] = old
        with pytest.raises(SourceError) as caught:
            place.sync()
        assert "email.imap_folders: 'Old' cannot be opened" in lost(caught)
        assert ("messages", "email:message:three@x") in place.latest()
        assert place.coverage("messages") == covered
        server.folders["Old"] = old
        place.sync()
        assert len(place.coverage("messages")) == len(covered) + 1


# One place to a source


def test_an_account_of_x_that_was_read_before_is_no_misspelt_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X_BEARER_TOKEN", x.TOKEN)
    clock = Clock()
    api = x.XApi([x.post(101, "2026-03-02T09:00:00.000Z", "5")], users=[x.user("5", "ada"), x.user(x.BRAND, "acme")], date=clock)
    api.posts["201"] = x.post(201, "2026-03-02T10:00:00.000Z", x.BRAND)
    with quick(monkeypatch, clock), serving(api) as address:
        settings = settings_at(tmp_path, x={"live": True, "account_id": x.BRAND, "api_url": f"{address}/2"})
        place = Place("x", settings, Landing(tmp_path / "landing", clock))
        place.sync()
        api.account = "999"
        with pytest.raises(SourceError) as caught:
            place.sync()
        assert "x.account_id: X knows no such account" in lost(caught)
        place.settings = settings_at(tmp_path, x={"live": True, "account_id": "778", "api_url": f"{address}/2"})
        with pytest.raises(PlaceMissing, match=r"x\.account_id"):
            place.sync()


def test_a_channel_of_youtube_that_was_read_before_is_no_misspelt_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YOUTUBE_API_KEY", youtube.KEY)
    clock = Clock()
    api = youtube.YouTubeApi([youtube.thread("T1", "2026-03-14T09:00:00Z")], clock)
    with quick(monkeypatch, clock), serving(api) as address:
        given = {"live": True, "api_url": f"{address}/youtube/v3", "channel_id": youtube.CHANNEL}
        place = Place("youtube", settings_at(tmp_path, youtube=given), Landing(tmp_path / "landing", clock))
        place.sync()
        clock.at += timedelta(days=1)
        api.channel = "UCother"
        with pytest.raises(SourceError) as caught:
            place.sync()
        assert "youtube.channel_id: YouTube knows no such channel" in lost(caught)
        place.settings = settings_at(tmp_path, youtube=given | {"channel_id": "UCmisspelt"})
        with pytest.raises(PlaceMissing, match=r"youtube\.channel_id"):
            place.sync()

"""A place that was read before and is not found any more: its siblings are read, then one error says what to do. One that never was is a misspelt setting."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from support_metrics.errors import PlaceMissing, SourceError
from support_metrics.landing import Landing
from support_metrics_tests.servers import imap, x, youtube
from support_metrics_tests.servers.base import serving
from support_metrics_tests.servers.github import refusal
from support_metrics_tests.sources.github_world import TOKEN, github, populate, served
from support_metrics_tests.sources.syncs import Clock, Place, quick
from support_metrics_tests.sources.world import land, lost, settings_at, write, write_tree

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

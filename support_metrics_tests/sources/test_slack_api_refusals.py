"""Slack's refusals: one clear error each, which says what to do and holds no secret; and what `doctor` finds."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from support_metrics.doctor import examine
from support_metrics.errors import SourceError, SourceUnavailable
from support_metrics.landing import Landing
from support_metrics.settings import Settings
from support_metrics.sources import SOURCES
from support_metrics_tests.servers.base import PERMANENT, TRANSIENT, Fault, Reply, refused, serving
from support_metrics_tests.sources.memory import Memory
from support_metrics_tests.sources.slack_world import HELP, World, land, move, settle, sync
from support_metrics_tests.sources.world import write

MARKED = "xoxb-marked-7f3a9c2e-secret"


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    world = World(monkeypatch)
    settle(world)
    world.api.token = MARKED
    monkeypatch.setenv("SLACK_BOT_TOKEN", MARKED)
    with serving(world.api):
        yield world


@pytest.mark.parametrize(
    ("error", "said", "mend"),
    [
        ("invalid_auth", "the token is refused (invalid_auth)", "SLACK_BOT_TOKEN"),
        ("token_revoked", "has been revoked", "install the app again"),
        ("account_inactive", "was removed", "install the app again"),
        ("not_in_channel", "slack: #help: the app is not in it", "/invite"),
        ("channel_not_found", "slack: #help: the token does not see it", "invite the app"),
        ("is_archived", "slack: #help: it is archived", "export"),
        (
            "cat_on_keyboard",
            "slack: conversations.history: Slack refuses with cat_on_keyboard",
            "docs.slack.dev/reference/methods/conversations.history",
        ),
        (f"odd {MARKED}", "Slack refuses with an error without a name", "docs.slack.dev"),
        ("internal_error", "conversations.history: answered internal_error, 6 times over", "refresh again"),
    ],
)
def test_every_refusal_says_what_to_do(world: World, tmp_path: Path, error: str, said: str, mend: str) -> None:
    world.api.refused["conversations.history"] = error
    with pytest.raises(SourceError) as caught:
        sync(Memory(), world.settings(tmp_path))
    assert said in caught.value.problem and mend in caught.value.mend
    assert MARKED not in str(caught.value)


def test_a_missing_scope_is_named(world: World, tmp_path: Path) -> None:
    world.api.scopes = "channels:read,groups:read,users:read"
    with pytest.raises(SourceError) as caught:
        sync(Memory(), world.settings(tmp_path))
    assert "needs the scope channels:history, the token has channels:read, groups:read, users:read" in caught.value.problem
    assert "install the app again" in caught.value.mend


def test_a_limit_that_outlasts_the_run_says_until_when(world: World, tmp_path: Path) -> None:
    world.api.faults[3] = refused(429, {"ok": False, "error": "ratelimited"}, Retry_After="7200")
    with pytest.raises(SourceUnavailable, match=r"slack: conversations.history: rate limit until \d\d:\d\d"):
        sync(Memory(), world.settings(tmp_path))


def test_a_limit_is_waited_for_as_long_as_slack_asks(world: World, tmp_path: Path) -> None:
    waits: list[tuple[float, str]] = []
    world.api.faults |= {3: refused(429, {"ok": False, "error": "ratelimited"}, Retry_After="17"), 4: refused(503, Retry_After="3")}
    sync(Memory(), world.settings(tmp_path), wait=lambda seconds, why: waits.append((seconds, why)))
    assert waits == [(17.0, "slack: conversations.history: rate limit"), (3.0, "slack: conversations.history: answered 503")]


@pytest.mark.parametrize(
    ("address", "said"),
    [("http://127.0.0.1:9/api/", "cannot be reached"), ("slack.example", "is no address"), ("http://[/", "is no address")],
)
def test_an_address_that_is_none(world: World, tmp_path: Path, address: str, said: str) -> None:
    with pytest.raises(SourceError, match=said):
        sync(Memory(), world.settings(tmp_path, api_url=address))


@pytest.mark.parametrize("token", ["", "xoxb-é", "xoxb-a b", "xoxb-a\nb"])
def test_a_token_that_is_none_is_told_before_anything_is_asked(
    world: World, tmp_path: Path, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", token)
    with pytest.raises(SourceError, match="SLACK_BOT_TOKEN"):
        sync(Memory(), world.settings(tmp_path))
    assert world.asked() == []


def _echo(reply: Reply) -> Reply:
    return Reply({"ok": False, "error": f"bad token {MARKED}", "needed": MARKED, "provided": MARKED}, 400, {"Warning": MARKED})


def test_the_token_is_nowhere(world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    """Not in errors, causes, logs at their lowest level, output, what is told, or the landing zone."""
    caplog.set_level(logging.DEBUG)
    said: list[str] = []
    landing, settings = Landing(tmp_path / "landing", lambda: world.clock), world.settings(tmp_path)
    faults: list[Fault] = [
        *TRANSIENT.values(),
        *PERMANENT.values(),
        _echo,
        refused(200, {"ok": False, "error": "missing_scope", "needed": MARKED}),
    ]
    world.give_up_soon()
    for number, fault in enumerate(faults):
        world.api.asked.clear()
        world.api.faults = {number % 6: fault}
        try:
            sync(Memory(), settings, wait=lambda seconds, why: said.append(why), tell=said.append)
        except SourceError as error:
            each: BaseException | None = error
            while each:
                said.append(f"{each!r} {each}")
                each = each.__cause__ or each.__context__
    world.api.faults = {}
    land(landing, settings)
    move(world)
    land(landing, settings)
    assert len(said) > 20
    output = capfd.readouterr()
    files = b"".join(path.read_bytes() for path in (tmp_path / "landing").rglob("*") if path.is_file())
    rows = "".join(str(landing.rows(*place)) for place in landing.snapshot())
    for text in ("\n".join(said), caplog.text, output.out, output.err, rows, files.decode("latin-1")):
        assert "marked-7f3a9c2e" not in text


# What doctor finds


def found(settings: Settings) -> list[tuple[str, str]]:
    return [(level, says) for level, says, _ in SOURCES["slack"].check_live(settings)]  # type: ignore[attr-defined]


def test_the_doctor_names_the_workspace_and_the_channels(world: World, tmp_path: Path) -> None:
    world.space.domain = "acme"
    world.space.channel("C3", "questions", is_member=False)
    assert found(world.settings(tmp_path, channels=["help", "questions"])) == [
        ("ok", "the token is for the workspace acme (T1) and speaks as @metrics"),
        ("note", "slack.domain is 'app', so links lead elsewhere"),
        ("wrong", "@metrics is not in #questions"),
        ("ok", "channels: #help (C1), #questions (C3)"),
    ]
    assert found(world.settings(tmp_path, live=False)) == []


def test_the_doctor_names_every_scope_that_is_missing(world: World, tmp_path: Path) -> None:
    world.api.scopes = "channels:read,channels:history,users:read"
    said = found(world.settings(tmp_path))
    assert [(level, re.findall(r"scope ([\w:.]+)", says)) for level, says in said[1:]] == [
        ("wrong", ["groups:read"]),
        ("wrong", ["groups:history"]),
        ("note", ["users:read.email"]),
        ("note", ["team:read"]),
    ]


def test_the_doctor_says_what_is_wrong_and_shows_no_token(world: World, tmp_path: Path) -> None:
    write(tmp_path / "roster.toml", '[[member]]\nname = "Ada"\nslack = ["U1"]\n')
    write(tmp_path / "settings.toml", f'[slack]\nlive = true\napi_url = "{world.api.address}/api/"\nchannels = ["help"]\n')
    findings = [finding for finding in examine(str(tmp_path / "settings.toml")) if finding.about == "slack"]
    assert [finding.level for finding in findings] == ["ok", "note", "ok", "note"]
    world.api.refused["auth.test"] = "invalid_auth"
    findings = [finding for finding in examine(str(tmp_path / "settings.toml")) if finding.about == "slack"]
    assert findings[0].level == "wrong" and "the token is refused" in findings[0].says
    assert MARKED not in str(findings)
    world.api.refused = {"auth.test": "ratelimited"}
    findings = [finding for finding in examine(str(tmp_path / "settings.toml")) if finding.about == "slack"]
    assert findings[0].level == "wrong" and "rate limit" in findings[0].says


def test_a_workspace_with_strict_limits_is_read_page_by_page(world: World, tmp_path: Path) -> None:
    """Where Slack gives an app fifteen objects at once, asking for more gives no more."""
    world.api.most = 3
    memory = Memory()
    sync(memory, world.settings(tmp_path, page_size=15))
    assert len([key for stream, key in memory.state() if stream == "messages"]) == len(world.space.messages[HELP])
    world.later(hours=1)
    world.asked()
    sync(memory, world.settings(tmp_path, page_size=15))
    assert "conversations.replies" not in world.asked()
    assert timedelta(0) < world.clock - memory.cursors["messages", HELP] < timedelta(minutes=1)

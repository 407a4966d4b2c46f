"""A small team on disk: a Slack export, a GitHub repository and Shortcut stories, with settings that pin the moment."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from support_metrics.cli import main

SETTINGS = """
[team]
name = "Tilt"
time_zone = "Europe/Berlin"
as_of = 2026-03-09T07:00:00Z
[paths]
landing = "kept/landing"
warehouse = "kept/warehouse"
reports = "kept/reports"
[[calendars]]
time_zone = "Europe/Berlin"
[slack]
files = ["exports/slack*"]
channels = ["support"]
team_id = "T1"
[github]
files = ["exports/github"]
repositories = ["tilt/demo"]
[shortcut]
files = ["exports/stories.json"]
"""
ROSTER = """
[[member]]
name = "Ada"
github = [1]
slack = ["U1"]
"""
USERS = [
    {"id": "U1", "team_id": "T1", "name": "ada", "profile": {"real_name": "Ada"}},
    {"id": "U7", "team_id": "T1", "name": "grace", "profile": {"real_name": "Grace \u001b[31m\u202eRed"}},
    {"id": "U8", "team_id": "T1", "name": "alan", "profile": {"real_name": "Alan | <script>"}},
]


def message(user: str, moment: str, text: str, thread: str | None = None) -> dict[str, Any]:
    """A Slack message sent at an ISO instant."""
    fields = {"type": "message", "user": user, "text": text, "ts": ts(moment)}
    return fields | ({"thread_ts": ts(thread)} if thread else {})


def ts(moment: str) -> str:
    return f"{datetime.fromisoformat(moment).timestamp():.6f}"


def write(path: Path, content: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return path


# Two requests in the week of 23 February, one of them never answered; two in that of 2 March, both answered within the hour.
MESSAGES = {
    "2026-02-24": [
        message("U7", "2026-02-24T09:00:00Z", "How do I install this? I get an error."),
        message("U1", "2026-02-24T09:30:00Z", "Try the script.", thread="2026-02-24T09:00:00Z"),
    ],
    "2026-02-26": [message("U8", "2026-02-26T09:00:00Z", "Why does my build fail with error 7?")],
    "2026-03-03": [
        message("U7", "2026-03-03T09:00:00Z", "How do I upgrade? It fails with an error."),
        message("U1", "2026-03-03T09:30:00Z", "Like this.", thread="2026-03-03T09:00:00Z"),
    ],
}


def make_team(tmp_path: Path) -> Path:
    """Write the team's files below a folder, which holds its settings."""
    write(tmp_path / "support_metrics.toml", SETTINGS)
    write(tmp_path / "roster.toml", ROSTER)
    write(tmp_path / "exports/manifest.json", {"observed_at": "2026-03-09T06:30:00Z", "covered_from": "2026-01-01T00:00:00Z"})
    write(tmp_path / "exports/slack/channels.json", [{"id": "C1", "name": "support"}])
    write(tmp_path / "exports/slack/users.json", USERS)
    for day, messages in MESSAGES.items():
        write(tmp_path / f"exports/slack/support/{day}.json", messages)
    issue = {
        "id": 2001,
        "number": 7,
        "title": "Crash on start",
        "user": {"id": 9, "login": "barbara", "type": "User"},
        "state": "open",
        "created_at": "2026-03-04T10:00:00Z",
        "updated_at": "2026-03-04T10:30:00Z",
        "html_url": "https://github.com/tilt/demo/issues/7",
        "url": "https://api.github.com/repos/tilt/demo/issues/7",
        "labels": [],
    }
    comment = {
        "id": 3001,
        "issue_url": issue["url"],
        "user": {"id": 1, "login": "ada", "type": "User"},
        "created_at": "2026-03-04T10:30:00Z",
        "updated_at": "2026-03-04T10:30:00Z",
        "body": "Fixed in main.",
    }
    write(tmp_path / "exports/github/tilt/demo/issues.jsonl", json.dumps(issue) + "\n")
    write(tmp_path / "exports/github/tilt/demo/comments.jsonl", json.dumps(comment) + "\n")
    story = {
        "id": 11,
        "name": "Crash on start",
        "app_url": "https://app.shortcut.com/tilt/story/11",
        "story_type": "bug",
        "created_at": "2026-03-04T11:00:00Z",
        "updated_at": "2026-03-04T11:00:00Z",
        "labels": [{"id": 1, "name": "exterminator"}],
        "external_links": [],
    }
    write(tmp_path / "exports/stories.json", [story])
    return tmp_path


Run = Callable[..., Result]


def runner(team: Path) -> Run:
    """Run the command with the team's settings; `input` is its standard input."""

    def run(*arguments: str, input: str | None = None) -> Result:
        return CliRunner().invoke(main, ["--settings", str(team / "support_metrics.toml"), *arguments], input=input)

    return run


@pytest.fixture
def team(tmp_path: Path) -> Path:
    """A team of one's own, of which nothing has been read yet."""
    return make_team(tmp_path)


@pytest.fixture
def run(team: Path) -> Run:
    return runner(team)


@pytest.fixture(scope="session")
def refreshed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """A team that has been refreshed once, and what the command printed. Tests that share it must leave it as it is."""
    folder = make_team(tmp_path_factory.mktemp("team"))
    return folder, runner(folder)("refresh")


@pytest.fixture
def ask(refreshed: tuple[Path, Result]) -> Run:
    """Run a reading command on the shared team."""
    return runner(refreshed[0])

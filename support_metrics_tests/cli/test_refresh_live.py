"""`refresh` over loopback servers of all sources when a place that the settings name is not found: what goes on, and what is said."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from support_metrics.cli import main
from support_metrics.settings import load_settings
from support_metrics.sources.email import live as mailbox
from support_metrics_tests.demo.live import PROXIES, SETTINGS, TOKENS, Servers, snapshots, write_settings
from support_metrics_tests.servers import imap

HELP, INTEGRATIONS, BUGS = "C05MHELPHLP", "C05MINTEGRA", "C05MBUGSINT"
MAIN, SECOND = "tilter-example/millwright", "tilter-example/millwright-integrations"
QUESTION = "How do I upgrade to the new version? It fails with an error."
LISTED = {"INBOX", "Support"}
KEPT = ("landing", "warehouse", "reports")

pytestmark = pytest.mark.long


@dataclass
class Live:
    """The demo's team and the servers it reads, as its first snapshot has them; in every place somebody waits for an answer."""

    servers: Servers
    file: Path

    def refresh(self) -> Result:
        for api in self.apis.values():
            api.asked.clear()
        return self.run("refresh", "--as-of", self.servers.now.isoformat())

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(main, ["--settings", str(self.file), *arguments])

    def ask(self, sql: str) -> list[dict[str, Any]]:
        result = self.run("query", "--format", "json", sql)
        assert result.exit_code == 0, result.output
        rows: list[dict[str, Any]] = json.loads(result.output)
        return rows

    @property
    def apis(self) -> dict[str, Any]:
        each = self.servers
        named = {"slack": each.slack, "github": each.github, "shortcut": each.shortcut, "handoff": each.handoff}
        return {**named, "email": each.mail, "x": each.x, "youtube": each.youtube}

    def change(self, was: str, now: str) -> None:
        text = self.file.read_text("utf-8")
        assert was in text
        self.file.write_text(text.replace(was, now, 1), "utf-8")

    def everybody_asks(self, name: str) -> None:
        """An hour ago, in every place."""
        at = self.servers.now - timedelta(hours=1)
        space, github = self.servers.slack.workspace, self.servers.github
        for channel in (HELP, INTEGRATIONS):
            space.post(channel, f"{at.timestamp():.6f}", "U05NEWCOMER", f"{QUESTION} ({name})")
        for repository in github.repositories.values():
            number = max(issue["number"] for issue in repository.issues.values()) + 1
            repository.open_issue(number, at, "newcomer", title=name)
        for folder in LISTED:
            self.servers.mail.folders[folder].add(_mail(f"{name}-{folder}".lower(), at))

    def two_days_later(self) -> None:
        self.servers.now += timedelta(days=2)
        self.everybody_asks("asked-later")

    def asked_there(self, prefix: str) -> dict[str, dict[str, Any]]:
        rows = self.ask(f"select request_id, state, why from requests where starts_with(request_id, '{prefix}')")
        return {row["request_id"]: row for row in rows}

    def published(self) -> tuple[str, dict[str, bytes]]:
        """The published warehouse, and every report."""
        pages = {page.name: page.read_bytes() for page in (self.file.parent / "reports").iterdir()}
        return os.readlink(self.file.parent / "warehouse/warehouse.duckdb"), pages


def _mail(name: str, at: datetime) -> bytes:
    head = f"Message-ID: <{name}@example.org>\nDate: {at:%a, %d %b %Y %H:%M:%S +0000}\nFrom: newcomer@example.org\nTo: support@tilter.example.org"
    return f"{head}\nSubject: {name}\n\n{QUESTION}\n".encode()


@contextmanager
def living(folder: Path) -> Iterator[Live]:
    servers = Servers(load_settings(SETTINGS))
    servers.show(snapshots()[0])
    servers.slack.workspace.user("U05NEWCOMER", "newcomer")
    servers.slack.workspace.channels[INTEGRATIONS]["is_private"] = True
    servers.mail.folders["Support"] = imap.Folder()
    with servers.running() as live, pytest.MonkeyPatch.context() as clock:
        clock.setattr(mailbox, "now", servers.date)
        live["email"]["imap_folders"] = json.dumps(sorted(LISTED))
        team = Live(servers, write_settings(folder, live))
        team.everybody_asks("asked-before")
        yield team


@pytest.fixture(scope="module")
def synced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of a team after a sound sync of everything."""
    with pytest.MonkeyPatch.context() as environment:
        for name, value in TOKENS.items():
            environment.setenv(name, value)
        for name in PROXIES:
            environment.delenv(name, raising=False)
        with living(tmp_path_factory.mktemp("synced") / "team") as team:
            result = team.refresh()
            assert result.exit_code == 0, result.output
            yield team.file.parent


@pytest.fixture
def team(synced: Path, tmp_path: Path) -> Iterator[Live]:
    """The same team two days later: in every place somebody else asks."""
    with living(tmp_path / "team") as team:
        for name in KEPT:
            shutil.copytree(synced / name, team.file.parent / name, symlinks=True)
        team.two_days_later()
        yield team


def rename_channel(team: Live) -> None:
    team.servers.slack.workspace.channels[INTEGRATIONS]["name"] = "integrations"


def leave_channel(team: Live) -> None:
    del team.servers.slack.workspace.channels[INTEGRATIONS]


def remove_repository(team: Live) -> None:
    repositories = team.servers.github.repositories
    del repositories[next(number for number, each in repositories.items() if each.name == SECOND)]


def remove_folder(team: Live) -> None:
    del team.servers.mail.folders["Support"]


LOST = {
    "channel renamed": (rename_channel, "slack", "slack.channels: #integrations-help is now #integrations", 'write "integrations" in its place'),
    "private channel left": (leave_channel, "slack", "slack.channels: no channel that the token sees is #integrations-help", "/invite"),
    "repository gone": (remove_repository, "github", f"github.repositories: GitHub has no {SECOND}", "correct the name"),
    "folder gone": (remove_folder, "email", "email.imap_folders: 'Support' cannot be opened", "correct the name"),
}  # fmt: skip


@pytest.mark.parametrize(("lose", "source", "said", "mend"), LOST.values(), ids=LOST)
def test_a_place_that_is_not_found_any_more_stops_nothing_else(
    team: Live, lose: Callable[[Live], None], source: str, said: str, mend: str
) -> None:
    before = {row["request_id"] for row in team.ask("select request_id from requests")}
    objects = {
        row["source"]: row["objects"] for row in team.ask("select source, sum(objects)::bigint as objects from sources group by source")
    }
    lose(team)
    result = team.refresh()
    assert result.exit_code == 1 and "Report: " in result.stdout, result.output
    problem, _, told = result.stderr.partition("what to do: ")
    assert problem.startswith(f"error: {said}") and mend in told.splitlines()[0]
    assert f"error: {source} could not be read (see above); everything was built" in told
    assert [name for name, api in team.apis.items() if not api.asked] == []
    rows = {row["request_id"]: row for row in team.ask("select request_id, channel, title, state, why from requests")}
    assert before <= rows.keys()
    # What is found is read, of the source that failed, too.
    counted = {
        row["source"]: row["objects"] for row in team.ask("select source, sum(objects)::bigint as objects from sources group by source")
    }
    assert all(counted[name] > objects[name] for name in ("slack", "github", "email"))
    assert len([row for row in rows.values() if "asked-later" in row["title"]]) == {"slack": 5, "github": 5, "email": 5}[source]
    (stale,) = team.ask(f"select count_if(is_stale) as streams from sources where source = '{source}'")
    assert stale["streams"] > 0
    first = {row["request_id"]: row for row in rows.values() if "asked-before" in row["title"]}
    assert len(first) == 6
    waiting = {key for key, row in first.items() if "judged up to 2025-11-17" in row["why"] and row["state"] == "pending"}
    assert {rows[key]["channel"] for key in waiting} == {source}
    assert len(waiting) == (2 if source == "email" else 1), "an inbox is covered as a whole"
    assert {row["state"] for key, row in first.items() if key not in waiting and row["channel"] in ("slack", "github")} == {"overdue"}


def test_once_the_new_name_is_written_the_channel_is_read_on(team: Live) -> None:
    rename_channel(team)
    team.change('"integrations-help"', '"integrations"')
    result = team.refresh()
    assert result.exit_code == 0, result.output
    assert len(team.asked_there(f"slack:T05MILLWRIT:{INTEGRATIONS}:{int(team.servers.now.timestamp()) - 3600}")) == 1


@pytest.mark.parametrize("named", ["by name", "by a star"])
def test_an_archived_channel_holds_back_nothing(team: Live, named: str) -> None:
    if named == "by a star":
        team.change('"help", "integrations-help"', '"*"')
    team.servers.slack.workspace.channels[INTEGRATIONS]["is_archived"] = True
    result = team.refresh()
    assert result.exit_code == 0, result.output
    assert team.ask("select stream from sources where source = 'slack' and is_stale") == []
    asked = team.ask("select state, request_id from requests where channel = 'slack' and title like '%asked-before%'")
    assert {row["state"] for row in asked if INTEGRATIONS in row["request_id"]} == {"overdue"}
    assert len(team.ask("select request_id from requests where channel = 'slack' and title like '%asked-later%'")) == 1


MISSPELT = {
    "channel": ('"integrations-help"', '"integratoins-help"', "slack", "slack.channels: no channel that the token sees is a channel 'integratoins-help'"),
    "repository": (f'"{SECOND}"', '"tilter-example/millrwight"', "github", "github.repositories: GitHub has no tilter-example/millrwight"),
    "folder": ('"Support"', '"Suport"', "email", "email.imap_folders: 'Suport' cannot be opened"),
}  # fmt: skip


@pytest.mark.parametrize(("was", "now", "source", "said"), MISSPELT.values(), ids=MISSPELT)
def test_a_place_that_never_was_is_one_clear_error_and_nothing_is_published(team: Live, was: str, now: str, source: str, said: str) -> None:
    before = team.published()
    team.change(was, now)
    result = team.refresh()
    assert result.exit_code == 1
    assert result.stderr.count("error: ") == result.stderr.count("what to do: ") == 1
    assert result.stderr.startswith(f"error: {said}") and "nothing was built" in result.stderr
    assert "Report: " not in result.stdout and team.published() == before
    assert [name for name, api in team.apis.items() if not api.asked] == []
    # The other sources have landed all the same.
    team.change(now, was)
    assert team.run("build", "--as-of", team.servers.now.isoformat()).exit_code == 0
    later = {row["channel"] for row in team.ask("select channel from requests where title like '%asked-later%'")}
    assert {"slack", "github", "email"} - {source} <= later

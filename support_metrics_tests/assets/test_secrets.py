"""Secrets reach nothing that is kept or shown: not landing, the warehouse, Dagster's instance with its event log, a log or the terminal.

Every live source is read by its asset, from servers that put the secret they were asked with into whatever they answer.
"""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import dagster
import duckdb
import pytest

from support_metrics import pipeline
from support_metrics.assets.models import model_assets
from support_metrics.assets.settings_file import SettingsFile
from support_metrics.assets.streams import stream_assets
from support_metrics.landing import Landing
from support_metrics.settings import load_settings
from support_metrics.sources import SOURCES, web
from support_metrics.sources.slack import client
from support_metrics.warehouse import models
from support_metrics_tests.assets.conftest import failures
from support_metrics_tests.demo.live import SETTINGS, TOKENS, Servers, snapshots, write_settings
from support_metrics_tests.servers import handoff, imap
from support_metrics_tests.servers.base import Api, Reply
from support_metrics_tests.servers.slack import SlackApi
from support_metrics_tests.sources.syncs import everything_written

# What a password of two words and a quotation mark looks like when it is escaped differs; its beginning does not.
MARKED = {**TOKENS, "IMAP_PASSWORD": "marked imap", "the sheet's address": handoff.SHEET}
Echo = Callable[[Api, Reply], Reply]


def asked_with(api: Api) -> str:
    """The secret in the last request, be it the address itself."""
    asked = api.asked[-1]
    token = asked.headers.get("shortcut-token") or asked.headers.get("authorization", "").rpartition(" ")[2]
    return token or asked.given.get("key") or handoff.SHEET


def refusing(api: Api, reply: Reply) -> Reply:
    """Every field in which some API gives its reason."""
    said = f"not with {asked_with(api)}"
    error = {"message": said, "errors": [{"message": said, "reason": said}], "status": said}
    fields = ("message", "detail", "title", "type", "documentation_url")
    return Reply({"error": error, **dict.fromkeys(fields, said)}, 403, {"WWW-Authenticate": said})


def refusing_as_slack_does(api: Api, reply: Reply) -> Reply:
    if not isinstance(api, SlackApi):
        return refusing(api, reply)
    said = f"not with {asked_with(api)}"
    return Reply({"ok": False, "error": said, "needed": said, "provided": said, "warning": said}, 200, {"x-oauth-scopes": said})


def sending_elsewhere(api: Api, reply: Reply) -> Reply:
    return Reply(asked_with(api), 302, {"Location": f"/{asked_with(api)}/there?key={asked_with(api)}"})


def talking(api: Api, reply: Reply) -> Reply:
    return Reply(f"Your token {asked_with(api)} is", 200, {"Content-Type": "text/plain"})


def failing(api: Api, reply: Reply) -> Reply:
    return Reply({"message": asked_with(api)}, 500, {"X-Error": asked_with(api)})


@pytest.fixture
def servers(monkeypatch: pytest.MonkeyPatch) -> Servers:
    """What is waited for is told and takes no time."""
    monkeypatch.setattr(pipeline, "_waiting", lambda tell: lambda seconds, why: tell(why))
    monkeypatch.setattr(web, "READ_TIMEOUT", 30.0)
    monkeypatch.setattr(client, "TIMEOUT", 30.0)
    for name, value in TOKENS.items():
        monkeypatch.setenv(name, value)
    for name in [each for each in os.environ if each.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    servers = Servers(load_settings(SETTINGS))
    servers.show(snapshots()[0])
    return servers


def disturb(servers: Servers, echo: Echo, command: str, step: int = 1) -> None:
    for api in (servers.slack, servers.github, servers.shortcut, servers.handoff, servers.x, servers.youtube):
        api.asked.clear()
        api.faults = dict.fromkeys(range(0, 5_000, step), partial(echo, api))
    # The sheet lies behind a redirect: both requests are made again where the second fails.
    servers.handoff.faults = servers.handoff.faults if step == 1 else {0: partial(echo, servers.handoff)}
    servers.mail.asked.clear()
    servers.mail.faults = dict.fromkeys(range(3, 500, 8) if step > 1 else range(500), command)


def kept(folder: Path) -> Iterator[tuple[str, str]]:
    """The text of every file, and of what SQLite and DuckDB hold, since pages cut and compress it."""
    for path in sorted(each for each in folder.rglob("*") if each.is_file() and not each.is_symlink()):
        data = path.read_bytes()
        yield str(path), data.decode("utf-8", "replace")
        if data.startswith(b"SQLite format 3"):
            with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
                names = [name for (name,) in database.execute("select name from sqlite_master where type = 'table'")]
                for name in names:
                    yield f"{path}, {name}", repr(database.execute(f'select * from "{name}"').fetchall())
        elif data[8:12] == b"DUCK":
            with duckdb.connect(str(path), read_only=True) as warehouse:
                tables = warehouse.execute("select table_schema || '.' || table_name from information_schema.tables").fetchall()
                for (name,) in tables:
                    yield f"{path}, {name}", repr(warehouse.execute(f"from {name}").fetchall())


@pytest.mark.long
def test_secrets_reach_nothing_that_is_kept_or_shown(
    tmp_path: Path, servers: Servers, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    sources = [stream_assets(source, retries=dagster.RetryPolicy(max_retries=1, delay=0)) for source in SOURCES.values()]
    home = tmp_path / "dagster"
    home.mkdir()
    with servers.running() as live, dagster.DagsterInstance.local_temp(str(home)) as instance:
        path = write_settings(tmp_path / "team", live)
        resources = {"settings_file": SettingsFile(path=str(path))}

        def materialize(*assets: dagster.AssetsDefinition) -> dict[str, tuple[str, str]]:
            return failures(dagster.materialize(list(assets), resources=resources, instance=instance, raise_on_error=False))

        for echo in (refusing, refusing_as_slack_does, sending_elsewhere, talking):
            disturb(servers, echo, f"NO [AUTHENTICATIONFAILED] not {imap.PASSWORD}")
            assert materialize(*sources).keys() == set(SOURCES), echo.__name__
        disturb(servers, failing, f"NO [UNAVAILABLE] not for {imap.PASSWORD}", step=2)
        assert materialize(*sources, model_assets(models(), SOURCES)) == {}
    landing = load_settings(str(path)).landing_path
    path.unlink()  # it holds the sheet's address
    told = [
        ("landing", everything_written(landing).decode("utf-8", "replace")),
        ("logs", caplog.text),
        ("terminal", repr(capfd.readouterr())),
    ]
    haystack = [*kept(tmp_path), *told]
    shown = [
        (where, name, text[max(text.index(secret) - 80, 0) :][:160])
        for where, text in haystack
        for name, secret in MARKED.items()
        if secret in text
    ]
    assert shown == []
    # It would have been found: what was said and landed is.
    for known, at_least in (
        ("refused with 403", home),
        ("answered 500", home),
        ("nothing is lost", home),
        ("youtube:thread:", tmp_path / "team"),
    ):
        assert [where for where, text in haystack if known in text and where.startswith(str(at_least))], known
    assert {source for source, _ in Landing(landing).snapshot()} >= set(SOURCES)

"""A small team's whole way from records to marts, built in memory: for tests of what several rooms must agree on."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from support_metrics.landing import OWN, Landing
from support_metrics.model import with_upstream
from support_metrics.report import figures_shown
from support_metrics.report.delivery import FIGURES
from support_metrics.settings import Settings, load_settings
from support_metrics.sources.base import Coverage, Record, Unit
from support_metrics.sources.slack.records import instant_of
from support_metrics.tables_read import tables_read
from support_metrics.warehouse import create, models, prepare

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
TEAM = """
[team]
name = "Small"
new_user_warmup_days = 0
[[calendars]]
hours = { mon = [["09:00", "17:00"]], tue = [["09:00", "17:00"]], wed = [["09:00", "17:00"]], thu = [["09:00", "17:00"]], fri = [["09:00", "17:00"]] }
[[targets]]
policy = "3h in business time"
channels = ["github", "slack", "email", "x", "youtube"]
within = "3h"
[slack]
team_id = "T"
channels = ["help"]
[github]
repositories = ["o/r"]
[email]
addresses = ["help@team.example"]
"""
ROSTER = """
[[member]]
name = "Tess Team"
slack = ["UTESS"]
github = ["tess"]
"""
COVERED = (Coverage("messages", "C", MONDAY - timedelta(days=60), MONDAY + timedelta(days=60)),)
COVERED_ISSUES = (Coverage("issues", "o/r", MONDAY - timedelta(days=60), MONDAY + timedelta(days=60)),)
COVERED_MAIL = (Coverage("messages", "*", MONDAY - timedelta(days=60), MONDAY + timedelta(days=60)),)


def at(day: int, clock: str) -> datetime:
    """So many days after the Monday, at HH:MM in UTC."""
    hours, minutes = map(int, clock.split(":"))
    return MONDAY + timedelta(days=day, hours=hours, minutes=minutes)


def slack_user(user: str, name: str, moment: datetime = MONDAY, **profile: Any) -> Record:
    return Record("users", f"slack:T:{user}", {"id": user, "name": name, "profile": {"real_name": name, **profile}}, moment)


def slack_channel() -> Record:
    return Record("channels", "slack:T:C", {"id": "C", "name": "help"})


def slack_message(user: str, moment: datetime, text: str, thread: str | None = None) -> Record:
    ts = f"{int(moment.timestamp())}.000100"
    message = {"ts": ts, "user": user, "text": text} | ({"thread_ts": thread.rsplit(":", 1)[1]} if thread else {})
    return Record("messages", f"slack:T:C:{ts}", message, instant_of(ts))


def issue(number: int, user: int | None, login: str, moment: datetime, seen: datetime | None = None, **more: Any) -> Record:
    """By a user who bore the login when the issue was read last, at `seen`."""
    url = f"https://api.github.com/repos/o/r/issues/{number}"
    author = None if user is None else {"id": user, "login": login, "type": "User"}
    stamps = {"created_at": moment.isoformat(), "updated_at": (seen or moment).isoformat()}
    payload: dict[str, Any] = {
        "id": number,
        "number": number,
        "url": url,
        "html_url": f"https://github.com/o/r/issues/{number}",
        "title": "It fails",
        "labels": [],
    }
    return Record("issues", f"github:issue:{number}", payload | {"user": author} | stamps | more, seen or moment)


def mail(number: int, address: str, moment: datetime, name: str = "") -> Record:
    payload: dict[str, Any] = {
        "message_id": f"{number}@x", "sent_at": moment.isoformat(), "from": {"name": name, "address": address}, "to": [], "cc": [],
        "subject": "How?", "in_reply_to": None, "references": [], "headers": [], "text": "How?",
    }  # fmt: skip
    return Record("messages", f"email:message:{number}@x", payload, moment)


class SmallTeam:
    """Its files lie in `folder`; what is landed stays, what is written in its files can be changed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.write()

    def write(self, *, settings: str = TEAM, roster: str = ROSTER, overrides: str = "") -> None:
        for name, text in (("support_metrics", settings), ("roster", roster), ("overrides", overrides)):
            (self.folder / f"{name}.toml").write_text(text)

    @property
    def settings(self) -> Settings:
        return load_settings(self.folder / "support_metrics.toml")

    def land(self, source: str, items: Iterable[Record | Coverage], observed_at: datetime | None = None) -> None:
        for _ in Landing(self.settings.landing_path).land(
            source, [Unit("unit", list(items), None, observed_at or at(7, "09:00"))], ["all"]
        ):
            pass

    @contextlib.contextmanager
    def built(
        self, as_of: datetime, settings: Settings | None = None, read: Collection[str] | None = None
    ) -> Iterator[duckdb.DuckDBPyConnection]:
        """Every table, or those that are read and what they are made from, in memory; its checks hold."""
        chosen = settings or self.settings
        selected = models() if read is None else with_upstream(models(), set(read))
        with duckdb.connect(config={"threads": 1}) as connection:
            connection.execute("set TimeZone = 'UTC'")
            connection.execute("set asof_loop_join_threshold = 0")
            prepare(connection, chosen, as_of, None, Landing(chosen.landing_path).snapshot(), selected)
            for model in selected:
                _, checks = create(connection, model)
                assert all(check.passed for check in checks), checks
            yield connection

    def rows(self, query: str, as_of: datetime) -> list[tuple[Any, ...]]:
        with self.built(as_of, read=tables_read(query)) as connection:
            return connection.execute(query).fetchall()

    def marts(self, as_of: datetime) -> dict[str, list[tuple[Any, ...]]]:
        """The rows of every mart but `sources`."""
        with self.built(as_of) as connection:
            return {
                model.name: connection.execute(f"from {model.table}").fetchall()
                for model in models()
                if model.layer == "marts" and model.name != "sources"
            }

    def deliver(self, week: date, as_of: datetime, **changed: Any) -> None:
        """Land what a report of the week shows, as of a moment; `changed` stands in for what it says of its build."""
        with self.built(as_of, read={"marts.build", "marts.requests", *(f"marts.{table}" for table, *_ in FIGURES)}) as connection:
            shown: Mapping[str, Any] = figures_shown(connection, week) | {"delivered_at": as_of.isoformat()} | changed
        Landing(self.settings.landing_path).append(OWN, "reports", [Record("reports", f"report:{week}:{shown['as_of']}", shown)])

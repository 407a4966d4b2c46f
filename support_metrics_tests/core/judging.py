"""Requests given as rows, judged by the very models that serve the marts: open_intervals, deadlines, judgements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

import duckdb

from support_metrics.model import SQL_FOLDER
from support_metrics.settings import Calendar, Settings
from support_metrics.settings_tables import settings_tables
from support_metrics.warehouse import create, create_table
from support_metrics_tests.sql.cases import model_of

MODELS = ("open_intervals", "deadlines", "judgements")
ALWAYS = (date(1970, 1, 1), date(9999, 12, 31))
NOW = date(1, 1, 1)


class Asked(NamedTuple):
    """A request under a calendar: when it was opened and, if it was, answered (aware)."""

    request_id: str
    calendar: str
    opened_at: datetime
    answered_at: datetime | None = None
    target_seconds: int = 0


class Judged(NamedTuple):
    business_seconds: int
    due_at: datetime | None
    state: str


def judge(calendars: Sequence[Calendar], asked: Sequence[Asked], as_of: datetime, moment_at: datetime | None = None) -> dict[str, Judged]:
    """The judgement of each request at a moment (by default `as_of`); every request has a target of its own."""
    settings = Settings.model_construct(**{**Settings().__dict__, "calendars": list(calendars)})
    tables = settings_tables(settings, as_of)
    # One channel per request and promise, so that any number of calendars and targets can be judged together.
    columns, _ = tables["targets"]
    names = {calendar.name: f"{calendar.name}@{calendar.valid_from}" for calendar in calendars}
    targets = sorted({(each.calendar, each.target_seconds) for each in asked})
    promises = [(f"{name}", f"{name}/{seconds}", seconds, names[name], "business", *ALWAYS, None) for name, seconds in targets]
    tables["targets"] = (columns, promises)
    channels = {each.request_id: f"{each.calendar}/{each.target_seconds}" for each in asked}
    return _judged(tables, channels, asked, as_of, moment_at or as_of)


def judge_by_settings(settings: Settings, asked: Sequence[Asked], as_of: datetime) -> dict[str, Judged]:
    """The judgement of requests on GitHub by whichever target and version of its calendar the settings have in force."""
    return _judged(settings_tables(settings, as_of), dict.fromkeys((each.request_id for each in asked), "github"), asked, as_of, as_of)


def _judged(
    tables: Mapping[str, Any], channels: Mapping[str, str], asked: Sequence[Asked], as_of: datetime, moment_at: datetime
) -> dict[str, Judged]:
    rows = [
        {
            "request_id": each.request_id,
            "channel": channels[each.request_id],
            "opened_at": each.opened_at.astimezone(UTC),
            "first_response_at": each.answered_at and each.answered_at.astimezone(UTC),
        }
        for each in asked
    ]
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("set asof_loop_join_threshold = 0")
        connection.execute("set variable as_of = ?::timestamptz", [as_of.astimezone(UTC).isoformat()])
        for schema in ("settings", "staging", "core"):
            connection.execute(f"create schema {schema}")
        models = [model_of(SQL_FOLDER / "core" / f"{name}.sql") for name in MODELS]
        for name in sorted({read for model in models for read in model.reads if read.startswith("settings.")}):
            create_table(connection, name, *tables[name.removeprefix("settings.")])
        _given(connection, "requests", rows)
        _given(connection, "messages", [{"message_id": "first", "sent_at": min(each.opened_at for each in asked).astimezone(UTC)}])
        _given(connection, "moments", [{"moment_at": moment_at, "week": NOW}])
        _given(connection, "covered_until", [])
        _given(connection, "closings", [])
        for model in models:
            create(connection, model)
        found = connection.execute(
            "select request_id, business_seconds, due_at, state from core.judgements inner join core.deadlines using (request_id)"
        ).fetchall()
    return {request_id: Judged(seconds, due_at, state) for request_id, seconds, due_at, state in found}


def _given(connection: duckdb.DuckDBPyConnection, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
    types = {column.name: column.type for column in model_of(SQL_FOLDER / "core" / f"{name}.sql").columns}
    create_table(connection, f"core.{name}", types, [[row.get(column) for column in types] for row in rows])

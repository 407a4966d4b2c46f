"""One measured step in a process of its own; prints seconds and peak memory as JSON."""

from __future__ import annotations

import contextlib
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from support_metrics.landing import Landing
from support_metrics.pipeline import as_of_now, land
from support_metrics.settings import Calendar, Settings, load_settings
from support_metrics.settings_tables import settings_tables
from support_metrics.sources.base import Record, Unit
from support_metrics.warehouse import build, create, create_table, models, publish

REQUESTS, YEARS = 1_000_000, 10
PEOPLE_MODELS = ("core.account_links", "core.account_groups", "core.persons", "marts.merge_suggestions")
# Of every ten accounts two share an address, two a full name and two a handle with another; chains of addresses join some of them.
ACCOUNTS = """
insert into core.accounts by name
select
    case number % 3 when 0 then 'slack:T:U' || number when 1 then 'github:user:' || number else 'email:a' || number || '@x.org' end as account_id,
    case number % 3 when 0 then 'slack' when 1 then 'github' else 'email' end as source,
    'handle' || case when number % 10 < 2 then number // 10 else number + 1000000000 end as handle,
    'First Last' || case when number % 10 between 2 and 3 then number // 10 else number + 1000000000 end as name,
    case when number % 10 between 4 and 5 then 'shared' || number // 10 || '@x.org' end as email,
    case when number % 30 = 6 then 'login' || (number + 1) end as github_login,
    false as is_bot, false as is_deleted
from range({accounts}) as numbers(number)
"""
# As core.deadlines and core.judgements join: open time at the opening and at the answer, and their difference.
JOIN = """
create table elapsed as
with opened as (
    select requests.request_id, requests.opened_at + interval 30 hours as answered_at,
        intervals.micros_before + epoch_us(least(requests.opened_at, intervals.close_at)) - epoch_us(intervals.open_at) as open_micros
    from core.requests as requests
    asof left join core.open_intervals as intervals
        on intervals.calendar = 'support@1970-01-01' and intervals.open_at <= requests.opened_at
)
select opened.request_id,
    intervals.micros_before + epoch_us(least(opened.answered_at, intervals.close_at)) - epoch_us(intervals.open_at) - opened.open_micros as micros
from opened
asof left join core.open_intervals as intervals
    on intervals.calendar = 'support@1970-01-01' and intervals.open_at <= opened.answered_at
"""
LOGINS = """
insert into staging.github_accounts by name
select account_id, 'login' || substr(account_id, 13) as login from core.accounts where source = 'github'
"""


def read_json(folder: Path) -> dict[str, Any]:
    """What plain DuckDB needs to make a table of the same Slack files."""
    target = folder / "plain.duckdb"
    target.unlink(missing_ok=True)
    with duckdb.connect(str(target)) as connection:
        began = time.perf_counter()
        connection.execute(f"create table messages as select * from read_json('{folder}/slack/*/*.json')")
        return {"seconds": time.perf_counter() - began}


def land_source(settings_file: Path, source: str) -> dict[str, Any]:
    settings = load_settings(settings_file)
    began = time.perf_counter()
    outcome = land(settings, [source])[source]
    if isinstance(outcome, Exception):
        raise outcome
    return {"seconds": time.perf_counter() - began, "written": sum(outcome.written.values())}


def pages_landed(count: int) -> dict[str, Any]:
    """So many pages of twenty messages, each landed as it comes from an API: processor seconds."""
    observed_at = datetime(2026, 1, 1, tzinfo=UTC)
    units = (
        Unit(
            f"page {page}",
            [Record("messages", f"message:{page}:{each}", {"text": "word " * 20}) for each in range(20)],
            observed_at=observed_at,
        )
        for page in range(count)
    )
    with tempfile.TemporaryDirectory() as folder:
        began = time.process_time()
        written = sum(sum(landed.written.values()) for _, landed in Landing(Path(folder)).land("slack", units, ["messages"]))
    return {"seconds": time.process_time() - began, "pages": count, "written": written}


def build_and_publish(settings_file: Path) -> dict[str, Any]:
    settings = load_settings(settings_file)
    models()
    began = time.perf_counter()
    result = build(settings, as_of=as_of_now(settings))
    built = time.perf_counter()
    published = publish(settings, result)
    return {
        "seconds": built - began,
        "publish": time.perf_counter() - built,
        "file": published.stat().st_size / 1e6,
        "rows": result.rows["marts.requests"],
    }


def pages(settings_file: Path) -> dict[str, Any]:
    """The report of one week from nothing, with what Python imports for it; then of each week of a year; and the size of the largest."""
    began = time.perf_counter()
    from support_metrics.report import render_week
    from support_metrics.warehouse import open_published

    settings = load_settings(settings_file)
    sizes = []
    with contextlib.closing(open_published(settings)) as connection:
        last = settings.week_of(as_of_now(settings)) - timedelta(weeks=1)
        sizes.append(len(render_week(connection, last).encode()))
        first = time.perf_counter()
        sizes += [len(render_week(connection, last - timedelta(weeks=back)).encode()) for back in range(52)]
    return {"seconds": first - began, "year_seconds": time.perf_counter() - first, "size": max(sizes)}


def business_time() -> dict[str, Any]:
    """A million requests spread over ten years on the business clock: the join alone, and the whole model of deadlines."""
    settings = Settings(calendars=[Calendar(time_zone="America/New_York", country="US")])
    by_name = {model.table: model for model in models()}
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("set asof_loop_join_threshold = 0")
        connection.execute("set variable as_of = timestamptz '2026-01-01'")
        for schema in ("settings", "staging", "core"):
            connection.execute(f"create schema {schema}")
        for name, (columns, rows) in settings_tables(settings, as_of_now(settings)).items():
            create_table(connection, f"settings.{name}", columns, rows)
        connection.execute(
            f"""create table core.messages as
            select make_timestamptz(1451606400000000 + (hash(number) % ({YEARS} * 365 * 86400))::bigint * 1000000) as sent_at
            from range({REQUESTS}) as numbers(number)"""
        )
        create(connection, by_name["core.open_intervals"])
        connection.execute(
            """create table core.requests as
            select 'request:' || row_number() over () as request_id, 'slack' as channel, sent_at as opened_at from core.messages"""
        )
        began = time.perf_counter()
        connection.execute(JOIN)
        joined = time.perf_counter()
        connection.execute(f"create table core.deadlines as {by_name['core.deadlines'].query}")
        return {
            "seconds": joined - began,
            "model_seconds": time.perf_counter() - joined,
            "requests": REQUESTS,
            "years": YEARS,
        }


def people(accounts: int) -> dict[str, Any]:
    """Merges and suggestions among so many accounts, by the models themselves."""
    by_name = {model.table: model for model in models()}
    settings = Settings()
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        for schema in ("settings", "staging", "core", "marts"):
            connection.execute(f"create schema {schema}")
        for name, (columns, rows) in settings_tables(settings, as_of_now(settings)).items():
            create_table(connection, f"settings.{name}", columns, rows)
        for table in ("core.accounts", "core.roster_accounts", "staging.github_accounts"):
            create_table(connection, table, {column.name: column.type for column in by_name[table].columns}, [])
        connection.execute(ACCOUNTS.format(accounts=accounts))
        connection.execute(LOGINS)
        began = time.perf_counter()
        for name in PEOPLE_MODELS:
            create(connection, by_name[name])
        seconds = time.perf_counter() - began
        ((merged, suggested),) = connection.execute(
            "select count(*) - count(distinct person_id), (select count(*) from marts.merge_suggestions) from core.persons"
        ).fetchall()
    return {"seconds": seconds, "accounts": accounts, "merged": merged, "suggested": suggested}


def main() -> None:
    name, path = sys.argv[1], Path(sys.argv[2])
    steps: dict[str, Callable[[], dict[str, Any]]] = {
        "read_json": lambda: read_json(path),
        "land": lambda: land_source(path, "slack"),
        "land github": lambda: land_source(path, "github"),
        "build": lambda: build_and_publish(path),
        "pages": lambda: pages(path),
        "business time": business_time,
        "few pages landed": lambda: pages_landed(100),
        "pages landed": lambda: pages_landed(1_000),
        "people": lambda: people(10_000),
        "many people": lambda: people(100_000),
    }
    result = steps[name]()
    result["megabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(result))


if __name__ == "__main__":
    main()

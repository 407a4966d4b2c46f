"""What a build keeps and what is published of it; and that the steps on the way, made anew for a reader, are those that were published."""

from __future__ import annotations

import contextlib
import resource
import threading
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from support_metrics import pipeline, warehouse
from support_metrics.errors import BuildError
from support_metrics.model import Model, with_upstream
from support_metrics.warehouse import building
from support_metrics_tests.small_team import COVERED, SmallTeam, at, slack_channel, slack_message

NOON = at(7, "12:00")
CREATE = "support_metrics.warehouse.building.create"
SCHEMAS = "select distinct schema_name from duckdb_tables() where database_name not in ('memory', 'system', 'temp')"


@pytest.fixture
def team(tmp_path: Path) -> SmallTeam:
    team = SmallTeam(tmp_path)
    team.land("slack", [slack_channel(), slack_message("UANNA", at(3, "10:00"), "How do I stop a job?"), *COVERED])
    return team


def test_what_is_published_are_the_marts_and_the_settings(team: SmallTeam) -> None:
    pipeline.build_and_publish(team.settings, NOON)
    with warehouse.open_published(team.settings) as connection:
        assert {name for (name,) in connection.execute(SCHEMAS).fetchall()} == {"marts", "settings"}
        tables = {
            name
            for (name,) in connection.execute("select 'marts.' || table_name from duckdb_tables() where schema_name = 'marts'").fetchall()
        }
    assert tables == {model.table for model in warehouse.models() if model.layer == "marts"}


def test_a_build_with_steps_holds_every_table_and_the_same_marts(team: SmallTeam) -> None:
    with pipeline.built(team.settings, NOON) as marts, warehouse.whole(team.settings, as_of=NOON) as whole:
        for model in warehouse.models():
            held = whole.execute(f"from {model.table}").fetchall()
            if model.layer == "marts":
                assert held == marts.execute(f"from {model.table}").fetchall(), model.table


def test_the_steps_are_those_that_led_to_what_is_published(team: SmallTeam) -> None:
    pipeline.build_and_publish(team.settings, NOON)
    team.land("slack", [slack_message("UBERT", at(3, "11:00"), "Where are the logs?")], observed_at=at(7, "10:00"))
    sql = (
        "select (select count(*) from core.messages), (select count(*) from staging.slack_messages), (select count(*) from marts.requests)"
    )
    with pipeline.published_with_steps(team.settings) as connection:
        assert connection.execute(sql).fetchall() == [(1, 1, 1)]
        moments = [connection.execute(f"select landed_until_at from {name}.settings.build").fetchall() for name in ("steps", "published")]
        assert moments[0] == moments[1] != [(None,)]
    pipeline.build_and_publish(team.settings, NOON)
    with pipeline.published_with_steps(team.settings, ["core.messages", "staging.slack_messages"]) as connection:
        assert connection.execute(sql).fetchall() == [(2, 2, 2)]


def test_what_is_made_for_a_reader_leaves_nothing_behind(team: SmallTeam) -> None:
    pipeline.build_and_publish(team.settings, NOON)
    before = sorted(team.settings.warehouse_path.iterdir())
    with pipeline.published_with_steps(team.settings) as connection:
        assert sorted(team.settings.warehouse_path.iterdir()) == before
        with pytest.raises(duckdb.Error):
            connection.execute("delete from marts.requests")


def test_a_step_is_dropped_when_nothing_is_left_that_reads_it(team: SmallTeam, monkeypatch: pytest.MonkeyPatch) -> None:
    held: dict[str, set[str]] = {}
    lock = threading.Lock()

    def look(connection: duckdb.DuckDBPyConnection, model: Model) -> object:
        made = warehouse.create(connection, model)
        with lock:
            held[model.table] = {
                f"{schema}.{table}"
                for schema, table in connection.execute("select schema_name, table_name from duckdb_tables()").fetchall()
            }
        return made

    monkeypatch.setattr(CREATE, look)
    warehouse.discard(warehouse.build(team.settings, as_of=NOON))
    assert "staging.slack_messages" in held["core.slack_signs"]
    assert not {"staging.slack_messages", "core.slack_signs"} & held["marts.tracking_gaps"]
    for model in warehouse.models():
        assert {read for read in model.reads if not read.startswith("landing.")} <= held[model.table], model.table


def test_a_model_that_fails_is_named_and_what_runs_beside_it_stops(team: SmallTeam, monkeypatch: pytest.MonkeyPatch) -> None:
    has_begun = threading.Event()

    def fail(connection: duckdb.DuckDBPyConnection, model: Model) -> object:
        if model.table == "core.persons":
            assert has_begun.wait(60)
            raise BuildError("core.persons: broken", "mend it")
        if model.table == "core.duty":
            has_begun.set()
            connection.execute("select count(*) from range(100000) as ones, range(100000) as others where ones.range + others.range = -1")
        return warehouse.create(connection, model)

    monkeypatch.setattr(CREATE, fail)
    with pytest.raises(BuildError, match=r"core\.persons: broken"):
        warehouse.build(team.settings, as_of=NOON)
    assert not list(team.settings.warehouse_path.glob("build-*"))


@pytest.mark.parametrize("size", [13_000, 40_000, 600_000])
def test_a_disk_that_is_full_sooner_or_later_is_one_clear_error_and_what_was_published_stands(team: SmallTeam, size: int) -> None:
    pipeline.build_and_publish(team.settings, NOON)
    before = {path: path.read_bytes() for path in team.settings.warehouse_path.iterdir()}
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        with pytest.raises(BuildError) as caught:
            pipeline.build_and_publish(team.settings, NOON)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert caught.value.problem == f"no space left while building in {team.settings.warehouse_path}"
    assert caught.value.mend == "free some space; the last warehouse still stands"
    assert {path: path.read_bytes() for path in team.settings.warehouse_path.iterdir()} == before


def test_words_about_a_disk_in_what_people_wrote_are_no_full_disk(team: SmallTeam) -> None:
    model = next(each for each in warehouse.models() if each.table == "core.messages")
    broken = replace(model, query="select 'we could not write the file: no space left'::int as message_id")
    with duckdb.connect() as connection:
        connection.execute("create schema core")
        with pytest.raises(BuildError, match=r"core/messages\.sql: Conversion Error"):
            warehouse.create(connection, broken)


def test_what_a_step_is_made_from_comes_along_and_nothing_else() -> None:
    taken = [model.table for model in with_upstream(warehouse.models(), {"core.moments"})]
    assert taken == ["staging.published_figures", "core.moments"]


def test_every_connection_of_a_build_has_the_same_settings(tmp_path: Path) -> None:
    with contextlib.closing(building._connect(tmp_path)) as connection:
        building._attach(connection, tmp_path / "made.duckdb")
        connection.execute("set variable as_of = '2026-03-02 12:00:00+00'::timestamptz; set variable known_at = null")
        told = "select name, value from duckdb_settings() where name <> 'enable_progress_bar' order by name"
        assert building._beside(connection).execute(told).fetchall() == connection.execute(told).fetchall()
        assert connection.execute("select current_setting('asof_loop_join_threshold')").fetchall() == [(0,)]


@pytest.mark.parametrize(("kind", "value"), [("BIGINT", "x"), ("BIGINT", 2**63), ("DATE", "2024-13-45"), ("BIGINT[]", ["x"])])
def test_a_value_that_is_none_of_its_column_fails(kind: str, value: object) -> None:
    with duckdb.connect() as connection, pytest.raises(duckdb.Error):
        warehouse.create_table(connection, "t", {"c": kind}, [[value]])


def test_values_stand_in_a_table_as_they_are() -> None:
    moment = datetime(2026, 3, 2, 12, 0, 0, 1, tzinfo=UTC)
    columns = {"a": "VARCHAR", "b": "BIGINT", "c": "TIMESTAMPTZ", "d": "DATE", "e": "DOUBLE", "f": "BOOLEAN", "g": "VARCHAR[]"}
    rows = [
        ("\"'\u2028{}🙂", 2**63 - 1, moment, date(1, 1, 1), 0.1, True, ["", "a,b"]),
        (None,) * 7,
        ("", 0, moment, date.max, -1e300, False, []),
    ]
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        warehouse.create_table(connection, "t", columns, rows)
        assert connection.execute("from t").fetchall() == rows

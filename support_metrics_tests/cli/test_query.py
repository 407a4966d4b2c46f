"""Questions in SQL: four formats, text from outside made harmless, and nothing written."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from support_metrics.cli.reading import _refuse_all_but_one_query
from support_metrics.errors import WarehouseError
from support_metrics_tests.cli.conftest import Run

EVERYTHING = """
    select timestamptz '2026-03-02 10:00:00+01' as at, date '2026-03-02' as day, 1.50::decimal(9, 2) as exact, 2 as whole, 'NaN'::double as none,
           ['a', 'b'] as list, {'x': 1} as pair, null as nothing, true as yes, 'x,"y"' || chr(10) || 'z' as text, 3 as whole
"""


def test_a_table_aligns_and_counts(ask: Run) -> None:
    result = ask(
        "query", "select channel, sum(requests) as requests from weekly_users where channel in ('all', 'slack') group by all order by all"
    )
    assert result.output == "channel  requests\n-------  --------\nall             4\nslack           3\n(2 rows)\n"


def test_json_keeps_numbers_numbers_and_instants_iso(ask: Run) -> None:
    output = ask("query", "--format", "json", EVERYTHING).output
    assert '"exact":1.50' in output
    assert json.loads(output) == [
        {
            "at": "2026-03-02T09:00:00Z",
            "day": "2026-03-02",
            "exact": 1.5,
            "whole": 2,
            "none": None,
            "list": ["a", "b"],
            "pair": {"x": 1},
            "nothing": None,
            "yes": True,
            "text": 'x,"y"\nz',
            "whole_2": 3,
        }
    ]
    assert ask("query", "--format", "json", "select 1 where false").output == "[]\n"


def test_csv_can_be_read_back(ask: Run) -> None:
    names, row = csv.reader(io.StringIO(ask("query", "--format", "csv", EVERYTHING).output))
    assert names == ["at", "day", "exact", "whole", "none", "list", "pair", "nothing", "yes", "text", "whole"]
    assert row == ["2026-03-02T09:00:00Z", "2026-03-02", "1.50", "2", "nan", '["a","b"]', '{"x":1}', "", "true", 'x,"y"\nz', "3"]


def test_markdown_shows_text_as_it_is(ask: Run) -> None:
    output = ask("query", "--format", "markdown", "select 'a|b <i>' || chr(10) || '\\' as text, 1 as n").output
    assert output == "| text | n |\n| --- | ---: |\n| a\\|b &lt;i> \\\\ | 1 |\n"


def test_text_from_outside_cannot_steer_the_terminal(ask: Run) -> None:
    output = ask("query", "select person_name from requests where person_name like 'Grace%' limit 1").output
    assert "Grace \N{REPLACEMENT CHARACTER}[31m\N{REPLACEMENT CHARACTER}Red" in output
    assert "\x1b" not in output


def test_wide_characters_align_and_long_cells_are_cut(ask: Run) -> None:
    output = ask("query", "select unnest(['日本', 'ab', repeat('x', 100)]) as text, 1 as n").output.splitlines()
    assert output[2:4] == ["日本" + " " * 76 + "  1", "ab" + " " * 78 + "  1"]
    assert output[4] == "x" * 79 + "…  1"
    assert output[5] == "(3 rows; long cells are cut, --format csv shows them whole)"


def test_sql_from_standard_input_and_from_other_schemas(ask: Run) -> None:
    assert "(1 row)" in ask("query", "-", input="select count(*) from core.requests;").output
    assert ask("query", "pivot weekly_users on channel using sum(users) group by week").exit_code == 0
    assert "request_id" in ask("query", "describe requests").output


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("select * form requests", "syntax error"),
        ("select * from reqests", 'Did you mean "requests"?'),
        ("select no_such_column from requests", "no_such_column"),
        ("select 'x'::int", "Could not convert"),
        ("", "the query is empty"),
        ("   ;", "the query is empty"),
        ("select 1; from requests", "the text holds several queries"),
        ("pivot weekly_users on channel using sum(users) group by week; from requests limit 1", "the text holds several queries"),
        ("from requests limit 1; pivot weekly_users on channel using sum(users) group by week", "the text holds several queries"),
        ("explain select 1; explain select 2", "the text holds several queries"),
        ("pragma table_info('requests'); select 1", "the text holds several queries"),
        ("select 1; set TimeZone = 'UTC'", "the text holds several queries"),
    ],
)
def test_wrong_sql_is_one_clear_error(ask: Run, sql: str, said: str) -> None:
    result = ask("query", sql)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert said in result.stderr
    assert result.stderr.count("error: ") == result.stderr.count("what to do: ") == 1
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    "sql",
    [
        "drop table marts.requests",
        "insert into marts.requests select * from marts.requests",
        "create table marts.mine as select 1",
        "select 1; delete from marts.requests",
        "attach ':memory:' as other",
        "copy marts.requests to '{folder}/stolen.csv'",
        "explain analyze copy weekly_users to '{folder}/stolen.csv'",
        "/* a pivot */ copy (pivot weekly_users on channel using sum(users) group by week) to '{folder}/stolen.csv'",
        "export database '{folder}/stolen'",
        "install httpfs",
    ],
)
def test_writing_is_refused(ask: Run, tmp_path: Path, sql: str) -> None:
    result = ask("query", sql.format(folder=tmp_path))
    assert result.exit_code == 1
    assert "is refused: the published warehouse is read-only" in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "sql",
    [
        "set TimeZone = 'Europe/Berlin'; from requests",
        "explain from requests",
        "/* how long it takes */ explain analyze select 1",
        "with weeks as (from weekly_users) pivot weeks on channel using sum(users) group by week",
        "(select 1) union all (select 2)",
        "summarize requests",
    ],
)
def test_what_only_reads_is_answered(ask: Run, sql: str) -> None:
    assert ask("query", sql).exit_code == 0


@pytest.mark.parametrize(
    ("kinds", "is_refused"),
    [("CREATE SELECT", False), ("TRANSACTION CREATE COPY TRANSACTION", True), ("CREATE SELECT CREATE SELECT", True)],
)
def test_a_pivot_is_what_it_is_on_the_duckdb_before(kinds: str, is_refused: bool) -> None:
    """DuckDB 1.5 gives a pivot, one that is copied and two, in parts without a text."""
    with pytest.raises(WarehouseError) if is_refused else contextlib.nullcontext():
        _refuse_all_but_one_query([(kind, "") for kind in kinds.split()])


def test_a_reader_that_leaves_early_is_no_error(ask: Run, refreshed: tuple[Path, object]) -> None:
    command = [sys.executable, "-m", "support_metrics.cli", "query", "--format", "csv", "from range(300000)"]
    settings = str(refreshed[0] / "support_metrics.toml")
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, "SUPPORT_METRICS_SETTINGS": settings}
    ) as process:
        assert process.stdout and process.stderr
        assert process.stdout.readline() == b"range\n"
        process.stdout.close()
        assert process.stderr.read() == b""


def test_an_interrupt_ends_a_long_query_quietly(refreshed: tuple[Path, object]) -> None:
    """The first row is out, so the query runs; the rest would take days."""
    sql = "select a.range from range(100000000) as a, range(100000000) as b where a.range < 2000 or (a.range * b.range) % 7 = 8"
    command = [sys.executable, "-m", "support_metrics.cli", "query", "--format", "csv", sql]
    settings = str(refreshed[0] / "support_metrics.toml")
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, "SUPPORT_METRICS_SETTINGS": settings}
    ) as process:
        assert process.stdout and process.stderr
        assert process.stdout.readline() == b"range\n"
        process.send_signal(signal.SIGINT)
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=60) in (-signal.SIGINT, 130)


def test_without_a_warehouse_it_says_what_to_run(run: Run) -> None:
    result = run("query", "select 1")
    assert result.exit_code == 1
    assert "what to do: run `support-metrics refresh` first" in result.stderr

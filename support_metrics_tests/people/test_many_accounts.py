"""Ten thousand accounts suggest merges in seconds, a hundred thousand in ten times that: no plan compares every pair."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from benchmarks.steps import ACCOUNTS, LOGINS, PEOPLE_MODELS, people
from support_metrics.settings import Settings
from support_metrics.settings_tables import settings_tables
from support_metrics.warehouse import create, create_table, models
from support_metrics_tests.small_team import MONDAY

PAIRS = {"CROSS_PRODUCT", "NESTED_LOOP_JOIN", "BLOCKWISE_NL_JOIN", "PIECEWISE_MERGE_JOIN", "IE_JOIN"}
FEW = 10  # rows on one side with which every row may be compared


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """Two thousand accounts, and as many refusals as the file of overrides will ever hold."""
    by_name = {model.table: model for model in models()}
    with duckdb.connect(config={"threads": 1}) as connection:
        for schema in ("settings", "staging", "core", "marts"):
            connection.execute(f"create schema {schema}")
        for name, (columns, rows) in settings_tables(Settings(), MONDAY).items():
            create_table(connection, f"settings.{name}", columns, rows)
        for table in ("core.accounts", "core.roster_accounts", "staging.github_accounts"):
            create_table(connection, table, {column.name: column.type for column in by_name[table].columns}, [])
        connection.execute(ACCOUNTS.format(accounts=2000))
        connection.execute(LOGINS)
        connection.execute(
            "insert into settings.overrides select 'not_same', 'slack:T:U' || i * 3, 'github:user:' || i * 3 + 1, 'a', 'b' from range(500) as t(i)"
        )
        yield connection


def _joins(plan: Any) -> Iterator[tuple[str, list[int]]]:
    """Each join of a profile and how many rows it was given, whatever this version of DuckDB calls the fields."""
    if isinstance(plan, list):
        for each in plan:
            yield from _joins(each)
    elif isinstance(plan, dict):
        kind = str(plan.get("type") or plan.get("operator_type") or "").strip()
        children = plan.get("children", [])
        if kind in PAIRS or kind.endswith("JOIN"):
            yield kind, [child.get("intermediate_rows", child.get("operator_cardinality", 0)) for child in children]
        yield from _joins([children, plan.get("operator", [])])


def test_no_plan_compares_every_pair(connection: duckdb.DuckDBPyConnection) -> None:
    by_name = {model.table: model for model in models()}
    for table in PEOPLE_MODELS:
        connection.execute("pragma enable_profiling = 'no_output'")
        connection.execute(by_name[table].query).fetchall()
        joins = list(_joins(json.loads(connection.get_profiling_information("json"))))
        connection.execute("pragma disable_profiling")
        assert any(kind == "HASH_JOIN" and max(sizes) > FEW for kind, sizes in joins), f"no join of {table} is seen"
        assert [(kind, sizes) for kind, sizes in joins if kind in PAIRS and min(sizes) > FEW] == [], table
        create(connection, by_name[table])


def test_ten_thousand_accounts_take_seconds() -> None:
    """Two of ten share an address, two a name and two a handle."""
    found = people(10_000)
    assert found["seconds"] < 5
    assert found["merged"] >= 1000
    assert found["suggested"] >= 1000

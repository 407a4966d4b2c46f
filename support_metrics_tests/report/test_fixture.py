"""The hand-written marts of these tests have the columns and types that the models' headers state."""

from __future__ import annotations

import duckdb
import pytest

from support_metrics.warehouse import models
from support_metrics_tests.report.example import MARTS


@pytest.mark.parametrize("table", MARTS)
def test_columns_are_those_of_the_model(table: str, empty_marts: duckdb.DuckDBPyConnection) -> None:
    stated = {column.name: column.type for model in models() if model.table == f"marts.{table}" for column in model.columns}
    held = {name: kind for name, kind, *_ in empty_marts.execute(f"describe marts.{table}").fetchall()}
    assert held == {name: kind for name, kind in stated.items() if name in held}

"""The tables of a build: what models read from outside, and each made from its model and held to its header."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from support_metrics.checks import Check, check
from support_metrics.errors import BuildError
from support_metrics.landing import OWN, sightings
from support_metrics.model import LAYERS, Model, load_models
from support_metrics.settings import Settings
from support_metrics.settings_tables import settings_tables
from support_metrics.tables_read import tables_read

STEPS = "steps"  # the database in memory where tables are made
Snapshot = Mapping[tuple[str, str], Sequence[Path]]
LANDING_COLUMNS = (
    "key varchar, version timestamptz, observed_at timestamptz, landed_at timestamptz, deleted boolean, payload varchar, hash varchar"
)


@cache
def models() -> list[Model]:
    """The package's models in build order."""
    with duckdb.connect() as parser:
        return load_models(lambda query: tables_read(query, parser))


def prepare(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    as_of: datetime,
    known_at: datetime | None,
    snapshot: Snapshot,
    selected: Sequence[Model],
    landed_until: datetime | None = None,
) -> None:
    """Give the models what they read from outside: variables, settings tables and the landing snapshot as views.

    Of what was landed after `landed_until` nothing is seen; unlike `known_at`, which is told with every figure, it is no moment anybody chose.
    """
    landed = see_landing(connection, as_of, known_at, snapshot, selected, landed_until)
    create_settings(connection, settings, as_of, known_at, landed)


def see_landing(
    connection: duckdb.DuckDBPyConnection,
    as_of: datetime,
    known_at: datetime | None,
    snapshot: Snapshot,
    selected: Sequence[Model],
    landed_until: datetime | None = None,
) -> dict[str, str]:
    """The first part of `prepare`: schemas, variables and landing; returns of each landed stream the query of the rows that are seen, by table."""
    connection.execute("set variable as_of = ?::timestamptz", [as_of.astimezone(UTC).isoformat()])
    connection.execute("set variable known_at = ?::timestamptz", [known_at and known_at.astimezone(UTC).isoformat()])
    there = {name for (name,) in connection.execute("select schema_name from duckdb_schemas()").fetchall()}
    for schema in {"landing", "settings", *LAYERS} - there:
        connection.execute(f"create schema {schema}")
    seen_until = min((each for each in (known_at, landed_until) if each), default=None)
    landed = {f"landing.{source}_{stream}": _rows(paths, seen_until) for (source, stream), paths in snapshot.items()}
    for table in sorted({read for model in selected for read in model.reads if read.startswith("landing.")}):
        if table not in landed:
            connection.execute(f"create table {table} ({LANDING_COLUMNS})")
        elif table.startswith(f"landing.{OWN}_"):
            connection.execute(f"create view {table} as {landed[table]}")
        else:
            connection.execute(f"create view {table} as {sightings.settled(connection, table, landed)}")
    return landed


def create_settings(
    connection: duckdb.DuckDBPyConnection, settings: Settings, as_of: datetime, known_at: datetime | None, landed: Mapping[str, str]
) -> None:
    """The second part of `prepare`: the tables of schema `settings`; `landed` is what `see_landing` returned. Raises SettingsError."""
    newest = " union all ".join(f"select max(landed_at) as landed_at from ({rows})" for rows in landed.values())
    ((last,),) = connection.execute(f"select max(landed_at) from ({newest})").fetchall() if newest else [(None,)]
    for name, (columns, rows) in settings_tables(settings, as_of, known_at, last).items():
        create_table(connection, f"settings.{name}", columns, rows)


def _rows(files: Sequence[Path], seen_until: datetime | None) -> str:
    """The query of the rows landed in these files, by that moment."""
    quoted = ", ".join("'" + str(each).replace("'", "''") + "'" for each in files)
    seen = f" where landed_at <= '{seen_until.astimezone(UTC).isoformat()}'::timestamptz" if seen_until else ""
    return f"select * from read_parquet([{quoted}]){seen}"


def evaluate(table: str, given: Mapping[str, Sequence[Mapping[str, Any]]], settings: Settings, as_of: datetime) -> list[dict[str, Any]]:
    """The rows one model gives for rows of the tables it reads; columns left out are null, tables left out are empty. Nothing is kept."""
    known = {model.table: model for model in models()}
    with contextlib.closing(duckdb.connect()) as connection:
        prepare(connection, settings, as_of, None, {}, [known[table]])
        for read in sorted(known[table].reads & known.keys()):
            columns = {column.name: column.type for column in known[read].columns}
            create_table(connection, read, columns, [[row.get(name) for name in columns] for row in given.get(read, ())])
        result = connection.execute(known[table].query)
        names = [column[0] for column in result.description or ()]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def create_table(connection: duckdb.DuckDBPyConnection, name: str, columns: dict[str, str], rows: Sequence[Sequence[Any]]) -> None:
    """A table of the given columns (name to DuckDB type) and rows."""
    listed = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
    connection.execute(f"create table {name} ({listed})")
    if rows:
        # As JSON, since a frame of Arrow or pandas would first take longer to import than a small build takes.
        shape = json.dumps([{column: [kind.removesuffix("[]")] if kind.endswith("[]") else kind for column, kind in columns.items()}])
        held = json.dumps([dict(zip(columns, row, strict=True)) for row in rows], default=str)
        taken = ", ".join(f'row."{column}"' for column in columns)
        connection.execute(f"insert into {name} select {taken} from (select unnest(from_json_strict(?::json, '{shape}')) as row)", [held])


def create(connection: duckdb.DuckDBPyConnection, model: Model) -> tuple[int, list[Check]]:
    """Create one table and hold it to its header. Marts are ordered by their grain, so equal inputs give equal files."""
    ordered = f" order by {', '.join(model.grain)}" if model.layer == "marts" else ""
    try:
        made = connection.execute(f"create table {model.table} as select * from (\n{model.query}\n){ordered}")
        ((rows,),) = made.fetchall()
    except duckdb.Error as error:
        # A disk that is full may show itself only when the table is committed.
        if isinstance(error, duckdb.IOException | duckdb.OutOfMemoryException | duckdb.TransactionException | duckdb.FatalException):
            raise
        raise BuildError(f"{model.path}: {error}", "correct the model; the last warehouse still stands") from error
    held = [(name, kind) for name, kind, *_ in connection.execute(f"describe {model.table}").fetchall()]
    stated = [(column.name, column.type) for column in model.columns]
    if held != stated:
        raise BuildError(
            f"{model.path}: header and query disagree: header {sorted(set(stated) - set(held))}, query {sorted(set(held) - set(stated))}"
            + ("" if set(held) != set(stated) else " (order of columns)"),
            "make the header's columns and types those of the query",
        )
    return rows, check(connection, model, rows)

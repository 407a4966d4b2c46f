"""The cases of the models: YAML files that mirror `support_metrics/sql`, each case with what is given and what is expected.

A case has `name`, `given` (table to rows) and `expect` (rows); optionally `as_of`, `settings` (table of schema settings to rows, in
place of the defaults) and `ordered: true`. Columns left out of a given row are null; only the columns named in `expect` are compared.
A row of a landing table may write its `payload` as a mapping.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import yaml

from support_metrics.landing import canonical
from support_metrics.model import LAYERS, SQL_FOLDER, Model, read_model
from support_metrics.settings import Settings
from support_metrics.tables_read import tables_read
from support_metrics.warehouse import LANDING_COLUMNS, create, prepare

CASES_FOLDER = Path(__file__).parent
DEFAULT_AS_OF = datetime(2026, 3, 6, 22, tzinfo=UTC)
LANDING_TYPES = dict(column.split() for column in LANDING_COLUMNS.split(", "))
CASE_FIELDS = {"name", "as_of", "settings", "given", "expect", "ordered"}

Row = Mapping[str, Any]


class CaseError(AssertionError):
    """A case that cannot be run as it is written."""


@dataclass(frozen=True)
class Case:
    """One case of one model."""

    path: Path
    name: str
    given: Mapping[str, Sequence[Row]]
    expect: Sequence[Row]
    as_of: datetime = DEFAULT_AS_OF
    settings: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    ordered: bool = False

    @property
    def model_path(self) -> Path:
        return SQL_FOLDER / self.path.parent.name / f"{self.path.stem}.sql"


def model_paths() -> list[Path]:
    """Every model's file."""
    return [path for layer in LAYERS for path in sorted((SQL_FOLDER / layer).glob("*.sql"))]


def case_paths() -> list[Path]:
    """Every case file."""
    return [path for layer in LAYERS for path in sorted((CASES_FOLDER / layer).glob("*.yaml"))]


@cache
def model_of(path: Path) -> Model:
    """The model in this file."""
    return read_model(path, tables_read)


def load_cases(path: Path) -> list[Case]:
    """The cases in this file; raises CaseError where one is not written as a case should be."""
    cases: list[Case] = []
    for number, raw in enumerate(yaml.safe_load(path.read_text("utf-8")) or []):
        place = f"{path.name}, case {raw.get('name', number + 1)!r}"
        if unknown := set(raw) - CASE_FIELDS:
            raise CaseError(f"{place}: unknown {sorted(unknown)}; a case has {sorted(CASE_FIELDS)}")
        if missing := {"name", "expect"} - set(raw):
            raise CaseError(f"{place}: {sorted(missing)} missing")
        as_of = raw.get("as_of", DEFAULT_AS_OF)
        if not isinstance(as_of, datetime) or as_of.tzinfo is None:
            raise CaseError(f"{place}: as_of is no instant such as 2026-03-06T22:00:00Z")
        given = {table: rows or [] for table, rows in (raw.get("given") or {}).items()}
        settings = raw.get("settings") or {}
        cases.append(Case(path, raw["name"], given, raw["expect"] or [], as_of, settings, raw.get("ordered", False)))
    return cases


def run(case: Case, *, backwards: bool = False) -> tuple[list[str], list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """Build the case's model; returns the expected columns, the rows they have and the rows expected.

    `backwards` gives the rows in the opposite order, which must make no difference. A grain that is not unique is a CaseError.
    """
    model = model_of(case.model_path)
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("set TimeZone = 'UTC'")
        prepare(connection, Settings(), case.as_of, None, {}, [model])
        _give(connection, case, model, backwards)
        _, checks = create(connection, model)
        # Rows given short lack required columns, so that only the grain is held to the header here.
        if broken := [check for check in checks if check.name == "grain_is_unique" and not check.passed]:
            raise CaseError(f"{case.name}: the grain {', '.join(model.grain)} is not unique for {broken[0].failures} rows")
        types = {column.name: column.type for column in model.columns}
        columns = list(dict.fromkeys(column for row in case.expect for column in row)) or list(types)
        create_and_fill(connection, "expected", {name: _type_of(types, name, model.table) for name in columns}, case.expect)
        listed = ", ".join(f'"{column}"' for column in columns)
        held = connection.execute(f"select {listed} from {model.table}").fetchall()
        expected = connection.execute(f"select {listed} from expected").fetchall()
    if not case.ordered:
        held, expected = sorted(held, key=repr), sorted(expected, key=repr)
    return columns, _rounded(held), _rounded(expected)


def _give(connection: duckdb.DuckDBPyConnection, case: Case, model: Model, backwards: bool) -> None:
    tables = {**case.given, **{f"settings.{name}": rows for name, rows in case.settings.items()}}
    if foreign := set(tables) - model.reads:
        raise CaseError(f"{case.name}: {model.table} does not read {sorted(foreign)}, only {sorted(model.reads)}")
    for table in sorted(model.reads):
        rows = tables.get(table)
        layer, name = table.split(".")
        if layer == "settings":
            types, defaults = _described(connection, table)
            if rows is not None:
                connection.execute(f"delete from {table}")
                # A table of one row keeps what the case does not mention.
                fill(connection, table, types, [{**defaults[0], **row} for row in rows] if len(defaults) == 1 else rows, backwards)
        elif layer == "landing":
            fill(connection, table, LANDING_TYPES, [landed(row, case.as_of) for row in rows or []], backwards)
        else:
            path = SQL_FOLDER / layer / f"{name}.sql"
            if not path.exists():
                raise CaseError(f"{case.name}: {model.table} reads {table}, which no file makes")
            create_and_fill(connection, table, {column.name: column.type for column in model_of(path).columns}, rows or [], backwards)


def _described(connection: duckdb.DuckDBPyConnection, table: str) -> tuple[dict[str, str], list[dict[str, Any]]]:
    types = {name: kind for name, kind, *_ in connection.execute(f"describe {table}").fetchall()}
    rows = connection.execute(f"select * from {table} limit 2").fetchall()
    return types, [dict(zip(types, row, strict=True)) for row in rows]


def landed(row: Row, as_of: datetime) -> Row:
    """A row of landing with what a case need not write: canonical payload, hash, deleted, observed_at and landed_at."""
    payload = row.get("payload", {})
    text = payload if isinstance(payload, str) else canonical(payload).decode()
    observed_at = row.get("observed_at") or row.get("version") or as_of
    return {
        "observed_at": observed_at,
        "landed_at": observed_at,
        "deleted": False,
        "hash": hashlib.sha256(text.encode()).hexdigest()[:32],
        **row,
        "payload": text,
    }


def create_and_fill(
    connection: duckdb.DuckDBPyConnection, table: str, types: Mapping[str, str], rows: Sequence[Row], backwards: bool = False
) -> None:
    """A table of these columns and rows."""
    connection.execute(f"create table {table} ({', '.join(f'{chr(34)}{name}{chr(34)} {kind}' for name, kind in types.items())})")
    fill(connection, table, types, rows, backwards)


def fill(connection: duckdb.DuckDBPyConnection, table: str, types: Mapping[str, str], rows: Iterable[Row], backwards: bool = False) -> None:
    """Insert rows, each value cast to its column's type; raises CaseError for a column the table does not have."""
    for row in reversed(list(rows)) if backwards else rows:
        names = list(row)
        values = ", ".join(f"?::{_type_of(types, name, table)}" for name in names)
        columns = ", ".join(f'"{name}"' for name in names)
        connection.execute(f"insert into {table} ({columns}) values ({values})", [_value(row[name], types[name]) for name in names])


def _type_of(types: Mapping[str, str], name: str, table: str) -> str:
    if name not in types:
        raise CaseError(f"{table} has no column {name!r}; it has {', '.join(types)}")
    return types[name]


def _value(value: Any, kind: str) -> Any:
    is_text = kind.upper() == "VARCHAR"
    return str(value) if is_text and value is not None and not isinstance(value, str) else value


def _rounded(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return [tuple(round(value, 9) if isinstance(value, float) else value for value in row) for row in rows]

"""The warehouse: a pure function of landing, settings, `as_of` and `known_at`, built whole in a file of its own and published by rename."""

from __future__ import annotations

import contextlib
import os
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from support_metrics.checks import Check, check
from support_metrics.errors import BuildError, WarehouseError
from support_metrics.landing import OWN, Landing, sightings
from support_metrics.landing.locking import shared
from support_metrics.landing.manifest import Manifest
from support_metrics.model import LAYERS, Model, load_models, with_neighbours
from support_metrics.settings import Settings
from support_metrics.settings_tables import settings_tables
from support_metrics.tables_read import tables_read

LINK = "warehouse.duckdb"
KEEP = 2
MEMORY_LIMIT = "1200MB"
ROW_GROUP_SIZE = 30_720
Snapshot = Mapping[tuple[str, str], Sequence[Path]]
LANDING_COLUMNS = (
    "key varchar, version timestamptz, observed_at timestamptz, landed_at timestamptz, deleted boolean, payload varchar, hash varchar"
)


@dataclass
class Build:
    """A finished build: its file, and for every table its rows, seconds and checks. `forgotten` says who was when it was begun."""

    path: Path
    as_of: datetime
    known_at: datetime | None
    complete: bool
    forgotten: str = ""
    rows: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    checks: list[Check] = field(default_factory=list)


@cache
def models() -> list[Model]:
    """The package's models in build order."""
    with duckdb.connect() as parser:
        return load_models(lambda query: tables_read(query, parser))


def build(
    settings: Settings,
    *,
    as_of: datetime,
    known_at: datetime | None = None,
    chosen: Sequence[str] | None = None,
    on_table: Callable[[Model, int, float], None] = lambda model, rows, seconds: None,
    snapshot: Snapshot | None = None,
) -> Build:
    """Build all models, or the chosen ones with everything up- and downstream, on one snapshot of landing, by default the present one.

    The result lies in a file of its own that `publish` shows. Raises BuildError naming the model; nothing published changes.
    """
    with shared(settings.landing_path):
        held = snapshot or Landing(settings.landing_path).snapshot()
        return _build(settings, as_of, known_at, chosen, on_table, held)


def _build(
    settings: Settings,
    as_of: datetime,
    known_at: datetime | None,
    chosen: Sequence[str] | None,
    on_table: Callable[[Model, int, float], None],
    snapshot: Snapshot,
) -> Build:
    selected = models() if chosen is None else with_neighbours(models(), set(chosen))
    folder = settings.warehouse_path
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BuildError(
            f"cannot write the warehouse folder {folder}: {error.strerror}", "make it writable or change paths.warehouse"
        ) from error
    path = folder / f"build-{uuid.uuid4().hex[:12]}.duckdb"
    result = Build(path, as_of, known_at, len(selected) == len(models()), Manifest.read(settings.landing_path).forgotten)
    try:
        with contextlib.closing(_connect_for_build(path, folder)) as connection:
            connection.execute("begin")
            prepare(connection, settings, as_of, known_at, snapshot, selected)
            for model in selected:
                began = time.perf_counter()
                rows, checks = create(connection, model)
                result.rows[model.table] = rows
                result.seconds[model.table] = time.perf_counter() - began
                result.checks += checks
                on_table(model, rows, result.seconds[model.table])
            connection.execute("drop schema landing cascade")
            connection.execute("commit")
            connection.execute("checkpoint")
    except BaseException as error:
        discard(result)
        if isinstance(error, duckdb.Error | OSError):
            raise _build_error(error, folder) from error
        raise
    if broken := [check for check in result.checks if not check.passed]:
        discard(result)
        raise BuildError(
            "; ".join(f"{check.table}: check {check.name} fails for {check.failures:,} rows" for check in broken),
            "nothing was published; the last warehouse still stands. Please report this with the table's name",
            result.checks,
        )
    return result


def _build_error(error: BaseException, folder: Path) -> BuildError:
    text = str(error)
    if "No space left" in text or "could not write" in text.lower() or "File too large" in text:
        return BuildError(f"no space left while building in {folder}", "free some space; the last warehouse still stands")
    return BuildError(f"the build failed: {text}", "the last warehouse still stands; correct the cause named above and build again")


def _connect_for_build(path: Path | str, temporary: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(
        config={"memory_limit": MEMORY_LIMIT, "preserve_insertion_order": "false", "temp_directory": str(temporary / ".spill")}
    )
    quoted = str(path).replace("'", "''")
    # Row groups of a quarter of DuckDB's are full, and compressed by all threads, while a table is made; what is left is so by one at the end.
    connection.execute(f"attach '{quoted}' as warehouse (row_group_size {ROW_GROUP_SIZE})")
    connection.execute("use warehouse")
    connection.execute("set write_buffer_row_group_count = 1")
    connection.execute("set TimeZone = 'UTC'")
    # Where DuckDB expects few rows it makes an ASOF join of all pairs; the expectation is often wrong and the cost quadratic.
    connection.execute("set asof_loop_join_threshold = 0")
    # Trying zstd on every column costs a tenth of the build; the file is no larger without it.
    connection.execute("set disabled_compression_methods = 'zstd'")
    return connection


def prepare(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    as_of: datetime,
    known_at: datetime | None,
    snapshot: Snapshot,
    selected: Sequence[Model],
) -> None:
    """Give the models what they read from outside: variables, settings tables and the landing snapshot as views."""
    connection.execute("set variable as_of = ?::timestamptz", [as_of.astimezone(UTC).isoformat()])
    connection.execute("set variable known_at = ?::timestamptz", [known_at and known_at.astimezone(UTC).isoformat()])
    for schema in ("landing", "settings", *LAYERS):
        connection.execute(f"create schema if not exists {schema}")
    for name, (columns, rows) in settings_tables(settings, as_of, known_at).items():
        create_table(connection, f"settings.{name}", columns, rows)
    landed = {f"landing.{source}_{stream}": _rows(paths, known_at) for (source, stream), paths in snapshot.items()}
    for table in sorted({read for model in selected for read in model.reads if read.startswith("landing.")}):
        if table not in landed:
            connection.execute(f"create table {table} ({LANDING_COLUMNS})")
        elif table.startswith(f"landing.{OWN}_"):
            connection.execute(f"create view {table} as {landed[table]}")
        else:
            connection.execute(f"create view {table} as {sightings.settled(connection, table, landed)}")


def _rows(files: Sequence[Path], known_at: datetime | None) -> str:
    """The query of the rows landed in these files, by the moment that counts."""
    quoted = ", ".join("'" + str(each).replace("'", "''") + "'" for each in files)
    known = f" where landed_at <= '{known_at.astimezone(UTC).isoformat()}'::timestamptz" if known_at else ""
    return f"select * from read_parquet([{quoted}]){known}"


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
        batch = pa.table({column: pa.array(values) for column, values in zip(columns, zip(*rows, strict=True), strict=True)})
        connection.register("settings_rows", batch)
        connection.execute(f"insert into {name} select * from settings_rows")
        connection.unregister("settings_rows")


def create(connection: duckdb.DuckDBPyConnection, model: Model) -> tuple[int, list[Check]]:
    """Create one table and hold it to its header. Marts are ordered by their grain, so equal inputs give equal files."""
    ordered = f" order by {', '.join(model.grain)}" if model.layer == "marts" else ""
    try:
        connection.execute(f"create table {model.table} as select * from (\n{model.query}\n){ordered}")
    except duckdb.Error as error:
        if isinstance(error, duckdb.IOException | duckdb.OutOfMemoryException):
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
    return check(connection, model)


def discard(result: Build) -> None:
    """Remove a build that will not be published."""
    for path in (result.path, result.path.with_name(result.path.name + ".wal")):
        path.unlink(missing_ok=True)


def publish(settings: Settings, result: Build) -> Path:
    """Show a complete build under the published name by one atomic rename; older versions but one are removed.

    Each version has a name of its own, so processes that hold the last one open keep it, and those that connect again get the new.
    """
    if not result.complete:
        discard(result)
        raise BuildError("only a complete build is published", "build without choosing models")
    with shared(settings.landing_path):
        if result.forgotten != Manifest.read(settings.landing_path).forgotten:
            discard(result)
            raise BuildError("somebody was forgotten while this was built, so it is not published", "build again")
        return _show(settings.warehouse_path, result)


def _show(folder: Path, result: Build) -> Path:
    version = folder / f"warehouse-{time.time_ns()}.duckdb"
    os.replace(result.path, version)
    temporary = folder / f".link-{uuid.uuid4().hex[:8]}"
    temporary.symlink_to(version.name)
    os.replace(temporary, folder / LINK)
    for old in sorted(folder.glob("warehouse-*.duckdb"))[:-KEEP]:
        old.unlink(missing_ok=True)
    return folder / LINK


def open_published(settings: Settings) -> duckdb.DuckDBPyConnection:
    """A read-only connection to the published warehouse; raises WarehouseError when there is none.

    Times are shown in UTC. The connection keeps its version for as long as it is open; connect again for a newer one.
    """
    link = settings.warehouse_path / LINK
    if not link.exists():
        raise WarehouseError(f"no warehouse has been published in {settings.warehouse_path}", "run `support-metrics refresh` first")
    return open_read_only(link.resolve())


def first_covered_week(connection: duckdb.DuckDBPyConnection) -> date | None:
    """The Monday of the first week of which anything is known; None where nothing is. Raises WarehouseError."""
    try:
        rows = connection.execute(
            "select min(week) from (select week from marts.weekly_users where users is not null "
            "union all select week from marts.weekly_tickets where tickets is not null)"
        ).fetchall()
    except duckdb.Error as error:
        raise WarehouseError(
            f"cannot tell where history begins: {error}", "run `support-metrics build` to make the warehouse anew"
        ) from error
    first: date | None = rows[0][0]
    return first


def open_read_only(path: Path) -> duckdb.DuckDBPyConnection:
    """A read-only connection to a finished build, with times in UTC; raises WarehouseError when it cannot be opened."""
    try:
        connection = duckdb.connect(str(path), read_only=True)
    except duckdb.Error as error:
        raise WarehouseError(f"cannot open {path}: {error}", "run `support-metrics build` to make it anew") from error
    connection.execute("set TimeZone = 'UTC'")
    return connection

"""Building the warehouse: every table made after those it reads, in memory; what is kept, in a file of its own."""

from __future__ import annotations

import contextlib
import math
import time
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from graphlib import TopologicalSorter
from pathlib import Path

import duckdb

from support_metrics.checks import Check
from support_metrics.errors import BuildError
from support_metrics.landing import Landing
from support_metrics.landing.locking import shared
from support_metrics.landing.manifest import Manifest
from support_metrics.model import LAYERS, Model, with_neighbours, with_upstream
from support_metrics.settings import Settings
from support_metrics.warehouse import tables
from support_metrics.warehouse.tables import STEPS, Snapshot, create, create_settings, see_landing

MEMORY_LIMIT = "2500MB"
ROW_GROUP_SIZE = 30_720
SIDE_BY_SIDE = 2
SETTINGS = "settings"
PUBLISHED = frozenset({"marts", SETTINGS})
ALL = frozenset({SETTINGS, *LAYERS})
OnTable = Callable[[Model, int, float], None]
Made = tuple[int, list[Check], float]


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


def build(
    settings: Settings,
    *,
    as_of: datetime,
    known_at: datetime | None = None,
    chosen: Sequence[str] | None = None,
    on_table: OnTable = lambda model, rows, seconds: None,
    snapshot: Snapshot | None = None,
) -> Build:
    """Build all models, or the chosen ones with everything up- and downstream, on one snapshot of landing, by default the present one.

    The result is a file of its own with the marts and settings, which `publish` shows; `seconds` are those of each table while others were made
    beside it. Raises BuildError naming the model; nothing published changes.
    """
    selected = tables.models() if chosen is None else with_neighbours(tables.models(), set(chosen))
    with shared(settings.landing_path):
        held = snapshot or Landing(settings.landing_path).snapshot()
        return _build(settings, as_of, known_at, selected, on_table, held)


@contextlib.contextmanager
def whole(
    settings: Settings,
    *,
    as_of: datetime,
    known_at: datetime | None = None,
    landed_until: datetime | None = None,
    read: Collection[str] | None = None,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to a build in memory that has the steps on the way to the marts, staging and core, too: for reading, never published.
    A cursor of it begins outside that database, whose name is `STEPS`.

    `read` are the tables that will be; they and what they are made from are built, by default all. Of what was landed after
    `landed_until` nothing is seen. Raises BuildError.
    """
    selected = tables.models() if read is None else with_upstream(tables.models(), set(read))
    folder = settings.warehouse_path
    with contextlib.closing(_connect(folder)) as connection:
        try:
            with shared(settings.landing_path):
                snapshot = Landing(settings.landing_path).snapshot()
                landed = see_landing(connection, as_of, known_at, snapshot, selected, landed_until)
                make_settings = partial(create_settings, settings=settings, as_of=as_of, known_at=known_at, landed=landed)
                checks = [check for _, (_, checks, _) in _made(connection, make_settings, selected, ALL) for check in checks]
        except duckdb.Error as error:
            raise _build_error(error, folder) from error
        _hold(checks)
        yield connection


def _build(
    settings: Settings, as_of: datetime, known_at: datetime | None, selected: Sequence[Model], on_table: OnTable, snapshot: Snapshot
) -> Build:
    folder = settings.warehouse_path
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BuildError(
            f"cannot write the warehouse folder {folder}: {error.strerror}", "make it writable or change paths.warehouse"
        ) from error
    path = folder / f"build-{uuid.uuid4().hex[:12]}.duckdb"
    result = Build(path, as_of, known_at, len(selected) == len(tables.models()), Manifest.read(settings.landing_path).forgotten)
    try:
        with contextlib.closing(_connect(folder)) as connection:
            _attach(connection, path)
            landed = see_landing(connection, as_of, known_at, snapshot, selected)
            make_settings = partial(create_settings, settings=settings, as_of=as_of, known_at=known_at, landed=landed)
            for model, (rows, checks, seconds) in _made(connection, make_settings, selected, PUBLISHED):
                result.rows[model.table], result.seconds[model.table] = rows, seconds
                result.checks += checks
                on_table(model, rows, seconds)
            connection.execute("checkpoint warehouse")
        _hold(result.checks)
    except BaseException as error:
        discard(result)
        if isinstance(error, duckdb.Error | OSError):
            raise _build_error(error, folder) from error
        raise
    return result


def _hold(checks: Sequence[Check]) -> None:
    """Hold the tables to their headers; raises BuildError."""
    if broken := [check for check in checks if not check.passed]:
        raise BuildError(
            "; ".join(f"{check.table}: check {check.name} fails for {check.failures:,} rows" for check in broken),
            "nothing was published; the last warehouse still stands. Please report this with the table's name",
            checks,
        )


def _connect(folder: Path) -> duckdb.DuckDBPyConnection:
    """A connection to a database in memory; what memory cannot hold goes to a folder beside the warehouse."""
    connection = duckdb.connect(
        config={"memory_limit": MEMORY_LIMIT, "preserve_insertion_order": "false", "temp_directory": str(folder / ".spill")}
    )
    # Row groups of a quarter of DuckDB's: a table is read by as many threads as it has groups, and many tables here have but one or two of DuckDB's.
    connection.execute(f"attach ':memory:' as {STEPS} (row_group_size {ROW_GROUP_SIZE})")
    connection.execute(f"use {STEPS}")
    connection.execute("set write_buffer_row_group_count = 1")
    # Trying zstd on every column costs a tenth of the build; the file is no larger without it.
    connection.execute("set disabled_compression_methods = 'zstd'")
    # By itself DuckDB would tidy the tables in memory now and then, with nothing going on beside: a twentieth of the build, for tables soon dropped.
    connection.execute("set checkpoint_threshold = '1TB'")
    _settle(connection)
    return connection


def _settle(connection: duckdb.DuckDBPyConnection) -> None:
    """What DuckDB keeps for each connection by itself."""
    connection.execute("set TimeZone = 'UTC'")
    # Where DuckDB expects few rows it makes an ASOF join of all pairs; the expectation is often wrong and the cost quadratic.
    connection.execute("set asof_loop_join_threshold = 0")
    # Every landing file is read by several models.
    connection.execute("set parquet_metadata_cache = true")


def _attach(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Let the schemas that are published lie in a file, wherever they are named."""
    quoted = str(path).replace("'", "''")
    # Groups so small are full, and compressed by all threads, while a table is made; what is left is so by one at the end.
    connection.execute(f"attach '{quoted}' as warehouse (row_group_size {ROW_GROUP_SIZE})")
    for schema in sorted(PUBLISHED):
        connection.execute(f"create schema warehouse.{schema}")
    places = [f"{STEPS}.main", *(f"warehouse.{schema}" for schema in sorted(PUBLISHED))]
    connection.execute(f"set search_path = '{','.join(places)}'")


def _beside(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Another connection to the same databases, with the same session settings and variables."""
    beside = connection.cursor()
    _settle(beside)
    ((search_path, as_of, known_at),) = connection.execute(
        "select current_setting('search_path'), getvariable('as_of'), getvariable('known_at')"
    ).fetchall()
    if search_path:
        beside.execute(f"set search_path = '{search_path}'")
    beside.execute("set variable as_of = ?::timestamptz", [as_of])
    beside.execute("set variable known_at = ?::timestamptz", [known_at])
    return beside


def _made(
    connection: duckdb.DuckDBPyConnection,
    make_settings: Callable[[duckdb.DuckDBPyConnection], None],
    selected: Sequence[Model],
    kept: Collection[str],
) -> Iterator[tuple[Model, Made]]:
    """Make every table after those it reads, two at a time, as much of the work in each is planning, which one processor does alone.

    The tables of settings are made beside the first, by `make_settings`: most of that is work in Python. A step on the way that is not kept is
    dropped as soon as nothing is left that reads it.
    """
    by_table = {model.table: model for model in selected}
    readers = {table: {model.table for model in selected if table in model.reads} for table in by_table}
    order = TopologicalSorter(
        {
            table: {SETTINGS if read.startswith(f"{SETTINGS}.") else read for read in model.reads} & {SETTINGS, *by_table}
            for table, model in by_table.items()
        }
    )
    order.add(SETTINGS)
    order.prepare()
    urgency = {SETTINGS: math.inf} | _urgency(selected, readers)
    idle = [_beside(connection) for _ in range(SIDE_BY_SIDE)]
    running: dict[Future[Made | None], tuple[str, duckdb.DuckDBPyConnection]] = {}
    waiting: list[str] = []
    with ThreadPoolExecutor(SIDE_BY_SIDE, "build") as pool:
        try:
            while order.is_active():
                waiting = sorted([*waiting, *order.get_ready()], key=lambda table: (urgency[table], table))
                while idle and waiting:
                    table, own = waiting.pop(), idle.pop()
                    running[pool.submit(make_settings, own) if table == SETTINGS else pool.submit(_make, own, by_table[table])] = table, own
                for ended in wait(running, return_when=FIRST_COMPLETED).done:
                    table, own = running.pop(ended)
                    idle.append(own)
                    made = ended.result()
                    order.done(table)
                    if made is None:
                        continue
                    yield by_table[table], made
                    for read in by_table[table].reads & by_table.keys():
                        readers[read].discard(table)
                    for each in {table, *by_table[table].reads} & by_table.keys():
                        if not readers[each] and by_table[each].layer not in kept:
                            connection.execute(f"drop table {each}")
        finally:
            # An interrupt that comes between two statements is lost, so it is sent until they have ended.
            while unfinished := [own for future, (_, own) in running.items() if not future.done()]:
                for own in unfinished:
                    own.interrupt()
                wait(running, timeout=0.05)
            for own in [*idle, *(own for _, own in running.values())]:
                own.close()


def _urgency(selected: Sequence[Model], readers: Mapping[str, Collection[str]]) -> dict[str, float]:
    """How much there is to do from each table on, one step after another: the longest way is gone first.

    A step counts by the length of its query, as what says more takes longer to plan and mostly does more.
    """
    urgency: dict[str, float] = {}
    for model in reversed(selected):
        urgency[model.table] = len(model.query) + max((urgency[reader] for reader in readers[model.table]), default=0)
    return urgency


def _make(connection: duckdb.DuckDBPyConnection, model: Model) -> Made:
    began = time.perf_counter()
    rows, checks = create(connection, model)
    return rows, checks, time.perf_counter() - began


def _build_error(error: BaseException, folder: Path) -> BuildError:
    if any(said in str(error).lower() for said in ("no space left", "could not write", "file too large")):
        return BuildError(f"no space left while building in {folder}", "free some space; the last warehouse still stands")
    return BuildError(f"the build failed: {error}", "the last warehouse still stands; correct the cause named above and build again")


def discard(result: Build) -> None:
    """Remove a build that will not be published."""
    for path in (result.path, result.path.with_name(result.path.name + ".wal")):
        path.unlink(missing_ok=True)

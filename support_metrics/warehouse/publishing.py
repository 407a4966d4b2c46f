"""Publishing a build by one atomic rename, and opening what is published, read-only."""

from __future__ import annotations

import contextlib
import os
import time
import uuid
from datetime import date, datetime
from pathlib import Path

import duckdb

from support_metrics.errors import BuildError, WarehouseError
from support_metrics.landing.locking import shared
from support_metrics.landing.manifest import Manifest
from support_metrics.settings import Settings
from support_metrics.warehouse.building import Build, discard
from support_metrics.warehouse.tables import STEPS

LINK = "warehouse.duckdb"
KEEP = 2


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


def built_from(settings: Settings) -> tuple[Path, tuple[datetime, datetime | None, datetime | None]]:
    """The file that is published; and its `as_of`, `known_at` and the moment at which the newest of what it has seen was landed.

    Raises WarehouseError where nothing is published, or by a version that did not note that moment.
    """
    with contextlib.closing(open_published(settings)) as connection:
        try:
            ((path,),) = connection.execute("select path from duckdb_databases() where database_name = current_database()").fetchall()
            (moments,) = connection.execute("select as_of_at, known_at, landed_until_at from settings.build").fetchall()
        except duckdb.Error as error:
            raise WarehouseError(
                f"cannot tell what was published from: {error}", "run `support-metrics build` to make the warehouse anew"
            ) from error
    return Path(path), moments


def attach_published(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Let a connection to a build in memory read its staging and core, but marts and settings as they are in a published file."""
    quoted = str(path).replace("'", "''")
    connection.execute(f"attach '{quoted}' as published (read_only)")
    connection.execute(f"set search_path = 'published.marts,published.settings,{STEPS}.core,{STEPS}.staging'")


def open_read_only(path: Path) -> duckdb.DuckDBPyConnection:
    """A read-only connection to a finished build, with times in UTC; raises WarehouseError when it cannot be opened."""
    try:
        connection = duckdb.connect(str(path), read_only=True)
    except duckdb.Error as error:
        raise WarehouseError(f"cannot open {path}: {error}", "run `support-metrics build` to make it anew") from error
    connection.execute("set TimeZone = 'UTC'")
    return connection

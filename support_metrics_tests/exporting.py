"""Every mart as the bytes of a CSV file, to be compared."""

from __future__ import annotations

from pathlib import Path

import duckdb

NOT_THE_INPUTS = {"sources"}  # speaks of syncing


def exported(connection: duckdb.DuckDBPyConnection, folder: Path) -> dict[str, bytes]:
    """Every mart but `sources`, by name."""
    folder.mkdir(parents=True, exist_ok=True)
    names = connection.execute("select table_name from information_schema.tables where table_schema = 'marts' order by 1").fetchall()
    found = {}
    for (name,) in names:
        if name not in NOT_THE_INPUTS:
            connection.execute(f"copy (from marts.{name}) to '{folder / name}.csv' (header)")
            found[name] = (folder / f"{name}.csv").read_bytes()
    return found


def differing(some: dict[str, bytes], others: dict[str, bytes]) -> list[str]:
    """The marts that are not the same in both."""
    return sorted(name for name in some.keys() | others.keys() if some.get(name) != others.get(name))

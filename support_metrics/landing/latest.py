"""What landing holds of every object: the row observed last, kept in memory while units land, so that each unit reads only the files added since."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import duckdb

ASIDE = ".aside"
_ROWS = """
    select key, unnest(max_by(struct_pack(version, deleted, hash, observed_at), (observed_at, hash, deleted, version)))
    from read_parquet(?)
    group by key
"""
_MERGE = """
    merge into {table} as held using ({rows}) as arrived on held.key = arrived.key
    when matched and (arrived.observed_at, arrived.hash, arrived.deleted, arrived.version) > (held.observed_at, held.hash, held.deleted, held.version) then
        update set version = arrived.version, deleted = arrived.deleted, hash = arrived.hash, observed_at = arrived.observed_at
    when not matched then insert by name
"""


class Latest:
    """By stream, `key, version, deleted, hash, observed_at` of the row observed last of every object, in a database that lives as long as this.

    What its memory does not hold is put aside below `root` while it lives.
    """

    def __init__(self, root: Path) -> None:
        self._aside = root / ASIDE
        self._database: duckdb.DuckDBPyConnection | None = None
        self._files: dict[str, frozenset[str]] = {}
        self._lock = threading.Lock()

    def connect(self) -> duckdb.DuckDBPyConnection:
        """A connection of its own, with times in UTC; what it holds in temporary tables goes when it is closed. Opening one costs little."""
        with self._lock:
            if self._database is None:
                self._database = duckdb.connect(
                    config={"preserve_insertion_order": "true", "memory_limit": "800MB", "temp_directory": str(self._aside)}
                )
            connection = self._database.cursor()
        connection.execute("set TimeZone = 'UTC'")
        return connection

    def table(self, connection: duckdb.DuckDBPyConnection, source: str, stream: str, files: Sequence[str]) -> str:
        """The table of a stream as these files give it; made anew where files it was made of have been replaced."""
        name = f'"{source}_{stream}"'
        with self._lock:
            known, wanted = self._files.get(name, frozenset()), frozenset(files)
            if known == wanted:
                return name
            added = [file for file in files if file not in known]
            # Until it is whole it is not known: a query cut short leaves it to be made anew.
            self._files.pop(name, None)
            if known and known <= wanted:
                connection.execute(_MERGE.format(table=name, rows=_ROWS), [added])
            else:
                connection.execute(f"create or replace table {name} as {_ROWS}", [list(files)])
            self._files[name] = wanted
        return name

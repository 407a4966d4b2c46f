"""Writing one unit: hidden Parquet files, shown by rename when the unit is whole, removed when it is not."""

from __future__ import annotations

import contextlib
import errno
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from support_metrics.errors import LandingError
from support_metrics.landing.latest import Latest
from support_metrics.landing.payload import canonical, encode, register_canonical
from support_metrics.landing.sightings import FINGERPRINT, Sighting
from support_metrics.sources.base import Item, Noted, Record

BATCH_ROWS = 50_000
BATCH_BYTES = 64 * 2**20
BATCHES_WAITING = 2
COLUMNS = "key, version, observed_at, landed_at, deleted, payload, hash"
NEWEST = "(coalesce(version, observed_at), observed_at, hash)"
COMPARED = """
    select rows.*, latest, coalesce(latest.hash = rows.hash and latest.deleted = rows.deleted and latest.version is not distinct from rows.version, false) as is_same
    from ({rows}) as rows left join {latest} as latest on latest.key = rows.key
"""
_INSTANT = pa.timestamp("us", tz="UTC")
_NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass
class _Batch:
    """Rows of one stream waiting to be written, column by column; payloads already encoded, since live objects cost more to keep."""

    keys: list[str] = field(default_factory=list)
    versions: list[datetime | None] = field(default_factory=list)
    deleted: list[bool] = field(default_factory=list)
    payloads: list[bytes] = field(default_factory=list)
    size: int = 0

    def table(self) -> pa.Table:
        return pa.table(
            {
                "key": pa.array(self.keys, pa.string()),
                "version": pa.array(self.versions, _INSTANT),
                "deleted": pa.array(self.deleted, pa.bool_()),
                "payload": pa.array(self.payloads, pa.binary()).cast(pa.string()),
            }
        )


class UnitWriter:
    """Writes the records of one unit. Batches are hashed, compared with the latest landed versions and written by DuckDB in a thread
    of its own, while the source goes on reading.

    `new_path` names a hidden file for a stream; `landed_files` lists what the stream holds already, `latest` keeps the newest of it;
    `without` takes from key and payload what tells who somebody forgotten is. `is_noted`: what is skipped is remembered for `sightings`.
    """

    def __init__(
        self,
        source: str,
        latest: Latest,
        new_path: Callable[[str], Path],
        landed_files: Callable[[str], list[str]],
        root: Path,
        observed_at: datetime,
        landed_at: datetime,
        without: Callable[[str, bytes], tuple[str, bytes]] | None = None,
        *,
        is_noted: bool,
    ) -> None:
        self.received: dict[str, int] = {}
        self.written: dict[str, int] = {}
        self._source, self._latest, self._root = source, latest, root
        self._new_path, self._landed_files, self._without, self._is_noted = new_path, landed_files, without, is_noted
        self._observed_at, self._landed_at = observed_at.isoformat(), landed_at.isoformat()
        self._waiting: dict[str, _Batch] = {}
        self._hidden: list[Path] = []
        self._read: dict[str, set[str]] = {}
        self._shown: set[str] = set()
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._thread = ThreadPoolExecutor(1, "landing")
        self._begun: deque[Future[Any]] = deque()

    def __enter__(self) -> UnitWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.shutdown(wait=True, cancel_futures=True)
        for path in self._hidden:
            path.unlink(missing_ok=True)
        if self._connection:
            self._connection.close()

    def take(self, items: Iterable[Item]) -> Iterator[Noted]:
        """Write the records among the items, and yield the others. This loop runs once per record: keep it lean."""
        waiting, without = self._waiting, self._without
        for item in items:
            if not isinstance(item, Record):
                yield item
                continue
            stream, key, payload, version, deleted = item
            batch = waiting.get(stream)
            if batch is None:
                batch = waiting[stream] = self._new_batch(stream)
            if without:
                key, encoded = without(key, canonical(payload))
            else:
                encoded = encode(payload)
            batch.keys.append(key)
            batch.versions.append(version)
            batch.deleted.append(deleted)
            batch.payloads.append(encoded)
            batch.size += len(encoded)
            if len(batch.keys) >= BATCH_ROWS or batch.size >= BATCH_BYTES:
                self._flush(stream)

    def commit(self) -> None:
        """Write what waits and show every file; raises LandingError, leaving nothing to be seen."""
        for stream in list(self._waiting):
            self._flush(stream)
        self._wait()
        with clear_errors(self._root):
            while self._hidden:
                path = self._hidden[0]
                shown = path.with_name(path.name.removeprefix("."))
                os.replace(path, shown)
                self._shown.add(str(shown))
                self._hidden.pop(0)

    def sightings(self) -> Iterator[tuple[str, Sighting]]:
        """By stream, what was skipped, if it is noted; to be asked for when the unit's files are shown, since others may land at the same time."""
        for stream, read in self._read.items() if self._is_noted else ():
            is_mixed = bool(set(self._landed_files(stream)) - read - self._shown)
            fingerprints: list[int] = []
            if self._connection and read:
                found: Any = self._connection.execute(f"from seen_{stream}").fetchnumpy()
                fingerprints = found["fingerprint"].tolist()
                query = f"select 1 from changed_{stream} semi join seen_{stream} using (fingerprint) limit 1"
                is_mixed = is_mixed or bool(self._connection.execute(query).fetchall())
            if fingerprints or is_mixed:
                yield stream, Sighting(fingerprints, is_mixed)

    def _flush(self, stream: str) -> None:
        batch = self._waiting.pop(stream)
        self.received[stream] += len(batch.keys)
        self._wait(BATCHES_WAITING - 1)
        self._begun.append(self._thread.submit(self._write, stream, batch.table()))

    def _new_batch(self, stream: str) -> _Batch:
        """What the stream holds is looked up while its first rows are read."""
        if stream not in self.received:
            self.received[stream] = 0
            self._begun.append(self._thread.submit(self._look_up, stream))
        return _Batch()

    def _look_up(self, stream: str) -> None:
        with clear_errors(self._root):
            self._connection_with_latest(stream)

    def _wait(self, others: int = 0) -> None:
        """Until no more than so many batches are still to be written; raises what went wrong with one."""
        while len(self._begun) > others:
            self._begun.popleft().result()

    def _write(self, stream: str, batch: pa.Table) -> None:
        with clear_errors(self._root):
            connection = self._connection_with_latest(stream)
            path = self._new_path(stream)
            self._hidden.append(path)
            register_canonical(connection, batch)
            rows = "select *, left(sha256(payload), 32) as hash from batch"
            if self._read[stream]:
                compared = COMPARED.format(rows=rows, latest=f"latest_{stream}")
                if self._is_noted:
                    connection.execute(f"create or replace temp table compared as {compared}")
                    self._note(connection, stream)
                rows = f"select * from {'compared' if self._is_noted else f'({compared})'} where not is_same"
            ((count,),) = connection.execute(
                "copy (select key, version, "
                f"timestamptz '{self._observed_at}' as observed_at, timestamptz '{self._landed_at}' as landed_at, deleted, payload, hash "
                f"from ({rows})) to '{quoted(path)}' (format parquet, compression zstd)"
            ).fetchall()
            connection.unregister("batch")
            if not count:
                self._hidden.remove(path)
                path.unlink()
            self.written[stream] = self.written.get(stream, 0) + count

    def _note(self, connection: duckdb.DuckDBPyConnection, stream: str) -> None:
        """Remember which rows are skipped, being seen again, and what the objects that have changed were before."""
        skipped = f"select {FINGERPRINT} from compared where is_same and latest.is_earlier"
        changed = f"select {FINGERPRINT} from (select unnest(latest) from compared where not is_same and latest.key is not null)"
        connection.execute(f"insert into seen_{stream} {skipped}")
        connection.execute(f"insert into changed_{stream} {changed}")

    def _connection_with_latest(self, stream: str) -> duckdb.DuckDBPyConnection:
        """The writer's connection, holding of every object of the stream the row observed last, unless that was later than this unit."""
        if self._connection is None:
            self._connection = self._latest.connect()
        if stream not in self._read:
            files = self._landed_files(stream)
            self._read[stream] = set(files)
            if files:
                held = self._latest.table(self._connection, self._source, stream, files)
                observed_at = f"timestamptz '{self._observed_at}'"
                self._connection.execute(
                    f"create temp view latest_{stream} as select key, version, deleted, hash, observed_at < {observed_at} as is_earlier "
                    f"from {held} where observed_at <= {observed_at}"
                )
                if self._is_noted:
                    self._connection.execute(f"create temp table seen_{stream} (fingerprint ubigint)")
                    self._connection.execute(f"create temp table changed_{stream} (fingerprint ubigint)")
        return self._connection


@contextlib.contextmanager
def clear_errors(root: Path) -> Iterator[None]:
    """Turn the operating system's refusals into one sentence that says what to do."""
    try:
        yield
    except (OSError, duckdb.IOException) as error:
        text = str(error)
        if (isinstance(error, OSError) and error.errno in _NO_SPACE) or any(os.strerror(number) in text for number in _NO_SPACE):
            raise LandingError(
                f"no space left while writing {root}; nothing of this unit was landed", "free some space and refresh again"
            ) from error
        reason = error.strerror if isinstance(error, OSError) and error.strerror else text
        raise LandingError(
            f"cannot write the landing zone {root}: {reason}",
            "make the folder writable or change paths.landing in the settings",
        ) from error


def quoted(path: Path) -> str:
    return str(path).replace("'", "''")

"""Landing: append-only Parquet, the only state.

Every version of every object a source returned is a row of `<source>/<stream>/<unique>.parquet`:
`key, version, observed_at, landed_at, deleted, payload, hash`. The payload is canonical JSON (keys sorted, numbers verbatim,
token parameters of file URLs removed); `hash` is the first 128 bits of its SHA-256, in hexadecimal. Files appear by rename and
are never rewritten in place; only `compact` replaces files, through the manifest that readers snapshot.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import re
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from support_metrics.errors import LandingError
from support_metrics.sources.base import Coverage, Damaged, Known, Record, Unit

BATCH_ROWS = 50_000
OWN = "support_metrics"
COLUMNS = "key, version, observed_at, landed_at, deleted, payload, hash"
NEWEST = "(coalesce(version, observed_at), observed_at, hash)"
_INSTANT = pa.timestamp("us", tz="UTC")
_SCHEMA = pa.schema(
    [
        ("key", pa.string()),
        ("version", _INSTANT),
        ("observed_at", _INSTANT),
        ("landed_at", _INSTANT),
        ("deleted", pa.bool_()),
        ("payload", pa.string()),
        ("hash", pa.string()),
    ]
)
_encode = msgspec.json.Encoder(order="sorted").encode
# Slack signs file links with t=xox…, GitHub private images with jwt=…, object stores with X-Amz-…; all change at every fetch.
_VALUE = rb"[\w%~+/=.:-]*[\w%~+/=-]"
_PARAMETER = rb"(?:(?:t|token)=xox[a-z]-" + _VALUE + rb"|jwt=" + _VALUE + rb"|X-Amz-[A-Za-z-]+=" + _VALUE + rb")"
_TOKENS = re.compile(rb"(\?|&(?:amp;)?)" + _PARAMETER + rb"(?:&(?:amp;)?" + _PARAMETER + rb")*(&(?:amp;)?)?")
_TOKEN_SIGNS = (b"xox", b"jwt=", b"X-Amz-")


def canonical(payload: Any) -> bytes:
    """The payload as canonical JSON: keys sorted, no spaces, numbers verbatim, token parameters of URLs removed."""
    encoded = _encode(payload)
    if any(sign in encoded for sign in _TOKEN_SIGNS):
        encoded = _TOKENS.sub(lambda tokens: tokens[1] if tokens[2] else b"", encoded)
    return encoded


@dataclass
class Landed:
    """What landing one or more units came to, by stream."""

    received: dict[str, int] = field(default_factory=dict)
    written: dict[str, int] = field(default_factory=dict)
    damaged: list[Damaged] = field(default_factory=list)
    units: int = 0
    units_known: int = 0

    def add(self, other: Landed) -> None:
        for mine, theirs in ((self.received, other.received), (self.written, other.written)):
            for stream, count in theirs.items():
                mine[stream] = mine.get(stream, 0) + count
        self.damaged += other.damaged
        self.units += other.units
        self.units_known += other.units_known


def utc_now() -> datetime:
    return datetime.now(UTC)


class Landing:
    """The landing zone below `root`. `clock` tells the moment of writing."""

    def __init__(self, root: Path, clock: Callable[[], datetime] = utc_now) -> None:
        self.root = root
        self.clock = clock

    # Reading

    def snapshot(self) -> dict[tuple[str, str], list[Path]]:
        """The files of every (source, stream), in name order: what one build reads."""
        replaced = self._manifest()["replaced"]
        found: dict[tuple[str, str], list[Path]] = {}
        for path in sorted(self.root.glob("*/*/*.parquet")):
            if str(path.relative_to(self.root)) not in replaced and not path.name.startswith("."):
                found.setdefault((path.parent.parent.name, path.parent.name), []).append(path)
        return found

    def rows(self, source: str, stream: str, select: str = COLUMNS) -> list[tuple[Any, ...]]:
        """The chosen columns of every row of a stream, for tests and small system streams."""
        files = self.snapshot().get((source, stream), [])
        if not files:
            return []
        with duckdb.connect() as connection:
            connection.execute("set TimeZone = 'UTC'")
            return connection.execute(
                f"select {select} from read_parquet(?)", [[str(file) for file in files]]
            ).fetchall()

    def known(self, source: str) -> Known:
        """Cursors of a source: when the last finished sync of each (stream, scope) began."""
        cursors: dict[tuple[str, str], datetime] = {}
        for (payload,) in self.rows(OWN, "syncs", "payload"):
            sync = json.loads(payload)
            if sync["source"] == source:
                place, began_at = (sync["stream"], sync["scope"]), datetime.fromisoformat(sync["began_at"])
                cursors[place] = max(began_at, cursors.get(place, began_at))
        return Known(cursors)

    def seen(self, source: str) -> dict[tuple[str, str], set[datetime]]:
        """For every (digest, stream) of the source: the moments at which that content has been observed."""
        seen: dict[tuple[str, str], set[datetime]] = {}
        for (payload,) in self.rows(OWN, "files", "payload"):
            file = json.loads(payload)
            if file["source"] == source:
                for stream in file["streams"]:
                    seen.setdefault((file["digest"], stream), set()).add(datetime.fromisoformat(file["observed_at"]))
        return seen

    # Writing

    def land(self, source: str, units: Iterable[Unit], streams: Iterable[str]) -> Iterator[tuple[Unit, Landed]]:
        """Land units one by one, yielding each with what it came to. A unit that fails lands nothing and raises."""
        streams = list(streams)
        seen = self.seen(source)
        for unit in units:
            moments = [seen.get((unit.digest or "", stream), set()) for stream in streams]
            if all(moments) and (unit.observed_at is None or all(unit.observed_at in each for each in moments)):
                yield unit, Landed(units=1, units_known=1)
                continue
            first_seen = min((moment for each in moments for moment in each), default=None)
            observed_at = unit.observed_at or first_seen or self.clock()
            landed = self._land_unit(source, unit, observed_at, streams)
            if unit.digest:
                for stream in streams:
                    seen.setdefault((unit.digest, stream), set()).add(observed_at)
            yield unit, landed

    def append(self, source: str, stream: str, records: Iterable[Record]) -> int:
        """Land records of one of our own streams; returns how many were new."""
        unit = Unit(f"{source}/{stream}", records)
        return self._land_unit(source, unit, self.clock(), [stream]).written.get(stream, 0)

    def _land_unit(self, source: str, unit: Unit, observed_at: datetime, streams: list[str]) -> Landed:
        began_at = self.clock()
        landed = Landed(units=1)
        coverage: list[Coverage] = []
        with _Writers(self, source, observed_at, began_at) as writers:
            for item in unit.items:
                if isinstance(item, Record):
                    writers.add(item)
                elif isinstance(item, Coverage):
                    coverage.append(item)
                else:
                    landed.damaged.append(item)
            writers.commit()
        landed.received, landed.written = writers.received, writers.written
        self._land_bookkeeping(source, unit, observed_at, began_at, streams, coverage, landed)
        return landed

    def _land_bookkeeping(
        self,
        source: str,
        unit: Unit,
        observed_at: datetime,
        began_at: datetime,
        streams: list[str],
        coverage: list[Coverage],
        landed: Landed,
    ) -> None:
        """Last of all, so that a unit cut short is read again: its damaged records, its coverage, its digest."""
        if source == OWN:
            return
        stamp = began_at.isoformat()
        own: dict[str, list[Record]] = {"damaged": [], "syncs": [], "files": []}
        for number, damaged in enumerate(landed.damaged):
            payload = {"source": source, "unit": unit.name, **damaged._asdict()}
            own["damaged"].append(Record("damaged", f"damaged:{source}:{unit.digest or stamp}:{number}", payload))
        for stream, scope, since, until in coverage:
            payload = {
                "source": source,
                "stream": stream,
                "scope": scope,
                "began_at": stamp,
                "finished_at": self.clock().isoformat(),
                "covered_from_at": since.isoformat(),
                "covered_until_at": until.isoformat(),
                "unit": unit.name,
                "objects": landed.received.get(stream, 0),
            }
            own["syncs"].append(Record("syncs", f"sync:{source}:{stream}:{scope}:{unit.digest or stamp}:{until.isoformat()}", payload))
        if unit.digest:
            payload = {
                "source": source,
                "digest": unit.digest,
                "name": unit.name,
                "streams": streams,
                "observed_at": observed_at.isoformat(),
            }
            key = f"file:{source}:{unit.digest}:{'+'.join(streams)}:{observed_at.isoformat()}"
            own["files"].append(Record("files", key, payload))
        for stream, records in own.items():
            if records:
                self.append(OWN, stream, records)

    # Compaction

    def compact(self) -> int:
        """Replace every stream's files by one each, keeping every distinct row; returns how many files were replaced.

        Runs under a lock. Readers that took their snapshot before go on reading the old files; the next compaction removes them.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        with open(self.root / ".lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            manifest = self._manifest()
            for name in manifest["replaced"]:
                (self.root / name).unlink(missing_ok=True)
            replaced: list[str] = []
            for (source, stream), files in self.snapshot().items():
                if len(files) > 1:
                    target = self._new_path(source, stream, hidden=True)
                    with duckdb.connect() as connection:
                        connection.execute(
                            f"copy (select distinct {COLUMNS} from read_parquet(?) order by key, observed_at, landed_at, hash) "
                            f"to '{_quoted(target)}' (format parquet, compression zstd)",
                            [[str(file) for file in files]],
                        )
                    self._swap(target, files, replaced)
            return len(replaced)

    def _swap(self, hidden: Path, files: list[Path], replaced: list[str]) -> None:
        """Until the manifest names the old files, both hold the same rows, which staging removes."""
        os.replace(hidden, hidden.with_name(hidden.name.removeprefix(".")))
        replaced += [str(file.relative_to(self.root)) for file in files]
        temporary = self.root / f".manifest-{uuid.uuid4().hex}.json"
        temporary.write_text(json.dumps({"replaced": replaced}))
        os.replace(temporary, self.root / "manifest.json")

    def _manifest(self) -> dict[str, list[str]]:
        try:
            return json.loads((self.root / "manifest.json").read_text())
        except FileNotFoundError:
            return {"replaced": []}

    def _new_path(self, source: str, stream: str, hidden: bool) -> Path:
        folder = self.root / source / stream
        folder.mkdir(parents=True, exist_ok=True)
        name = f"{self.clock():%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:12]}.parquet"
        return folder / (f".{name}" if hidden else name)


class _Writers:
    """One hidden Parquet file per stream of a unit, shown by rename when the unit is whole, removed when it is not."""

    def __init__(self, landing: Landing, source: str, observed_at: datetime, landed_at: datetime) -> None:
        self.landing, self.source = landing, source
        self.observed_at, self.landed_at = observed_at, landed_at
        self.received: dict[str, int] = {}
        self.written: dict[str, int] = {}
        self._waiting: dict[str, list[Record]] = {}
        self._files: dict[str, tuple[Path, pq.ParquetWriter]] = {}
        self._connection = duckdb.connect()
        self._held: set[str] = set()

    def __enter__(self) -> _Writers:
        return self

    def __exit__(self, *_: object) -> None:
        for path, writer in self._files.values():
            with contextlib.suppress(OSError):
                writer.close()
            path.unlink(missing_ok=True)
        self._connection.close()

    def add(self, record: Record) -> None:
        waiting = self._waiting.setdefault(record.stream, [])
        waiting.append(record)
        if len(waiting) >= BATCH_ROWS:
            self._flush(record.stream)

    def commit(self) -> None:
        with _clear_errors(self.landing.root):
            for stream in list(self._waiting):
                self._flush(stream)
            for path, writer in self._files.values():
                writer.close()
            for stream in list(self._files):
                path, _ = self._files.pop(stream)
                if self.written[stream]:
                    os.replace(path, path.with_name(path.name.removeprefix(".")))
                else:
                    path.unlink()

    def _flush(self, stream: str) -> None:
        records = self._waiting.pop(stream, [])
        with _clear_errors(self.landing.root):
            table = self._unlike_latest(stream, self._table(records))
            self.received[stream] = self.received.get(stream, 0) + len(records)
            self.written[stream] = self.written.get(stream, 0) + table.num_rows
            if stream not in self._files:
                path = self.landing._new_path(self.source, stream, hidden=True)
                self._files[stream] = (path, pq.ParquetWriter(path, _SCHEMA, compression="zstd"))
            if table.num_rows:
                self._files[stream][1].write_table(table)

    def _table(self, records: list[Record]) -> pa.Table:
        count = len(records)
        batch = pa.table(
            {
                "key": pa.array([record.key for record in records], pa.string()),
                "version": pa.array([record.version for record in records], _INSTANT),
                "observed_at": pa.array([self.observed_at] * count, _INSTANT),
                "landed_at": pa.array([self.landed_at] * count, _INSTANT),
                "deleted": pa.array([record.deleted for record in records], pa.bool_()),
                "payload": pa.array([canonical(record.payload) for record in records], pa.binary()).cast(pa.string()),
            }
        )
        self._connection.register("batch", batch)
        hashed = self._connection.execute("select *, left(sha256(payload), 32) as hash from batch").to_arrow_table()
        self._connection.unregister("batch")
        return hashed.cast(_SCHEMA)

    def _unlike_latest(self, stream: str, table: pa.Table) -> pa.Table:
        """Only the rows that differ from the latest landed version of their object."""
        if stream not in self._held:
            self._held.add(stream)
            self._hold_latest(stream)
        latest = f"latest_{stream}"
        self._connection.register("batch", table)
        kept = self._connection.execute(
            f"select {COLUMNS} from batch anti join {latest} using (key, hash, deleted)"
        ).to_arrow_table()
        self._connection.unregister("batch")
        return kept.cast(_SCHEMA)

    def _hold_latest(self, stream: str) -> None:
        files = self.landing.snapshot().get((self.source, stream), [])
        self._connection.execute(f"create table latest_{stream} (key varchar, hash varchar, deleted boolean)")
        if files:
            self._connection.execute(
                f"insert into latest_{stream} select key, unnest(max_by(struct_pack(hash, deleted), {NEWEST})) "
                "from read_parquet(?) group by key",
                [[str(file) for file in files]],
            )


@contextlib.contextmanager
def _clear_errors(root: Path) -> Iterator[None]:
    """Turn the operating system's refusals into one sentence that says what to do."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise LandingError(
                f"no space left while writing {root}; nothing of this unit was landed", "free some space and refresh again"
            ) from error
        raise LandingError(
            f"cannot write the landing zone {root}: {error.strerror or error}",
            "make the folder writable or change paths.landing in the settings",
        ) from error


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")

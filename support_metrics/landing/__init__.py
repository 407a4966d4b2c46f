"""Landing: append-only Parquet, the only state.

Every version of every object a source returned is a row of `<source>/<stream>/<unique>.parquet`:
`key, version, observed_at, landed_at, deleted, payload, hash`. The payload is canonical JSON (keys sorted, numbers verbatim,
token parameters of file URLs removed); `hash` is the first 128 bits of its SHA-256, in hexadecimal. Files appear by rename and
are never rewritten in place; only compacting and forgetting replace files, through the manifest that readers snapshot. What equals the row
observed before it is not written again but noted (`sightings`), so that landing in any order gives one result. What is by or about somebody
who was forgotten lands without what tells who they are (`forgotten`).
"""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from support_metrics.landing import sightings
from support_metrics.landing.compacting import compact
from support_metrics.landing.forgotten import Forgotten, StandIns
from support_metrics.landing.latest import Latest
from support_metrics.landing.locking import shared
from support_metrics.landing.manifest import Manifest, hidden
from support_metrics.landing.payload import canonical
from support_metrics.landing.syncing import told
from support_metrics.landing.writing import BATCH_ROWS, COLUMNS, NEWEST, UnitWriter, clear_errors
from support_metrics.sources.base import Coverage, Damaged, Progress, Record, Sweep, Unit

__all__ = ["BATCH_ROWS", "COLUMNS", "NEWEST", "OWN", "Landed", "Landing", "canonical", "utc_now"]

OWN = sightings.OWN
_TOLD = ("syncs", "progress", "sweeps")  # in the order in which they are shown


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
    """The landing zone below `root`. `clock` tells the moment of writing, `stand_ins` what to land for the words of the forgotten."""

    def __init__(self, root: Path, clock: Callable[[], datetime] = utc_now, stand_ins: StandIns | None = None) -> None:
        self.root = root
        self.clock = clock
        self.stand_ins = stand_ins
        self._latest = Latest(root)
        self._reading: duckdb.DuckDBPyConnection | None = None
        self._lock = threading.Lock()

    # Reading

    def snapshot(self) -> dict[tuple[str, str], list[Path]]:
        """The files of every (source, stream), in name order: what one build reads."""
        found: dict[tuple[str, str], list[Path]] = {}
        for path in Manifest.read(self.root).files(self.root):
            found.setdefault((path.parent.parent.name, path.parent.name), []).append(path)
        return found

    def files(self, source: str, stream: str) -> list[str]:
        """The files of one stream, in name order."""
        return Manifest.read(self.root).files_in(self.root, f"{source}/{stream}")

    def connect(self) -> duckdb.DuckDBPyConnection:
        """A connection for reading landed files, with times in UTC. Opening one costs little, unlike opening a database.

        Not in the database of what is latest, whose memory is kept small: whole payloads may be grouped here.
        """
        with self._lock:
            if self._reading is None:
                self._reading = duckdb.connect()
            connection = self._reading.cursor()
        connection.execute("set TimeZone = 'UTC'")
        return connection

    def rows(self, source: str, stream: str, select: str = COLUMNS) -> list[tuple[Any, ...]]:
        """The chosen columns of every row of a stream, for tests and small system streams."""
        with shared(self.root):
            files = self.files(source, stream)
            if not files:
                return []
            with self._latest.connect() as connection:
                return connection.execute(f"select {select} from read_parquet(?)", [files]).fetchall()

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

    def _append(self, records: Iterable[Record]) -> None:
        self._land_unit(OWN, Unit("bookkeeping", records), self.clock(), [])

    def _land_unit(self, source: str, unit: Unit, observed_at: datetime, streams: list[str]) -> Landed:
        with clear_errors(self.root):
            self.root.mkdir(parents=True, exist_ok=True)
        with shared(self.root):
            return self._land_alongside(source, unit, observed_at, streams)

    def _land_alongside(self, source: str, unit: Unit, observed_at: datetime, streams: list[str]) -> Landed:
        began_at = self.clock()
        landed = Landed(units=1)
        said: list[Coverage | Progress | Sweep] = []
        with UnitWriter(
            source,
            self._latest,
            lambda stream: hidden(self.new_path(source, stream)),
            lambda stream: self.files(source, stream),
            self.root,
            observed_at,
            began_at,
            Forgotten.applying_to(source, self.root, self.stand_ins),
            is_noted=sightings.are_needed(source, unit, observed_at, began_at),
        ) as writer:
            for item in writer.take(unit.items):
                if isinstance(item, Damaged):
                    landed.damaged.append(item)
                else:
                    said.append(item)
            writer.commit()
            skipped = list(writer.sightings())
        landed.received, landed.written = writer.received, writer.written
        for stream, sighting in skipped:
            self._append(sightings.records(source, stream, observed_at, began_at, sighting))
        self._land_bookkeeping(source, unit, observed_at, began_at, streams, said, landed)
        return landed

    def _land_bookkeeping(
        self,
        source: str,
        unit: Unit,
        observed_at: datetime,
        began_at: datetime,
        streams: list[str],
        said: list[Coverage | Progress | Sweep],
        landed: Landed,
    ) -> None:
        """Last of all, so that a unit cut short is read again: its damaged records, its coverage, its digest."""
        if source == OWN:
            return
        stamp = began_at.isoformat()
        own = [
            Record(
                "damaged", f"damaged:{source}:{unit.digest or stamp}:{number}", {"source": source, "unit": unit.name, **damaged._asdict()}
            )
            for number, damaged in enumerate(landed.damaged)
        ]
        own += sorted(
            (told(source, unit, item, began_at, self.clock(), landed.received) for item in said),
            key=lambda record: _TOLD.index(record.stream),
        )
        if unit.digest:
            payload = {
                "source": source,
                "digest": unit.digest,
                "name": unit.name,
                "streams": streams,
                "observed_at": observed_at.isoformat(),
            }
            key = f"file:{source}:{unit.digest}:{'+'.join(streams)}:{observed_at.isoformat()}"
            own.append(Record("files", key, payload))
        if own:
            self._append(own)

    # Replacing files

    def compact(self) -> int:
        """Replace every stream's files by one each, keeping every distinct row; returns how many files were replaced.

        Safe while others read and write. The files replaced are removed by the next compaction.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        with shared(self.root):
            return compact(self)

    def new_path(self, source: str, stream: str) -> Path:
        """A name no file has had."""
        folder = self.root / source / stream
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{self.clock():%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:12]}.parquet"

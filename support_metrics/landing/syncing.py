"""What landing knows of syncs: what it was told of them, and what a source is told before it fetches."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from support_metrics.landing.locking import shared
from support_metrics.landing.writing import NEWEST
from support_metrics.sources.base import Coverage, Held, Known, Progress, Record, Sweep, Unit

if TYPE_CHECKING:
    from support_metrics.landing import Landing

Place = tuple[str, str]
ROWS_AT_A_TIME = 1_000


def told(
    source: str, unit: Unit, item: Coverage | Progress | Sweep, began_at: datetime, finished_at: datetime, received: Mapping[str, int]
) -> Record:
    """The record of our own stream that keeps what a source said of its syncing."""
    payload: dict[str, str | int] = {"source": source, "stream": item.stream, "scope": item.scope}
    place = f"{source}:{item.stream}:{item.scope}"
    if isinstance(item, Progress):
        payload |= {"began_at": item.began_at.isoformat(), "position": item.position}
        return Record("progress", f"progress:{place}", payload)
    if isinstance(item, Sweep):
        return Record("sweeps", f"sweep:{place}", payload | {"began_at": item.began_at.isoformat()})
    payload |= {
        "began_at": began_at.isoformat(),
        "finished_at": finished_at.isoformat(),
        "covered_from_at": item.since.isoformat(),
        "covered_until_at": item.until.isoformat(),
        "unit": unit.name,
        "objects": received.get(item.stream, 0),
    }
    return Record("syncs", f"sync:{place}:{unit.digest or began_at.isoformat()}:{item.until.isoformat()}", payload)


def known(
    landing: Landing,
    source: str,
    *,
    waiting: frozenset[str] = frozenset(),
    new_people: Mapping[str, str] | None = None,
    wait: Callable[[float, str], None] | None = None,
    tell: Callable[[str], None] | None = None,
) -> Known:
    """What a source may want to know before and while it fetches."""
    cursors: dict[Place, datetime] = {}
    for place, sync in _own(landing, source, "syncs"):
        until = datetime.fromisoformat(sync["covered_until_at"])
        cursors[place] = max(until, cursors.get(place, until))
    progress = {
        place: Progress(*place, datetime.fromisoformat(last["began_at"]), last["position"])
        for place, last in _own(landing, source, "progress")
    }
    swept: dict[Place, datetime] = {}
    for place, sweep in _own(landing, source, "sweeps"):
        began_at = datetime.fromisoformat(sweep["began_at"])
        swept[place] = max(began_at, swept.get(place, began_at))
    told = {name: function for name, function in (("wait", wait), ("tell", tell)) if function}
    return Known(
        cursors,
        unfinished(cursors, progress),
        swept,
        _held(landing, source),
        waiting,
        versions=_versions(landing, source),
        new_people=new_people or {},
        **told,  # type: ignore[arg-type]
    )


def unfinished(cursors: Mapping[Place, datetime], progress: Mapping[Place, Progress]) -> dict[Place, Progress]:
    """The progress of syncs that nothing since has covered as far as they began."""
    return {place: each for place, each in progress.items() if place not in cursors or cursors[place] < each.began_at}


def _own(landing: Landing, source: str, stream: str) -> Iterator[tuple[Place, dict[str, str]]]:
    """Place and payload of every row of one of our own streams, in the order in which it was told."""
    rows = landing.rows("support_metrics", stream, "observed_at, landed_at, payload")
    for _, _, payload in sorted(rows):
        said = json.loads(payload)
        if said["source"] == source:
            yield (said["stream"], said["scope"]), said


def _held(landing: Landing, source: str) -> Callable[..., Iterator[Held]]:
    def held(stream: str, low: str, high: str, needle: str = "") -> Iterator[Held]:
        yield from _read(
            landing,
            (source, stream),
            f"select key, newest.version, newest.observed_at, newest.payload from (select key, max_by(struct_pack(version, observed_at, deleted, payload), {NEWEST}) "
            "as newest from read_parquet(?) where key >= ? and key < ? group by key) where not newest.deleted and contains(newest.payload, ?) order by key",
            [low, high, needle],
        )

    return held


def _versions(landing: Landing, source: str) -> Callable[[str, str, str], Iterator[Held]]:
    def versions(stream: str, low: str, high: str) -> Iterator[Held]:
        yield from _read(
            landing,
            (source, stream),
            "select key, version, observed_at, payload from read_parquet(?) where key >= ? and key < ? and not deleted "
            "order by key, coalesce(version, observed_at), observed_at, hash",
            [low, high],
        )

    return versions


def _read(landing: Landing, place: Place, query: str, given: list[str]) -> Iterator[Held]:
    """The query has to put its rows in order: so all files have been read when the folder is let go, though rows are still to be fetched."""
    with landing.connect() as connection:
        with shared(landing.root):
            files = landing.files(*place)
            if not files:
                return
            connection.execute(query, [files, *given])
        while rows := connection.fetchmany(ROWS_AT_A_TIME):
            yield from (Held(*row) for row in rows)

"""What was seen again unchanged, so that the order of landing makes no difference.

A row that equals the one observed before it is not written again; but should something else, observed between the two, land later, it
matters that the first was seen again after. So every unit that skips rows lands a *sighting*: the moment, and a 64-bit fingerprint of
each row skipped. Fingerprints are kept in pieces cut where the content says, so an export read again costs only what changed in it.

What an API showed as it landed needs none: it is looked at again, and should something observed before land after, the next look tells.
A build needs sightings only where the order of landing was not that of observation; `settled` says what it reads then.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import duckdb

from support_metrics.sources.base import Record, Unit

OWN = "support_metrics"
STREAM, PIECES = "sightings", "sighting_pieces"
FINGERPRINT = "md5_number_lower(concat_ws(' ', hash, deleted, coalesce(epoch_us(version), 0), key))"
PIECE_ENDS = 1024  # a piece ends at a fingerprint that this divides
IDENTITY = "key, version, deleted, hash"
AS_IT_LANDED = timedelta(hours=1)


class Sighting(NamedTuple):
    """What one unit did not write, being unchanged.

    `is_mixed`: something else landed meanwhile, or held the same object in another state too.
    """

    fingerprints: Sequence[int]
    is_mixed: bool


def are_needed(source: str, unit: Unit, observed_at: datetime, landed_at: datetime) -> bool:
    """Not for our own streams, whose objects never change, nor for what a source shows as it lands and will show again."""
    return source != OWN and (unit.digest is not None or landed_at - observed_at > AS_IT_LANDED)


def records(source: str, stream: str, observed_at: datetime, landed_at: datetime, sighting: Sighting) -> Iterator[Record]:
    """The sighting as records of our own stream: its pieces, those known already being skipped on writing, then what was seen when."""
    names = []
    for piece in _pieces(sighting.fingerprints):
        names.append(hashlib.sha256(" ".join(map(str, piece)).encode()).hexdigest()[:32])
        yield Record(PIECES, f"piece:{names[-1]}", piece)
    digest = hashlib.sha256(" ".join(names).encode()).hexdigest()[:32]
    payload = {
        "source": source,
        "stream": stream,
        "observed_at": observed_at.isoformat(),
        "landed_at": landed_at.isoformat(),
        "is_mixed": sighting.is_mixed,
        "pieces": names,
    }
    yield Record(STREAM, f"sighting:{source}:{stream}:{observed_at.isoformat()}:{digest}", payload)


def _pieces(fingerprints: Sequence[int]) -> Iterator[list[int]]:
    piece: list[int] = []
    for each in fingerprints:
        piece.append(each)
        if each % PIECE_ENDS == 0:
            yield piece
            piece = []
    if piece:
        yield piece


def settled(connection: duckdb.DuckDBPyConnection, table: str, landed: Mapping[str, str]) -> str:
    """The query of what a build reads of a stream: its landed rows, or what they come to with its sightings.

    `landed` has the query of the landed rows of every stream, by table name (`landing.slack_users`). Where every unit was landed after
    all that had been observed before it, the rows stand as they are. Otherwise every object that holds several is settled, in a
    table beside, `landing.slack_users_settled`: in the order of observation, of equal ones that follow one another the first.
    """
    source, _, stream = table.partition(".")[2].partition("_")
    rows, mine = landed[table], None
    sightings, pieces = (landed.get(f"landing.{OWN}_{each}") for each in (STREAM, PIECES))
    if sightings:
        shape = '{"observed_at": "TIMESTAMPTZ", "landed_at": "TIMESTAMPTZ", "is_mixed": "BOOLEAN", "pieces": ["VARCHAR"]}'
        parsed = f"select from_json(payload, '{shape}') as sighting from ({sightings})"
        mine = f"from ({parsed} where starts_with(key, 'sighting:{source}:{stream}:'))"
    repeated = f"select key from ({rows}) group by key having count(*) > 1"
    if _is_in_order(connection, rows, mine) or not connection.execute(f"{repeated} limit 1").fetchall():
        return rows
    connection.execute(
        f"""
        create table {table}_settled as
        with held as materialized (
            select {IDENTITY}, observed_at, landed_at, true as is_row
            from ({rows})
            semi join ({repeated}) using (key)
        ),
        states as (
            select {IDENTITY}, min(landed_at) as landed_at, {FINGERPRINT} as fingerprint from held group by {IDENTITY}
        ),
        {_SEEN.format(pieces=pieces, mine=mine) if mine and pieces else _NOTHING_SEEN}
        sighted as (
            select states.key, states.version, states.deleted, states.hash, seen.observed_at, states.landed_at, false as is_row
            from seen
            inner join states on states.fingerprint = seen.fingerprint
        ),
        ordered as (
            select
                *,
                lag(struct_pack(version, deleted, hash)) over observation is not distinct from struct_pack(version, deleted, hash) as is_repeated
            from (from held union all from sighted)
            window observation as (partition by key order by observed_at, hash, deleted, version, not is_row, landed_at)
        ),
        changed as (
            select distinct key from ordered where is_row = is_repeated
        ),
        payloads as (
            select distinct key, hash, payload from ({rows}) semi join changed using (key)
        )
        select ordered.key, version, observed_at, landed_at, deleted, payload, ordered.hash
        from ordered
        inner join payloads on payloads.key = ordered.key and payloads.hash = ordered.hash
        where not is_repeated
        """
    )
    return f"from ({rows}) anti join {table}_settled using (key) union all by name from {table}_settled"


_SEEN = """
        pieces as (
            select key, from_json(payload, '["UBIGINT"]') as fingerprints from ({pieces})
        ),
        moments as (
            select distinct sighting.observed_at as observed_at, 'piece:' || unnest(sighting.pieces) as piece {mine}
        ),
        fingerprints as (
            select key as piece, unnest(fingerprints) as fingerprint from pieces semi join moments on moments.piece = pieces.key
        ),
        seen as (
            select distinct fingerprint, observed_at
            from (from fingerprints semi join states using (fingerprint))
            inner join moments using (piece)
        ),
"""
_NOTHING_SEEN = "seen as (select null::ubigint as fingerprint, null::timestamptz as observed_at limit 0),"


def _is_in_order(connection: duckdb.DuckDBPyConnection, rows: str, mine: str | None) -> bool:
    """Whether each unit of a stream was observed after all those landed before it, those that landed as they were observed taken as one."""
    seen = f"union select sighting.landed_at, sighting.observed_at, sighting.is_mixed {mine}" if mine else ""
    units = connection.execute(f"select distinct landed_at, observed_at, false as is_mixed from ({rows}) {seen}").fetchall()
    if any(is_mixed for *_, is_mixed in units):
        return False
    latest: tuple[datetime, datetime] | None = None
    for landed_at, observed_at in sorted({unit[:2] for unit in units}):
        if latest is None or (landed_at > latest[0] and observed_at > latest[1]):
            latest = landed_at, observed_at
        elif max(landed_at - observed_at, latest[0] - latest[1]) > AS_IT_LANDED:
            return False
    return True

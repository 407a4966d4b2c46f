"""The contract every source keeps, whether it reads files or an API.

A source yields *units*. What a unit yields is landed whole or not at all: a file, an export, a page.
A source stores nothing and knows no database; landing fetches nothing.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from support_metrics.errors import PlaceMissing, SourceError
from support_metrics.settings import Settings


class Record(NamedTuple):
    """One version of one object, as received.

    `payload` is the decoded JSON (numbers that are not plain integers stay verbatim, see `reading.decode`).
    `version` is the source's own clock for the object, aware UTC, or None where it has none.
    `deleted` marks a tombstone: the source says, or a completed sweep shows, that the object is gone.
    """

    stream: str
    key: str
    payload: Any
    version: datetime | None = None
    deleted: bool = False


SET_ASIDE_MEND = "correct them at the source and export or fetch again"


class Damaged(NamedTuple):
    """A record set aside: where it stands and why it cannot be used. Its content is not repeated, it may be private."""

    stream: str
    place: str
    reason: str


class Coverage(NamedTuple):
    """What a completed sync covered: every event of `scope` from `since` until `until` (aware UTC) has been seen.

    `scope` is a Slack channel id, a repository, or `*`.
    """

    stream: str
    scope: str
    since: datetime
    until: datetime


class Progress(NamedTuple):
    """How far a sync of `scope` that has not finished has come: landed with the page before, so that a killed sync goes on there.

    `position` is the source's own: where the next page lies, and whatever else it must remember.
    """

    stream: str
    scope: str
    began_at: datetime
    position: str


class Sweep(NamedTuple):
    """Every object of `scope` that still exists has been looked at, in a sweep that began then; what was gone has been told by tombstones."""

    stream: str
    scope: str
    began_at: datetime


Noted = Damaged | Coverage | Progress | Sweep
Item = Record | Noted


@dataclass(frozen=True)
class Unit:
    """What lands whole or not at all.

    `name` is what errors and the log call it. `digest` identifies a file's content (None for an API page);
    a digest already landed for these streams is not read again. `observed_at` is when the source said so; None means the
    moment of import, or, for a digest seen before, the moment it was first seen.
    """

    name: str
    items: Iterable[Item]
    digest: str | None = None
    observed_at: datetime | None = None


class Held(NamedTuple):
    """A version of an object that landing holds and that is not deleted, as a rule the newest; `payload` is its JSON, undecoded."""

    key: str
    version: datetime | None
    observed_at: datetime
    payload: str


def nothing_held(stream: str, low: str, high: str, needle: str = "") -> Iterator[Held]:
    """What landing holds before anything was landed."""
    return iter(())


def no_waiting(seconds: float, why: str) -> None:
    """Sleep; whoever can show `why` passes a function of their own."""
    time.sleep(seconds)


@dataclass(frozen=True)
class Known:
    """What a source may want to know before and while it fetches.

    `cursors` maps (stream, scope) to the moment until which the last finished sync covered it: for an API, when that sync began.
    `unfinished` holds what begun syncs that did not finish left behind, `swept` when the last finished sweep began.
    `held` yields, in the order of keys, what landing holds of a stream from the key `low` up to before `high`, if its JSON contains `needle`.
    `versions` yields every living version of the same, those of a key together, by the source's clock, the oldest first.
    `waiting` holds the ids of requests that were unanswered when the warehouse was last published, and of all messages they are made of.
    `new_people` maps GitHub accounts to the logins they bore then, of people who asked for the first time; the newest come first.
    `wait` lets time pass, in seconds, and says why; `tell` shows how a long sync comes on.
    """

    cursors: Mapping[tuple[str, str], datetime] = field(default_factory=dict)
    unfinished: Mapping[tuple[str, str], Progress] = field(default_factory=dict)
    swept: Mapping[tuple[str, str], datetime] = field(default_factory=dict)
    held: Callable[..., Iterator[Held]] = nothing_held
    waiting: frozenset[str] = frozenset()
    wait: Callable[[float, str], None] = no_waiting
    tell: Callable[[str], None] = lambda _: None
    versions: Callable[[str, str, str], Iterator[Held]] = nothing_held
    new_people: Mapping[str, str] = field(default_factory=dict)

    def has_read(self, scope: str) -> bool:
        """Whether anything of a place has been read before: then it is no misspelt setting."""
        return any(scope == each for _, each in (*self.cursors, *self.unfinished, *self.swept))


NOTHING_KNOWN = Known()


@contextlib.contextmanager
def lost_if(was_read: Callable[[], bool]) -> Iterator[None]:
    """Where the only place of a source is missing and was read before, the source has failed, but no setting is misspelt."""
    try:
        yield
    except PlaceMissing as missing:
        if not was_read():
            raise
        raise SourceError(missing.problem, missing.mend) from missing


class Source(Protocol):
    """A source of records. `streams` names what it can yield, with one sentence for each.

    A source that reads an API, too, offers `tokens`: the environment variable of each secret and what it is for; and `fetch_files`, which
    is `fetch` without the API.
    """

    name: str
    streams: Mapping[str, str]

    def is_configured(self, settings: Settings) -> bool:
        """Whether the settings ask for this source at all."""
        ...

    def fetch(self, settings: Settings, streams: Sequence[str], known: Known) -> Iterator[Unit]:
        """Yield the units of the chosen streams, oldest observation first.

        Raises SourceError, naming file and line or setting and the mend, when the source cannot be read.
        """
        ...

"""The contract every source keeps, whether it reads files or an API.

A source yields *units*. What a unit yields is landed whole or not at all: a file, an export, a page.
A source stores nothing and knows no database; landing fetches nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, Protocol

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


Item = Record | Damaged | Coverage


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


@dataclass(frozen=True)
class Known:
    """What landing already holds that a source may want to know before it fetches.

    `cursors` maps (stream, scope) to when the last finished sync began.
    """

    cursors: Mapping[tuple[str, str], datetime] = field(default_factory=dict)


class Source(Protocol):
    """A source of records. `streams` names what it can yield, with one sentence for each."""

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

"""What a completed listing of everything lacks: asked for one by one, and told as gone only where GitHub says so."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from support_metrics.errors import SourceError
from support_metrics.sources.base import Held, Item, Record
from support_metrics.sources.files import Span
from support_metrics.sources.github.records import MAKERS
from support_metrics.sources.github.refusals import Refused
from support_metrics.sources.github.session import REDIRECTS, Session
from support_metrics.sources.reading import decode, read_records

KINDS = {"issues": "issue", "comments": "comment", "releases": "release"}
_ADDRESSED_BY = {"issues": "number", "comments": "id", "releases": "id"}
FEWEST, SHARE = 20, 5
_REPOSITORY = re.compile(r"/repos/([^/]+/[^/]+)/|://[^/]+/([^/]+/[^/]+)/(?:issues|pull|releases)/")


class MassDisappearance(SourceError):
    """More is missing at once than people delete."""


def missing(session: Session, stream: str, repository: str, listed: Collection[Any], began_at: datetime) -> Iterator[Held]:
    """What landing holds of the repository and the listing that began then lacks.

    What landed since then was listed before a restart. Raises MassDisappearance where it is too much to be believed.
    """
    kind = f"github:{KINDS[stream]}:" + (f"{repository}:" if stream == "releases" else "")
    lacking: list[Held] = []
    present = 0
    for held in session.known.held(stream, kind, kind[:-1] + ";"):
        value = decode(held.payload.encode(), held.key)
        if not isinstance(value, dict) or repository_of(value) != repository or not isinstance(value.get(_ADDRESSED_BY[stream]), int):
            continue
        if value.get("id") in listed or held.observed_at >= began_at:
            present += 1
        else:
            lacking.append(held)
    if len(lacking) > max(FEWEST, (present + len(lacking)) // SHARE):
        raise MassDisappearance(
            f"github: {repository}: {len(lacking):,} of {present + len(lacking):,} {stream} have disappeared at once; none was deleted here",
            "look whether the token still sees all of the repository; if they were really deleted, "
            "raise github.sweep_days to go on without looking for deletions",
        )
    yield from lacking


def repository_of(value: dict[str, Any]) -> str:
    """`owner/name` in lower case, from an object's addresses."""
    for field in ("url", "html_url"):
        if isinstance(value.get(field), str) and (found := _REPOSITORY.search(value[field])):
            return str(found[1] or found[2]).lower()
    return ""


def looked_for(session: Session, stream: str, repository: str, held: Held, asked: Collection[str]) -> Item | None:
    """A tombstone where GitHub says that the object is gone, or is now in a repository that nobody `asked` for.

    Where it still exists: its newer version, should the listing have missed that, or nothing.
    """
    value = decode(held.payload.encode(), held.key)
    gone = Record(stream, held.key, value, None, True)
    identity = value[_ADDRESSED_BY[stream]]
    below = {"issues": "issues", "comments": "issues/comments", "releases": "releases"}[stream]
    url = f"/repos/{repository}/{below}/{identity}"
    for _ in range(REDIRECTS):
        try:
            body = session.get(url, f"{repository} {KINDS[stream]} {identity}").body
        except Refused as refused:
            if refused.status in (404, 410):
                return gone
            if refused.status not in (301, 308) or not refused.location:
                raise
            url = refused.location
            continue
        if not isinstance(body, dict) or body.get("id") != value.get("id"):
            return gone
        place = repository_of(body)
        if place != repository:
            return None if place in asked else gone
        (item,) = read_records([(url, body)], stream, lambda value: MAKERS[stream](value, repository, Span()))
        is_newer = isinstance(item, Record) and (held.version is None or (item.version is not None and item.version > held.version))
        return item if is_newer else None
    return None

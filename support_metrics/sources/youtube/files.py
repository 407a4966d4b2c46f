"""YouTube from files: pages of comment threads and comments as the Data API v3 returns them, or the items in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from support_metrics.settings import Settings
from support_metrics.sources.base import Damaged, Item, Record, Unit
from support_metrics.sources.files import Found, Span, find
from support_metrics.sources.lines import Place
from support_metrics.sources.reading import BadRecord, an_object, identifier, instant, read_values, unpage


def fetch_files(settings: Settings, streams: Sequence[str]) -> Iterator[Unit]:
    """One unit per file."""
    for found in find(settings, settings.youtube.files, "youtube.files"):
        yield Unit(found.name, _read(found, streams), found.digest([("", found.path)]), found.observed_at)


def _read(found: Found, streams: Sequence[str]) -> Iterator[Item]:
    spans: dict[str, Span] = {}
    for place, value in unpage(read_values(found.path, found.name), "items"):
        stream = _stream_of(value)
        if stream in streams:
            yield read(value, stream, place, spans.setdefault(stream, Span()))
    for stream, span in (spans or {"comment_threads": Span()}).items():
        if stream in streams:
            yield from span.coverage(found, stream)


def read(value: Any, stream: str, place: Place, span: Span) -> Record | Damaged:
    """The record of a thread or comment; what is neither is set aside."""
    try:
        return _record(an_object(value), stream, span)
    except BadRecord as bad:
        return Damaged(stream, str(place), str(bad))


def _stream_of(value: Any) -> str:
    return "comments" if isinstance(value, dict) and value.get("kind") == "youtube#comment" else "comment_threads"


def _record(value: dict[str, Any], stream: str, span: Span) -> Record:
    """A thread is as new as the newest of its comments."""
    if stream == "comments":
        return Record(stream, f"youtube:comment:{identifier(value)}", value, _seen([value], span))
    key = f"youtube:thread:{identifier(value)}"
    top = part(part(value, "snippet"), "topLevelComment")
    if not top:
        raise BadRecord("has no snippet.topLevelComment, so it is no comment thread")
    replies = part(value, "replies").get("comments") or []
    if not isinstance(replies, list) or not all(isinstance(reply, dict) for reply in replies):
        raise BadRecord("its replies.comments is no list of comments")
    return Record(stream, key, value, _seen([top, *replies], span))


def _seen(comments: list[dict[str, Any]], span: Span) -> datetime | None:
    snippets = [part(comment, "snippet") for comment in comments]
    changed = [moment for snippet in snippets if (moment := instant(snippet, "updatedAt", "publishedAt"))]
    span.see(*changed, *(instant(snippet, "publishedAt") for snippet in snippets))
    return max(changed, default=None)


def part(value: dict[str, Any], field: str) -> dict[str, Any]:
    part = value.get(field)
    return part if isinstance(part, dict) else {}

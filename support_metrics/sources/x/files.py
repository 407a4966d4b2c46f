"""X (Twitter) from files: pages of the API v2, or the posts and direct-message events in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from support_metrics.settings import Settings
from support_metrics.sources.base import Damaged, Item, Record, Unit
from support_metrics.sources.files import Found, Span, find
from support_metrics.sources.lines import Place, each_of
from support_metrics.sources.reading import BadRecord, an_object, identifier, instant, read_values

KEYS = {"posts": "post", "direct_messages": "dm", "users": "user"}


def fetch_files(settings: Settings, streams: Sequence[str]) -> Iterator[Unit]:
    """One unit per file."""
    for found in find(settings, settings.x.files, "x.files"):
        yield Unit(found.name, _read(found, streams), found.digest([("", found.path)], found.path.stem), found.observed_at)


def _read(found: Found, streams: Sequence[str]) -> Iterator[Item]:
    expected = "direct_messages" if any(word in found.path.stem.lower() for word in ("dm", "direct")) else "posts"
    spans: dict[str, Span] = {}
    yield from read_pages(read_values(found.path, found.name), expected, streams, spans)
    for stream, span in (spans or {expected: Span()}).items():
        if stream in streams:
            yield from span.coverage(found, stream)


def read_pages(
    values: Iterable[tuple[Place, Any]], expected: str, streams: Sequence[str], spans: dict[str, Span]
) -> Iterator[Record | Damaged]:
    """The records of pages, or of bare objects; what a stream's span comes to is in `spans`."""
    for place, value, included_as in _objects(values):
        stream = included_as or _stream_of(value, expected)
        if stream in streams:
            try:
                record = _record(an_object(value), stream)
            except BadRecord as bad:
                yield Damaged(stream, str(place), str(bad))
                continue
            # A post referred to may be years old and says nothing about what the page covers.
            if not included_as and stream != "users":
                spans.setdefault(stream, Span()).see(record.version)
            yield record


def _objects(values: Iterable[tuple[Place, Any]]) -> Iterator[tuple[Place, Any, str | None]]:
    """Place and object; for what a page includes beside its data, also the stream it belongs to."""
    for place, value in values:
        if not (isinstance(value, dict) and value.keys() & {"data", "includes", "meta"}):
            yield place, value, None
            continue
        data = value.get("data", [])
        for where, item in each_of(data, place, "data") if isinstance(data, list) else [(place, data)]:
            yield where, item, None
        includes = value.get("includes")
        for field, stream in (("users", "users"), ("tweets", "posts")):
            items = includes.get(field) if isinstance(includes, dict) else None
            for where, item in each_of(items if isinstance(items, list) else [], place, "includes", field):
                yield where, item, stream


def _stream_of(value: Any, expected: str) -> str:
    if not isinstance(value, dict):
        return expected
    if "event_type" in value or "dm_conversation_id" in value:
        return "direct_messages"
    return "users" if "username" in value else "posts"


def _record(value: dict[str, Any], stream: str) -> Record:
    key = f"x:{KEYS[stream]}:{identifier(value)}"
    if stream == "posts" and not value.get("author_id"):
        raise BadRecord("has no author_id; ask the API for tweet.fields=author_id,created_at,conversation_id")
    return Record(stream, key, value, None if stream == "users" else instant(value, "created_at"))

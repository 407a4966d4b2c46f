"""Shortcut from files: API v3 stories and members as JSON lines, a JSON array, or the pages of a search."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from support_metrics.settings import Settings
from support_metrics.sources.base import Damaged, Item, Record, Unit
from support_metrics.sources.files import Found, Span, find
from support_metrics.sources.reading import BadRecord, an_object, identifier, instant, read_values, unpage


def fetch_files(settings: Settings, streams: Sequence[str]) -> Iterator[Unit]:
    """One unit per file."""
    for found in find(settings, settings.shortcut.files, "shortcut.files"):
        yield Unit(found.name, _read(found, streams), found.digest([("", found.path)], found.path.stem), found.observed_at)


def _read(found: Found, streams: Sequence[str]) -> Iterator[Item]:
    expected = "members" if "members" in found.path.stem.lower() else "stories"
    spans: dict[str, Span] = {}
    for place, value in unpage(read_values(found.path, found.name), "data"):
        stream = "members" if expected == "members" or (isinstance(value, dict) and value.get("entity_type") == "member") else "stories"
        if stream in streams:
            yield read(value, stream, place, spans.setdefault(stream, Span()))
    for stream, span in (spans or {expected: Span()}).items():
        if stream in streams:
            yield from span.coverage(found, stream)


def read(value: Any, stream: str, place: str, span: Span) -> Record | Damaged:
    """The record of a story or member; what is neither is set aside."""
    try:
        return _record(an_object(value), stream, span)
    except BadRecord as bad:
        return Damaged(stream, place, str(bad))


def _record(value: dict[str, Any], stream: str, span: Span) -> Record:
    kind = value.get("entity_type", "member" if stream == "members" else "story")
    if kind not in ("story", "member"):
        raise BadRecord(f"is a {kind}, neither a story nor a member")
    version = instant(value, "updated_at", "created_at")
    span.see(instant(value, "created_at"), version)
    return Record(stream, f"shortcut:{'member' if stream == 'members' else 'story'}:{identifier(value)}", value, version)

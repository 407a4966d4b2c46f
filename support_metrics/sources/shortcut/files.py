"""Shortcut from files: objects of the API v3 as JSON lines, a JSON array, or the pages of a search.

What an object is, is told by its `entity_type`, else by the file's name. A change of a story's history has no type: it is told by the file's
name, and names its story by `story_id`, else by `primary_id`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from support_metrics.settings import Settings
from support_metrics.sources.base import Damaged, Item, Record, Unit
from support_metrics.sources.files import Found, Span, find
from support_metrics.sources.lines import Place
from support_metrics.sources.reading import BadRecord, an_object, identifier, instant, read_values, unpage

KINDS = {"story": "stories", "member": "members", "label": "labels", "workflow": "workflows"}
HISTORY = "history"
_KIND_OF = {stream: kind for kind, stream in KINDS.items()}
_TOLD_BY_NAME = ("members", "labels", "workflows", HISTORY)


def fetch_files(settings: Settings, streams: Sequence[str]) -> Iterator[Unit]:
    """One unit per file."""
    for found in find(settings, settings.shortcut.files, "shortcut.files"):
        yield Unit(found.name, _read(found, streams), found.digest([("", found.path)], found.path.stem), found.observed_at)


def _read(found: Found, streams: Sequence[str]) -> Iterator[Item]:
    expected = next((stream for stream in _TOLD_BY_NAME if stream in found.path.stem.lower()), "stories")
    spans: dict[str, Span] = {}
    for place, value in unpage(read_values(found.path, found.name), "data"):
        kind = value.get("entity_type") if isinstance(value, dict) else None
        stream = KINDS.get(kind, expected) if isinstance(kind, str) else expected
        if stream in streams:
            yield read(value, stream, place, spans.setdefault(stream, Span()))
    for stream, span in (spans or {expected: Span()}).items():
        if stream in streams:
            yield from span.coverage(found, stream)


def read(value: Any, stream: str, place: Place, span: Span) -> Record | Damaged:
    """The record of an object of the stream; what is none is set aside."""
    try:
        return _change(an_object(value), span) if stream == HISTORY else _record(an_object(value), stream, span)
    except BadRecord as bad:
        return Damaged(stream, str(place), str(bad))


def _record(value: dict[str, Any], stream: str, span: Span) -> Record:
    kind = value.get("entity_type", _KIND_OF[stream])
    if kind not in KINDS:
        raise BadRecord(f"is of type {kind}, which is not read; read are {', '.join(KINDS)}")
    version = _workflow_changed_at(value) if stream == "workflows" else instant(value, "updated_at", "created_at")
    span.see(instant(value, "created_at"), version)
    return Record(stream, f"shortcut:{_KIND_OF[stream]}:{identifier(value)}", value, version)


def _workflow_changed_at(value: dict[str, Any]) -> datetime | None:
    """A workflow's states have clocks of their own: the newest tells."""
    states = value.get("states")
    parts = [value, *(state for state in (states if isinstance(states, list) else []) if isinstance(state, dict))]
    return max(filter(None, (instant(part, "updated_at", "created_at") for part in parts)), default=None)


def _change(value: dict[str, Any], span: Span) -> Record:
    """One change in a story's history; its id is told anew for each story that it touched."""
    story = identifier(value, "story_id" if "story_id" in value else "primary_id")
    version = instant(value, "changed_at")
    span.see(version)
    return Record(HISTORY, f"shortcut:history:{story}:{identifier(value)}", value, version)

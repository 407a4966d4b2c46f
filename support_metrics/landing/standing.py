"""How a source stands after a sync, from what landing holds: how far each stream is covered, which records are set aside."""

import json
from collections.abc import Iterable
from datetime import datetime
from operator import itemgetter
from typing import Any

from support_metrics.landing import OWN, Landing

Span = tuple[datetime, datetime]


def coverage(landing: Landing, source: str) -> dict[str, dict[str, Span]]:
    """For every stream and scope (channel, repository or `*`): since when and until when every event has been seen."""
    covered: dict[str, dict[str, Span]] = {}
    for sync in _payloads(landing, "syncs", source):
        since, until = datetime.fromisoformat(sync["covered_from_at"]), datetime.fromisoformat(sync["covered_until_at"])
        scopes = covered.setdefault(sync["stream"], {})
        first, last = scopes.get(sync["scope"], (since, until))
        scopes[sync["scope"]] = min(since, first), max(until, last)
    return covered


def set_aside(landing: Landing, source: str) -> list[dict[str, str]]:
    """The damaged records (stream, unit, place, reason) in the newest content of each file; mended files drop out.

    One that was read several times counts once, at the place that the last reading named.
    """
    newest: dict[str, str] = {file["name"]: file["digest"] for file in _payloads(landing, "files", source)}
    current = set(newest.values())
    found = {
        key: json.loads(payload)
        for key, payload, _ in sorted(landing.rows(OWN, "damaged", "key, payload, landed_at"), key=itemgetter(2))
        if key.startswith(f"damaged:{source}:") and key.split(":")[2] in current
    }
    return [found[key] for key in sorted(found)]


def _payloads(landing: Landing, stream: str, source: str) -> Iterable[dict[str, Any]]:
    """In the order in which they landed."""
    for payload, _ in sorted(landing.rows(OWN, stream, "payload, landed_at"), key=itemgetter(1)):
        decoded = json.loads(payload)
        if decoded["source"] == source:
            yield decoded

"""What exports and the Web API share: the records of messages, users and channels."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from support_metrics.sources.base import Record
from support_metrics.sources.reading import BadRecord, Unusable, an_object, identifier

DELETED = {"tombstone", "message_deleted"}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
parts_of = re.compile(r"([0-9]{1,11})\.([0-9]{1,6})", re.ASCII).fullmatch


def instant_of(ts: Any) -> datetime | None:
    """The instant of a `seconds.microseconds` text, exactly; None for anything else."""
    match = parts_of(ts) if isinstance(ts, str) else None
    return EPOCH + timedelta(0, int(match[1]), int(match[2].ljust(6, "0"))) if match else None


def ts_of(instant: datetime) -> str:
    """The `seconds.microseconds` text of an instant."""
    micros = (instant - EPOCH) // timedelta(microseconds=1)
    return f"{micros // 1_000_000:010d}.{micros % 1_000_000:06d}"


def why_damaged(message: Any) -> str:
    """Why a message cannot be kept: it has no key."""
    if isinstance(message, Unusable):
        return message.reason
    if not isinstance(message, dict):
        return "is no JSON object"
    return "its ts is not of the form seconds.microseconds" if "ts" in message else "has no ts"


def message_record(message: Any, prefix: str) -> Record:
    """A message as the API gives it; raises BadRecord. A tombstone has no clock of its own: what tells its time is when it was seen."""
    if not isinstance(message, dict) or not (sent_at := instant_of(message.get("ts"))):
        raise BadRecord(why_damaged(message))
    edited = message.get("edited")
    edited_at = instant_of(edited.get("ts")) if isinstance(edited, dict) else None
    is_deleted = message.get("subtype") in DELETED
    return Record("messages", prefix + message["ts"], message, None if is_deleted else edited_at or sent_at, is_deleted)


def user_record(user: Any, team: str) -> Record:
    """A member of the workspace; raises BadRecord."""
    updated = an_object(user).get("updated")
    version = EPOCH + timedelta(seconds=updated) if type(updated) is int and 0 <= updated < 1e11 else None
    return Record("users", f"slack:{team}:{identifier(user)}", user, version)


def channel_record(channel: dict[str, Any], team: str) -> Record:
    return Record("channels", f"slack:{team}:{channel['id']}", channel)

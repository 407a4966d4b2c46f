"""What a listing of a channel's history gives, and what landing holds of the same time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec

from support_metrics.sources.base import Held
from support_metrics.sources.slack.records import parts_of

# Fewer than this gone at once are believed, of more only a share.
MOST_GONE, MOST_SHARE_GONE = 20, 5


class Said(NamedTuple):
    """What a thread's first message says of its replies; `replies` is None where it does not say how many."""

    replies: int | None
    latest: str


class _Sketch(msgspec.Struct):
    thread_ts: Any = None
    subtype: Any = None
    reply_count: Any = None
    latest_reply: Any = None


_sketch = msgspec.json.Decoder(_Sketch).decode


def thread_of(message: dict[str, Any]) -> str:
    """The ts of the thread in which a reply lies; empty for a message that starts one or stands alone."""
    return _thread_of(message.get("thread_ts"), message.get("ts"))


def _thread_of(thread_ts: Any, ts: Any) -> str:
    return thread_ts if isinstance(thread_ts, str) and thread_ts != ts and parts_of(thread_ts) else ""


def said_by(message: dict[str, Any]) -> Said:
    return _said(message.get("reply_count"), message.get("latest_reply"), message.get("thread_ts"))


def _said(count: Any, latest: Any, thread_ts: Any) -> Said:
    known = count if type(count) is int else None if thread_ts else 0
    return Said(known, latest if isinstance(latest, str) and parts_of(latest) else "")


@dataclass
class Listing:
    """What has been listed so far: every message by ts, first messages of old threads as new broadcasts quote them."""

    seen: dict[str, Said] = field(default_factory=dict)
    quoted: dict[str, Said] = field(default_factory=dict)
    is_sound: bool = True
    is_partial: bool = False
    oldest: str = ""
    newest: str = ""

    def add(self, message: dict[str, Any]) -> None:
        ts, thread = message["ts"], thread_of(message)
        self.seen[ts] = Said(0, "") if thread else said_by(message)
        self.oldest = min(self.oldest or ts, ts)
        self.newest = max(self.newest, ts)
        root = message.get("root")
        if thread:
            self.quoted[thread] = said_by(root) if isinstance(root, dict) else Said(None, "")


@dataclass
class Standing:
    """What landing holds of the time that was listed.

    `replies` has the ts of each thread's replies, `firsts` what held first messages say of theirs, `missing` the top-level messages between
    `low` and `high` that the listing did not give, `judged` how many there should be, `unlisted` threads of broadcasts it did not give.
    """

    replies: dict[str, list[str]] = field(default_factory=dict)
    firsts: dict[str, Said] = field(default_factory=dict)
    missing: list[Held] = field(default_factory=list)
    unlisted: set[str] = field(default_factory=set)
    judged: int = 0


def standing(held: Iterable[Held], listing: Listing, low: str, high: str) -> Standing:
    """One pass over what landing holds; `low` and `high` bound what the listing may judge, both inclusive."""
    found = Standing()
    for each in held:
        ts = each.key.rpartition(":")[2]
        sketch = _sketch(each.payload)
        is_judged = low <= ts <= high
        if thread := _thread_of(sketch.thread_ts, ts):
            found.replies.setdefault(thread, []).append(ts)
            if is_judged and sketch.subtype == "thread_broadcast" and ts not in listing.seen:
                found.unlisted.add(thread)
        else:
            found.firsts[ts] = _said(sketch.reply_count, sketch.latest_reply, sketch.thread_ts)
            if is_judged:
                found.judged += 1
                if ts not in listing.seen:
                    found.missing.append(each)
    return found


def differs(said: Said, held: list[str]) -> bool:
    """Whether a thread must be read again, going by what its first message says and which replies landing holds."""
    if said.replies is None:
        return not held
    return said.replies != len(held) or (said.replies > 0 and said.latest > max(held, default=""))


def gone_with_replies(messages: Iterable[Any]) -> list[str]:
    """The ts of those whose first message was deleted while its thread still stands."""
    return [
        each["ts"]
        for each in messages
        if isinstance(each, dict) and each.get("subtype") == "tombstone" and "ts" in each and said_by(each).replies
    ]


def is_mass(gone: int, of: int) -> bool:
    return gone > max(MOST_GONE, of // MOST_SHARE_GONE)

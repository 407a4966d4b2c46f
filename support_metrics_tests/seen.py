"""What sources can show: objects with and without a clock of their own, in states that come and go, living and deleted.

State 3 is deleted; 0, 1 and 2 are the states of something living.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from support_metrics.sources.base import Record

BEGUN = datetime(2026, 3, 2, 12, tzinfo=UTC)


def day(number: int) -> datetime:
    return BEGUN + timedelta(days=number)


def slack_user(number: int, state: int) -> Record:
    profile = {"real_name": f"Ada {state}", "email": f"ada{state}@example.org"}
    return Record("users", f"slack:T0:U{number}", {"id": f"U{number}", "name": f"ada{state}", "profile": profile}, None, state == 3)


def _slack_channel(number: int, state: int) -> Record:
    return Record("channels", "slack:T0:C1", {"id": "C1", "name": "help" if state else "support"})


def _slack_message(number: int, state: int) -> Record:
    """Edited, reacted to (which moves no clock), deleted."""
    ts = f"{int(day(0).timestamp()) + number * 40_000}.000100"
    message: dict[str, Any] = {"ts": ts, "user": f"U{number}", "text": "How do I update my Tiltfile to find it?"}
    edited_at = None
    if state == 1:
        edited_at = day(2)
        message |= {"text": "Thanks, it works!", "edited": {"ts": f"{int(edited_at.timestamp())}.000000"}}
    elif state == 2:
        message |= {"reactions": [{"name": "eyes"}]}
    elif state == 3:
        message = {"ts": ts, "user": "USLACKBOT", "subtype": "tombstone", "text": "This message was deleted."}
    sent_at = datetime.fromtimestamp(float(ts), UTC)
    return Record("messages", f"slack:T0:C1:{ts}", message, edited_at or sent_at, state == 3)


def _issue(number: int, state: int) -> Record:
    url = f"https://api.github.com/repos/o/r/issues/{number}"
    user = {"id": number, "login": f"ada{state % 2}", "type": "User"} if state != 2 else None
    issue = {"id": number, "number": number, "url": url, "html_url": url, "title": f"It fails {state}", "user": user, "labels": []}
    stamps = {"created_at": day(0).isoformat(), "closed_at": day(1).isoformat() if state == 1 else None}
    return Record("issues", f"github:issue:{number}", issue | stamps, day(state // 2), state == 3)


def _reaction(number: int, state: int) -> Record:
    payload = {"id": number, "content": "+1", "user": {"id": number, "login": f"ada{state % 2}"}, "created_at": day(0).isoformat()}
    return Record("reactions", f"github:reaction:o/r:1:{number}", payload, day(0), state == 3)


def _release(number: int, state: int) -> Record:
    payload = {"tag_name": f"v{number}", "body": f"## Summary {state}", "draft": state == 2, "published_at": day(1).isoformat()}
    return Record("releases", f"github:release:o/r:{number}", payload, day(1), state == 3)


def _profile(number: int, state: int) -> Record:
    """Company and name come and go."""
    said = {"name": f"Ada {state}" if state else None, "company": None if state == 2 else f"@acme{state} ", "email": None}
    user = {"id": number, "login": f"ada{state % 2}", "type": "User"}
    return Record("users", f"github:user:{number}", user | said, day(state // 2), state == 3)


def _organisations(number: int, state: int) -> Record:
    value = {"user": {"id": number, "login": "ada"}, "organizations": [{"id": each, "login": f"acme{each}"} for each in range(state)]}
    return Record("organisations", f"github:organisations:{number}", value, None, state == 3)


def _x_user(number: int, state: int) -> Record:
    return Record("users", f"x:user:{number}", {"id": str(number), "username": f"ada{state}", "name": f"Ada {state}"}, None, state == 3)


def _thread(number: int, state: int) -> Record:
    snippet = {
        "textOriginal": f"How? {state}", "authorDisplayName": f"ada{state}", "authorChannelId": {"value": f"UC{number}"},
        "publishedAt": day(0).isoformat(),
    }  # fmt: skip
    top = {"id": f"c{number}", "snippet": snippet}
    return Record("comment_threads", f"youtube:thread:{number}", {"snippet": {"videoId": "v", "topLevelComment": top}}, day(0), state == 3)


MAKERS: dict[str, list[Callable[[int, int], Record]]] = {
    "slack": [slack_user, _slack_channel, _slack_message],
    "github": [_issue, _reaction, _release, _profile, _organisations],
    "x": [_x_user],
    "youtube": [_thread],
}
COVERED = {"slack": ("messages", "C1"), "github": ("issues", "o/r"), "x": ("posts", "*"), "youtube": ("comment_threads", "*")}

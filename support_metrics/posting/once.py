"""Nothing is sent twice: what is about to be sent and what has been sent are landed, so that a second run, or one after a crash, knows.

Between noting that something is about to be sent and noting that it was, a process can die. Then nobody here knows; the receiving side is
asked where it can tell, and a human where it cannot.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
from collections.abc import Callable, Iterator
from enum import Enum

from support_metrics.errors import PostingError, SupportMetricsError
from support_metrics.landing import OWN, Landing
from support_metrics.sources.base import Record

STREAM = "posts"


class Outcome(Enum):
    SENT = "sent"
    ALREADY = "already sent"


def send_once(
    landing: Landing,
    key: str,
    send: Callable[[], None],
    *,
    was_sent: Callable[[], bool | None] = lambda: None,
    again: bool = False,
) -> Outcome:
    """Call `send` unless what `key` names has been sent; with `again`, call it in any case.

    `was_sent` asks the receiving side after a crash; None where it cannot tell, which raises PostingError. Whatever `send` raises is noted as not
    sent and raised. One process at a time sends for a landing zone; others wait.
    """
    with _alone(landing):
        state = _states(landing).get(key)
        if state == "sent" and not again:
            return Outcome.ALREADY
        if state == "begun" and not again:
            found = was_sent()
            if found is None:
                raise PostingError(
                    f"an earlier run ended while sending {key}, and nobody can tell whether it arrived",
                    "look where it should have arrived; if it is not there, run the command again with --again",
                )
            if found:
                _note(landing, key, "sent")
                return Outcome.ALREADY
        _note(landing, key, "begun")
        try:
            send()
        except SupportMetricsError:
            _note(landing, key, "refused")
            raise
        _note(landing, key, "sent")
        return Outcome.SENT


def sent_keys(landing: Landing) -> set[str]:
    """What has been sent."""
    return {key for key, state in _states(landing).items() if state == "sent"}


@contextlib.contextmanager
def _alone(landing: Landing) -> Iterator[None]:
    landing.root.mkdir(parents=True, exist_ok=True)
    with open(landing.root / ".posting", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _states(landing: Landing) -> dict[str, str]:
    """The last that was noted of every key."""
    rows = sorted(landing.rows(OWN, STREAM, "landed_at, payload"), key=lambda row: (row[0], json.loads(row[1])["number"]))
    return {said["key"]: said["state"] for said in (json.loads(payload) for _, payload in rows)}


def _note(landing: Landing, key: str, state: str) -> None:
    number = len(landing.rows(OWN, STREAM, "key"))
    landing.append(OWN, STREAM, [Record(STREAM, f"post:{key}:{number}", {"key": key, "state": state, "number": number})])

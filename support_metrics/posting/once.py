"""Nothing is sent twice: what is about to be sent and what has been sent are landed, so that a second run, or one after a crash, knows.

Between noting that something is about to be sent and noting that it was, a process can die, or the answer can be lost. Then nobody here
knows; the receiving side is asked where it can tell, and a human where it cannot.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from enum import Enum
from typing import Any, TypeVar

from support_metrics.errors import AnswerLost, PostingError, SupportMetricsError
from support_metrics.landing import OWN, Landing
from support_metrics.sources.base import Record

T = TypeVar("T")
STREAM = "posts"
LOOK = "look where it should have arrived; if it is not there, run the command again with --again"


class Outcome(Enum):
    SENT = "sent"
    ALREADY = "already sent"
    LEFT = "left, since nobody can tell whether it was sent"
    REFUSED = "refused; the next run tries again"
    UNKNOWN = "an earlier run ended while sending it; left from now on"


def send_once(
    landing: Landing,
    key: str,
    send: Callable[[], None],
    *,
    was_sent: Callable[[datetime], bool | None] | None = None,
    again: bool = False,
    mend: str = LOOK,
) -> Outcome:
    """Call `send` unless what `key` names has been sent; with `again`, call it in any case.

    `was_sent` asks the receiving side whether what was begun at a moment arrived, after a crash or a lost answer; None where it cannot tell.
    Then that is said once, by a PostingError with `mend`, and from then on it is left. Whatever else `send` raises is noted as not sent and
    raised. One process at a time sends for a landing zone; others wait.
    """
    with _alone(landing):
        state = "" if again else _state(landing, key, was_sent, mend)
        if state in ("sent", "left"):
            return Outcome.ALREADY if state == "sent" else Outcome.LEFT
        _attempt(landing, [key], send, "left" if was_sent is None else "begun")
        _note(landing, [key], "sent")
        return Outcome.SENT


def send_to_each(
    landing: Landing,
    keys: Sequence[str],
    send: Callable[[Sequence[str]], Collection[str]],
    *,
    stands_for: Callable[[str], Collection[str]] = lambda noted: (noted,),
    again: bool = False,
) -> dict[str, Outcome]:
    """Call `send`, once, with those of `keys` that have not been sent, with `again` with all; it returns those that were refused.

    `stands_for` names the keys that a noted one speaks for. Nobody can be asked what arrived. Raises what `send` raises.
    """
    with _alone(landing):
        states = {} if again else {key: said["state"] for _, said in _notes(landing) for key in stands_for(said["key"])}
        due = [key for key in keys if states.get(key, "refused") == "refused"]
        refused = _attempt(landing, due, lambda: send(due), "left") if due else ()
        sent = [key for key in due if key not in refused]
        begun = [key for key in keys if states.get(key) == "begun"]
        for state, those in (("sent", sent), ("refused", [key for key in due if key in refused]), ("left", begun)):
            _note(landing, those, state)
    known = {"sent": Outcome.ALREADY, "left": Outcome.LEFT, "begun": Outcome.UNKNOWN}
    now = {key: Outcome.REFUSED if key in refused else Outcome.SENT for key in due}
    return {key: now.get(key) or known[states[key]] for key in keys}


def _attempt(landing: Landing, keys: Sequence[str], send: Callable[[], T], when_lost: str) -> T:
    """Send, with a note before; of what fails, a note after: `when_lost` where the answer is lost."""
    _note(landing, keys, "begun")
    try:
        return send()
    except AnswerLost:
        if when_lost != "begun":
            _note(landing, keys, when_lost)
        raise
    except SupportMetricsError:
        _note(landing, keys, "refused")
        raise


def _state(landing: Landing, key: str, was_sent: Callable[[datetime], bool | None] | None, mend: str) -> str:
    """What was noted last of the key; of what was only begun, what became of it."""
    notes = [(at, said["state"]) for at, said in _notes(landing) if said["key"] == key]
    at, state = notes[-1] if notes else (None, "")
    if at is None or state != "begun":
        return state
    found = was_sent(at) if was_sent else None
    if found is None:
        _note(landing, [key], "left")
        raise PostingError(f"an earlier run ended while sending {key}, and nobody can tell whether it arrived", mend)
    if found:
        _note(landing, [key], "sent")
    return "sent" if found else "refused"


def sent_keys(landing: Landing) -> set[str]:
    """What has been sent."""
    states = {said["key"]: said["state"] for _, said in _notes(landing)}
    return {key for key, state in states.items() if state == "sent"}


def times_sent(landing: Landing, key: str, stands_for: Callable[[str], Collection[str]] = lambda noted: (noted,)) -> int:
    """How often it is known to have been sent."""
    return sum(said["state"] == "sent" and key in stands_for(said["key"]) for _, said in _notes(landing))


@contextlib.contextmanager
def _alone(landing: Landing) -> Iterator[None]:
    landing.root.mkdir(parents=True, exist_ok=True)
    with open(landing.root / ".posting", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _notes(landing: Landing) -> list[tuple[datetime, dict[str, Any]]]:
    """Of every key in order: `begun`, `sent`, `refused`, or `left` where nobody can tell and that has been said."""
    notes = [(at, json.loads(payload)) for at, payload in landing.rows(OWN, STREAM, "landed_at, payload")]
    return sorted(notes, key=lambda note: (note[0], note[1]["number"]))


def _note(landing: Landing, keys: Sequence[str], state: str) -> None:
    number = len(landing.rows(OWN, STREAM, "key"))
    notes = [{"key": key, "state": state, "number": number + at} for at, key in enumerate(keys)]
    if notes:
        landing.append(OWN, STREAM, [Record(STREAM, f"post:{note['key']}:{note['number']}", note) for note in notes])

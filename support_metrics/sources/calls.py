"""How every source calls an API: gently, again where that may help, and with one clear error where it does not.

Waits and retries are one policy for all of them. A source tells a refusal that may pass from one that will not by raising `TryAgain`.
"""

from __future__ import annotations

import email.utils
import os
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, TypeVar

import tenacity

from support_metrics.errors import SourceError, SourceUnavailable
from support_metrics.sources.base import Known

T = TypeVar("T")
ATTEMPTS = 6
FIRST_WAIT, LONGEST_BACKOFF = 1.0, 60.0
# What a server asks us to wait beyond this is left to the next run: Dagster shows it and tries again.
LONGEST_WAIT = 15 * 60.0
LONGEST_TOLD = 365 * 86_400.0
MOST_LIMITS = 100
HIDDEN = "‹secret›"


class TryAgain(Exception):
    """A refusal that may pass: `why` in words, `after` the seconds the server asks for, where it does.

    `is_limit` marks a rate limit: waiting for it costs none of the attempts.
    """

    def __init__(self, why: str, after: float | None = None, *, is_limit: bool = False) -> None:
        super().__init__(why)
        # Whatever number a server sends, it must be one that can be added to a date.
        self.why, self.after, self.is_limit = why, None if after is None else min(after, LONGEST_TOLD), is_limit


class Answer(NamedTuple):
    """A decoded answer: status, headers with lower-case names, JSON value (None where there is none)."""

    status: int
    headers: Mapping[str, str]
    body: Any


class PageTokens:
    """The page tokens of a sync: a server that gives one of them twice would be asked for ever, at the cost of money or quota."""

    def __init__(self) -> None:
        self._asked: set[tuple[str, str]] = set()

    def turn(self, listing: str, token: str) -> None:
        """Go on to a page of a listing."""
        self._asked.add((listing, token))

    def follow(self, listing: str, token: str | None) -> None:
        """Look at where a page leads; raises TryAgain where that was asked for before: a proxy may have sent an earlier page again."""
        if token and (listing, token) in self._asked:
            raise TryAgain("the pages lead round in a circle")


def call(known: Known, name: str, do: Callable[[], T]) -> T:
    """What `do` returns, after as many attempts as it takes; `name` says what is called, for people.

    Raises SourceUnavailable when the last attempt failed too, or the server asks for more patience than a run has.
    """
    limits = 0
    backoff = tenacity.wait_random_exponential(multiplier=FIRST_WAIT, max=LONGEST_BACKOFF)

    def refusal(state: tenacity.RetryCallState) -> TryAgain:
        error = state.outcome.exception() if state.outcome else None
        assert isinstance(error, TryAgain)
        return error

    def stop(state: tenacity.RetryCallState) -> bool:
        nonlocal limits
        limits += refusal(state).is_limit
        return (refusal(state).after or 0) > LONGEST_WAIT or state.attempt_number - limits >= ATTEMPTS or limits > MOST_LIMITS

    def wait(state: tenacity.RetryCallState) -> float:
        after = refusal(state).after
        return backoff(state) if after is None else max(after, 0.0)

    def pause(state: tenacity.RetryCallState) -> None:
        known.wait(state.next_action.sleep if state.next_action else 0.0, f"{name}: {refusal(state).why}")

    policy = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(TryAgain), wait=wait, stop=stop, before_sleep=pause, sleep=lambda _: None, reraise=True
    )
    try:
        return policy(do)
    except TryAgain as error:
        if (error.after or 0) > LONGEST_WAIT:
            until = datetime.now().astimezone() + timedelta(seconds=error.after or 0)
            raise SourceUnavailable(f"{name}: {error.why} until {until:%H:%M}", "nothing is lost; refresh again after that") from error
        raise SourceUnavailable(
            f"{name}: {error.why}, {policy.statistics.get('attempt_number', ATTEMPTS)} times over",
            "nothing is lost, what had landed stays; refresh again when it can be reached",
        ) from error


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """The seconds a `Retry-After` header asks for, given as a number or as a date (RFC 9110, 10.2.3); None without a sound one."""
    value = headers.get("retry-after", "").strip()
    if value.isdecimal():
        return float(value)
    moment = http_date(value)
    return max((moment - now).total_seconds(), 0.0) if moment else None


def http_date(value: str) -> datetime | None:
    """The moment of an HTTP date, in UTC; None for anything else."""
    try:
        return email.utils.parsedate_to_datetime(value).astimezone(UTC)
    except (TypeError, ValueError):
        return None


def begun_at(headers: Mapping[str, str], local: datetime) -> datetime:
    """When a sync began, by the server's clock or ours, whichever is earlier: a clock ahead must not skip what happens meanwhile."""
    server = http_date(headers.get("date", ""))
    return min(server, local) if server else local


def secret(variable: str, what: str, setting: str) -> str:
    """A secret from the environment; raises SourceError, naming the variable, where it is missing."""
    value = os.environ.get(variable, "").strip()
    if not value:
        raise SourceError(f"{setting} is on, but the environment holds no {variable} ({what})", f"set {variable}, or turn {setting} off")
    return value


def secret_token(variable: str, what: str, setting: str) -> str:
    """A secret that is sent in a header or an address; raises SourceError, naming the variable, where it is missing or holds what neither can."""
    return sendable(secret(variable, what, setting), variable)


def sendable(value: str, variable: str) -> str:
    """A token as it is; raises SourceError, naming the variable, where it holds characters that no token has."""
    if not value.isascii() or not value.isprintable() or " " in value:
        raise SourceError(f"{variable} holds characters that no token has", f"copy {variable} again, without quotes or line breaks")
    return value


def hide(text: str, secrets: Iterable[str]) -> str:
    """`text` with every secret, and whatever looks like an Authorization header, replaced."""
    for each in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(each, HIDDEN)
    return re.sub(r"(?i)\b(bearer|token|basic)\s+[\w.=/+~-]{8,}", rf"\1 {HIDDEN}", text)

"""Asking Slack's Web API through slack_sdk, at its pace: an answer as it came, or one clear reason why there is none."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from http.client import HTTPException, InvalidURL
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackRequestError

from support_metrics.errors import SourceError, SourceUnavailable
from support_metrics.settings import Settings
from support_metrics.sources.base import Known
from support_metrics.sources.calls import Answer, TryAgain, call, hide, secret_token
from support_metrics.sources.reading import decode
from support_metrics.sources.slack.refusals import READS_MESSAGES, CursorExpired, refusal
from support_metrics.sources.web import Pace, said_at

TIMEOUT = 60.0  # seconds without a byte
LIST_SIZE = 999  # the most that Slack's lists give at once
# Slack's own limits, in calls a minute; what reads messages has a setting, since some workspaces get far less.
TIERS = {"conversations.list": 20.0, "users.list": 20.0}
MOST_RESTARTS = 3
MOST_REPEATS = 3

# The library logs every answer at its lowest level; what is private must not reach a log.
_SILENT = logging.Logger("slack_sdk.silent", logging.CRITICAL + 1)
_SILENT.addHandler(logging.NullHandler())


class _Client(WebClient):
    """slack_sdk's client, which also keeps the answer as it came: its own decoding rounds numbers and forgets headers of refusals."""

    said: Mapping[str, Any] | None = None

    def _perform_urllib_http_request(self, *, url: str, args: dict[str, dict[str, Any]]) -> dict[str, Any]:
        self.said = None
        said: dict[str, Any] = super()._perform_urllib_http_request(url=url, args=args)
        self.said = said
        return said


class Api:
    """One token's view of one workspace. `began_at` is when it first answered."""

    def __init__(self, settings: Settings, known: Known) -> None:
        self.known = known
        self.page_size = settings.slack.page_size
        self.requests_per_minute = settings.slack.requests_per_minute
        self._setting = f"slack.api_url ({settings.slack.api_url})"
        self._token = secret_token("SLACK_BOT_TOKEN", "the bot token of a Slack app", "slack.live")
        self._client = _Client(token=self._token, base_url=settings.slack.api_url, timeout=TIMEOUT, retry_handlers=[], logger=_SILENT)  # type: ignore[arg-type]
        self._paces: dict[str, Pace] = {}
        self._began_at: datetime | None = None

    @property
    def began_at(self) -> datetime:
        assert self._began_at, "nothing has been asked yet"
        return self._began_at

    def ask(self, method: str, *fields: str, **given: str | int | bool) -> Answer:
        """The answer to a call, which holds a list in each of `fields`. Raises SourceError."""

        def once() -> Answer:
            self._keep_pace(method)
            answer = self._once(method, given)
            if error := refusal(method, answer, self._setting):
                raise error
            for field in fields:
                if not isinstance(answer.body.get(field), list):
                    raise TryAgain(f"the answer has no list of {field}")
            if method in READS_MESSAGES and not next_cursor(answer) and answer.body.get("has_more") is not False:
                raise TryAgain("the answer does not say where the next page lies")
            return answer

        answer = call(self.known, f"slack: {method}", once)
        self._began_at = self._began_at or said_at(answer)
        return answer

    def pages(self, method: str, field: str, *, cursor: str = "", **given: str | int | bool) -> Iterator[Answer]:
        """Every page of a listing; one whose cursor Slack no longer knows begins anew, so that pages may come twice."""
        restarts = 0
        asked: dict[str, int] = {}
        while True:
            asked[cursor] = asked.get(cursor, 0) + 1
            if asked[cursor] > MOST_REPEATS:
                raise SourceUnavailable(f"slack: {method}: the same page comes again and again", "nothing is lost; refresh again later")
            try:
                answer = self.ask(method, field, **given, **({"cursor": cursor} if cursor else {}))
            except CursorExpired:
                restarts += 1
                if not cursor or restarts > MOST_RESTARTS:
                    raise SourceUnavailable(f"slack: {method}: cursors expire faster than pages come", "refresh again later") from None
                cursor = ""
                continue
            yield answer
            cursor = next_cursor(answer)
            if not cursor:
                return

    def _keep_pace(self, method: str) -> None:
        per_minute = self.requests_per_minute if method in READS_MESSAGES else TIERS.get(method)
        if per_minute:
            burst = max(int(per_minute), 1)
            pace = self._paces.setdefault(method, Pace(burst, 60.0 * burst / per_minute))
            pace.keep(self.known, f"slack: {method}")

    def _once(self, method: str, given: Mapping[str, Any]) -> Answer:
        self._client.said = None
        try:
            self._client.api_call(method, params=dict(given))
        except (SlackApiError, AttributeError):
            # It answered; what that means is judged from the answer itself.
            pass
        except (SlackRequestError, HTTPException, OSError, ValueError) as error:
            if isinstance(error, SlackRequestError | InvalidURL) or re.search("unknown url type|Invalid IPv6|no host given", str(error)):
                raise SourceError(f"{self._setting} is no address that can be asked", "correct it; it begins with https://") from None
            raise TryAgain(hide(_in_words(error), [self._token])) from None
        said = self._client.said
        if said is None:
            raise TryAgain("no answer came")
        headers = {name.lower(): str(value) for name, value in said["headers"].items()}
        return Answer(int(said["status"]), headers, _decoded(said["body"], int(said["status"])))


def next_cursor(answer: Answer) -> str:
    """Where the next page lies; empty after the last."""
    metadata = answer.body.get("response_metadata")
    cursor = metadata.get("next_cursor") if isinstance(metadata, dict) else None
    return cursor if isinstance(cursor, str) else ""


def _decoded(body: Any, status: int) -> Any:
    problem = ""
    try:
        return decode(body.encode() if isinstance(body, str) else bytes(body), "the answer")
    except SourceError as error:
        problem = error.problem
    if status == 200:
        raise TryAgain(problem)
    return None


def _in_words(error: Exception) -> str:
    reason = getattr(error, "reason", error)
    if isinstance(reason, TimeoutError) or "timed out" in str(reason):
        return f"no answer within {TIMEOUT:g} s"
    if isinstance(reason, ConnectionError):
        return "the connection was cut" if isinstance(reason, ConnectionResetError) else "cannot be reached"
    if isinstance(reason, UnicodeError):
        return "the answer is not UTF-8"
    return f"cannot be reached: {reason}"

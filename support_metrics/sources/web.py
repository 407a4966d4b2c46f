"""A plain HTTP client for APIs that need no library of their own: what comes back is decoded JSON, or one clear reason why not.

No address is ever repeated in an error or written to the log below its host: some hold a key, and some are secrets themselves.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import requests

from support_metrics.errors import SourceError, SourceUnavailable
from support_metrics.sources.base import Known
from support_metrics.sources.calls import Answer, TryAgain, begun_at, call, hide, http_date, retry_after
from support_metrics.sources.reading import decode

CONNECT_TIMEOUT, READ_TIMEOUT = 10.0, 60.0
MAY_PASS = {408, 421, 425, 429}
LIMIT_RESETS = ("x-rate-limit-reset", "x-ratelimit-reset")
MENDS = {
    401: "the token is wrong, expired or revoked: make another",
    403: "the token may not read this: give it the scopes that the source's page in docs/ names",
    404: "correct the address or id in the settings, or give the token access to it",
}
_SAID = 200


def now() -> datetime:
    return datetime.now(UTC)


def said_at(answer: Answer) -> datetime:
    """When an answer was given: by the server's clock or ours, whichever is earlier."""
    return begun_at(answer.headers, now())


def _waits_for_nothing(seconds: float, why: str) -> None:
    raise SourceUnavailable(
        why, "try again in a minute; if it stays so, see whether the address in the settings is right and can be reached"
    )


IMPATIENT = Known(wait=_waits_for_nothing)


class Pace:
    """At most `calls` in any `seconds`."""

    def __init__(self, calls: int, seconds: float = 60.0, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds, self.clock = seconds, clock
        self._begun: deque[float] = deque(maxlen=calls)

    def keep(self, known: Known, name: str) -> None:
        """Wait as long as the next call must."""
        if len(self._begun) == self._begun.maxlen:
            rest = self._begun[0] + self.seconds - self.clock()
            if rest > 0:
                known.wait(rest, f"{name}: {self._begun.maxlen} calls in {self.seconds:.0f} s are allowed")
        self._begun.append(self.clock())


class _Headers(requests.auth.AuthBase):
    """Sets our headers. Without an authentication of our own, `requests` would take one from ~/.netrc instead."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self.headers = headers

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers.update(self.headers)
        return request


@dataclass
class Web:
    """One source's way to one API. `mends` says by status what to do about a refusal; `refusal` may know better what an answer means.

    `headers` and `params` go with every call; `secrets` are kept out of every error.
    """

    name: str
    url: str
    known: Known
    setting: str
    headers: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    mends: Mapping[int, str] = field(default_factory=dict)
    pace: Pace | None = None
    refusal: Callable[[Answer], Exception | None] = lambda _: None
    calls: int = 0

    def __post_init__(self) -> None:
        self._session = requests.Session()
        self._session.auth = _Headers({"Accept": "application/json", "User-Agent": "support-metrics", **self.headers})

    def get(self, path: str, what: str, is_sound: Callable[[Any], bool], **params: str) -> Answer:
        """The answer to a GET; `what` names it for people, `is_sound` tells whether its body has the form that was promised,
        or raises TryAgain, saying what else is wrong with it.

        Raises SourceError, or SourceUnavailable when it could not be had.
        """
        return call(self.known, f"{self.name}: {what}", lambda: self._once("GET", path, what, is_sound, params=params))

    def post(self, path: str, what: str, is_sound: Callable[[Any], bool], body: Any) -> Answer:
        """The answer to a POST of JSON that asks and changes nothing."""
        return call(self.known, f"{self.name}: {what}", lambda: self._once("POST", path, what, is_sound, json=body))

    def find(self, path: str, what: str, is_sound: Callable[[Any], bool] | None = None) -> Answer:
        """The answer to a GET of a single object, or of what lies below one; that there is none (404, 410) is an answer, too."""
        return call(self.known, f"{self.name}: {what}", lambda: self._once("GET", path, what, is_sound or is_object, may_lack=True))

    def _once(
        self,
        method: str,
        path: str,
        what: str,
        is_sound: Callable[[Any], bool],
        *,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        may_lack: bool = False,
    ) -> Answer:
        if self.pace:
            self.pace.keep(self.known, self.name)
        self.calls += 1
        url = f"{self.url.rstrip('/')}/{path.lstrip('/')}"
        response = fetched(self._session, method, url, self.setting, params={**self.params, **(params or {})}, json=json)
        headers = {name.lower(): value for name, value in response.headers.items()}
        answer = Answer(response.status_code, headers, _decoded(response, what))
        if may_lack and answer.status in (404, 410):
            return answer
        if error := self.refusal(answer) or self._refused(answer, what):
            raise error
        if not is_sound(answer.body):
            raise TryAgain("answered in a form that nobody knows")
        return answer

    def _refused(self, answer: Answer, what: str) -> Exception | None:
        """Why an answer is none, if so."""
        status = answer.status
        if status in MAY_PASS or status >= 500:
            return passing(answer)
        if 300 <= status < 400:
            return SourceError(f"{self.name}: {what}: the server sends us elsewhere ({status})", f"correct {self.setting}")
        if status >= 400:
            mend = self.mends.get(status) or MENDS.get(
                status, f"if {self.setting} and the ids in the settings are right, please report this"
            )
            return SourceError(f"{self.name}: {what}: refused with {status}{self._reason(answer)}", mend)
        if answer.body is None:
            return TryAgain(f"{what} came without any content")
        return None

    def _reason(self, answer: Answer) -> str:
        """What the server says of its refusal, without secrets."""
        body = answer.body if isinstance(answer.body, dict) else {}
        said = body.get("error") if isinstance(body.get("error"), dict) else body
        text = next(
            (said[key] for key in ("detail", "message", "title", "error") if isinstance(said, dict) and isinstance(said.get(key), str)), ""
        )
        return f": {hide(text[:_SAID], self.secrets)}" if text else ""


def passing(answer: Answer) -> TryAgain:
    """A refusal that may pass, with how long the server asks us to wait."""
    server = http_date(answer.headers.get("date", "")) or now()
    after = retry_after(answer.headers, server)
    if answer.status != 429:
        return TryAgain(f"answered {answer.status}", after)
    reset = next((answer.headers[name] for name in LIMIT_RESETS if answer.headers.get(name, "").isdecimal()), None)
    if after is None and reset:
        # A second more, since the moment is told in whole seconds.
        after = max(float(reset) - server.timestamp() + 1, 0.0)
    return TryAgain("rate limit", after, is_limit=True)


def is_list(body: Any) -> bool:
    return isinstance(body, list)


def is_object(body: Any) -> bool:
    return isinstance(body, dict)


def fetched(session: requests.Session, method: str, url: str, setting: str, **more: Any) -> requests.Response:
    """The response, read to its end. Raises TryAgain where none came, SourceError where none can.

    No error of `requests` is carried along, not even as a cause: they repeat the address.
    """
    why, mend = "", ""
    with unlogged():
        try:
            return session.request(method, url, timeout=(CONNECT_TIMEOUT, READ_TIMEOUT), allow_redirects=False, **more)
        except requests.exceptions.SSLError:
            why, mend = "the server's certificate is not trusted", f"correct {setting}, or install the certificate of your organization"
        except (requests.exceptions.InvalidURL, requests.exceptions.MissingSchema, requests.exceptions.InvalidSchema):
            why, mend = "is no address that can be asked", f"correct {setting}; it begins with https://"
        except requests.exceptions.ConnectTimeout:
            why = f"no connection within {CONNECT_TIMEOUT:g} s"
        except requests.exceptions.Timeout:
            why = f"no answer within {READ_TIMEOUT:g} s"
        except requests.exceptions.ConnectionError as error:
            why = "the connection was cut" if "reset" in str(error).lower() or "aborted" in str(error).lower() else "cannot be reached"
        except requests.RequestException:
            why = "the answer was cut short"
        except UnicodeEncodeError:
            why, mend = "a secret holds characters that cannot be sent", "copy it again into the environment, without quotes or line breaks"
        except ValueError:
            # The library takes a redirect apart even if nobody wants to follow it.
            why = "sent us on to what is no address"
    if mend:
        raise SourceError(f"{setting}: {host(url)}: {why}", mend)
    raise TryAgain(why)


def host(url: str) -> str:
    """The host of an address, and no more of it."""
    try:
        return urlsplit(url).hostname or "?"
    except ValueError:
        return "?"


def _decoded(response: requests.Response, what: str) -> Any:
    """The JSON of an answer. Of a refusal it is only wanted, of anything else it must be sound."""
    if not response.content:
        return None
    problem = None
    try:
        return decode(response.content, what)
    except SourceError as error:
        problem = error.problem
    if response.status_code < 400:
        raise TryAgain(f"no sound JSON: {problem}")
    return None


# The library below `requests` logs every address it asks, with its query, at its lowest level.
_asking = threading.local()


def _is_loggable(_: logging.LogRecord) -> bool:
    return not getattr(_asking, "is_ours", False)


@contextmanager
def unlogged() -> Iterator[None]:
    """No address asked here, nor one that we are sent on to, is written to the log."""
    logging.getLogger("urllib3.connectionpool").addFilter(_is_loggable)
    _asking.is_ours = True
    try:
        yield
    finally:
        _asking.is_ours = False

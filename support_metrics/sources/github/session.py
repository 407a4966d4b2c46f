"""Asking GitHub through PyGithub: bodies exactly as received, and every refusal turned into what can be done about it."""

from __future__ import annotations

import contextlib
import json
import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests

from support_metrics.errors import PlaceMissing, SourceError
from support_metrics.settings import GitHub, Settings
from support_metrics.sources.base import Known
from support_metrics.sources.calls import HIDDEN, Answer, TryAgain, begun_at, call, hide, http_date, secret
from support_metrics.sources.github.refusals import DOCUMENTED, PERMISSIONS, Refused, TokenRefused, message_in, refusal
from support_metrics.sources.reading import decode
from support_metrics.sources.web import unlogged

if TYPE_CHECKING:
    from github.Auth import Auth
    from github.Requester import HTTPRequestsConnectionClass

CONNECT_TIMEOUT, READ_TIMEOUT = 10.0, 60.0
PAGE_SIZE = 100
REDIRECTS = 3
# What every token of GitHub looks like, also where it was cut.
_TOKEN = re.compile(r"\b(?:gh[a-z]_|github_pat_)\w*")
API_URL = str(GitHub.model_fields["api_url"].default)


def utc_now() -> datetime:
    """Our own clock."""
    return datetime.now(UTC)


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


class Session:
    """A signed-in client of one GitHub. `answered_at` is when it last answered, by the earlier of its clock and ours."""

    def __init__(self, settings: Settings, known: Known, repositories: Sequence[str]) -> None:
        """The first of `repositories` that is there tells which installation of a GitHub App is meant. Raises SourceError where a secret is missing."""
        # PyGithub logs bodies when asked to debug, among them the answer that carries an App's token.
        logging.getLogger("github.Requester").setLevel(logging.WARNING)
        self.known = known
        self.answered_at = utc_now()
        self._api_url = settings.github.api_url.rstrip("/")
        if not _is_address(self._api_url):
            raise SourceError(f"github.api_url: {self._api_url!r} is no address", f"write {API_URL}, or https://<host>/api/v3")
        self._prefix = urlsplit(self._api_url).path
        # Behind a wrong path of some other server everything is missing, and no repository is to blame.
        self.look_elsewhere = "" if self._api_url == API_URL else "; and look whether github.api_url is right"
        self._connection = _keeping_connection(self._api_url)
        self._secrets: set[str] = set()
        self._sign_in(settings, repositories)

    def _sign_in(self, settings: Settings, repositories: Sequence[str]) -> None:
        from github import Auth

        if settings.github.app_id is None:
            self._use(Auth.Token(self._secret("GITHUB_TOKEN", "a token that may read the repositories; " + DOCUMENTED)))
            return
        key = self._secret("GITHUB_APP_PRIVATE_KEY", "the private key of the App that github.app_id names").replace("\\n", "\n")
        self._secrets |= {key, *(line for line in key.splitlines() if len(line) > 20 and "-----" not in line)}
        try:
            app = Auth.AppAuth(settings.github.app_id, key)
            app.create_jwt()
        except Exception:  # noqa: BLE001 - whatever jwt and cryptography make of it, and their words may repeat it
            raise SourceError(
                "GITHUB_APP_PRIVATE_KEY holds no private key in PEM format",
                "set it to the whole content of the .pem file, its line ends as \\n",
            ) from None
        installation = settings.github.app_installation_id
        if installation is None:
            self._use(app)
            installation = next(filter(None, map(self._installation, repositories)), None)
        if installation is None:
            raise SourceError(
                f"github.app_id: App {settings.github.app_id} is not installed where {' or '.join(repositories)} lies",
                f"install it there, or set github.app_installation_id{self.look_elsewhere}",
            )
        self._use(app.get_installation_auth(int(installation)))

    def _installation(self, repository: str) -> int | None:
        try:
            found = self.get(f"/repos/{repository}/installation", f"installation of the App for {repository}").body["id"]
        except (Refused, KeyError, TypeError):
            return None
        return int(found)

    def _secret(self, variable: str, what: str) -> str:
        value = secret(variable, what, "github.live")
        self._secrets.add(value)
        return value

    def _use(self, auth: Auth) -> None:
        from github import Github

        client = Github(
            auth=auth,
            base_url=self._api_url,
            timeout=max(int(READ_TIMEOUT), 1),
            per_page=PAGE_SIZE,
            retry=None,
            seconds_between_requests=None,
            seconds_between_writes=None,
            lazy=True,
        )
        self._requester = client.requester

    # Asking

    def get(self, url: str, name: str, etag: str = "") -> Answer:
        """The answer to a GET, tried again where that may help; status 304 where nothing has changed since `etag`.

        `url` is an address GitHub gave, or a path below the API's. Raises Refused for what only the asker can judge.
        """
        for _ in range(REDIRECTS):
            answer = call(self.known, f"github: {name}", lambda url=url: self._ask(url, name, etag))  # type: ignore[misc]
            if answer.status not in (302, 307):
                return answer
            url = answer.headers.get("location", "")
        raise SourceError(f"github: {name}: redirected again and again", "look whether github.api_url is right")

    def path(self, url: str) -> str:
        """An address that GitHub gave as a path below the API's: it holds wherever the API is reached by another name.

        Raises ValueError where it is none.
        """
        parts = urlsplit(url)
        path = parts.path.removeprefix(self._prefix)
        return f"{path}?{parts.query}" if parts.query else path

    def _ask(self, url: str, name: str, etag: str) -> Answer:
        self._connection.timeout = (CONNECT_TIMEOUT, READ_TIMEOUT)  # type: ignore[assignment]
        headers = {"Accept": "application/vnd.github+json"} | ({"If-None-Match": etag} if etag else {})
        try:
            path = self.path(url)
        except ValueError:
            raise TryAgain("sent us on to what is no address") from None
        self._request(path, name, headers)
        response = self._connection.kept  # type: ignore[attr-defined]
        self._secrets |= {word for word in self._connection.headers.get("Authorization", "").split() if len(word) > 8}
        said = {key.lower(): value for key, value in response.headers.items()}
        self.answered_at = begun_at(said, utc_now())
        if response.status_code in (302, 304, 307):
            return Answer(response.status_code, said, None)
        if response.status_code != 200:
            raise self._refusal(response.status_code, said, message_in(response.content), name)
        try:
            return Answer(200, said, decode(response.content, name))
        except SourceError as error:
            kind = "HTML" if response.content.lstrip()[:1] == b"<" else "damaged JSON"
            raise TryAgain(f"answered {kind}") from error

    def _request(self, path: str, name: str, headers: dict[str, str], verb: str = "GET", body: Any = None) -> None:
        from github import GithubException

        try:
            with unlogged():
                self._requester.requestJson(verb, path, headers=headers, input=body, cnx=self._connection)
        except requests.exceptions.Timeout:
            raise TryAgain("no answer in time") from None
        except (requests.exceptions.InvalidHeader, UnicodeError):
            raise TokenRefused("GITHUB_TOKEN holds characters that no token has", f"copy the token again; {DOCUMENTED}") from None
        except requests.exceptions.RequestException as error:
            raise TryAgain(f"the connection failed ({type(error).__name__})") from None
        except GithubException as error:  # only fetching an App's token makes PyGithub judge by itself
            raise self._refused_app(error.status, {key.lower(): str(value) for key, value in (error.headers or {}).items()}, name) from None
        except json.JSONDecodeError:
            raise TryAgain("the App's token came as damaged JSON") from None
        except ValueError:
            # The libraries take redirects, and the end of an App's token, apart by themselves.
            raise TryAgain("answered with an address or a date that is none") from None

    def _refused_app(self, status: int, headers: Mapping[str, str], name: str) -> Exception:
        if status >= 500 or status == 429 or "retry-after" in headers or headers.get("x-ratelimit-remaining") == "0":
            return self._refusal(status, headers, "", name)
        return TokenRefused(
            f"github: GitHub gives the App no token ({status})",
            "look whether github.app_id and github.app_installation_id are right, and whether the App is still installed",
        )

    def _refusal(self, status: int, headers: Mapping[str, str], said: str, name: str) -> Exception:
        now = http_date(headers.get("date", "")) or utc_now()
        return refusal(status, headers, _TOKEN.sub(HIDDEN, hide(said, self._secrets))[:200], name, now)


@contextlib.contextmanager
def explained(session: Session, repository: str, setting: str, stream: str) -> Iterator[None]:
    """Turn a refusal of a repository's listing into what is wrong with the settings, or with the question."""
    try:
        yield
    except Refused as refused:
        name = f"github: {repository} {stream}"
        if refused.status in (301, 308):
            raise SourceError(*_renamed(session, repository, setting, refused.location)) from refused
        if refused.status == 404:
            raise PlaceMissing(
                f"{setting}: GitHub has no {repository}, or hides it from this token",
                f"correct the name, or {PERMISSIONS}{session.look_elsewhere}",
            ) from refused
        raise SourceError(
            f"{name}: GitHub refuses the question ({refused.status} {refused.said})".replace(" )", ")"),
            "nothing is lost, what had landed stays; refresh again, and report this if it happens again",
        ) from refused


def _renamed(session: Session, repository: str, setting: str, location: str) -> tuple[str, str]:
    """Objects name the repository they lie in: under the old name those read from now on would not count."""
    try:
        name = session.get(re.sub(r"/(?:issues|releases)\b.*", "", session.path(location)), f"new name of {repository}").body["full_name"]
    except (Refused, KeyError, TypeError, ValueError):
        return f"{setting}: {repository} has moved, GitHub does not say where to", "look it up on GitHub and correct the name"
    return (
        f"{setting}: {repository} is now {name}",
        f'write "{name}" in its place; all of it is read again under that name, and nothing counts twice',
    )


def _keeping_connection(api_url: str) -> HTTPRequestsConnectionClass:
    """PyGithub's own connection, which keeps the answer as it came.

    PyGithub would decode the body by a guessed encoding, follow 301 without the query, and sleep on 202: it is told 200 in their place.
    """
    from github.Requester import HTTPRequestsConnectionClass, HTTPSRequestsConnectionClass, RequestsResponse

    parts = urlsplit(api_url)
    plain: Any = HTTPSRequestsConnectionClass if parts.scheme == "https" else HTTPRequestsConnectionClass

    class Keeping(plain):  # type: ignore[misc]
        kept: requests.Response

        def getresponse(self) -> RequestsResponse:
            self.kept = super().getresponse().response
            told = requests.Response()
            told.status_code = 200 if self.kept.status_code in (202, 301) else self.kept.status_code
            return RequestsResponse(told)

    return Keeping(parts.hostname, parts.port)

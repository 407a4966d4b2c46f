"""GitHub's issues: asked for one by one, by label or by words; commented on and closed where a person wants it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from support_metrics.errors import IssueRefused, PostingError, SourceError, SourceUnavailable
from support_metrics.exterminator.issue_urls import IssueUrl, site_of
from support_metrics.exterminator.shortcut import AGAIN
from support_metrics.exterminator.writing_session import MAY_WRITE, WriteRefused, WritingSession
from support_metrics.settings import Settings
from support_metrics.sources.base import Known
from support_metrics.sources.calls import Answer, TryAgain, call
from support_metrics.sources.github.paging import next_link
from support_metrics.sources.github.refusals import Refused, TokenRefused

MOST_REDIRECTS = 3
NOT_QUALIFIED = ("repo:", "org:", "user:", "is:pr", "is:pull-request", "type:pr")


@dataclass(frozen=True)
class Issue:
    """An issue as GitHub has it now. `former` are other addresses that lead to it, as far as they are known."""

    raw: Mapping[str, Any]
    url: IssueUrl
    former: tuple[IssueUrl, ...] = ()

    @property
    def mark(self) -> str:
        """What its story carries as external id; it stays when the repository is renamed."""
        return f"github:issue:{self.raw['id']}"

    @property
    def title(self) -> str:
        return " ".join(str(self.raw.get("title") or "").split()) or f"Issue {self.url.number} of {self.url.repository}"

    @property
    def body(self) -> str:
        return str(self.raw.get("body") or "")

    @property
    def labels(self) -> list[str]:
        given = self.raw.get("labels") or ()
        return [str(each.get("name") or "") if isinstance(each, dict) else str(each) for each in given]

    @property
    def is_open(self) -> bool:
        return self.raw.get("state") == "open"

    @property
    def is_pull_request(self) -> bool:
        return "pull_request" in self.raw


@dataclass
class Issues:
    """The issues of the configured repositories."""

    settings: Settings
    known: Known
    session: WritingSession = field(init=False)
    _names: dict[str, str | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.settings.github.repositories:
            raise SourceError("github.repositories names none", "name the repositories whose issues may become stories, as owner/name")
        self.site = site_of(self.settings)
        self.session = WritingSession(self.settings, self.known, self.settings.github.repositories[0])

    # Reading

    def _get(self, path: str, name: str) -> Answer:
        """The answer to a GET, wherever it has moved. Raises Refused."""
        for _ in range(MOST_REDIRECTS):
            try:
                return self.session.get(path, name)
            except Refused as refused:
                if refused.status not in (301, 308) or not refused.location:
                    raise
                path = self.session.path(refused.location)
        raise SourceError(f"github: {name}: moved again and again", "look whether github.api_url is right")

    def _seen(self, path: str, name: str) -> Any:
        """What is at a path, or None if it is not there or not for this token: stories may link to whatever there is."""
        try:
            return self._get(path, name).body
        except Refused:
            return None
        except SourceError as error:
            if isinstance(error, SourceUnavailable | TokenRefused):
                raise
            self.known.tell(f"{error.problem}; stories that link there are not compared")
            return None

    def now_called(self, repository: str) -> str | None:
        """The name a repository has now; None if there is none that the token may see."""
        key = repository.lower()
        if key not in self._names:
            seen = self._seen(f"/repos/{repository}", f"name of {repository}")
            name = seen.get("full_name") if isinstance(seen, dict) else None
            self._names[key] = str(name) if name else None
        return self._names[key]

    def is_configured(self, repository: str) -> bool:
        """Whether a repository, by the name it has now, is one of the settings', by whatever name."""
        configured = self.settings.github.repositories
        return repository.lower() in {each.lower() for each in configured} or repository.lower() in {
            (self.now_called(each) or "").lower() for each in configured
        }

    def issue(self, url: IssueUrl) -> Issue:
        """The issue at an address. Raises IssueRefused, with the reason, if it may not become a story."""
        given = url.repository
        configured = ", ".join(self.settings.github.repositories)
        if given.lower() not in {each.lower() for each in self.settings.github.repositories}:
            name = self.now_called(given)
            if not name or not self.is_configured(name):
                raise IssueRefused(f"{url}: {given} is no configured repository", f"github.repositories names {configured}")
        try:
            raw = self._get(f"/repos/{given}/issues/{url.number}", f"issue {url}").body
        except Refused as refused:
            why = {410: "has been deleted", 404: "is not there, or the token may not see it"}.get(refused.status, f"is refused ({refused})")
            raise IssueRefused(f"{url}: the issue {why}", "correct the address") from refused
        found = self._read(raw)
        if found is None:
            raise IssueRefused(f"{url}: GitHub answers no issue", "correct the address, or look at it in a browser")
        if found.is_pull_request:
            raise IssueRefused(f"{url} is a pull request; only issues become stories", "give the address of an issue")
        if not self.is_configured(found.url.repository):
            raise IssueRefused(
                f"{url}: the issue was transferred to {found.url}, and {found.url.repository} is no configured repository",
                f"add it to github.repositories, or import it there; now it names {configured}",
            )
        return self._with_former(found, url)

    def _with_former(self, issue: Issue, *given: IssueUrl) -> Issue:
        """With the address given, and that under the name which the settings still use for its repository."""
        now = issue.url.repository.lower()
        old = [
            each
            for each in self.settings.github.repositories
            if each.lower() != now and (self._names.get(each.lower()) or "").lower() == now
        ]
        former = [*given, *(issue.url._replace(repository=each) for each in old)]
        return Issue(issue.raw, issue.url, tuple(each for each in dict.fromkeys(former) if each != issue.url))

    def _read(self, raw: Any) -> Issue | None:
        """An issue with the address that GitHub itself gives it."""
        if not isinstance(raw, dict) or "id" not in raw or not isinstance(raw.get("number"), int):
            return None
        parts = urlsplit(str(raw.get("html_url") or ""))
        names = parts.path.strip("/").split("/")
        if len(names) < 4:
            return None
        return Issue(raw, IssueUrl(f"{parts.scheme}://{parts.netloc}", f"{names[0]}/{names[1]}", raw["number"]))

    def was_transferred(self, issue: Issue) -> bool:
        """Whether the issue came from another repository, as its events tell."""
        path = f"/repos/{issue.url.repository}/issues/{issue.url.number}/events?per_page=100"
        return any(each.get("event") == "transferred" for each in self._pages(path, f"events of {issue.url}", lambda body: body))

    def state_of(self, url: IssueUrl) -> Issue | None:
        """An issue wherever it lies now, or None if it is gone."""
        return self._read(self._seen(f"/repos/{url.repository}/issues/{url.number}", f"issue {url}"))

    def open_ones(self, label: str = "") -> Iterator[Issue]:
        """The open issues of all configured repositories, of one label if given, oldest first."""
        for repository in self.settings.github.repositories:
            asked = {"state": "open", "per_page": "100", "direction": "asc"} | ({"labels": label} if label else {})
            path = f"/repos/{repository}/issues?{urlencode(asked)}"
            for raw in self._pages(path, f"open issues of {repository}", lambda body: body):
                issue = self._read(raw)
                if issue and not issue.is_pull_request and (not label or label.casefold() in map(str.casefold, issue.labels)):
                    yield issue

    def label_names(self) -> list[str]:
        """The names of the labels that the configured repositories have, without repetition."""
        names: list[str] = []
        for repository in self.settings.github.repositories:
            path = f"/repos/{repository}/labels?per_page=100"
            names += (str(each["name"]) for each in self._pages(path, f"labels of {repository}", lambda body: body))
        return list(dict.fromkeys(names))

    def matching(self, words: str) -> Iterator[Issue]:
        """What GitHub's search finds among the issues of all configured repositories; open ones, unless the words say otherwise."""
        if foreign := [each for each in words.lower().split() if each.lstrip("-").startswith(NOT_QUALIFIED)]:
            raise IssueRefused(
                f"--query: {foreign[0]!r} is not for you to say", "issues of the configured repositories are searched; leave it out"
            )
        is_said = any(each.lstrip("-").startswith(("is:open", "is:closed", "state:")) for each in words.lower().split())
        for repository in self.settings.github.repositories:
            name = self.now_called(repository) or repository
            query = f"{words} is:issue repo:{name}{'' if is_said else ' is:open'}"
            path = f"/search/issues?q={quote(query)}&per_page=100&sort=created&order=asc"
            for raw in self._pages(path, f"search in {name}", lambda body: body["items"]):
                issue = self._read(raw)
                if issue and not issue.is_pull_request and self.is_configured(issue.url.repository):
                    yield issue

    def _pages(self, path: str, name: str, items: Any) -> Iterator[Any]:
        while path:
            try:
                answer = self._get(path, name)
                page = items(answer.body)
            except Refused as refused:
                mend = "correct the words, label or repository" if refused.status in (404, 410, 422) else "try again later"
                raise SourceError(f"github: {name}: GitHub refuses the question ({refused})", mend) from refused
            except (KeyError, TypeError) as error:
                raise SourceError(f"github: {name}: answered in a form that nobody knows", "try again later") from error
            if isinstance(answer.body, dict) and answer.body.get("incomplete_results"):
                self.known.tell(f"github: {name}: GitHub says that it did not search everything; run it again for the rest")
            yield from page
            path = next_link(answer.headers)

    # Writing

    def _comments(self, issue: Issue) -> Iterator[tuple[int, str]]:
        path = f"/repos/{issue.url.repository}/issues/{issue.url.number}/comments?per_page=100"
        for each in self._pages(path, f"comments on {issue.url}", lambda body: body):
            yield int(each["id"]), str(each.get("body") or "").strip()

    def says(self, issue: Issue, words: str) -> bool:
        """Whether a comment on the issue holds these words."""
        return any(words in body for _, body in self._comments(issue))

    def comments_of(self, issue: Issue, text: str) -> list[int]:
        """The ids of the comments on the issue with this very text, the earliest first."""
        return sorted(number for number, body in self._comments(issue) if body == text.strip())

    def comment(self, issue: Issue, text: str, sign: str) -> bool:
        """Comment once: False if a comment with `sign` is there already."""
        path = f"/repos/{issue.url.repository}/issues/{issue.url.number}/comments"

        def do() -> bool:
            if self.says(issue, sign):
                return False
            self.session.send("POST", path, f"comment on {issue.url}", {"body": text})
            return True

        return bool(self._written(f"comment on {issue.url}", do))

    def remove_comment(self, issue: Issue, number: int) -> None:
        """Remove a comment; that it is gone, or another's whose run removes it, is as good."""
        name = f"removing comment {number} on {issue.url}"

        def do() -> None:
            try:
                self.session.send("DELETE", f"/repos/{issue.url.repository}/issues/comments/{number}", name)
            except WriteRefused:
                self.known.tell(f"github: {name}: only its author may")
            except Refused as refused:
                if refused.status not in (404, 410):
                    raise

        self._written(name, do)

    def close(self, issue: Issue) -> None:
        path = f"/repos/{issue.url.repository}/issues/{issue.url.number}"
        body = {"state": "closed", "state_reason": "completed"}
        self._written(f"closing {issue.url}", lambda: self.session.send("PATCH", path, f"closing {issue.url}", body))

    def _written(self, what: str, do: Any) -> Any:
        try:
            return call(self.known, f"github: {what}", do)
        except SourceUnavailable as error:
            raise PostingError(error.problem, AGAIN) from error
        except SourceError as error:
            raise PostingError(error.problem, error.mend) from error
        except (Refused, TryAgain) as refused:
            raise PostingError(f"github: {what}: refused ({refused})", MAY_WRITE) from refused

"""A GitHub that answers as api.github.com does: Link headers, tags, limits, redirects; over repositories that may change meanwhile."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlencode

from support_metrics_tests.servers.base import Api, Asked, Reply
from support_metrics_tests.servers.github_objects import Repository, stamp
from support_metrics_tests.servers.github_users import Users

DOCUMENTATION = "https://docs.github.com/rest"
NO_NUMBERS = "Pagination with the page parameter is not supported for large datasets, please use cursor based pagination (after/before)"
CAPPED = "In order to keep the API fast for everyone, pagination is limited for this resource."
_ROUTE = re.compile(r"/(?:repos/(?P<name>[^/]+/[^/]+)|repositories/(?P<number>\d+))(?:/(?P<below>.*))?\Z")
# A listing that has begun by login goes on by number.
_OF_A_USER = re.compile(r"/users?/(?P<who>[^/]+)(?P<organisations>/orgs)?\Z")
_LISTINGS = {"issues": "issues", "issues/comments": "comments", "issues/events": "events", "releases": "releases"}
INSTALLATION, INSTALLATION_TOKEN = 7_001, "ghs_installationtoken0001"


def refusal(status: int, message: str, **headers: str) -> Reply:
    body = {"message": message, "documentation_url": DOCUMENTATION, "status": str(status)}
    return Reply(body, status, {name.replace("_", "-"): value for name, value in headers.items()})


class GitHubApi(Api):
    """`numbered` streams are paged by number, the others by cursor. `token`, if given, is the only one accepted.

    `events_cap` is how many events may be listed. `expire()` makes every cursor given so far unknown.
    """

    def __init__(self, date: Callable[[], datetime] = lambda: datetime.now(UTC), token: str = "") -> None:
        super().__init__(date)
        self.repositories: dict[int, Repository] = {}
        self.old_names: dict[str, int] = {}
        self.users = Users()
        self.numbered: set[str] = {"reactions", "releases"}
        self.prefix = ""
        self.token = token
        self.limit = self.remaining = 5_000
        self.events_cap: int | None = None
        self._generation = 0

    def repository(self, name: str) -> Repository:
        """A new repository."""
        number = 1_000 + len(self.repositories)
        self.repositories[number] = Repository(name, number)
        return self.repositories[number]

    def rename(self, repository: Repository, name: str) -> None:
        self.old_names[repository.name.lower()] = repository.number
        repository.rename(name)

    def load(self, folder: Path) -> None:
        """Add the repositories of a folder that holds `<owner>/<repo>/*.jsonl`, and the people of which it tells."""
        self.users.load(folder)
        for path in sorted(folder.glob("*/*/")):
            name = f"{path.parent.name}/{path.name}"
            (self._named(name) or self.repository(name)).load(path)

    def expire(self) -> None:
        self._generation += 1

    # Answering

    def reply(self, asked: Asked) -> Reply:
        path = asked.path.removeprefix(self.prefix)
        if path.startswith("/app/") or path.endswith("/installation"):
            return self._app(asked, path)
        scheme, _, secret = asked.headers.get("authorization", "").partition(" ")
        if scheme not in ("token", "Bearer") or (self.token and secret not in (self.token, INSTALLATION_TOKEN)):
            return refusal(401, "Bad credentials")
        if self.remaining <= 0:
            return self._limited(refusal(403, "API rate limit exceeded for user ID 1."))
        reply = self._route(path, asked)
        if reply.status == 200:
            tag = f'W/"{hashlib.md5(json.dumps([reply.body, reply.headers.get("Link")]).encode()).hexdigest()}"'
            reply = Reply(reply.body, 200, {**reply.headers, "ETag": tag})
            if asked.headers.get("if-none-match") == tag:
                return self._limited(Reply(None, 304, reply.headers))
        self.remaining -= 1
        return self._limited(reply)

    def _limited(self, reply: Reply) -> Reply:
        reset = self.date().replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        told = {"Limit": self.limit, "Remaining": self.remaining, "Used": self.limit - self.remaining, "Reset": int(reset.timestamp())}
        limits = {f"X-RateLimit-{name}": str(value) for name, value in told.items()}
        return Reply(
            reply.body, reply.status, {**limits, "X-RateLimit-Resource": "core", "X-GitHub-Media-Type": "github.v3", **reply.headers}
        )

    def _app(self, asked: Asked, path: str) -> Reply:
        if not asked.headers.get("authorization", "").startswith("Bearer ey"):
            return refusal(401, "A JSON web token could not be decoded")
        if path.endswith("/installation"):
            return Reply({"id": INSTALLATION, "app_id": 1, "account": None})
        if path == f"/app/installations/{INSTALLATION}/access_tokens" and asked.method == "POST":
            expires = stamp(datetime.now(UTC) + timedelta(hours=1))
            return Reply({"token": INSTALLATION_TOKEN, "expires_at": expires, "permissions": {}, "repository_selection": "selected"}, 201)
        return refusal(404, "Not Found")

    def _named(self, name: str) -> Repository | None:
        return next((each for each in self.repositories.values() if each.name.lower() == name.lower()), None)

    def _route(self, path: str, asked: Asked) -> Reply:
        if of_a_user := _OF_A_USER.match(path):
            return self._user(unquote(of_a_user["who"]), bool(of_a_user["organisations"]), asked.given)
        found = _ROUTE.match(path)
        if not found:
            return refusal(404, "Not Found")
        repository = self.repositories.get(int(found["number"])) if found["number"] else self._named(found["name"])
        below = found["below"] or ""
        if repository is None:
            moved = self.old_names.get((found["name"] or "").lower())
            return self._moved(f"/repositories/{moved}/{below}", asked.given) if moved else refusal(404, "Not Found")
        if not below:
            return Reply({"id": repository.number, "full_name": repository.name, "url": repository.url})
        if below.startswith("issues") and not repository.has_issues:
            return refusal(410, "Issues are disabled for this repo")
        if below in _LISTINGS:
            return self._listing(repository, below, _LISTINGS[below], list(getattr(repository, _LISTINGS[below]).values()), asked.given)
        return self._single(repository, below, asked.given)

    def _user(self, who: str, organisations: bool, given: Mapping[str, str]) -> Reply:
        found = self.users.called(who, self.repositories.values())
        if found is None:
            return refusal(404, "Not Found")
        if not organisations:
            return Reply(found)
        listed, size = self.users.organisations.get(found["id"], []), min(max(int(given.get("per_page", 30)), 1), 100)
        return self._by_number(f"{self.address}{self.prefix}/user/{found['id']}/orgs", "organisations", listed, size, given)

    def _moved(self, path: str, given: Mapping[str, str]) -> Reply:
        location = f"{self.address}{self.prefix}{path.rstrip('/')}" + (f"?{urlencode(given)}" if given else "")
        body = {"message": "Moved Permanently", "url": location, "documentation_url": DOCUMENTATION}
        return Reply(body, 301, {"Location": location})

    def _single(self, repository: Repository, below: str, given: Mapping[str, str]) -> Reply:
        kind, _, identity = below.rpartition("/")
        if identity == "reactions":
            number = int(kind.rpartition("/")[2])
            if not repository.numbered(number):
                return refusal(404, "Not Found")
            return self._listing(repository, below, "reactions", list(repository.reactions.get(number, {}).values()), given)
        if kind == "issues" and identity.isdecimal():
            number = int(identity)
            if number in repository.moved:
                other, there = repository.moved[number]
                return self._moved(f"/repositories/{other}/issues/{there}", {})
            issue = repository.numbered(number)
            return Reply({**issue, "closed_by": None}) if issue else refusal(410, "This issue was deleted")
        held: dict[int, Any] = {"issues/comments": repository.comments, "releases": repository.releases}.get(kind, {})
        value = held.get(int(identity)) if identity.isdecimal() else None
        return Reply(value) if value else refusal(404, "Not Found")

    # Listings

    def _listing(self, repository: Repository, below: str, stream: str, objects: list[dict[str, Any]], given: Mapping[str, str]) -> Reply:
        if since := given.get("since"):
            try:
                moment = datetime.fromisoformat(since)
            except ValueError:
                return refusal(422, "Invalid since")
            objects = [each for each in objects if datetime.fromisoformat(each["updated_at"]) >= moment]
        if stream == "issues" and given.get("state", "open") != "all":
            objects = [each for each in objects if each["state"] == given.get("state", "open")]
        is_descending = stream in ("events", "releases") or given.get("direction", "desc" if stream == "issues" else "asc") == "desc"
        order = _order(stream, given)
        objects = sorted(objects, key=order, reverse=is_descending)
        size = min(max(int(given.get("per_page", 30)), 1), 100)
        url = f"{self.address}{self.prefix}/repositories/{repository.number}/{below}"
        if stream in self.numbered:
            return self._by_number(url, stream, objects, size, given)
        return self._by_cursor(url, stream, objects, size, given, order, is_descending)

    def _by_number(self, url: str, stream: str, objects: list[dict[str, Any]], size: int, given: Mapping[str, str]) -> Reply:
        page, last = int(given.get("page", 1)), max(-(-len(objects) // size), 1)
        if stream == "events" and self.events_cap is not None and (page - 1) * size >= self.events_cap:
            return refusal(422, CAPPED)
        pages = {"prev": page - 1 if page > 1 else None, "next": page + 1 if page < last else None}
        pages |= {"last": last if page < last else None, "first": 1 if page > 1 else None}
        links = [(rel, {**given, "page": str(number)}) for rel, number in pages.items() if number]
        return _page(objects[(page - 1) * size : page * size], url, links)

    def _by_cursor(
        self,
        url: str,
        stream: str,
        objects: list[dict[str, Any]],
        size: int,
        given: Mapping[str, str],
        order: Callable[[dict[str, Any]], tuple[str, int]],
        is_descending: bool,
    ) -> Reply:
        if "page" in given:
            return refusal(422, NO_NUMBERS)
        seen = 0
        if after := given.get("after"):
            try:
                generation, count, moment, identity = json.loads(base64.urlsafe_b64decode(after))
            except (ValueError, binascii.Error):
                return refusal(422, "Invalid cursor")
            if generation != self._generation:
                return refusal(422, "The cursor has expired")
            seen = count
            last = (moment, identity)
            objects = [each for each in objects if (order(each) < last if is_descending else order(each) > last)]
        if stream == "events" and self.events_cap is not None and seen >= self.events_cap:
            return refusal(422, CAPPED)
        page = objects[:size]
        links = []
        if len(objects) > size:
            cursor = json.dumps([self._generation, seen + size, *order(page[-1])]).encode()
            links = [("next", {**given, "after": base64.urlsafe_b64encode(cursor).decode()})]
        return _page(page, url, links)


def _order(stream: str, given: Mapping[str, str]) -> Callable[[dict[str, Any]], tuple[str, int]]:
    field = "updated_at" if given.get("sort") == "updated" and stream in ("issues", "comments") else "created_at"
    return lambda each: (each[field], each["id"])


def _page(objects: list[dict[str, Any]], url: str, links: Iterable[tuple[str, Mapping[str, str]]]) -> Reply:
    told = ", ".join(f'<{url}?{urlencode(given)}>; rel="{rel}"' for rel, given in links)
    return Reply(objects, 200, {"Link": told} if told else {})

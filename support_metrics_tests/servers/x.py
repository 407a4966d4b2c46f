"""X's API v2 on loopback: mentions, own posts and direct messages, newest first, with the users and posts they refer to."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from support_metrics_tests.servers.base import Api, Asked, Reply

TOKEN, USER_TOKEN, BRAND = "marked-x-token", "marked-x-user-token", "777"
PROBLEMS = "https://api.twitter.com/2/problems/"


class XApi(Api):
    """`posts`, `messages` and `users` by id. `token`, the app's, reads posts only; `user_token` all. `most` are the posts a listing holds.

    Page tokens name the last object of the page before: X promises for its search that a token brings the same results whenever it is used.
    What is `withheld` takes its place on a page and is not shown.
    """

    def __init__(
        self,
        posts: Iterable[dict[str, Any]] = (),
        messages: Iterable[dict[str, Any]] = (),
        users: Iterable[dict[str, Any]] = (),
        date: Callable[[], datetime] = lambda: datetime.now(UTC),
        account: str = BRAND,
        page: int = 100,
    ) -> None:
        super().__init__(date)
        self.posts, self.messages, self.users = ({each["id"]: each for each in group} for group in (posts, messages, users))
        self.account, self.page, self.token, self.user_token = account, page, TOKEN, USER_TOKEN
        self.is_expired = False
        self.most = {"mentions": 800, "tweets": 3_200}
        self.withheld: set[str] = set()

    def reply(self, asked: Asked) -> Reply:
        bearer = asked.headers.get("authorization", "").removeprefix("Bearer ")
        if bearer not in (self.token, self.user_token):
            return problem(401, "Unauthorized", "about:blank")
        path = asked.path.removeprefix("/2/")
        if self.is_expired and "pagination_token" in asked.given:
            errors = [{"parameters": {"pagination_token": ["old"]}, "message": "Invalid 'pagination_token':'old'."}]
            return problem(400, "Invalid Request", f"{PROBLEMS}invalid-request", errors=errors)
        if path == "dm_events":
            if bearer != self.user_token:
                return problem(403, "Unsupported Authentication", f"{PROBLEMS}unsupported-authentication")
            return self._page(list(self.messages.values()), asked)
        _, account, *listing = path.split("/")
        if path.startswith("users/by/username/"):
            return Reply({"data": {"id": self.account, "name": "Acme", "username": path.rpartition("/")[2]}})
        if account != self.account:
            missing = {
                "resource_type": "user",
                "parameter": "id",
                "value": account,
                "title": "Not Found Error",
                "type": f"{PROBLEMS}resource-not-found",
            }
            return Reply({"errors": [missing]})
        if not listing:
            return Reply({"data": {"id": self.account, "name": "Acme", "username": "acme"}})
        posts = [post for post in self.posts.values() if (post.get("author_id") == self.account) == (listing == ["tweets"])]
        return self._page(_newest(posts)[: self.most[listing[0]]], asked)

    def _page(self, items: list[dict[str, Any]], asked: Asked) -> Reply:
        since = asked.given.get("start_time")
        items = [
            each for each in _newest(items) if not since or datetime.fromisoformat(each["created_at"]) >= datetime.fromisoformat(since)
        ]
        token = asked.given.get("pagination_token")
        items = [each for each in items if not token or _place(each) < token]
        page = items[: min(self.page, int(asked.given.get("max_results", 10)))]
        shown = [each for each in page if each["id"] not in self.withheld]
        meta: dict[str, Any] = {"result_count": len(shown)}
        if len(page) < len(items):
            meta["next_token"] = _place(page[-1])
        names = {each[field] for each in shown for field in ("author_id", "sender_id", "in_reply_to_user_id") if each.get(field)}
        includes: dict[str, Any] = {"users": [self.users[each] for each in sorted(names) if each in self.users]}
        referred = [each["id"] for post in shown for each in post.get("referenced_tweets") or [] if each["id"] in self.posts]
        if referred:
            includes["tweets"] = [self.posts[each] for each in dict.fromkeys(referred)]
        return Reply({**({"data": shown, "includes": includes} if shown else {}), "meta": meta})


def _newest(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(items, key=_place, reverse=True)


def _place(item: dict[str, Any]) -> str:
    """Where an object stands in a listing, and stays, whatever is written or deleted meanwhile."""
    return f"{item.get('created_at', '')}/{item['id']}"


def problem(status: int, title: str, kind: str, **more: Any) -> Reply:
    """An error as X writes it (RFC 7807)."""
    return Reply({"title": title, "type": kind, "status": status, "detail": title, **more}, status)


def post(number: int, at: str, author: str = "5", **more: Any) -> dict[str, Any]:
    return {"id": str(number), "author_id": author, "created_at": at, "conversation_id": str(number), "text": "@acme how?", **more}


def message(number: int, at: str, sender: str = "5") -> dict[str, Any]:
    return {
        "id": str(number), "event_type": "MessageCreate", "dm_conversation_id": f"{sender}-{BRAND}", "sender_id": sender,
        "participant_ids": [sender, BRAND], "created_at": at, "text": "hi",
    }  # fmt: skip


def user(number: str, username: str) -> dict[str, Any]:
    return {"id": number, "username": username, "name": username.title()}


def demo(folders: Sequence[Path], account: str, date: Callable[[], datetime]) -> XApi:
    """The demo's account, as its dated folders tell it, later ones after earlier ones."""
    found: dict[str, dict[str, dict[str, Any]]] = {"posts": {}, "messages": {}, "users": {}}
    for folder in folders:
        for name, kind in (("x_mentions", "posts"), ("x_posts", "posts"), ("x_direct_messages", "messages")):
            page = json.loads((folder / f"{name}.json").read_text("utf-8"))
            found[kind] |= {each["id"]: each for each in page["data"]}
            found["users"] |= {each["id"]: each for each in page["includes"]["users"]}
    return XApi(found["posts"].values(), found["messages"].values(), found["users"].values(), date, account)

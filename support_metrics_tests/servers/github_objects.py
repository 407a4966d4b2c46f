"""One GitHub repository that can be written to: its objects look as api.github.com sends them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

API, SITE = "https://api.github.com", "https://github.com"
CONTENTS = ("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes")


def stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def user(login: str, number: int = 0) -> dict[str, Any]:
    """A simple user; its id follows from the login where none is given."""
    url = f"{API}/users/{login}"
    below = ("followers", "following", "gists", "starred", "subscriptions", "organizations", "repos", "events", "received_events")
    links = {f"{name}_url": f"{url}/{name}" for name in below}
    return {
        "login": login,
        "id": number or 1_000 + sum(map(ord, login)),
        "node_id": f"U_{login}",
        "avatar_url": f"https://avatars.githubusercontent.com/{login}",
        "gravatar_id": "",
        "url": url,
        "html_url": f"{SITE}/{login}",
        **links,
        "type": "Bot" if login.endswith("[bot]") else "User",
        "site_admin": False,
    }


class Repository:
    """Objects by id, reactions by issue number. `deleted` and `moved` are what single objects that are gone answer."""

    def __init__(self, name: str, number: int) -> None:
        self.name, self.number = name, number
        self.issues: dict[int, dict[str, Any]] = {}
        self.comments: dict[int, dict[str, Any]] = {}
        self.events: dict[int, dict[str, Any]] = {}
        self.releases: dict[int, dict[str, Any]] = {}
        self.reactions: dict[int, dict[int, dict[str, Any]]] = {}
        self.moved: dict[int, tuple[int, int]] = {}
        self.has_issues = True
        self._last_id = number * 1_000_000

    @property
    def url(self) -> str:
        return f"{API}/repos/{self.name}"

    def _id(self) -> int:
        self._last_id += 1
        return self._last_id

    # What people do

    def open_issue(self, number: int, at: datetime, author: str | None = "ada", *, is_pull: bool = False, **more: Any) -> dict[str, Any]:
        url, kind = f"{self.url}/issues/{number}", "pull" if is_pull else "issues"
        issue: dict[str, Any] = {
            "url": url,
            "repository_url": self.url,
            **{f"{below}_url": f"{url}/{below}" for below in ("comments", "events")},
            "labels_url": f"{url}/labels{{/name}}",
            "html_url": f"{SITE}/{self.name}/{kind}/{number}",
            "id": self._id(),
            "node_id": f"I_{number}",
            "number": number,
            "title": f"Issue {number}",
            "user": user(author) if author else None,
            "labels": [],
            "state": "open",
            "locked": False,
            "assignee": None,
            "assignees": [],
            "milestone": None,
            "comments": 0,
            "created_at": stamp(at),
            "updated_at": stamp(at),
            "closed_at": None,
            "author_association": "NONE",
            "body": f"It does not work ({number}).",
            "reactions": {"url": f"{url}/reactions", "total_count": 0, **dict.fromkeys(CONTENTS, 0)},
            "state_reason": None,
        }
        if is_pull:
            pull = f"{self.url}/pulls/{number}"
            site = issue["html_url"]
            links = {"url": pull, "html_url": site, "diff_url": f"{site}.diff", "patch_url": f"{site}.patch", "merged_at": None}
            issue |= {"pull_request": links, "draft": False}
        issue |= more
        self.issues[issue["id"]] = issue
        return issue

    def comment(self, number: int, at: datetime, author: str | None = "grace", body: str = "Have you tried again?") -> dict[str, Any]:
        identity = self._id()
        comment = {
            "url": f"{self.url}/issues/comments/{identity}",
            "html_url": f"{SITE}/{self.name}/issues/{number}#issuecomment-{identity}",
            "issue_url": f"{self.url}/issues/{number}",
            "id": identity,
            "node_id": f"IC_{identity}",
            "user": user(author) if author else None,
            "created_at": stamp(at),
            "updated_at": stamp(at),
            "author_association": "NONE",
            "body": body,
        }
        self.comments[identity] = comment
        if issue := self.numbered(number):
            issue |= {"comments": issue["comments"] + 1, "updated_at": stamp(at)}
        return comment

    def happen(self, number: int, event: str, at: datetime, actor: str | None = "grace", **more: Any) -> dict[str, Any]:
        """An event of an issue; `closed` and `reopened` change the issue, too."""
        identity = self._id()
        issue = self.numbered(number)
        if issue and event in ("closed", "reopened"):
            is_closed = event == "closed"
            issue |= {"state": "closed" if is_closed else "open", "closed_at": stamp(at) if is_closed else None, "updated_at": stamp(at)}
        happened = {
            "id": identity,
            "node_id": f"E_{identity}",
            "url": f"{self.url}/issues/events/{identity}",
            "actor": user(actor) if actor else None,
            "event": event,
            "commit_id": None,
            "commit_url": None,
            "created_at": stamp(at),
            **more,
        }
        self.events[identity] = happened
        return happened

    def react(self, number: int, login: str | None, at: datetime, content: str = "+1") -> dict[str, Any]:
        """A reaction; as on GitHub the issue's `updated_at` stays."""
        identity = self._id()
        reaction = {
            "id": identity,
            "node_id": f"REA_{identity}",
            "user": user(login) if login else None,
            "content": content,
            "created_at": stamp(at),
        }
        self.reactions.setdefault(number, {})[identity] = reaction
        self._count(number, content, 1)
        return reaction

    def take_back(self, number: int, identity: int) -> None:
        reaction = self.reactions[number].pop(identity)
        self._count(number, reaction["content"], -1)

    def _count(self, number: int, content: str, change: int) -> None:
        if issue := self.numbered(number):
            counts = issue["reactions"]
            issue["reactions"] = counts | {content: counts[content] + change, "total_count": counts["total_count"] + change}

    def release(self, tag: str, at: datetime, **more: Any) -> dict[str, Any]:
        identity = self._id()
        url = f"{self.url}/releases/{identity}"
        release = {
            "url": url,
            "assets_url": f"{url}/assets",
            "upload_url": f"https://uploads.github.com/repos/{self.name}/releases/{identity}/assets{{?name,label}}",
            "html_url": f"{SITE}/{self.name}/releases/tag/{tag}",
            "id": identity,
            "author": user("grace"),
            "node_id": f"RE_{identity}",
            "tag_name": tag,
            "target_commitish": "main",
            "name": tag,
            "draft": False,
            "prerelease": False,
            "created_at": stamp(at),
            "published_at": stamp(at),
            "assets": [],
            "tarball_url": f"{self.url}/tarball/{tag}",
            "zipball_url": f"{self.url}/zipball/{tag}",
            "body": "## Summary\n\nFixes.",
            **more,
        }
        self.releases[identity] = release
        return release

    def delete_issue(self, number: int) -> None:
        self.issues = {identity: issue for identity, issue in self.issues.items() if issue["number"] != number}
        self.comments = {
            identity: comment for identity, comment in self.comments.items() if not comment["issue_url"].endswith(f"/issues/{number}")
        }

    def transfer(self, number: int, other: Repository, at: datetime, new_number: int) -> dict[str, Any]:
        """Move an issue: there it has another id and number, here its address redirects."""
        issue = self.numbered(number)
        assert issue
        self.delete_issue(number)
        self.moved[number] = (other.number, new_number)
        return other.open_issue(new_number, datetime.fromisoformat(issue["created_at"]), updated_at=stamp(at), title=issue["title"])

    def rename(self, name: str) -> None:
        """Every address says the new name from now on."""
        old, self.name = self.name, name
        for objects in (self.issues, self.comments, self.events, self.releases):
            for identity, value in objects.items():
                objects[identity] = json.loads(json.dumps(value).replace(f"/{old}/", f"/{name}/").replace(f'/{old}"', f'/{name}"'))

    # Looking things up

    def numbered(self, number: int) -> dict[str, Any] | None:
        return next((issue for issue in self.issues.values() if issue["number"] == number), None)

    def load(self, folder: Path) -> None:
        """Add what files of JSON lines hold; a newer version of an object takes the place of the older."""
        for stream in ("issues", "comments", "events", "releases"):
            held: dict[int, dict[str, Any]] = getattr(self, stream)
            held |= {value["id"]: value for value in lines(folder / f"{stream}.jsonl")}
        for value in lines(folder / "reactions.jsonl"):
            number = int(value.pop("issue_url").rpartition("/")[2])
            self.reactions.setdefault(number, {})[value["id"]] = value


def lines(path: Path) -> Iterable[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []

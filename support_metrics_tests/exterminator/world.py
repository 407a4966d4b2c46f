"""GitHub and Shortcut on loopback as `exterminator sync` meets them: stories are made, changed and removed, issues commented on and closed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from support_metrics.cli import main
from support_metrics.exterminator.github import Issues
from support_metrics.exterminator.issue_urls import parse
from support_metrics.exterminator.journal import Journal
from support_metrics.exterminator.shortcut import Stories
from support_metrics.exterminator.sync import Importer
from support_metrics.settings import load_settings
from support_metrics.sources.base import Known
from support_metrics_tests.servers.base import Asked, Reply, serving
from support_metrics_tests.servers.github import GitHubApi, refusal
from support_metrics_tests.servers.github_objects import Repository, stamp
from support_metrics_tests.servers.shortcut import ADA, ShortcutApi, label, story

SITE = "https://github.com"
COMMENTING = 'comment = "Tracked as {story}"'
NOW = datetime(2026, 3, 3, 9, tzinfo=UTC)
GITHUB_TOKEN, SHORTCUT_TOKEN = "github_pat_marked0token0never0to0be0seen", "marked-shortcut-token"
TEAM = "5f0c2b1e-0000-4000-8000-000000000001"
READY, DOING, DONE = 500000008, 500000009, 500000010
TAKEN = {
    "name", "description", "story_type", "labels", "external_links", "external_id", "workflow_state_id", "group_id", "archived", "owner_ids",
}  # fmt: skip


class Desk(ShortcutApi):
    """Shortcut that can be written to. `gate` is passed before each request, outside any lock: tests hold a run there."""

    def __init__(self) -> None:
        super().__init__(date=lambda: NOW)
        self.gate: Callable[[Asked], None] = lambda asked: None
        self.unheard: set[int] = set()
        self.next_id = 100
        self.groups = [{"id": TEAM, "name": "Support", "mention_name": "support", "archived": False}]
        states = [(READY, "Ready", "unstarted"), (DOING, "Doing", "started"), (DONE, "Done", "done")]
        self.workflows = [
            {
                "id": 500000005,
                "name": "Engineering",
                "default_state_id": READY,
                "states": [{"id": a, "name": b, "type": c} for a, b, c in states],
            },
            {"id": 600, "name": "Design", "default_state_id": 601, "states": [{"id": 601, "name": "Ideas", "type": "unstarted"}]},
        ]

    def handle(self, asked: Asked) -> Reply | str:
        self.gate(asked)
        return super().handle(asked)

    def add(self, **more: Any) -> dict[str, Any]:
        """A story somebody else made."""
        self.next_id += 1
        created_at = more.pop("created_at", stamp(NOW + timedelta(seconds=self.next_id)))
        made = story(self.next_id, created_at, **({"external_links": []} | more))
        made |= {
            "description": more.get("description", ""),
            "comments": [],
            "tasks": [],
            "files": [],
            "owner_ids": more.get("owner_ids", []),
        }
        self.stories[self.next_id] = made
        return made

    def reply(self, asked: Asked) -> Reply:
        if len(self.asked) - 1 in self.unheard:
            return Reply({"message": "overloaded"}, 503)
        if asked.headers.get("shortcut-token") != self.token:
            return super().reply(asked)
        path = asked.path[asked.path.index("/api/v3") + len("/api/v3") :]
        body = json.loads(asked.given.get("json", "{}"))
        number = path.removeprefix("/stories/")
        held = self.stories.get(int(number)) if number.isdecimal() else None
        match asked.method, path:
            case "GET", "/workflows":
                return Reply(self.workflows)
            case "GET", "/groups":
                return Reply(self.groups)
            case "GET", "/external-link/stories":
                return Reply([_slim(each) for each in self.stories.values() if asked.given["external_link"] in each["external_links"]])
            case "POST", "/stories/search":
                found = super().reply(Asked(asked.method, f"/api/v3{path}", asked.given, asked.headers))
                return Reply([_slim(each) for each in found.body], found.status)
            case "POST", "/stories":
                return self._create(body)
            case "PUT", "/stories/bulk":
                for each in body["story_ids"]:
                    names = [known["name"] for known in self.stories[each]["labels"]]
                    self.stories[each]["labels"] += [label(new["name"]) for new in body["labels_add"] if new["name"] not in names]
                return Reply([_slim(self.stories[each]) for each in body["story_ids"]])
            case "PUT", _ if held:
                held |= body
                held["completed"] = held["workflow_state_id"] == DONE
                return Reply(held)
            case "DELETE", _ if held:
                del self.stories[held["id"]]
                return Reply(None, 204)
        return super().reply(Asked(asked.method, f"/api/v3{path}", asked.given, asked.headers))

    def _create(self, body: dict[str, Any]) -> Reply:
        states = {state["id"] for workflow in self.workflows for state in workflow["states"]}
        is_sound = set(body) <= TAKEN and 1 <= len(body.get("name", "")) <= 512 and len(body.get("description", "")) <= 100_000
        if not is_sound or body.get("workflow_state_id") not in states:
            return Reply({"message": "The request included invalid or missing parameters."}, 400)
        made = self.add(**{**body, "labels": [label(each["name"]) for each in body["labels"]]})
        return Reply(made, 201)


def _slim(whole: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in whole.items() if key not in ("description", "comments", "tasks", "files")}


class Tracker(GitHubApi):
    """GitHub that can be searched and written to, with a listing that knows labels, and a repository `corp/closed` that the token may not see.

    `may_write` is the token's permission, `refusals` are what the next comments get for an answer, `label_names` the labels of every repository, `gate` is as Desk's.
    """

    may_write = True
    refusals: Sequence[Reply] = ()
    label_names: Sequence[str] = ()
    gate: Callable[[Asked], None] = staticmethod(lambda asked: None)

    def handle(self, asked: Asked) -> Reply | str:
        self.gate(asked)
        return super().handle(asked)

    def reply(self, asked: Asked) -> Reply:
        parts = asked.path.strip("/").split("/")
        if parts[1:3] == ["corp", "closed"]:
            return refusal(403, "Resource protected by organization SAML enforcement.", X_GitHub_SSO="required")
        if asked.path == "/search/issues":
            return self._search(asked.given["q"])
        repository = self._named("/".join(parts[1:3])) if parts[0] == "repos" else None
        issue = repository.numbered(int(parts[4])) if repository and len(parts) > 4 and parts[4].isdecimal() else None
        if repository and parts[3:] == ["labels"]:
            return Reply([{"id": number, "name": name} for number, name in enumerate(self.label_names)])
        if repository and issue and parts[5:] == ["comments"]:
            if asked.method == "POST":
                if self.refusals:
                    first, *self.refusals = self.refusals
                    return first
                if not self.may_write:
                    return refusal(403, "Resource not accessible by personal access token")
                return Reply(repository.comment(issue["number"], self.date(), "ada", json.loads(asked.given["json"])["body"]), 201)
            found = [each for each in repository.comments.values() if each["issue_url"].endswith(f"/issues/{issue['number']}")]
            return Reply(found)
        if repository and issue and parts[5:] == ["events"]:
            return Reply([each for each in repository.events.values() if each.get("issue", {}).get("number") == issue["number"]])
        if asked.method == "DELETE" and repository and parts[3:5] == ["issues", "comments"]:
            return Reply("", 204) if repository.comments.pop(int(parts[5]), None) else refusal(404, "Not Found")
        if asked.method == "PATCH" and issue:
            issue |= json.loads(asked.given["json"])
            return Reply(issue)
        return super().reply(asked)

    def _search(self, words: str) -> Reply:
        """The words in the title, in the repository and state that the qualifiers name."""
        terms = words.split()
        plain = [term.lower() for term in terms if ":" not in term]
        found = [
            each
            for repository in self.repositories.values()
            if f"repo:{repository.name}" in terms
            for each in repository.issues.values()
            if all(term in each["title"].lower() for term in plain)
            and ("is:open" not in terms or each["state"] == "open")
            and ("is:issue" not in terms or "pull_request" not in each)
        ]
        return Reply({"total_count": len(found), "incomplete_results": False, "items": found})

    def _listing(self, repository: Repository, below: str, stream: str, objects: list[dict[str, Any]], given: Mapping[str, str]) -> Reply:
        if wanted := given.get("labels"):
            objects = [each for each in objects if wanted.lower() in [name["name"].lower() for name in each["labels"]]]
        return super()._listing(repository, below, stream, objects, given)


class World:
    """Both servers, one repository `acme/tool` with issue 1, and the settings in a folder."""

    def __init__(self, folder: Path, desk: Desk, tracker: Tracker) -> None:
        self.folder, self.desk, self.tracker = folder, desk, tracker
        self.tool = tracker.repository("acme/tool")
        self.tool.open_issue(1, NOW, title="Crash on start", body="See #12 and `#13`.")
        self.write()

    def write(self, exterminator: str = "", repositories: str = '"acme/tool"', run: str = "") -> Path:
        path = self.folder / f"settings{run.replace('/', '-')}.toml"
        path.write_text(
            f'[github]\napi_url = "{self.tracker.address}"\nrepositories = [{repositories}]\n'
            f'[shortcut]\napi_url = "{self.desk.address}{run}/api/v3"\n[exterminator]\n{exterminator}\n'
        )
        return path

    def run(self, *arguments: str, **more: Any) -> Result:
        return CliRunner().invoke(main, ["exterminator", *arguments, "--settings", str(self.folder / "settings.toml")], **more)

    def sync(self, *arguments: str) -> Result:
        return self.run("sync", *(arguments or ("--issue", self.url(1))))

    def importer(self, run: str = "", wait: Callable[[float, str], None] = lambda seconds, why: None) -> Importer:
        settings = load_settings(self.folder / f"settings{run.replace('/', '-')}.toml")
        known = Known(wait=wait)
        return Importer(settings, Issues(settings, known), Stories(settings, known), Journal(self.log))

    def url(self, number: int, repository: str = "acme/tool") -> str:
        return f"https://github.com/{repository}/issues/{number}"

    @property
    def log(self) -> Path:
        return self.folder / "data/exterminator.log.jsonl"

    def logged(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()] if self.log.exists() else []

    def stories(self) -> list[dict[str, Any]]:
        return list(self.desk.stories.values())

    def written(self) -> list[str]:
        """What was asked of Shortcut that changes something, and of GitHub."""
        asked = [*self.desk.asked, *self.tracker.asked]
        return [f"{each.method} {each.path}" for each in asked if each.method != "GET" and not each.path.endswith("/search")]

    def forget_all(self) -> None:
        """As if nobody had imported anything yet; the servers are sound, and what they were asked is forgotten."""
        self.desk.stories.clear()
        self.tool.comments.clear()
        for api in (self.desk, self.tracker):
            api.asked.clear()
            api.faults.clear()

    def comments(self) -> list[str]:
        return [each["body"] for each in self.tool.comments.values()]


def import_one(importer: Importer, url: str) -> None:
    importer.do(importer.plan([importer.issues.issue(parse(url, SITE))]))


def is_one_story(world: World) -> bool:
    return [each["external_links"] for each in world.stories()] == [[world.url(1)]]


@contextmanager
def serving_both(folder: Path) -> Iterator[World]:
    desk, tracker = Desk(), Tracker(token=GITHUB_TOKEN)
    with serving(desk), serving(tracker):
        yield World(folder, desk, tracker)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setenv("GITHUB_TOKEN", GITHUB_TOKEN)
    monkeypatch.setenv("SHORTCUT_API_TOKEN", SHORTCUT_TOKEN)
    with serving_both(tmp_path) as made:
        yield made


__all__ = ["ADA", "DOING", "DONE", "READY", "TEAM", "World", "world"]

"""Shortcut's REST API v3 on loopback: stories, slim and by search, their histories, members, labels and workflows, of a world that can be changed while it is read."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from support_metrics_tests.servers.base import Api, Asked, Reply

TOKEN = "marked-shortcut-token"
ADA = "57e0b4eb-a95f-4dad-81c5-dd817fcdd5ef"
STATS = {
    f"num_{name}": 0
    for name in (
        "related_documents", "epics", "epics_total", "epics_unstarted", "epics_in_progress", "epics_completed", "stories_unstarted",
        "stories_in_progress", "stories_completed", "stories_backlog", "stories_total", "stories_unestimated", "points_unstarted",
        "points_in_progress", "points_completed", "points_backlog", "points_total",
    )
}  # fmt: skip


class ShortcutApi(Api):
    """Answers from `stories` and their `changes`, by number, from `members`, by id, `labels` and `workflows`.

    A story without changes of its own has one, its creation as it stands. A token that is not `token` is refused.
    """

    def __init__(
        self,
        stories: Iterable[dict[str, Any]] = (),
        members: Iterable[dict[str, Any]] = (),
        date: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(date)
        self.stories = {each["id"]: each for each in stories}
        self.members = {each["id"]: each for each in members}
        self.labels = [label("exterminator")]
        self.workflows = [workflow()]
        self.changes: dict[int, list[dict[str, Any]]] = {}
        self.token = TOKEN
        self.owner: dict[str, Any] = {
            "id": ADA, "is_owner": False, "mention_name": "ada", "name": "Ada", "role": "member", "organization2": {"id": ADA},
            "workspace2": {
                "id": ADA, "created_at": "2025-01-01T00:00:00Z", "default_workflow_id": 500000005, "estimate_scale": [1], "name": "Acme",
                "url_slug": "acme", "utc_offset": "Z",
            },
        }  # fmt: skip

    def show(self, other: ShortcutApi) -> None:
        """Hold from now on what another one holds."""
        self.stories, self.changes = other.stories, other.changes
        self.members, self.labels, self.workflows = other.members, other.labels, other.workflows

    def reply(self, asked: Asked) -> Reply:
        if asked.headers.get("shortcut-token") != self.token:
            return Reply({"message": "Unauthorized", "tag": "unauthorized"}, 401)
        path = asked.path.removeprefix("/api/v3")
        if (asked.method, path) in (("GET", "/members"), ("GET", "/labels"), ("GET", "/workflows")):
            held = {"/members": self.members.values(), "/labels": self.labels, "/workflows": self.workflows}[path]
            return Reply([_counted(each, asked) for each in held])
        if (asked.method, path) == ("GET", "/member"):
            return Reply(self.owner)
        if (asked.method, path) == ("POST", "/stories/search"):
            question = json.loads(asked.given["json"])
            return Reply([story for story in self.stories.values() if _matches(story, question)], 201)
        number, _, below = path.removeprefix("/stories/").partition("/")
        if asked.method == "GET" and number.isdecimal() and int(number) in self.stories and below in ("", "history"):
            story = self.stories[int(number)]
            return Reply(self.changes.get(int(number), [created(story)]) if below else story)
        return Reply({"message": "Resource not found.", "tag": "not_found"}, 404)


def _counted(value: dict[str, Any], asked: Asked) -> dict[str, Any]:
    """A label has counts, too, unless its slim form is asked for."""
    return value if value.get("entity_type") != "label" or asked.given.get("slim") == "true" else {**value, "stats": STATS}


def _matches(story: dict[str, Any], question: dict[str, Any]) -> bool:
    for field in ("created_at", "updated_at"):
        at = datetime.fromisoformat(story.get(field) or story["created_at"])
        start, end = question.get(f"{field}_start"), question.get(f"{field}_end")
        if (start and at < datetime.fromisoformat(start)) or (end and at > datetime.fromisoformat(end)):
            return False
    return "archived" not in question or story.get("archived", False) == question["archived"]


def demo(folders: Sequence[Path], date: Callable[[], datetime]) -> ShortcutApi:
    """The demo's team, as its dated folders tell it, later ones after earlier ones."""
    api = ShortcutApi(date=date)
    for kind in ("stories", "members", "labels", "workflows"):
        held = [each for folder in folders for path in sorted(folder.glob(f"shortcut_{kind}.json*")) for each in _read(path)]
        newest = {each["id"]: each for each in held}
        setattr(api, kind, newest if kind in ("stories", "members") else list(newest.values()))
    for change in (each for folder in folders for path in folder.glob("shortcut_history.json*") for each in _read(path)):
        # Shortcut itself does not say in a change whose history it stands in.
        api.changes.setdefault(change["story_id"], []).append({name: each for name, each in change.items() if name != "story_id"})
    return api


def _read(path: Path) -> list[dict[str, Any]]:
    text = path.read_text("utf-8")
    value = [json.loads(line) for line in text.splitlines()] if path.suffix == ".jsonl" else json.loads(text)
    return list(value["data"] if isinstance(value, dict) else value)


def story(number: int, created_at: str = "2026-03-02T09:00:00Z", updated_at: str | None = None, **more: Any) -> dict[str, Any]:
    """A slim story with every field that the API promises."""
    return {
        "app_url": f"https://app.shortcut.com/acme/story/{number}", "archived": False, "started": False, "story_links": [],
        "entity_type": "story", "labels": [label("exterminator")], "task_ids": [], "mention_ids": [], "member_mention_ids": [],
        "story_type": "bug", "file_ids": [], "num_tasks_completed": 0, "workflow_id": 500000005, "completed_at_override": None,
        "started_at": None, "completed_at": None, "name": f"Story {number}", "global_id": f"v2:s:acme:{number}", "completed": False,
        "blocker": False, "epic_id": None, "story_template_id": None,
        "external_links": [f"https://github.com/acme/tool/issues/{number}"], "previous_iteration_ids": [], "requested_by_id": ADA,
        "iteration_id": None, "label_ids": [77], "started_at_override": None, "group_id": None, "workflow_state_id": 500000008,
        "updated_at": updated_at or created_at, "group_mention_ids": [], "follower_ids": [], "owner_ids": [ADA], "external_id": None,
        "id": number, "estimate": None, "position": 1, "blocked": False, "project_id": None, "linked_file_ids": [], "deadline": None,
        "stats": {"num_related_documents": 0}, "comment_ids": [], "created_at": created_at, "moved_at": created_at, **more,
    }  # fmt: skip


def change(story_id: int, changed_at: str, *actions: dict[str, Any], references: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
    """One change in a story's history, with an id of its own for each moment."""
    return {
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{story_id} {changed_at}")), "changed_at": changed_at, "version": "v1", "member_id": ADA,
        "primary_id": story_id, "actions": list(actions), "references": list(references),
    }  # fmt: skip


def created(story: dict[str, Any], label_ids: Sequence[int] | None = None) -> dict[str, Any]:
    """The creation of a story, by default with the labels it has."""
    number = story["id"]
    carried = story.get("label_ids") if label_ids is None else list(label_ids)
    action = {
        "id": number, "entity_type": "story", "action": "create", "name": str(story.get("name")), "story_type": story.get("story_type", "bug"),
        "app_url": f"https://app.shortcut.com/acme/story/{number}", **({"label_ids": carried} if carried else {}),
    }  # fmt: skip
    return change(number, story["created_at"], action)


def relabelled(story_id: int, changed_at: str, *, adds: Sequence[int] = (), removes: Sequence[int] = ()) -> dict[str, Any]:
    """Labels put on a story, or taken off, by their ids."""
    ids = {name: list(each) for name, each in (("adds", adds), ("removes", removes)) if each}
    action = {
        "id": story_id, "entity_type": "story", "action": "update", "name": f"Story {story_id}", "story_type": "bug",
        "app_url": f"https://app.shortcut.com/acme/story/{story_id}", "changes": {"label_ids": ids},
    }  # fmt: skip
    named = [
        {"id": each, "entity_type": "label", "name": "exterminator" if each == 77 else f"label {each}",
         "app_url": f"https://app.shortcut.com/acme/label/{each}"} for each in (*adds, *removes)
    ]  # fmt: skip
    return change(story_id, changed_at, action, references=named)


def workflow(**more: Any) -> dict[str, Any]:
    """The one workflow, with a state of each type."""
    at = {"created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z"}
    states = [
        {"id": number, "global_id": f"v2:ws:acme:{number}", "name": name, "type": kind, "position": position, "verb": None, "description": "",
         "entity_type": "workflow-state", "num_stories": 0, "num_story_templates": 0, **at}
        for position, (number, name, kind) in enumerate(
            [(500000008, "To Do", "unstarted"), (500000007, "In Progress", "started"), (500000010, "Completed", "done")]
        )
    ]  # fmt: skip
    return {
        "id": 500000005, "entity_type": "workflow", "name": "Standard", "description": "", "auto_assign_owner": True, "project_ids": [],
        "team_id": 500000001, "default_state_id": 500000008, "states": states, **at, **more,
    }  # fmt: skip


def label(name: str) -> dict[str, Any]:
    return {
        "app_url": "https://app.shortcut.com/acme/label/77", "description": None, "archived": False, "entity_type": "label", "color": None,
        "name": name, "global_id": "v2:l:acme:77", "updated_at": "2026-01-01T00:00:00Z", "external_id": None, "id": 77,
        "created_at": "2026-01-01T00:00:00Z",
    }  # fmt: skip


def member(identifier: str = ADA, **more: Any) -> dict[str, Any]:
    profile = {
        "entity_type": "profile", "deactivated": False, "mention_name": "ada", "name": "Ada", "gravatar_hash": None,
        "id": "57e0b4eb-0000-4dad-81c5-dd817fcdd5ef", "display_icon": None, "is_owner": False, "email_address": "ada@example.com",
    }  # fmt: skip
    return {
        "role": "member", "entity_type": "member", "disabled": False, "global_id": f"v2:m:acme:{identifier}", "state": "full",
        "updated_at": "2026-01-01T00:00:00Z", "created_without_invite": False, "group_ids": [], "id": identifier,
        "created_at": "2026-01-01T00:00:00Z", "profile": profile, **more,
    }  # fmt: skip

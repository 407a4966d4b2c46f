"""Shortcut's REST API v3 on loopback: stories, slim and by search, and members, of a world that can be changed while it is read."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from support_metrics_tests.servers.base import Api, Asked, Reply

TOKEN = "marked-shortcut-token"
ADA = "57e0b4eb-a95f-4dad-81c5-dd817fcdd5ef"


class ShortcutApi(Api):
    """Answers from `stories`, by number, and `members`, by id. A token that is not `token` is refused."""

    def __init__(
        self,
        stories: Iterable[dict[str, Any]] = (),
        members: Iterable[dict[str, Any]] = (),
        date: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(date)
        self.stories = {each["id"]: each for each in stories}
        self.members = {each["id"]: each for each in members}
        self.token = TOKEN
        self.owner: dict[str, Any] = {
            "id": ADA, "is_owner": False, "mention_name": "ada", "name": "Ada", "role": "member", "organization2": {"id": ADA},
            "workspace2": {
                "id": ADA, "created_at": "2025-01-01T00:00:00Z", "default_workflow_id": 500000005, "estimate_scale": [1], "name": "Acme",
                "url_slug": "acme", "utc_offset": "Z",
            },
        }  # fmt: skip

    def reply(self, asked: Asked) -> Reply:
        if asked.headers.get("shortcut-token") != self.token:
            return Reply({"message": "Unauthorized", "tag": "unauthorized"}, 401)
        path = asked.path.removeprefix("/api/v3")
        if (asked.method, path) == ("GET", "/members"):
            return Reply(list(self.members.values()))
        if (asked.method, path) == ("GET", "/member"):
            return Reply(self.owner)
        if (asked.method, path) == ("POST", "/stories/search"):
            question = json.loads(asked.given["json"])
            return Reply([story for story in self.stories.values() if _matches(story, question)], 201)
        number = path.removeprefix("/stories/")
        if asked.method == "GET" and number.isdecimal() and int(number) in self.stories:
            return Reply(self.stories[int(number)])
        return Reply({"message": "Resource not found.", "tag": "not_found"}, 404)


def _matches(story: dict[str, Any], question: dict[str, Any]) -> bool:
    for field in ("created_at", "updated_at"):
        at = datetime.fromisoformat(story.get(field) or story["created_at"])
        start, end = question.get(f"{field}_start"), question.get(f"{field}_end")
        if (start and at < datetime.fromisoformat(start)) or (end and at > datetime.fromisoformat(end)):
            return False
    return "archived" not in question or story.get("archived", False) == question["archived"]


def demo(folders: Sequence[Path], date: Callable[[], datetime]) -> ShortcutApi:
    """The demo's team, as its dated folders tell it, later ones after earlier ones."""
    stories: dict[int, dict[str, Any]] = {}
    members: dict[str, dict[str, Any]] = {}
    for folder in folders:
        for path in sorted(folder.glob("shortcut_stories.json*")):
            text = path.read_text("utf-8")
            value = [json.loads(line) for line in text.splitlines()] if path.suffix == ".jsonl" else json.loads(text)
            stories |= {each["id"]: each for each in (value["data"] if isinstance(value, dict) else value)}
        members |= {each["id"]: each for each in json.loads((folder / "shortcut_members.json").read_text("utf-8"))}
    return ShortcutApi(stories.values(), members.values(), date)


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

"""Shortcut's API v3: stories as its search returns them, histories of those labelled later, members, labels, the workflow."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from support_metrics.demo.history import Person, Story
from support_metrics.demo.writers import View, seconds

WORKFLOW = 500_000_005
STATES = {"todo": 500_000_008, "doing": 500_000_007, "done": 500_000_010}
LABEL_IDS = {"exterminator": 77}
BEGUN = "2025-08-01T13:00:00Z"
APP = "https://app.shortcut.com/tilter-example"


def stories(view: View) -> list[dict[str, Any]]:
    """Every story that changed since `view.since`."""
    seen = [story for story in view.history.stories if view.sees(story.created_at)]
    return [_story(view, story) for story in seen if _changed_at(view, story) >= view.since]


def members(view: View) -> list[dict[str, Any]]:
    people = [each for each in view.cast.people.values() if each.shortcut and each.employed]
    return [_member(view, each) for each in people if each.employed and each.employed[0] <= view.day]


def labels() -> list[dict[str, Any]]:
    return [
        {
            "entity_type": "label",
            "id": number,
            "global_id": f"v2:l:tilter-example:{number}",
            "app_url": f"{APP}/label/{number}",
            "name": name,
            "description": "Put on by the import script.",
            "archived": False,
            "color": None,
            "external_id": None,
            "created_at": BEGUN,
            "updated_at": BEGUN,
        }
        for name, number in LABEL_IDS.items()
    ]


def workflows() -> list[dict[str, Any]]:
    at = {"created_at": BEGUN, "updated_at": BEGUN}
    states = [
        {"entity_type": "workflow-state", "id": STATES[key], "name": name, "type": kind, "position": position, "description": "", **at}
        for position, (key, name, kind) in enumerate(
            (("todo", "To Do", "unstarted"), ("doing", "In Work", "started"), ("done", "Shipped", "done"))
        )
    ]
    return [{"entity_type": "workflow", "id": WORKFLOW, "name": "Engineering", "default_state_id": STATES["todo"], "states": states, **at}]


def history(view: View) -> list[dict[str, Any]]:
    """Of every story that changed since `view.since` and got its label after it was created: all its changes."""
    found = []
    for story in view.history.stories:
        seen = [each for each in sorted(story.changes, key=_first) if view.sees(each[0])]
        if _changed_at(view, story) >= view.since and any(field == "label" for _, field, _ in seen):
            created = {"action": "create", "label_ids": [LABEL_IDS[each] for each in story.labels], "workflow_state_id": STATES["todo"]}
            found.append(_change(story, story.created_at, created))
            state = "todo"
            for moment, field, value in seen:
                found.append(_change(story, moment, {"action": "update", "changes": _changed(field, value, state)}))
                state = value if field == "state" else state
    return found


def _changed(field: str, value: Any, state: str) -> dict[str, Any]:
    if field == "state":
        return {"workflow_state_id": {"old": STATES[state], "new": STATES[value]}}
    if field == "archived":
        return {"archived": {"old": not value, "new": value}}
    return {"label_ids": {"removes" if field == "label off" else "adds": [LABEL_IDS[value]]}}


def _change(story: Story, moment: datetime, done: dict[str, Any]) -> dict[str, Any]:
    ids = [*done.get("label_ids", ()), *(each for ids in done.get("changes", {}).get("label_ids", {}).values() for each in ids)]
    names = {number: name for name, number in LABEL_IDS.items()}
    return {
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{story.url} {seconds(moment)}")),
        "story_id": story.id,
        "primary_id": story.id,
        "changed_at": seconds(moment),
        "version": "v1",
        "member_id": story.requester.shortcut,
        "actions": [{"id": story.id, "entity_type": "story", "name": story.name, "story_type": story.type, "app_url": story.url, **done}],
        "references": [{"id": each, "entity_type": "label", "name": names[each], "app_url": f"{APP}/label/{each}"} for each in ids],
    }


def story_key(story: Story) -> str:
    return f"shortcut:story:{story.id}"


def _changed_at(view: View, story: Story) -> datetime:
    return max([story.created_at, *(moment for moment, _, _ in story.changes if view.sees(moment))])


def _member(view: View, person: Person) -> dict[str, Any]:
    assert person.employed
    has_left = person.employed[1] is not None and person.employed[1] < view.day
    began = seconds(datetime.fromisoformat(f"{person.employed[0]}T09:00:00-05:00"))
    changed = f"{person.employed[1]}T22:00:00Z" if has_left else began
    return {
        "entity_type": "member",
        "id": person.shortcut,
        "role": "member",
        "disabled": has_left,
        "state": "disabled" if has_left else "full",
        "created_at": began,
        "updated_at": changed,
        "group_ids": [],
        "profile": {
            "entity_type": "profile",
            "id": person.shortcut,
            "name": person.name,
            "mention_name": person.key,
            "email_address": f"{person.key}@tilter.example.com",
            "deactivated": has_left,
            "is_owner": person.key == "mara",
            "gravatar_hash": None,
            "display_icon": None,
        },
    }


def _story(view: View, story: Story) -> dict[str, Any]:
    labels, state, archived = list(story.labels), "todo", False
    moved: dict[str, datetime] = {}
    for moment, field, value in sorted(story.changes, key=_first):
        if not view.sees(moment):
            break
        if field == "label":
            labels.append(value)
        elif field == "label off":
            labels.remove(value)
        elif field == "archived":
            archived = value
        else:
            state, moved[value] = value, moment
    owner = [story.owner.shortcut] if story.owner and moved else []
    return {
        "entity_type": "story",
        "id": story.id,
        "global_id": f"v2:s:tilter-example:{story.id}",
        "app_url": story.url,
        "name": story.name,
        "description": "",
        "story_type": story.type,
        "labels": [{"entity_type": "label", "id": LABEL_IDS.get(each, 78), "name": each, "archived": False} for each in labels],
        "label_ids": [LABEL_IDS.get(each, 78) for each in labels],
        "external_id": None,
        "external_links": story.links,
        "archived": archived,
        "started": state != "todo",
        "completed": state == "done",
        "blocked": False,
        "blocker": False,
        "workflow_id": WORKFLOW,
        "workflow_state_id": STATES[state],
        "requested_by_id": story.requester.shortcut,
        "owner_ids": owner,
        "epic_id": None,
        "iteration_id": None,
        "estimate": None,
        "deadline": None,
        "created_at": seconds(story.created_at),
        "updated_at": seconds(_changed_at(view, story)),
        "started_at": seconds(moved["doing"]) if "doing" in moved else None,
        "completed_at": seconds(moved["done"]) if state == "done" else None,
        "moved_at": seconds(max(moved.values(), default=story.created_at)),
    }


def _first(change: tuple[datetime, str, Any]) -> datetime:
    return change[0]

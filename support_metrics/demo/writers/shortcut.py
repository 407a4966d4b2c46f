"""Shortcut's API v3: stories as its search returns them, and members."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from support_metrics.demo.history import Person, Story
from support_metrics.demo.writers import View, seconds

WORKFLOW = 500_000_005
STATES = {"todo": 500_000_008, "doing": 500_000_007, "done": 500_000_010}
LABEL_IDS = {"exterminator": 77}


def stories(view: View) -> list[dict[str, Any]]:
    """Every story that changed since `view.since`."""
    seen = [story for story in view.history.stories if view.sees(story.created_at)]
    return [_story(view, story) for story in seen if _changed_at(view, story) >= view.since]


def members(view: View) -> list[dict[str, Any]]:
    people = [each for each in view.cast.people.values() if each.shortcut and each.employed]
    return [_member(view, each) for each in people if each.employed and each.employed[0] <= view.day]


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

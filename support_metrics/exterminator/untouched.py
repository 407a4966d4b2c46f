"""Whether a story is still as this program made it, at the same moment as another: only then may the later of the two go."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from support_metrics.exterminator.story import Story

# Whoever makes a story has looked for another right before: two runs at once, with all their waits, make theirs within this time.
AT_ONCE = timedelta(minutes=10)
TEXTS = ("name", "description")
SENT = ("story_type", "external_links", "external_id", "workflow_state_id", "group_id")
# What Shortcut fills in by itself, or works out from what was sent. Whatever else a story holds, somebody has put there.
FILLED_IN = {
    "app_url", "completed", "completed_at", "created_at", "cycle_time", "entity_type", "follower_ids", "formatted_vcs_branch_name", "global_id",
    "group_mention_ids", "id", "label_ids", "labels", "lead_time", "member_mention_ids", "mention_ids", "moved_at", "position",
    "requested_by_id", "started", "started_at", "updated_at", "workflow_id",
}  # fmt: skip


def made_at_once(first: Story, later: Story) -> bool:
    try:
        return datetime.fromisoformat(later.order[0]) - datetime.fromisoformat(first.order[0]) <= AT_ONCE
    except (ValueError, TypeError):
        return False


def is_untouched(raw: Mapping[str, Any], sent: Mapping[str, Any]) -> bool:
    """Whether a whole story holds what was sent to make it, what Shortcut adds to that, and nothing else."""
    return (
        all(_plain(raw.get(name)) == _plain(sent[name]) for name in TEXTS)
        and all((raw.get(name) or None) == (sent.get(name) or None) for name in SENT)
        and {each.get("name") for each in raw.get("labels") or ()} == {each["name"] for each in sent["labels"]}
        and set(_ids(raw, "follower_ids")) <= {raw.get("requested_by_id"), *_ids(raw, "member_mention_ids"), *_ids(raw, "mention_ids")}
        and all(_is_empty(value) for name, value in raw.items() if name not in FILLED_IN and name not in TEXTS and name not in SENT)
    )


def _ids(raw: Mapping[str, Any], name: str) -> list[Any]:
    return list(raw.get(name) or ())


def _is_empty(value: object) -> bool:
    return all(map(_is_empty, value.values())) if isinstance(value, Mapping) else not value


def _plain(text: object) -> str:
    """Text without what a service may make of its line ends and edges."""
    return "\n".join(line.rstrip() for line in str(text or "").strip().splitlines())

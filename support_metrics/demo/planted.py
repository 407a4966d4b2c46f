"""The cases put in on purpose, with the keys to find them: `planted_cases.json`."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

from support_metrics.demo.cast import TEAM_ID, Cast
from support_metrics.demo.handoffs import users_per_day
from support_metrics.demo.history import Email, History, Issue, Message, Person, Post, Story, VideoComment
from support_metrics.demo.writers import seconds
from support_metrics.demo.writers.shortcut import story_key
from support_metrics.demo.writers.slack import message_key


def cases(cast: Cast, history: History) -> bytes:
    """Every case by name: what it is, and the keys of its objects; and the true number of users per day."""
    found = {name: {key: _keys(value, history) for key, value in case.items()} for name, case in sorted(history.planted.items())}
    truth = {day.isoformat(): len(users) for day, users in sorted(users_per_day(history).items())}
    return (json.dumps({"cases": found, "github_and_slack_users": truth}, ensure_ascii=False, indent=1) + "\n").encode()


def _keys(value: Any, history: History) -> Any:
    if isinstance(value, list):
        return [_keys(each, history) for each in value]
    if isinstance(value, Message):
        return {"key": message_key(value), "at": value.sent_at.isoformat(), "by": value.author.name if value.author else None}
    if isinstance(value, Issue):
        return {"key": value.key, "at": seconds(value.created_at), "by": value.author.name, "url": value.url}
    if isinstance(value, Story):
        return {"key": story_key(value), "at": seconds(value.created_at), "url": value.url}
    if isinstance(value, Email):
        return {"key": f"email:message:{value.message_id}", "at": seconds(value.sent_at), "by": value.sender[1]}
    if isinstance(value, Post):
        return {"key": f"x:{'dm' if value.direct_with else 'post'}:{value.id}", "at": seconds(value.created_at), "by": value.author[1]}
    if isinstance(value, VideoComment):
        return {"key": f"youtube:thread:{value.id}", "at": seconds(value.published_at), "by": value.author[1]}
    if isinstance(value, Person):
        return {"name": value.name, "accounts": accounts(value)}
    return value.isoformat() if isinstance(value, date | datetime) else value


def accounts(person: Person) -> list[str]:
    """The keys of a person's accounts, whether or not anything joins them."""
    keys = []
    if person.github:
        keys.append(f"github:user:{person.github.id}")
    if person.slack:
        keys.append(f"slack:{TEAM_ID}:{person.slack.id}")
    if person.shortcut:
        keys.append(f"shortcut:member:{person.shortcut}")
    if person.email:
        keys.append(f"email:{person.email}")
    return keys

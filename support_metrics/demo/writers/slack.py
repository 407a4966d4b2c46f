"""A Slack export: channels.json, groups.json, users.json and a file per channel and Pacific day."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from typing import Any

from support_metrics.demo.cast import TEAM_ID
from support_metrics.demo.days import FIRST_DAY, PACIFIC, at
from support_metrics.demo.history import Message, Person
from support_metrics.demo.slack_room import BUGS, GENERAL, HELP, INTEGRATIONS, TRIAGE
from support_metrics.demo.writers import View, array

CHANNEL_IDS = {GENERAL: "C05MGENERAL", HELP: "C05MHELPHLP", INTEGRATIONS: "C05MINTEGRA", BUGS: "C05MBUGSINT", TRIAGE: "G05MTRIAGE0"}
SLACKBOT = "USLACKBOT"
GITHUB_FIELD = "Xf05GITHUB0"


def export(view: View) -> dict[str, bytes]:
    """Name to content of every file of the export."""
    files = {
        "channels.json": array(_channel(view, name) for name in CHANNEL_IDS if name != TRIAGE),
        "groups.json": array([_channel(view, TRIAGE)]),
        "users.json": array(_users(view), as_ascii=True),
        "integration_logs.json": array([]),
    }
    days: dict[str, list[dict[str, Any]]] = {}
    threads = _threads(view)
    for message in sorted(view.history.messages, key=lambda each: (each.sent_at, each.channel)):
        if view.since <= message.sent_at <= view.until and view.day not in message.missing_from:
            rendered = _message(view, message, threads.get(id(message), []))
            if rendered:
                day = message.sent_at.astimezone(PACIFIC).date()
                days.setdefault(f"{message.channel}/{day}.json", []).append(rendered)
    return files | {name: array(messages, as_ascii=True) for name, messages in sorted(days.items())}


def zipped(files: dict[str, bytes]) -> bytes:
    """The export as one archive; stored and not deflated, so that every version of zlib gives the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            archive.writestr(entry, content)
    return buffer.getvalue()


def message_key(message: Message) -> str:
    return f"slack:{TEAM_ID}:{CHANNEL_IDS[message.channel]}:{message.ts}"


def _channel(view: View, name: str) -> dict[str, Any]:
    topics = [
        each.extra["topic"] for each in view.history.messages if each.channel == name and "topic" in each.extra and view.sees(each.sent_at)
    ]
    created = int(at(FIRST_DAY, "00:00").timestamp()) - 40_000_000
    creator = _id(view.cast["mara"])
    return {
        "id": CHANNEL_IDS[name],
        "name": name,
        "created": created,
        "creator": creator,
        "is_archived": False,
        "is_general": name == GENERAL,
        "members": [_id(each) for each in view.cast.staff(view.until)],
        "topic": {"value": topics[-1] if topics else "", "creator": creator, "last_set": created},
        "purpose": {"value": "", "creator": "", "last_set": 0},
    }


def _id(person: Person) -> str:
    assert person.slack
    return person.slack.id


def _users(view: View) -> list[dict[str, Any]]:
    slackbot = {
        "id": SLACKBOT,
        "team_id": TEAM_ID,
        "name": "slackbot",
        "deleted": False,
        "real_name": "Slackbot",
        "is_bot": False,
        "updated": 0,
        "profile": {},
    }
    return [slackbot, *(_user(view, each) for each in view.cast.people.values() if each.slack and each.slack.joined_at <= view.until)]


def _user(view: View, person: Person) -> dict[str, Any]:
    account = person.slack
    assert account
    edits = [edit for edit in account.profile_edits if view.sees(edit[2])]
    github_url = edits[-1][1] if edits else account.github_url
    changed = [
        account.joined_at,
        *(moment for moment, _, _ in edits),
        *([account.deleted_at] if account.deleted_at and view.sees(account.deleted_at) else []),
    ]
    profile: dict[str, Any] = {"real_name": account.real_name, "display_name": account.handle}
    if account.email:
        profile["email"] = account.email
    if github_url:
        profile["fields"] = {GITHUB_FIELD: {"value": github_url, "alt": ""}}
    if account.bot_id:
        profile |= {"bot_id": account.bot_id, "api_app_id": "A05MILLWRIT"}
    return {
        "id": account.id,
        "team_id": TEAM_ID,
        "name": account.handle,
        "deleted": view.sees(account.deleted_at),
        "real_name": account.real_name,
        "tz": account.time_zone,
        "profile": profile,
        "is_bot": person.is_bot,
        "updated": int(max(changed).timestamp()),
    }


def _threads(view: View) -> dict[int, list[Message]]:
    """The replies of each parent that can be seen, oldest first."""
    threads: dict[int, list[Message]] = {}
    for message in view.history.messages:
        if message.parent and view.sees(message.sent_at) and not view.sees(message.deleted_at):
            threads.setdefault(id(message.parent), []).append(message)
    return {parent: sorted(replies, key=lambda each: each.ts) for parent, replies in threads.items()}


def _message(view: View, message: Message, replies: list[Message]) -> dict[str, Any] | None:
    rendered: dict[str, Any] = {"type": "message"}
    if view.sees(message.deleted_at):
        if not replies:
            return None
        rendered |= {"subtype": "tombstone", "user": SLACKBOT, "hidden": True, "text": "This message was deleted.", "ts": message.ts}
        return rendered | _thread(message, replies)
    edits = [edit for edit in message.edits if view.sees(edit[0])]
    if message.subtype:
        rendered["subtype"] = message.subtype
    rendered |= _sender(message)
    rendered |= {"text": edits[-1][1] if edits else message.text, "ts": message.ts} | message.extra
    if edits and message.author:
        rendered["edited"] = {"user": _id(message.author), "ts": f"{int(edits[-1][0].timestamp())}.000000"}
    if message.parent:
        rendered["thread_ts"] = message.parent.ts
        if message.parent.author and not view.sees(message.parent.deleted_at):
            rendered["parent_user_id"] = _id(message.parent.author)
    elif replies:
        rendered |= _thread(message, replies)
    return rendered | _reactions(view, message)


def _sender(message: Message) -> dict[str, Any]:
    author = message.author
    if author is None:
        return {}
    assert author.slack
    if author.is_bot and message.subtype == "bot_message":
        return {"bot_id": author.slack.bot_id, "username": author.name}
    if author.is_bot:
        return {"user": author.slack.id, "bot_id": author.slack.bot_id, "bot_profile": {"id": author.slack.bot_id, "name": author.name}}
    return {"user": author.slack.id}


def _thread(message: Message, replies: list[Message]) -> dict[str, Any]:
    users = list(dict.fromkeys(_id(reply.author) for reply in replies if reply.author))
    return {
        "thread_ts": message.ts,
        "reply_count": len(replies),
        "reply_users_count": len(users),
        "latest_reply": replies[-1].ts,
        "reply_users": users,
        "replies": [{"user": _id(reply.author), "ts": reply.ts} for reply in replies if reply.author],
    }


def _reactions(view: View, message: Message) -> dict[str, Any]:
    found: dict[str, list[str]] = {}
    for moment, name, person in sorted(message.reactions, key=_first):
        if view.sees(moment):
            found.setdefault(name, []).append(_id(person))
    return {"reactions": [{"name": name, "users": users, "count": len(users)} for name, users in found.items()]} if found else {}


def _first(reaction: tuple[datetime, str, Person]) -> datetime:
    return reaction[0]

"""Slack's Web API on loopback: a workspace that can be changed while it is read, answering as Slack does."""

from __future__ import annotations

import base64
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from support_metrics_tests.servers.base import Api, Asked, Reply

TOKEN = "xoxb-loopback-token"
SCOPES = "channels:read,channels:history,groups:read,groups:history,users:read,users:read.email,team:read"
NEEDS = {
    "conversations.list": ("channels:read", "groups:read"),
    "conversations.history": ("channels:history",),
    "conversations.replies": ("channels:history",),
    "users.list": ("users:read",),
    "team.info": ("team:read",),
}
DERIVED = ("reply_count", "reply_users_count", "latest_reply", "reply_users", "replies", "is_locked", "subscribed", "root")
Message = dict[str, Any]


@dataclass
class Workspace:
    """Channels, users and messages, to be changed at will; what Slack derives is derived when it is asked for."""

    team: str = "T1"
    domain: str = "loopback"
    channels: dict[str, dict[str, Any]] = field(default_factory=dict)
    users: dict[str, Any] = field(default_factory=dict)
    messages: dict[str, dict[str, Message]] = field(default_factory=dict)

    def channel(self, channel: str, name: str, created: int = 1_700_000_000, **more: Any) -> None:
        is_private = bool(more.get("is_private"))
        self.channels[channel] = {
            "id": channel, "name": name, "created": created, "is_channel": not is_private, "is_group": is_private, "is_im": False, "is_mpim": False,
            "is_private": is_private, "is_archived": False, "is_general": False, "is_member": True, "is_shared": False, "name_normalized": name,
            "creator": "U1", "context_team_id": self.team, "unlinked": 0, "topic": {"value": "", "creator": "", "last_set": 0},
            "purpose": {"value": "", "creator": "", "last_set": 0}, "previous_names": [], "num_members": 2, **more,
        }  # fmt: skip
        self.messages.setdefault(channel, {})

    def user(self, user: str, name: str, **more: Any) -> None:
        profile = {"real_name": name, "display_name": name, "email": f"{name}@example.com", **more.pop("profile", {})}
        known = {
            "id": user,
            "team_id": self.team,
            "name": name,
            "real_name": name,
            "deleted": False,
            "is_bot": False,
            "updated": 1_700_000_000,
        }
        self.users[user] = {**known, **more, "profile": profile}

    def post(self, channel: str, ts: str, user: str | None, text: str, thread: str = "", **more: Any) -> str:
        """A message; a reply where a thread is named; `subtype="thread_broadcast"` shows it in the channel, too."""
        message: Message = {"type": "message", "user": user, "text": text, "ts": ts, "team": self.team}
        if thread:
            message |= {"thread_ts": thread, "parent_user_id": self.messages[channel].get(thread, {}).get("user", "U1")}
        self.messages[channel][ts] = message | more
        return ts

    def edit(self, channel: str, ts: str, text: str, at: str) -> None:
        message = self.messages[channel][ts]
        self.messages[channel][ts] = {**message, "text": text, "edited": {"user": message.get("user"), "ts": at}}

    def react(self, channel: str, ts: str, name: str, user: str) -> None:
        message = self.messages[channel][ts]
        self.messages[channel][ts] = {**message, "reactions": [*message.get("reactions", []), {"name": name, "users": [user], "count": 1}]}

    def delete(self, channel: str, ts: str) -> None:
        """A first message with replies leaves a tombstone, which goes with its last reply."""
        message = self.messages[channel].pop(ts)
        if self.replies(channel, ts):
            gone = {
                "type": "message",
                "subtype": "tombstone",
                "user": "USLACKBOT",
                "text": "This message was deleted.",
                "hidden": True,
                "ts": ts,
            }
            self.messages[channel][ts] = gone
        root = self.messages[channel].get(message.get("thread_ts", ""))
        if root and root.get("subtype") == "tombstone" and not self.replies(channel, root["ts"]):
            del self.messages[channel][root["ts"]]

    def threads(self, channel: str) -> dict[str, list[Message]]:
        """The replies of every thread, oldest first."""
        found: dict[str, list[Message]] = {}
        for ts, message in sorted(self.messages[channel].items()):
            if message.get("thread_ts", ts) != ts:
                found.setdefault(message["thread_ts"], []).append(message)
        return found

    def replies(self, channel: str, thread: str) -> list[Message]:
        return self.threads(channel).get(thread, [])

    def shown(self, channel: str, ts: str, threads: Mapping[str, list[Message]]) -> Message:
        """A message with what Slack says of its thread."""
        message = dict(self.messages[channel][ts])
        if replies := threads.get(ts, []):
            users = list(dict.fromkeys(each.get("user") or each.get("bot_id") for each in replies))
            message |= {"thread_ts": ts, "reply_count": len(replies), "reply_users_count": len(users), "latest_reply": replies[-1]["ts"]}
            message |= {"reply_users": users[:5], "is_locked": False, "subscribed": False}
        return message

    def load(self, export: Path) -> None:
        """Add what an export holds, folder or zip; what it holds of a message known already wins."""
        files = _files(export)
        for user in json.loads(files["users.json"]):
            self.users[user["id"]] = user
            self.team = user.get("team_id") or self.team
        for name in ("channels.json", "groups.json"):
            for channel in json.loads(files.get(name, b"[]")):
                self.channels[channel["id"]] = {
                    "is_member": True,
                    "is_private": name == "groups.json",
                    "context_team_id": self.team,
                    **channel,
                }
                self.channels[channel["id"]].pop("members", None)
                held = self.messages.setdefault(channel["id"], {})
                for path in sorted(files):
                    if path.startswith(f"{channel['name']}/"):
                        for message in json.loads(files[path]):
                            held[message["ts"]] = {key: value for key, value in message.items() if key not in DERIVED}


def _files(export: Path) -> dict[str, bytes]:
    if export.is_dir():
        return {str(path.relative_to(export)): path.read_bytes() for path in export.rglob("*.json")}
    with zipfile.ZipFile(export) as archive:
        return {name: archive.read(name) for name in archive.namelist() if name.endswith(".json")}


class SlackApi(Api):
    """The methods that support_metrics asks. `refused` maps a method, or a method and a channel, to the error it answers with.

    `most` is the most objects a page of messages holds, `expire()` makes every cursor given so far unknown, `is_limited` hides what lies
    before `hidden_before`, as workspaces without a paid plan do. `pages_forward` begins at the oldest page where only `oldest` is given.
    """

    def __init__(self, workspace: Workspace | None = None, date: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        super().__init__(date)
        self.workspace = workspace or Workspace()
        self.token, self.scopes = TOKEN, SCOPES
        self.refused: dict[str | tuple[str, str], str] = {}
        self.most = 999
        self.hidden_before = ""
        self.pages_forward = False
        self._era = 0

    def expire(self) -> None:
        self._era += 1

    def reply(self, asked: Asked) -> Reply:
        method = asked.path.rpartition("/")[2]
        answer = getattr(self, f"_{method.replace('.', '_')}", None)
        headers = {"x-oauth-scopes": self.scopes}
        try:
            if asked.headers.get("authorization") != f"Bearer {self.token}":
                raise _Error("invalid_auth" if "authorization" in asked.headers else "not_authed")
            if answer is None:
                raise _Error("unknown_method")
            if error := self.refused.get((method, asked.given.get("channel", ""))) or self.refused.get(method):
                raise _Error(error)
            missing = set(NEEDS.get(method, ())) - set(self.scopes.split(","))
            if missing:
                raise _Error("missing_scope", needed=min(missing), provided=self.scopes)
            return Reply({"ok": True, **answer(asked.given)}, 200, headers)
        except _Error as error:
            status = 429 if error.word == "ratelimited" else 200
            limit = {"Retry-After": "30"} if error.word == "ratelimited" else {}
            return Reply({"ok": False, "error": error.word, **error.more}, status, {**headers, **limit})

    # Methods

    def _auth_test(self, given: Mapping[str, str]) -> dict[str, Any]:
        space = self.workspace
        named = {"team": space.domain, "team_id": space.team, "url": f"https://{space.domain}.slack.com/"}
        return {**named, "user": "metrics", "user_id": "U0METRICS0", "bot_id": "B0METRICS0"}

    def _team_info(self, given: Mapping[str, str]) -> dict[str, Any]:
        space = self.workspace
        return {
            "team": {"id": space.team, "name": space.domain, "domain": space.domain, "email_domain": "", "icon": {"image_default": True}}
        }

    def _users_list(self, given: Mapping[str, str]) -> dict[str, Any]:
        members, metadata = self._cut([*self.workspace.users.values()], given, "user")
        return {"members": members, "cache_ts": 1_700_000_000, **metadata}

    def _conversations_list(self, given: Mapping[str, str]) -> dict[str, Any]:
        kinds = given.get("types", "public_channel").split(",")
        channels = [
            {**each, "is_member": self._is_in(each)}
            for each in self.workspace.channels.values()
            if ("private_channel" if each["is_private"] else "public_channel") in kinds
        ]
        if given.get("exclude_archived") in ("1", "true"):
            channels = [each for each in channels if not each["is_archived"]]
        listed, metadata = self._cut(channels, given, "team")
        return {"channels": listed, **metadata}

    def _conversations_history(self, given: Mapping[str, str]) -> dict[str, Any]:
        channel = self._channel(given)
        tops = [each for each in self.workspace.messages[channel].values() if _is_top(each)]
        shown = sorted((each["ts"] for each in tops if _is_within(each["ts"], given)), reverse=True)
        hidden = [ts for ts in shown if ts < self.hidden_before]
        is_forward = self.pages_forward and "oldest" in given and "latest" not in given
        page, metadata = self._page([ts for ts in shown if ts not in hidden], given, is_forward)
        said = {"is_limited": True} if hidden else {}
        threads = self.workspace.threads(channel)
        return {"messages": [self._top(channel, ts, threads) for ts in sorted(page, reverse=True)], **metadata, **said, "pin_count": 0}

    def _conversations_replies(self, given: Mapping[str, str]) -> dict[str, Any]:
        channel, ts = self._channel(given), given.get("ts", "")
        if ts not in self.workspace.messages[channel]:
            raise _Error("thread_not_found")
        threads = self.workspace.threads(channel)
        replies = [each["ts"] for each in threads.get(ts, [])]
        page, metadata = self._page(replies, given, True)
        return {"messages": [self.workspace.shown(channel, each, threads) for each in (ts, *page)], **metadata}

    # Pages

    def _channel(self, given: Mapping[str, str]) -> str:
        channel = given.get("channel", "")
        if channel not in self.workspace.channels:
            raise _Error("channel_not_found")
        if not self._is_in(self.workspace.channels[channel]):
            raise _Error("not_in_channel")
        return channel

    def _is_in(self, channel: Mapping[str, Any]) -> bool:
        """Archiving a channel removes every app from it (elastic/connectors#1972)."""
        return bool(channel.get("is_member")) and not channel.get("is_archived")

    def _top(self, channel: str, ts: str, threads: Mapping[str, list[Message]]) -> Message:
        """A message as the history shows it: a broadcast quotes the first message of its thread."""
        message = self.workspace.shown(channel, ts, threads)
        thread = message.get("thread_ts", ts)
        if thread != ts and thread in self.workspace.messages[channel]:
            message["root"] = self.workspace.shown(channel, thread, threads)
        return message

    def _page(self, listed: list[str], given: Mapping[str, str], is_forward: bool) -> tuple[list[str], dict[str, Any]]:
        """A page of messages. The cursor says where to go on and not at which number, so that pages do not shift."""
        after = self._place(given, "next_ts")
        if after:
            listed = [ts for ts in listed if (ts > after if is_forward else ts < after)]
        listed = sorted(listed, reverse=not is_forward)
        page = listed[: min(int(given.get("limit") or 100), self.most)]
        more = len(listed) > len(page)
        metadata = {"response_metadata": {"next_cursor": self._cursor("next_ts", page[-1])}} if more else {}
        return page, {"has_more": more, **metadata}

    def _cut(self, listed: list[Any], given: Mapping[str, str], kind: str) -> tuple[list[Any], dict[str, Any]]:
        begin = int(self._place(given, kind) or 0)
        end = begin + min(int(given.get("limit") or 100), 999)
        cursor = self._cursor(kind, str(end)) if end < len(listed) else ""
        return listed[begin:end], {"response_metadata": {"next_cursor": cursor}}

    def _cursor(self, kind: str, place: str) -> str:
        return base64.b64encode(f"{kind}:{self._era}:{place}".encode()).decode()

    def _place(self, given: Mapping[str, str], kind: str) -> str:
        if not given.get("cursor"):
            return ""
        try:
            named, era, place = base64.b64decode(given["cursor"], validate=True).decode().split(":")
        except ValueError:
            raise _Error("invalid_cursor") from None
        if named != kind or era != str(self._era):
            raise _Error("invalid_cursor")
        return place


class _Error(Exception):
    def __init__(self, word: str, **more: str) -> None:
        super().__init__(word)
        self.word, self.more = word, more


def _is_top(message: Message) -> bool:
    return message.get("thread_ts", message["ts"]) == message["ts"] or message.get("subtype") == "thread_broadcast"


def _is_within(ts: str, given: Mapping[str, str]) -> bool:
    oldest, latest = given.get("oldest", "0"), given.get("latest", "9")
    if given.get("inclusive") == "1" and ts in (oldest, latest):
        return True
    return oldest < ts < latest

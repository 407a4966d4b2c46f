"""What is left of a record by somebody forgotten: that it was there, when, where, and what others did with it.

Of what they wrote and of themselves only the fields named here stay; whatever a source adds to its objects goes. A keyed hash of what was
there keeps different versions different.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from support_metrics.landing.forgotten import GONE, INVALID, address_of, handle_of, token_of
from support_metrics.landing.scrubbing import MENTION, Scrubbing
from support_metrics.sources.reading import decode

if TYPE_CHECKING:
    from support_metrics.landing.forgotten import Forgotten

_encode = msgspec.json.Encoder(order="sorted").encode
_ISSUE = re.compile(r"/repos/([^/]+/[^/]+)/issues/(\d+)")


def listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


# What stays of what somebody wrote, by source; texts are replaced, accounts stand for others.
KEPT: Mapping[str, frozenset[str]] = {
    "slack": listed(
        "app_id bot_id deleted_ts edited hidden is_locked item_type latest_reply parent_user_id reactions replies reply_count reply_users"
        " reply_users_count subtype team text thread_ts ts type user author_id"
    ),
    "github": listed(
        "active_lock_reason assignee assignees author_association body closed_at closed_by comments comments_url content created_at draft"
        " event events_url html_url id issue_url labels labels_url locked milestone node_id number pull_request reactions repository_url"
        " state state_reason timeline_url title type updated_at url user"
    ),
    "email": listed("cc from headers in_reply_to message_id references sent_at subject text to"),
    "x": listed(
        "author_id conversation_id created_at dm_conversation_id edit_history_tweet_ids event_type id in_reply_to_user_id lang"
        " participant_ids public_metrics referenced_tweets sender_id text"
    ),
    "youtube": listed(
        "authorChannelId authorDisplayName canRate channelId likeCount moderationStatus parentId publishedAt textDisplay textOriginal"
        " updatedAt videoId viewerRating"
    ),
    "shortcut": listed("app_url author_id created_at deleted entity_type id position story_id text updated_at"),
}
TEXTS = frozenset({"body", "subject", "text", "textDisplay", "textOriginal", "title"})
KEPT_HEADERS = frozenset({"auto-submitted", "precedence"})


def author_of(source: str, value: Mapping[str, Any], team: str) -> str | None:
    """The account that wrote this object, as its source names it; None for anything else."""
    if source == "slack":
        user = value.get("author_id") if "author_id" in value else value.get("user") if "ts" in value else None
        return f"slack:{team}:{user}" if isinstance(user, str) else None
    if source == "github":
        user = value.get("user")
        return f"github:user:{user['id']}" if isinstance(user, dict) and "id" in user else None
    if source == "email":
        sender = value.get("from")
        address = sender.get("address") if isinstance(sender, dict) else None
        return f"email:{address.strip().lower()}" if isinstance(address, str) else None
    if source == "x":
        user = value.get("author_id", value.get("sender_id"))
        return f"x:user:{user}" if isinstance(user, str) else None
    if source == "youtube":
        channel = value.get("authorChannelId")
        return f"youtube:channel:{channel.get('value')}" if isinstance(channel, dict) else None
    if source == "shortcut":
        return f"shortcut:member:{value['author_id']}" if isinstance(value.get("author_id"), str) else None
    return None


# An id that stands for itself in a string of its source is an account.
_PREFIX: Mapping[str, str] = {"x": "x:user:", "youtube": "youtube:channel:", "shortcut": "shortcut:member:"}
LONGEST_ID = 40
_HANDLES = frozenset({"login", "mention_name", "username"})
ORGANISATIONS = "github:organisations:"


class Shaping(Scrubbing):
    """Takes from one record of a source what tells who somebody forgotten is."""

    def __init__(self, forgotten: Forgotten, source: str) -> None:
        super().__init__(forgotten, source, "")

    def record(self, key: str, payload: bytes) -> tuple[str, bytes]:
        """Key and payload as they are landed; the very same where nothing of somebody forgotten is in them."""
        self.team = key.split(":")[1] if self.source == "slack" else ""
        self.touched.clear()
        self.near = frozenset()
        value = decode(payload, key)
        new_key = self._key(key)
        shaped = self._person(new_key, value, payload) if new_key != key and self._is_person(key) else self._value(value)
        if self.touched and self._entries.near:
            self.near = frozenset(self.touched)
            shaped = self._value(shaped)
        return (new_key, payload) if shaped is value else (new_key, _encode(shaped))

    def _key(self, key: str) -> str:
        if stands := self.forgotten.account(key):
            return stands
        if self.source == "github" and key.startswith(ORGANISATIONS):
            member = self.forgotten.account(f"github:user:{key.removeprefix(ORGANISATIONS)}")
            return ORGANISATIONS + member.rpartition(":")[2] if member else key
        if self.source == "email" and key.startswith("email:message:"):
            return "email:message:" + self.forgotten.message_id(key.removeprefix("email:message:"))
        return key if self.source in KEPT else self.scrub(key)

    def _is_person(self, key: str) -> bool:
        return key.startswith("github:user:") or (
            self.source in ("slack", "x", "shortcut") and not key.startswith(("x:post", "x:dm", "shortcut:story"))
        )

    # Values

    def _value(self, value: Any, name: str = "") -> Any:
        """The value without what is to go; the very same object where nothing goes."""
        if isinstance(value, str):
            return self._text(value, name)
        if isinstance(value, list):
            items = [self._value(each, name) for each in value]
            return value if all(one is other for one, other in zip(items, value, strict=True)) else items
        if not isinstance(value, dict):
            return value
        if self.source == "github" and "login" in value and (stands := self.forgotten.account(f"github:user:{value.get('id')}")):
            return self._github_user(value, stands)
        if self.source == "email" and (addressee := self._addressee(value)):
            return addressee
        author = author_of(self.source, value, self.team)
        stands = self.forgotten.account(author) if author else None
        if stands and stands != author:
            return self._written(value, stands)
        if self.source == "slack" and (named := self._filled_in_by(value)):
            return self._each({name: each for name, each in value.items() if name in KEPT["slack"]} | {"text": f"{named} {GONE}"})
        if self.source == "github" and self._entries.places and (place := place_of(value)):
            token = self._entries.places.get(self.forgotten.hashed("place", place))
            self.touched |= {token} if token else set()
        return self._each(value)

    def _each(self, value: dict[str, Any]) -> dict[str, Any]:
        fields = {name: self._value(each, name) for name, each in value.items()}
        return value if all(fields[name] is value[name] for name in value) else fields

    def _filled_in_by(self, value: Mapping[str, Any]) -> str:
        """The mention of a forgotten person that a bot names first: what follows may be what they typed into its form."""
        text, is_bots = value.get("text"), bool(value.get("bot_id")) or value.get("subtype") == "bot_message"
        first = MENTION.search(text) if is_bots and isinstance(text, str) else None
        return first[0] if first and self.forgotten.account(f"slack:{self.team}:{first[1]}") else ""

    def _text(self, text: str, name: str) -> str:
        is_short = len(text) <= LONGEST_ID
        if (
            self.source == "slack"
            and is_short
            and text[:1] in ("U", "W")
            and (stands := self.forgotten.account(f"slack:{self.team}:{text}"))
        ):
            return self._touching(stands, stands.rpartition(":")[2])
        if is_short and (prefix := _PREFIX.get(self.source)) and (stands := self.forgotten.account(prefix + text)):
            return self._touching(stands, stands.removeprefix(prefix))
        if name in _HANDLES and (instead := self.forgotten.word(f"@{text.lower()}")):
            return self._touching(instead, instead.lstrip("@"))
        if name == "dm_conversation_id":
            return "-".join(self._text(part, "") for part in text.split("-")) if "-" in text else text
        if self.source == "email" and name in ("in_reply_to", "references", "message_id"):
            return self.forgotten.message_id(text)
        return self.scrub(text)

    def _touching(self, stands: str, instead: str) -> str:
        self.touched.add(token_of(stands))
        return instead

    # People

    def _github_user(self, value: dict[str, Any], stands: str) -> dict[str, Any]:
        user = {"id": stands.rpartition(":")[2], "login": handle_of(stands), "email": address_of(token_of(stands))}
        self.touched.add(token_of(stands))
        return user | {name: value[name] for name in ("type", "forgotten") if name in value}

    def _addressee(self, value: dict[str, Any]) -> dict[str, Any] | None:
        if value.keys() != {"name", "address"} or not isinstance(value["address"], str) or value["address"].endswith(INVALID):
            return None
        stands = self.forgotten.account(f"email:{value['address'].strip().lower()}")
        return {"address": self._touching(stands, stands.removeprefix("email:")), "name": handle_of(stands)} if stands else None

    def _person(self, key: str, value: Any, payload: bytes) -> dict[str, Any]:
        """A record that tells of a person themselves."""
        handle, mark = handle_of(key), {"forgotten": self._mark(payload)}
        kept = partial(_kept, value if isinstance(value, dict) else {})
        identity = {"id": key.rpartition(":")[2]}
        if self.source == "slack":
            return (
                identity
                | {"name": handle, "profile": {"real_name": handle, "email": address_of(token_of(key))}}
                | kept("deleted", "is_bot", "updated", "team_id")
                | mark
            )
        if self.source == "x":
            return identity | {"name": handle, "username": handle} | mark
        if self.source == "github":
            return self._github_user(value, key) | mark
        profile = {"mention_name": handle, "name": handle} | _kept(value.get("profile") or {}, "deactivated")
        return identity | {"profile": profile} | kept("created_at", "disabled", "entity_type", "role", "state", "updated_at") | mark

    # What they wrote

    def _written(self, value: dict[str, Any], stands: str) -> dict[str, Any]:
        """An object that the account which `stands` for another wrote."""
        self.touched.add(token_of(stands))
        kept = {name: each for name, each in value.items() if name in KEPT[self.source]}
        kept |= {name: GONE for name in TEXTS & kept.keys() if kept[name]}
        if self.source == "slack" and isinstance(value.get("text"), str):
            kept["text"] = self.forgotten.stand_in(value["text"])
        if self.source == "email":
            kept["headers"] = [each for each in value.get("headers") or [] if each and str(each[0]).lower() in KEPT_HEADERS]
        if self.source == "youtube":
            kept |= {"authorDisplayName": handle_of(stands), "authorChannelId": {"value": stands.rpartition(":")[2]}}
        return self._each(kept) | {"forgotten": self._mark(_encode(value))}

    def _mark(self, payload: bytes) -> str:
        return self.forgotten.hashed("payload", payload.decode(), 8)


def place_of(value: Mapping[str, Any]) -> str:
    """The issue a GitHub object is or belongs to, as `owner/name#number`; empty for anything else."""
    for name in ("issue_url", "url"):
        found = _ISSUE.search(value[name]) if isinstance(value.get(name), str) else None
        if found:
            return f"{found[1]}#{found[2]}".lower()
    return ""


def _kept(value: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value[name] for name in names if name in value}

"""Slack from exports, folder or zip, as Slack makes them: channels.json, users.json, <channel>/<day>.json.

Days in names are Pacific dates and say nothing here: every time comes from a message's own `ts`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import timedelta
from functools import partial
from typing import Any

from support_metrics.errors import SourceError, together
from support_metrics.settings import Settings
from support_metrics.sources.archive import Archive, open_archive
from support_metrics.sources.base import Coverage, Damaged, Item, Known, Record, Unit
from support_metrics.sources.files import Found, Span, find
from support_metrics.sources.lines import Text
from support_metrics.sources.reading import AGAIN, BadRecord, an_object, decode, identifier, read_records
from support_metrics.sources.slack.places import Landed, Searched, channels_landed, is_wanted, lost_channels, read_before
from support_metrics.sources.slack.records import (
    DELETED,
    EPOCH,
    channel_record,
    instant_of,
    parts_of,
    user_record,
    why_damaged,
)

CHANNEL_LISTS = ("channels.json", "groups.json")
USERS = "users.json"
FILES = "slack.files"


def fetch_exports(settings: Settings, streams: Sequence[str], known: Known) -> Iterator[Unit]:
    """One unit per export. Raises SourceError where an export is damaged or a configured channel is in none of them.

    A channel that was read before and is in none of them now is told of when all are read; PlaceMissing is raised at once for one that
    never was. Where the API is read, too, it has the last word on which channels there are.
    """
    exports = []
    present: dict[str, str] = {}
    landed = channels_landed(known)
    for found in find(settings, settings.slack.files, FILES):
        with closing(open_archive(found.path, found.name, CHANNEL_LISTS, FILES)) as archive:
            channels = _channels(archive)
            if USERS not in archive.members():
                raise SourceError(f"{found.name}: holds no {USERS}, so bots and names cannot be told", "export again, with users.json")
            present |= {channel["id"]: channel["name"] for channel in channels}
            wanted = [channel for channel in channels if is_wanted(channel, settings)]
            for channel in wanted:
                landed[channel["id"]] = landed.get(channel["id"], Landed()).seen(channel, found.observed_at)
            days = [f"{channel['name']}/{day}" for channel in wanted for day in _days(archive, channel)]
            lists = [member for member in archive.members() if member in (*CHANNEL_LISTS, USERS)]
            exports.append((found, wanted, list(archive.contents([*lists, *days]))))
    found_now = [channel for channel, name in present.items() if is_wanted({"id": channel, "name": name}, settings)]
    searched = Searched(present, found_now, "export holds", "add an export that holds it")
    lost = [] if settings.slack.live else lost_channels(settings, searched, landed, read_before(known))
    for found, wanted, contents in exports:
        context = (settings.slack.team_id, *sorted(channel["id"] for channel in wanted))
        yield Unit(found.name, _read(found, wanted, settings, streams), found.digest(contents, *context), found.observed_at)
    if lost:
        raise together(lost)


def _read(found: Found, channels: list[dict[str, Any]], settings: Settings, streams: Sequence[str]) -> Iterator[Item]:
    with closing(open_archive(found.path, found.name, CHANNEL_LISTS, FILES)) as archive:
        users = _list(archive, USERS)
        team = _team(users, settings)
        if "channels" in streams:
            yield from (channel_record(channel, team) for channel in channels)
        if "users" in streams:
            text = _text(archive, USERS)
            places = ((text.item(number), user) for number, user in enumerate(users, 1))
            yield from read_records(places, "users", lambda user: user_record(user, team))
        if "messages" in streams:
            span = Span()
            for channel in channels:
                yield from _messages(archive, team, channel, span)
            yield from _coverage(found, channels, span)


def _messages(archive: Archive, team: str, channel: dict[str, Any], span: Span) -> Iterator[Record | Damaged]:
    """A channel's messages, day file by day file. This loop runs once per message: keep it lean."""
    prefix = f"slack:{team}:{channel['id']}:"
    for day in _days(archive, channel):
        member = f"{channel['name']}/{day}"
        moments = []
        text = _text(archive, member)
        for number, message in enumerate(_list(archive, member), 1):
            try:
                ts = message["ts"]
                match = parts_of(ts)
                sent_at = EPOCH + timedelta(0, int(match[1]), int(match[2].ljust(6, "0")))  # type: ignore[index]
            except (TypeError, KeyError):
                yield Damaged("messages", str(text.item(number)), why_damaged(message))
                continue
            moments.append(sent_at)
            subtype = message.get("subtype")
            edited = message.get("edited")
            edited_at = instant_of(edited.get("ts")) if isinstance(edited, dict) else None
            if subtype == "message_deleted" and isinstance(message.get("deleted_ts"), str):
                ts = message["deleted_ts"]
            yield Record("messages", prefix + ts, message, edited_at or sent_at, subtype in DELETED)
        if moments:
            span.see(min(moments), max(moments))


def _coverage(found: Found, channels: list[dict[str, Any]], span: Span) -> Iterator[Coverage]:
    """An export takes all channels at once, so what bounds one bounds them all, the silent ones too."""
    for channel in channels:
        yield from span.coverage(found, "messages", channel["id"])


# What an export holds


def _list(archive: Archive, member: str) -> list[Any]:
    items = decode(archive.read(member), archive.label(member))
    if not isinstance(items, list):
        raise SourceError(f"{archive.label(member)}, line 1: holds no list", AGAIN)
    return items


def _text(archive: Archive, member: str) -> Text:
    return Text(archive.label(member), partial(archive.read, member))


def _channels(archive: Archive) -> list[dict[str, Any]]:
    """Public and private channels, each with an id and a name."""
    channels = []
    for member in CHANNEL_LISTS:
        if member in archive.members():
            text = _text(archive, member)
            for number, value in enumerate(_list(archive, member), 1):
                try:
                    channel = an_object(value)
                    identifier(channel), identifier(channel, "name")
                except BadRecord as bad:
                    raise SourceError(f"{text.item(number)}: the channel {bad}", AGAIN) from None
                channels.append(channel)
    return channels


def _days(archive: Archive, channel: dict[str, Any]) -> list[str]:
    folder = channel["name"]
    if "/" in folder or folder in (".", ".."):
        raise SourceError(f"{archive.name}: a channel is named {folder!r}, which is no folder's name", AGAIN)
    return [day for day in archive.members(folder) if day.endswith(".json")]


def _team(users: list[Any], settings: Settings) -> str:
    """The workspace most of the users belong to; guests of shared channels belong to others."""
    teams = Counter(team for user in users if isinstance(user, dict) and isinstance(team := user.get("team_id"), str) and team)
    return min(teams, key=lambda team: (-teams[team], team), default=settings.slack.team_id)

"""Slack through its Web API: channels, users, then the messages of one channel after the other."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from support_metrics.errors import SourceError, together
from support_metrics.settings import Settings
from support_metrics.sources.base import Damaged, Item, Known, Record, Unit
from support_metrics.sources.calls import TryAgain, call
from support_metrics.sources.reading import BadRecord, identifier
from support_metrics.sources.slack.client import LIST_SIZE, Api
from support_metrics.sources.slack.messages import ChannelSync
from support_metrics.sources.slack.places import (
    DROP_ALL,
    Landed,
    Searched,
    asked,
    channels_landed,
    is_finished,
    left_to_exports,
    lost_channels,
    read_live,
)
from support_metrics.sources.slack.records import EPOCH, channel_record, user_record
from support_metrics.sources.slack.refusals import ChannelRefused, NotAdmitted
from support_metrics.sources.web import said_at

TYPES = "public_channel,private_channel"


class Wanted(NamedTuple):
    """The configured channels that are there, archived ones too; the ids and names of all that the token sees; and when Slack said so."""

    channels: list[dict[str, Any]]
    present: dict[str, str]
    seen_at: datetime

    def archived_at(self, channel: Mapping[str, Any], landed: Mapping[str, Landed]) -> datetime:
        """When an archived channel was first seen so."""
        return landed.get(channel["id"], Landed()).archived_at or self.seen_at


def fetch_api(settings: Settings, streams: Sequence[str], known: Known) -> Iterator[Unit]:
    """One unit per page. A channel that cannot be read, or is not found any more, is told of when the others are done.

    Raises SourceError, PlaceMissing for a configured channel that never was there, SourceUnavailable where Slack cannot be reached.
    """
    api = Api(settings, known)
    wanted = wanted_channels(api, settings, read_live(known)) if {"channels", "messages"} & set(streams) else None
    channels = wanted.channels if wanted else []
    team = _team_landed(known, channels) or team_of(api)
    landed = channels_landed(known, team)
    refused = lost(settings, wanted, landed, known) if wanted else []
    if wanted and "channels" in streams:
        yield Unit("slack: channels", [channel_record(channel, team) for channel in channels], observed_at=wanted.seen_at)
    if "users" in streams:
        yield from _users(api, team)
    if wanted and "messages" in streams:
        yield from _messages(api, settings, team, wanted, landed, refused)
    if refused:
        raise together(refused)


def _users(api: Api, team: str) -> Iterator[Unit]:
    """All of them each time: they are few, and what changed cannot be asked for. They are no events, so no time is covered."""
    count = 0
    for number, answer in enumerate(api.pages("users.list", "members", limit=LIST_SIZE), 1):
        name, items = f"slack: users, page {number}", list[Item]()
        for place, user in enumerate(answer.body["members"], 1):
            items.append(_user(user, team, f"{name}, item {place}"))
        count += len(items)
        api.known.tell(f"slack: {count:,} users")
        yield Unit(name, items, observed_at=said_at(answer))


def _messages(
    api: Api, settings: Settings, team: str, wanted: Wanted, landed: Mapping[str, Landed], refused: list[SourceError]
) -> Iterator[Unit]:
    """Of every channel; the refusal of one is added to `refused`. One that was read until it was archived is finished, and no refusal."""
    for channel in wanted.channels:
        try:
            yield from ChannelSync(api, settings, team, channel).units()
        except ChannelRefused as refusal:
            if isinstance(refusal, NotAdmitted) and channel.get("is_archived"):
                if is_finished(api.known, channel["id"], wanted.archived_at(channel, landed)):
                    api.known.tell(f"slack: #{channel['name']} is archived: what was read of it counts on")
                    continue
                refusal = NotAdmitted("is_archived")
            refused.append(ChannelRefused(f"slack: #{channel['name']}: {refusal.problem}", refusal.mend + without(channel, settings)))


def is_closed(channel: Mapping[str, Any]) -> bool:
    """Whether a channel is archived and shut to us: archiving one removes every app, and none can be invited."""
    return bool(channel.get("is_archived")) and channel.get("is_member") is False


def without(channel: Mapping[str, Any], settings: Settings) -> str:
    """How to do without a channel that only `*` names."""
    is_named = any(name in (channel["id"], channel["name"]) for _, name in asked(settings))
    return "" if is_named else f"; or {DROP_ALL}, and its requests count no longer"


def wanted_channels(api: Api, settings: Settings, read: Collection[str]) -> Wanted:
    """The configured channels, as far as they are there. Those that `*` names are the ones the app is in, and those it has `read`."""
    names = {name for _, name in asked(settings)}
    present: dict[str, str] = {}
    found: dict[str, dict[str, Any]] = {}
    moments: list[datetime] = []
    for answer in api.pages("conversations.list", "channels", types=TYPES, exclude_archived=False, limit=LIST_SIZE):
        moments.append(said_at(answer))
        for channel in answer.body["channels"]:
            if isinstance(channel, dict) and isinstance(channel.get("id"), str) and isinstance(channel.get("name"), str):
                present[channel["id"]] = channel["name"]
                is_open = channel.get("is_member") is not False and not channel.get("is_archived")
                if names & {channel["id"], channel["name"]} or ("*" in names and (is_open or channel["id"] in read)):
                    found[channel["id"]] = channel
    return Wanted([found[each] for each in sorted(found)], present, moments[0])


def lost(settings: Settings, wanted: Wanted, landed: Mapping[str, Landed], known: Known) -> list[SourceError]:
    """What to say of the channels that landing knows and the token does not see any more; raises PlaceMissing, naming what is there, for one nobody knows."""
    found = [channel["id"] for channel in wanted.channels]
    otherwise = "if it is private, invite the app to it: /invite @<the app's name>"
    gone = lost_channels(settings, Searched(wanted.present, found, "channel that the token sees is", otherwise), landed, read_live(known))
    gone += left_to_exports(settings, found, landed, known)
    if not found and not gone and not any(each.is_archived for each in landed.values()):
        raise SourceError("slack.channels: the app is in no channel", "invite it to those it shall read: /invite @<the app's name>")
    return gone


def team_of(api: Api) -> str:
    """The id of the token's workspace."""

    def once() -> str:
        try:
            return identifier(api.ask("auth.test").body, "team_id")
        except BadRecord as bad:
            raise TryAgain(f"the answer {bad}") from None

    return call(api.known, "slack: auth.test", once)


def _team_landed(known: Known, channels: Sequence[dict[str, Any]]) -> str:
    """The workspace under which these very channels have been landed already: channel ids are Slack's own, so asking can be spared."""
    ids = {channel["id"] for channel in channels}
    parts = [each.key.split(":") for each in known.held("channels", "slack:", "slack;")]
    teams = {part[1] for part in parts if part[2] in ids}
    return teams.pop() if len(teams) == 1 else ""


def _user(user: Any, team: str, place: str) -> Record | Damaged:
    try:
        record = user_record(user, team)
        # One that came without its clock must not outdo those that say when they were changed.
        return record._replace(version=record.version or EPOCH)
    except BadRecord as bad:
        return Damaged("users", place, str(bad))

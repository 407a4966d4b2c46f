"""Slack through its Web API: channels, users, then the messages of one channel after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from support_metrics.errors import SourceError
from support_metrics.settings import Settings
from support_metrics.sources.base import Damaged, Item, Known, Record, Unit
from support_metrics.sources.calls import TryAgain, call
from support_metrics.sources.reading import BadRecord, identifier
from support_metrics.sources.slack.client import LIST_SIZE, Api
from support_metrics.sources.slack.messages import ChannelSync
from support_metrics.sources.slack.records import EPOCH, asked, channel_record, refuse_missing, user_record
from support_metrics.sources.slack.refusals import ChannelRefused
from support_metrics.sources.web import said_at

TYPES = "public_channel,private_channel"


def fetch_api(settings: Settings, streams: Sequence[str], known: Known) -> Iterator[Unit]:
    """One unit per page. A channel that cannot be read is told of when the others are done.

    Raises SourceError, PlaceMissing for a configured channel that is not there, SourceUnavailable where Slack cannot be reached.
    """
    api = Api(settings, known)
    team, channels, seen_at = "", list[dict[str, Any]](), None
    if {"channels", "messages"} & set(streams):
        channels, seen_at = wanted_channels(api, settings)
        team = _team_landed(known, channels)
    team = team or team_of(api)
    if "channels" in streams:
        yield Unit("slack: channels", [channel_record(channel, team) for channel in channels], observed_at=seen_at)
    if "users" in streams:
        yield from _users(api, team)
    if "messages" in streams:
        yield from _messages(api, settings, team, channels)


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


def _messages(api: Api, settings: Settings, team: str, channels: Sequence[dict[str, Any]]) -> Iterator[Unit]:
    refused: list[ChannelRefused] = []
    for channel in channels:
        try:
            yield from ChannelSync(api, settings, team, channel).units()
        except ChannelRefused as refusal:
            refused.append(ChannelRefused(f"slack: #{channel['name']}: {refusal.problem}", refusal.mend))
    if refused:
        problems, mends = ("; ".join(dict.fromkeys(each)) for each in zip(*((one.problem, one.mend) for one in refused), strict=True))
        raise SourceError(problems, mends)


def wanted_channels(api: Api, settings: Settings) -> tuple[list[dict[str, Any]], datetime]:
    """The configured channels, archived ones too, and when Slack said so; raises PlaceMissing naming what is there."""
    names = {name for _, name in asked(settings)}
    present: dict[str, str] = {}
    found: dict[str, dict[str, Any]] = {}
    moments: list[datetime] = []
    for answer in api.pages("conversations.list", "channels", types=TYPES, exclude_archived=False, limit=LIST_SIZE):
        moments.append(said_at(answer))
        for channel in answer.body["channels"]:
            if isinstance(channel, dict) and isinstance(channel.get("id"), str) and isinstance(channel.get("name"), str):
                present[channel["id"]] = channel["name"]
                is_open = "*" in names and channel.get("is_member") is not False and not channel.get("is_archived")
                if is_open or names & {channel["id"], channel["name"]}:
                    found[channel["id"]] = channel
    refuse_missing(settings, present, "channel that the token sees is", "if it is private, invite the app to it: /invite @<the app's name>")
    if not found:
        raise SourceError("slack.channels: the app is in no channel", "invite it to those it shall read: /invite @<the app's name>")
    return [found[each] for each in sorted(found)], moments[0]


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

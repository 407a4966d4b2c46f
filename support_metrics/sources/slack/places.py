"""Which channels the settings ask for, and what is said of those that are nowhere."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from support_metrics.errors import PlaceMissing, SourceError
from support_metrics.settings import Settings
from support_metrics.sources.base import Known

# How long a channel may have been unread when it was found archived without a hole in what is known of it.
UNSEEN = timedelta(days=3)
DROP, DROP_ALL = "take it out of the settings", "list the channels by name without it"


class Searched(NamedTuple):
    """Where channels were looked for: the ids and names of all that are there, and which of them are read.

    `holder` is what should have held a missing one, `otherwise` what can be done besides correcting the name.
    """

    present: Mapping[str, str]
    found: Collection[str]
    holder: str
    otherwise: str


def asked(settings: Settings) -> Iterator[tuple[str, str]]:
    """Every channel the settings name, with the setting that does."""
    for setting in ("channels", "triage_channels", "internal_channels"):
        for name in getattr(settings.slack, setting):
            yield f"slack.{setting}", name.removeprefix("#")


def is_wanted(channel: Mapping[str, Any], settings: Settings) -> bool:
    return any(name in ("*", channel["id"], channel["name"]) for _, name in asked(settings))


class Landed(NamedTuple):
    """What landing has seen of a channel: every name, the newest last, whether it was archived then, and since when as far as that is known."""

    names: tuple[str, ...] = ()
    is_archived: bool = False
    archived_at: datetime | None = None

    def seen(self, channel: Mapping[str, Any], at: datetime | None) -> Landed:
        is_archived = channel.get("is_archived") is True
        return Landed((*self.names, channel["name"]), is_archived, (self.archived_at or at) if is_archived else None)


def channels_landed(known: Known, team: str = "") -> dict[str, Landed]:
    """By id, what landing has seen of each channel; of one workspace or of all."""
    landed: dict[str, Landed] = {}
    low, high = (f"slack:{team}:", f"slack:{team};") if team else ("slack:", "slack;")
    for each in known.versions("channels", low, high):
        channel = each.key.rpartition(":")[2]
        landed[channel] = landed.get(channel, Landed()).seen(json.loads(each.payload), each.observed_at)
    return landed


def read_before(known: Known) -> set[str]:
    """The ids of the channels of which a span of time is covered: what is not read any more holds that back."""
    return {scope for stream, scope in known.cursors if stream == "messages"}


def read_live(known: Known) -> set[str]:
    """The ids of the channels that were read through the API to the end."""
    return {scope for stream, scope in known.swept if stream == "messages"}


def is_finished(known: Known, channel: str, archived_at: datetime | None) -> bool:
    """Whether a channel was read until it was archived, or nearly: what holds of `core.coverage_spans` as well."""
    covered_at = known.cursors.get(("messages", channel))
    return covered_at is not None and archived_at is not None and archived_at - covered_at <= UNSEEN


def left_to_exports(settings: Settings, found: Collection[str], landed: Mapping[str, Landed], known: Known) -> list[SourceError]:
    """What to say of the channels that `*` means and exports alone have told of: nothing reads them on, so they hold back what is known of Slack."""
    left = read_before(known) - read_live(known) - {*found}
    names = [f"#{landed[each].names[-1]}" for each in left if each in landed and not is_finished(known, each, landed[each].archived_at)]
    if not names or all(name != "*" for _, name in asked(settings)):
        return []
    return [
        SourceError(
            f"slack.channels: known from exports alone and not read on: {_some(names)}",
            "invite the app there; take a newer export of those that are archived; or list the channels by name without them, and their requests count no longer",
        )
    ]


def lost_channels(settings: Settings, searched: Searched, landed: Mapping[str, Landed], read: Collection[str]) -> list[SourceError]:
    """What to say of each channel the settings name that was there once, as `landed` tells, and is not found now; `*` names all that were `read`.

    One that is gone after it was archived is no loss. Raises PlaceMissing for one that never was; SourceError where none is configured.
    """
    names = list(asked(settings))
    if not names:
        raise SourceError("slack.channels: no channel is configured", 'name the support channels, or all with ["*"]')
    lost: dict[str, SourceError] = {}
    for setting, name in names:
        is_there = name == "*" or name in searched.present or name in searched.present.values()
        meant = [channel for channel, seen in landed.items() if name in (channel, seen.names[-1]) or (name == "*" and channel in read)]
        if not is_there:
            meant = meant or [channel for channel, seen in landed.items() if name in seen.names]
            if not meant:
                raise PlaceMissing(
                    f"{setting}: no {searched.holder} a channel {name!r}",
                    f"correct the name, or {searched.otherwise}; there are: {_some(searched.present.values())}",
                )
        for channel in meant:
            is_finished = channel not in searched.present and landed[channel].is_archived
            if channel not in searched.found and not is_finished:
                lost.setdefault(channel, _lost(setting, channel, landed[channel].names[-1], searched, DROP_ALL if name == "*" else DROP))
    return list(lost.values())


def _lost(setting: str, channel: str, name: str, searched: Searched, drop: str) -> SourceError:
    """What became of a channel that was read under a name; `drop` is how to do without it."""
    now = searched.present.get(channel)
    heir = next((each for each, called in searched.present.items() if called == name), "")
    more = f"; another channel is #{name} by now: to count that one, write its id, {heir}" if heir else ""
    if now:
        return SourceError(
            f"{setting}: #{name} is now #{now}",
            f'write "{now}" in its place; it is read on from where it was, and nothing counts twice{more}',
        )
    return SourceError(
        f"{setting}: no {searched.holder} #{name} ({channel}) any more, which was read before",
        f"{searched.otherwise}; if it is gone for good, {drop}, and its requests count no longer{more}",
    )


def _some(names: Iterable[str]) -> str:
    there = sorted(set(names))
    return ", ".join(there[:20]) + (" …" if len(there) > 20 else "") or "none"

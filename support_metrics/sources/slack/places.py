"""Which channels the settings ask for, and what is said of those that are nowhere."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from support_metrics.errors import PlaceMissing, SourceError
from support_metrics.settings import Settings
from support_metrics.sources.base import Known


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


def names_landed(known: Known, team: str = "") -> dict[str, list[str]]:
    """By id, every name that landing has seen a channel with, the newest last; of one workspace or of all."""
    names: dict[str, list[str]] = {}
    low, high = (f"slack:{team}:", f"slack:{team};") if team else ("slack:", "slack;")
    for each in known.versions("channels", low, high):
        names.setdefault(each.key.rpartition(":")[2], []).append(json.loads(each.payload)["name"])
    return names


def lost_channels(settings: Settings, searched: Searched, landed: Mapping[str, list[str]]) -> list[SourceError]:
    """What to say of each channel the settings name that was there once, as `landed` tells, and is not found now.

    Raises PlaceMissing for one that never was; SourceError where none is configured.
    """
    names = list(asked(settings))
    if not names:
        raise SourceError("slack.channels: no channel is configured", 'name the support channels, or all with ["*"]')
    lost: dict[str, SourceError] = {}
    for setting, name in names:
        is_there = name == "*" or name in searched.present or name in searched.present.values()
        meant = [channel for channel, seen in landed.items() if name in (channel, seen[-1])]
        if not is_there:
            meant = meant or [channel for channel, seen in landed.items() if name in seen]
            if not meant:
                raise PlaceMissing(
                    f"{setting}: no {searched.holder} a channel {name!r}",
                    f"correct the name, or {searched.otherwise}; there are: {_some(searched.present.values())}",
                )
        for channel in meant:
            if channel not in searched.found:
                lost.setdefault(channel, _lost(setting, channel, landed[channel][-1], searched))
    return list(lost.values())


def _lost(setting: str, channel: str, name: str, searched: Searched) -> SourceError:
    """What became of a channel that was read under a name."""
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
        f"{searched.otherwise}; if it is gone for good, take it out of the settings, and its requests count no longer{more}",
    )


def _some(names: Iterable[str]) -> str:
    there = sorted(set(names))
    return ", ".join(there[:20]) + (" …" if len(there) > 20 else "") or "none"

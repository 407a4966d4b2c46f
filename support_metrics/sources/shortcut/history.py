"""When a label was put on a story: told by the story's history, `GET /stories/{id}/history`, one call per story.

It is asked for only where landing does not tell: the first version that landed lacked the label, and a later one has it or had it. That
is decided against landing, so that a sync killed between a story and its history asks in the next; how far each history was read is
landed with it, so that it is read again only when its story has changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple

import msgspec

from support_metrics.errors import SourceError
from support_metrics.settings import Settings
from support_metrics.sources.base import Coverage, Damaged, Held, Item, Known, Record, Sweep, Unit
from support_metrics.sources.files import Span
from support_metrics.sources.shortcut.files import HISTORY, read
from support_metrics.sources.timeleft import TimeLeft
from support_metrics.sources.web import Web, is_list, said_at

STORIES_AT_A_TIME = 50


class _Named(msgspec.Struct):
    id: Any = None
    name: Any = None


class _Story(msgspec.Struct):
    labels: list[_Named | None] | None = None


_label = msgspec.json.Decoder(_Named).decode
_story = msgspec.json.Decoder(_Story).decode


class _Unread(NamedTuple):
    """A story whose history is to be read, and when the newest version of it that landed was made."""

    number: str
    changed_at: datetime


def fetch_history(settings: Settings, web: Web, known: Known, until: datetime) -> Iterator[Unit]:
    """The histories that are to be read, some stories to a unit, then that all are told `until` the stories are."""
    unread = list(_unread(settings, known))
    left = TimeLeft()
    span = Span()
    for first in range(0, len(unread), STORIES_AT_A_TIME):
        items, observed_at = list[Item](), until
        for story in unread[first : first + STORIES_AT_A_TIME]:
            what = f"history of story {story.number}"
            answer = web.find(f"stories/{story.number}/history", what, is_list)
            changes = answer.body if answer.status < 400 else _nothing_if_gone(web, story)
            items += [_change(each, story, f"{what}, item {number}", span) for number, each in enumerate(changes, 1)]
            items.append(Sweep(HISTORY, story.number, story.changed_at))
            observed_at = said_at(answer)
        done = min(first + STORIES_AT_A_TIME, len(unread))
        known.tell(f"shortcut: histories of {done:,} of {len(unread):,} stories{left.after(done, len(unread))}")
        yield Unit(f"shortcut: histories of stories, {done:,} of {len(unread):,}", items, observed_at=observed_at)
    since = known.cursors.get((HISTORY, "*")) or span.oldest or until
    yield Unit("shortcut: histories", [Coverage(HISTORY, "*", min(since, until), until)], observed_at=until)


def _nothing_if_gone(web: Web, story: _Unread) -> list[Any]:
    """A story that is gone has no history, and the sweep tells of it; of one that is still there the history must be had."""
    if web.find(f"stories/{story.number}", f"story {story.number}").status < 400:
        raise SourceError(
            f"shortcut: story {story.number} is there, but its history is not found",
            "nothing is lost, what had landed stays; refresh again later",
        )
    return []


def _change(value: Any, story: _Unread, place: str, span: Span) -> Record | Damaged:
    """Shortcut does not say in each change whose history it stands in: that is added, as the files have it."""
    return read(value | {"story_id": int(story.number)} if isinstance(value, dict) else value, HISTORY, place, span)


def _unread(settings: Settings, known: Known) -> Iterator[_Unread]:
    wanted = settings.shortcut.label.strip().lower()
    named = (_label(each.payload) for each in known.versions("labels", "shortcut:label:", "shortcut:label;"))
    ids = {label.id for label in named if _is_called(label, wanted)}

    def is_labelled(held: Held) -> bool:
        try:
            labels = filter(None, _story(held.payload).labels or [])
        except msgspec.ValidationError:
            return False
        return any(_is_called(label, wanted) or label.id in ids for label in labels)

    for key, held in groupby(known.versions("stories", "shortcut:story:", "shortcut:story;"), key=lambda each: each.key):
        versions = list(held)
        if is_labelled(versions[0]) or not any(map(is_labelled, versions)):
            continue
        number = key.rpartition(":")[2]
        changed_at = max(each.version or each.observed_at for each in versions)
        read_until = known.swept.get((HISTORY, number))
        if number.isdecimal() and (read_until is None or read_until < changed_at):
            yield _Unread(number, changed_at)


def _is_called(label: _Named, wanted: str) -> bool:
    return isinstance(label.name, str) and label.name.strip().lower() == wanted

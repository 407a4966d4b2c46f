"""The messages of one channel: its history, the threads that changed, and what is gone.

The first sync reads all there is, the others the look-back window before the last one. Pages land as they come. Which threads to read is
decided when the history has landed, by comparing what their first messages say with the replies that landing holds: so nothing is lost
where a sync was killed in between.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from support_metrics.settings import Settings
from support_metrics.sources.base import Coverage, Damaged, Item, Progress, Record, Sweep, Unit
from support_metrics.sources.calls import Answer
from support_metrics.sources.reading import BadRecord, decode
from support_metrics.sources.slack.client import Api, next_cursor
from support_metrics.sources.slack.history import Listing, Said, Standing, differs, gone_with_replies, is_mass, standing
from support_metrics.sources.slack.records import EPOCH, instant_of, message_record, ts_of
from support_metrics.sources.slack.refusals import ChannelRefused
from support_metrics.sources.slack.threads import Thread, read_thread
from support_metrics.sources.timeleft import TimeLeft
from support_metrics.sources.web import said_at

STREAM = "messages"
# A day less what a daily run may come early.
SWEEP_AFTER = timedelta(hours=20)
THREADS_AT_A_TIME, MESSAGES_AT_A_TIME = 50, 500


class _Left(NamedTuple):
    """What a sync that did not finish left behind."""

    began_at: datetime
    position: dict[str, Any]


class ChannelSync:
    """One sync of one channel."""

    def __init__(self, api: Api, settings: Settings, team: str, channel: dict[str, Any]) -> None:
        self.api, self.known = api, api.known
        self.id, self.name = str(channel["id"]), f"slack: #{channel['name']}"
        self.prefix = f"slack:{team}:{self.id}:"
        self.end = f"slack:{team}:{self.id};"
        self.since = _midnight(settings)
        created = channel.get("created")
        self.created_at = EPOCH + timedelta(seconds=created) if type(created) is int and 0 < created < 1e11 else None
        self.look_back = timedelta(days=settings.slack.look_back_days)
        reads = max(int(settings.slack.requests_per_minute / 2), 1)
        self.threads_at_a_time = min(reads, THREADS_AT_A_TIME)
        self.observed_at = api.began_at
        self._begin()

    def _begin(self) -> None:
        self.listing, self.start, self.low = Listing(), "", ""
        self.pages_read, self.left = 0, TimeLeft()
        self.held_before: set[str] = set()
        self.lost: list[str] = []
        self.judged = self.doubtful = 0

    # The way through

    def units(self) -> Iterator[Unit]:
        """Raises ChannelRefused where this channel alone cannot be read."""
        cursor = self.known.cursors.get((STREAM, self.id))
        swept_at = self.known.swept.get((STREAM, self.id))
        left = self._left()
        if cursor is None or not self._was_read_whole():
            resumed = left if left and left.position.get("whole") == self._scope_whole else None
            yield from self._whole(resumed)
            if not resumed:
                return
            cursor = swept_at = resumed.began_at
            left = None
            self._begin()
        yield from self._window(cursor, swept_at, left)

    def _whole(self, left: _Left | None) -> Iterator[Unit]:
        """Everything, from the newest page to the oldest; goes on where a killed sync stopped."""
        began_at = left.began_at if left else self.api.began_at
        position: dict[str, Any] = dict(left.position) if left else {"whole": self._scope_whole, "cursor": ""}
        if not position.get("listed"):
            for answer in self._pages(self.since, str(position.get("cursor", ""))):
                cursor = next_cursor(answer)
                position |= {"cursor": cursor} if cursor else {"cursor": "", "listed": True}
                # Landing shows no first message that is deleted, so their threads have to be remembered.
                position["gone"] = [*position.get("gone", []), *gone_with_replies(answer.body["messages"])]
                yield self._page(answer, max(filter(None, (self.since, self.created_at)), default=None), self._progress(began_at, position))
        # Of what a killed sync had listed before, this one cannot tell whether it is gone.
        high = min(ts_of(began_at), self.listing.newest) if left else ts_of(began_at)
        held = self._standing("", self.listing.oldest or "z", high)
        firsts = {**held.firsts, **self.listing.seen}
        changed = {ts for ts in firsts.keys() | held.replies.keys() if self._is_changed(ts, firsts, held)}
        changed |= set(position.get("gone", []))
        self.held_before = {ts for replies in held.replies.values() for ts in replies} if left else set()
        yield from self._read(changed, set(), held, began_at, {**position, "listed": True})
        since = self.since or self.created_at or instant_of(self.listing.oldest) or began_at
        if self.listing.is_partial:
            since = max(since, instant_of(self.listing.oldest) or began_at)
        covered = Coverage(STREAM, self.id, min(since, began_at), began_at)
        yield self._last(held, covered, Sweep(STREAM, self._scope_whole, began_at), Sweep(STREAM, self.id, began_at))

    def _window(self, cursor: datetime, swept_at: datetime | None, left: _Left | None) -> Iterator[Unit]:
        """The look-back window before the last sync; begun anew where it was killed, since only a listing in one go tells what is gone."""
        began_at = self.api.began_at
        start = min(max(filter(None, (cursor - self.look_back, self.since))), began_at)
        for answer in self._pages(start, ""):
            yield self._page(answer, start)
        low = max(ts_of(start), self.listing.oldest) if self.listing.is_partial else ts_of(start)
        held = self._standing(ts_of(start), low, ts_of(began_at))
        firsts = self.listing.seen
        changed = {ts for ts in firsts.keys() | held.replies.keys() if self._is_changed(ts, firsts, held)}
        changed |= {ts for ts in self._waiting() if ts < low} | held.unlisted
        changed |= {ts for ts, said in self.listing.quoted.items() if ts < low and differs(said, self._replies_held(ts))}
        swept, done = self._sweep(began_at, swept_at, left)
        due = {ts for ts, said in firsts.items() if swept and ts > done and (said.replies or held.replies.get(ts))}
        yield from self._read(changed, due, held, began_at, {"swept": swept.isoformat(), "done": done} if swept else None)
        covered = Coverage(STREAM, self.id, start, began_at)
        yield self._last(held, covered, *([Sweep(STREAM, self.id, swept)] if swept else []))

    def _standing(self, start: str, low: str, high: str) -> Standing:
        self.start, self.low = start, low
        return standing(self.known.held(STREAM, self.prefix + start, self.end), self.listing, low, high)

    # What to read

    def _is_changed(self, ts: str, firsts: dict[str, Said], held: Standing) -> bool:
        replies = held.replies.get(ts, [])
        if ts in firsts:
            return differs(firsts[ts], replies)
        return bool(replies) and ts >= self.low

    def _waiting(self) -> set[str]:
        """Messages of requests nobody has answered yet: an answer may lie in the thread of any of them."""
        return {each.removeprefix(self.prefix) for each in self.known.waiting if each.startswith(self.prefix)}

    def _replies_held(self, thread: str) -> list[str]:
        """The replies that landing holds of a thread older than what was listed."""
        held = self.known.held(STREAM, self.prefix + thread, self.end, f'"thread_ts":"{thread}"')
        return [each.key.rpartition(":")[2] for each in held if each.key != self.prefix + thread]

    def _sweep(self, began_at: datetime, swept_at: datetime | None, left: _Left | None) -> tuple[datetime | None, str]:
        """When the reading of all threads that is due began, None where none is due, and up to which thread it had come."""
        if left and (begun := left.position.get("swept")) and began_at - datetime.fromisoformat(begun) < SWEEP_AFTER:
            return datetime.fromisoformat(begun), str(left.position.get("done", ""))
        return (began_at if swept_at is None or began_at - swept_at >= SWEEP_AFTER else None), ""

    # What comes

    def _pages(self, oldest: datetime | None, cursor: str) -> Iterator[Answer]:
        given: dict[str, Any] = {"oldest": ts_of(oldest), "inclusive": True} if oldest else {}
        return self.api.pages("conversations.history", "messages", cursor=cursor, channel=self.id, limit=self.api.page_size, **given)

    def _page(self, answer: Answer, start: datetime | None, *items: Item) -> Unit:
        """A page of the history, which is read from now back to `start` (None where nobody knows how far it goes)."""
        name = f"{self.name}, history before {self.listing.oldest or 'now'}"
        self.observed_at = said_at(answer)
        records: list[Item] = []
        for message in answer.body["messages"]:
            records.append(record := self._record(message, name))
            if isinstance(record, Record):
                self.listing.add(message)
            else:
                self.listing.is_sound = False
        self.listing.is_partial |= answer.body.get("is_limited") is True
        back_to = instant_of(self.listing.oldest) or self.api.began_at
        self.pages_read += 1
        read = f"{self.pages_read:,} {'page' if self.pages_read == 1 else 'pages'}, {len(self.listing.seen):,} messages"
        left = self.left.after(-back_to.timestamp(), -start.timestamp() if start and next_cursor(answer) else None)
        self.known.tell(f"{self.name}, {read}, back to {back_to:%Y-%m-%d}{left}")
        return Unit(name, [*records, *items], observed_at=self.observed_at)

    def _read(
        self, changed: set[str], due: set[str], held: Standing, began_at: datetime, position: dict[str, Any] | None
    ) -> Iterator[Unit]:
        """Read threads, some to a unit; those that are due in a sweep move its position on."""
        order = [*sorted(changed - due), *sorted(due)]
        items, threads, observed_at = list[Item](), 0, None
        left = TimeLeft()
        for number, ts in enumerate(order, 1):
            thread = read_thread(self.api, self.id, self.name, ts)
            self._judge(thread, held)
            items += self._of_thread(thread)
            threads += 1
            observed_at = observed_at or thread.observed_at
            if position is not None and ts in due:
                position["done"] = ts
            if threads == self.threads_at_a_time or len(items) >= MESSAGES_AT_A_TIME or number == len(order):
                least = 60.0 * (len(order) - number) / self.api.requests_per_minute
                self.known.tell(f"{self.name}, {number:,} of {len(order):,} threads{left.after(number, len(order), least)}")
                if position is not None:
                    items.append(self._progress(began_at, position))
                yield Unit(f"{self.name}, threads until {ts}", items, observed_at=observed_at or self.observed_at)
                items, threads, observed_at = [], 0, None

    def _of_thread(self, thread: Thread) -> Iterator[Record | Damaged]:
        """What the history has given already is left out: there the same message may look different."""
        for ts, message in thread.messages.items():
            was_listed = ts in self.listing.seen or (message.get("subtype") == "thread_broadcast" and ts in self.held_before)
            if not was_listed:
                yield message_record(message, self.prefix)
        yield from thread.damaged

    def _record(self, message: Any, place: str) -> Record | Damaged:
        try:
            return message_record(message, self.prefix)
        except BadRecord as bad:
            return Damaged(STREAM, place, str(bad))

    # What is gone

    def _judge(self, thread: Thread, held: Standing) -> None:
        """Note which of a thread's replies that landing holds are gone, and of an old thread its first message."""
        is_old = thread.ts < self.start
        expected = self._replies_held(thread.ts) if is_old else held.replies.get(thread.ts, [])
        self.judged += len(expected)
        if thread.damaged:
            return
        lost = [ts for ts in expected if ts not in thread.messages] + ([thread.ts] if is_old and thread.is_gone else [])
        self.lost += lost
        self.doubtful += 0 if thread.is_whole else len(lost)

    def _last(self, held: Standing, *told: Coverage | Sweep) -> Unit:
        """Tombstones and what was covered; raises ChannelRefused where too much is gone to be believed."""
        missing = held.missing if self.listing.is_sound else []
        doubtful, of = len(missing) + self.doubtful, held.judged + self.judged
        if is_mass(doubtful, of):
            raise ChannelRefused(
                f"{doubtful:,} of {of:,} messages are gone at once, which is more than can be believed; none is marked as deleted",
                "see in Slack whether they are there, then refresh again; if they were deleted, or your workspace keeps messages for less "
                "than slack.look_back_days, make that setting smaller",
            )
        keys = [self.prefix + ts for ts in dict.fromkeys(self.lost)]
        gone = [*missing, *(each for key in keys for each in self.known.held(STREAM, key, key + "\0"))]
        tombstones = [Record(STREAM, each.key, decode(each.payload.encode(), each.key), deleted=True) for each in gone]
        # A clock that went back must not make a message seem to have been seen after it was gone.
        observed_at = max([self.observed_at, *(each.observed_at for each in gone)])
        return Unit(f"{self.name}, synced", [*tombstones, *told], observed_at=observed_at)

    # Bookkeeping

    @property
    def _scope_whole(self) -> str:
        return f"{self.id} since {self.since.date().isoformat() if self.since else 'its beginning'}"

    def _was_read_whole(self) -> bool:
        """Whether a sync of this kind has read the channel from `slack.since`, or from before, on."""
        begun = {
            scope.removeprefix(f"{self.id} since ")
            for stream, scope in self.known.swept
            if stream == STREAM and scope.startswith(f"{self.id} since ")
        }
        return "its beginning" in begun or bool(self.since and any(each <= self.since.date().isoformat() for each in begun))

    def _left(self) -> _Left | None:
        left = self.known.unfinished.get((STREAM, self.id))
        try:
            position = json.loads(left.position) if left else None
        except ValueError:
            position = None
        return _Left(left.began_at, position) if left and isinstance(position, dict) else None

    def _progress(self, began_at: datetime, position: dict[str, Any]) -> Progress:
        return Progress(STREAM, self.id, began_at, json.dumps(position))


def _midnight(settings: Settings) -> datetime | None:
    """The first moment of `slack.since`, in the team's zone."""
    if settings.slack.since is None:
        return None
    return datetime.combine(settings.slack.since, time(), ZoneInfo(str(settings.team.time_zone)))

"""YouTube from its Data API v3: the comment threads of the channel, newest first, until they are older than what is known.

A thread comes with some of its replies; the rest are listed apart. A comment that was deleted is simply no longer there. YouTube does not
say what its page tokens name: if places, a thread deleted while pages are read moves those behind it, and one of them is on no page. So now
and then, and first in the sync after the first, all threads are listed; what is held and not among them is asked for by its id.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from support_metrics.errors import SourceError, SourceUnavailable
from support_metrics.settings import Settings
from support_metrics.sources.base import Coverage, Damaged, Known, Progress, Record, Sweep, Unit, lost_if
from support_metrics.sources.calls import Answer, PageTokens, secret_token
from support_metrics.sources.files import Span
from support_metrics.sources.timeleft import TimeLeft
from support_metrics.sources.web import IMPATIENT, Web, said_at
from support_metrics.sources.youtube.files import part, read
from support_metrics.sources.youtube.refusals import KEY, Expired, Gone, refusal
from support_metrics.sources.youtube.sweep import KEYS, KIND, THREADS, unlisted

COMMENTS = "comments"
PLACE = (THREADS, "*")
IDS_AT_ONCE = 50
ASKED = {"part": "snippet,replies", "textFormat": "plainText"}
MENDS = {401: KEY, 403: KEY, 404: "correct youtube.channel_id and youtube.api_url"}


def open_web(settings: Settings, known: Known) -> Web:
    if not settings.youtube.channel_id:
        raise SourceError("youtube.live is on, but youtube.channel_id names no channel", "set youtube.channel_id to the channel's id, UC…")
    key = secret_token("YOUTUBE_API_KEY", "an API key for YouTube Data API v3", "youtube.live")
    return Web(
        "youtube",
        settings.youtube.api_url,
        known,
        "youtube.api_url",
        params={"key": key},
        secrets=(key,),
        mends=MENDS,
        refusal=refusal,
    )


def fetch_live(settings: Settings, known: Known) -> Iterator[Unit]:
    """Pages of threads, then the threads of unanswered requests that were not among them, what has been covered, and what is gone."""
    of_channel = f'"channelId":{json.dumps(settings.youtube.channel_id)}'
    sync = _Sync(settings, known, open_web(settings, known))
    with lost_if(lambda: any(known.held(THREADS, "youtube:thread:", "youtube:thread;", of_channel))):
        try:
            yield from sync.units(known.unfinished.get(PLACE))
        except Expired:
            known.tell("youtube: the page is no longer known, the listing begins anew")
            try:
                yield from sync.units(None)
            except Expired:
                raise SourceUnavailable("youtube: pages expire while they are read", "nothing is lost; refresh again later") from None


def check(settings: Settings) -> Iterator[tuple[str, str, str]]:
    """Whether the key is good and the channel is known; costs one unit of the day's quota."""
    web = open_web(settings, IMPATIENT)
    web.get(
        "commentThreads", "comment threads", is_page, allThreadsRelatedToChannelId=settings.youtube.channel_id, part="id", maxResults="1"
    )
    yield "ok", "youtube.live: the key is good and the channel's comments can be read", ""


@dataclass
class _Sync:
    """One sync: everything since `floor` (all there is where that is None); if it `sweeps`, whatever is older as well.

    `held` is about how many threads a sweep will list.
    """

    settings: Settings
    known: Known
    web: Web
    floor: datetime | None = None
    sweeps: bool = False
    held: int | None = None
    span: Span = field(default_factory=Span)
    seen: set[str] = field(default_factory=set)

    def units(self, unfinished: Progress | None) -> Iterator[Unit]:
        cursor = self.known.cursors.get(PLACE)
        began_at, token = None, None
        self.floor = cursor - timedelta(days=self.settings.youtube.overlap_days) if cursor else None
        if unfinished:
            position = json.loads(unfinished.position)
            began_at, token = unfinished.began_at, position["token"]
            self.floor, self.sweeps = _instant(position["floor"]), position.get("sweeps", False)
            self.span.see(_instant(position["oldest"]))
        left, tokens = TimeLeft(), PageTokens()
        while True:
            answer = self._page(token, tokens)
            if began_at is None:
                began_at = said_at(answer)
                self.sweeps = cursor is not None and self._is_due(began_at)
                self.held = sum(1 for _ in self.known.held(THREADS, *KEYS)) if self.sweeps else None
            threads = [
                read(value, THREADS, f"comment threads, item {number}", self.span) for number, value in enumerate(answer.body["items"], 1)
            ]
            token = answer.body.get("nextPageToken")
            items: list[Record | Damaged] = [*threads, *self._replies(threads)]
            self.seen |= {item.key for item in threads if isinstance(item, Record)}
            goes_on = self.sweeps or self.floor is None or any(self._is_recent(item) for item in threads)
            is_last = not (token and goes_on)
            self.known.tell(f"youtube: {len(self.seen):,} comment threads{self._left(left, threads, is_last)}")
            progress = [] if is_last else [Progress(*PLACE, began_at, self._position(token))]
            yield Unit("youtube: comment threads", [*items, *progress], observed_at=said_at(answer))
            if is_last:
                break
        yield from self._waiting()
        complete_from = self.settings.midnight(self.settings.youtube.covered_from)
        since = min(complete_from or cursor or self.span.oldest or began_at, began_at)
        yield Unit("youtube: channel", [Coverage(stream, "*", since, began_at) for stream in (THREADS, COMMENTS)], observed_at=began_at)
        if self.sweeps and not unfinished:
            yield from self._gone(began_at)

    def _is_due(self, began_at: datetime) -> bool:
        swept = self.known.swept.get(PLACE)
        return swept is None or began_at - swept >= timedelta(days=self.settings.youtube.sweep_days)

    def _left(self, left: TimeLeft, threads: list[Record | Damaged], is_last: bool) -> str:
        """The time left, where threads are read back to a known moment, or all again; YouTube does not say how many there are."""
        if self.sweeps:
            return left.after(len(self.seen), None if is_last else self.held)
        oldest = min((item.version for item in threads if isinstance(item, Record) and item.version), default=None)
        return left.after(-oldest.timestamp(), -self.floor.timestamp() if self.floor and not is_last else None) if oldest else ""

    def _page(self, token: str | None, tokens: PageTokens) -> Answer:
        asked = {"allThreadsRelatedToChannelId": self.settings.youtube.channel_id, "order": "time", "maxResults": "100", **ASKED}
        return self._listed("commentThreads", "comment threads", token, tokens, asked)

    def _listed(self, path: str, what: str, token: str | None, tokens: PageTokens, asked: dict[str, str]) -> Answer:
        """One page of a listing; one that leads back is asked for again."""

        def leads_on(body: Any) -> bool:
            if is_page(body):
                tokens.follow(what, body.get("nextPageToken"))
            return is_page(body)

        tokens.turn(what, token or "")
        return self.web.get(path, what, leads_on, **asked, **({"pageToken": token} if token else {}))

    def _position(self, token: str) -> str:
        oldest = self.span.oldest
        floor = self.floor and self.floor.isoformat()
        return json.dumps({"token": token, "floor": floor, "sweeps": self.sweeps, "oldest": oldest and oldest.isoformat()})

    def _is_recent(self, thread: Record | Damaged) -> bool:
        """A thread that cannot be read ends no listing."""
        return isinstance(thread, Damaged) or self.floor is None or thread.version is None or thread.version >= self.floor

    def _waiting(self) -> Iterator[Unit]:
        """Threads that wait for an answer are looked at again, however old."""
        names = {
            request.removeprefix("youtube:comment:").partition(".")[0] for request in self.known.waiting if request.startswith("youtube:")
        }
        ids = sorted(name for name in names if KIND + name not in self.seen)
        for first in range(0, len(ids), IDS_AT_ONCE):
            values, observed_at = self._asked_for(ids[first : first + IDS_AT_ONCE], "threads that wait")
            yield Unit("youtube: threads that wait", self._looked_at(values, "threads that wait"), observed_at=observed_at)

    def _gone(self, began_at: datetime) -> Iterator[Unit]:
        """Tombstones of the threads that are held and were not listed, and that YouTube does not know by their ids either."""
        missing = unlisted(self.known, self.settings.youtube.channel_id, self.seen)
        ids = sorted(missing)
        for first in range(0, len(ids), IDS_AT_ONCE):
            asked = ids[first : first + IDS_AT_ONCE]
            values, observed_at = self._asked_for(asked, "threads not listed")
            there = {value.get("id") for value in values if isinstance(value, dict)}
            gone = [Record(THREADS, KIND + each, missing[each], deleted=True) for each in asked if each not in there]
            yield Unit("youtube: threads that are gone", [*self._looked_at(values, "threads not listed"), *gone], observed_at=observed_at)
        yield Unit("youtube: sweep", [Sweep(*PLACE, began_at)], observed_at=began_at)

    def _asked_for(self, ids: list[str], what: str) -> tuple[list[Any], datetime]:
        """Those of the threads that are there, and when YouTube said so. It may refuse them all because of one that is gone."""
        try:
            answer = self.web.get("commentThreads", what, is_page, id=",".join(ids), **ASKED)
        except Gone as gone:
            if len(ids) == 1:
                return [], gone.at
            half = len(ids) // 2
            first, _ = self._asked_for(ids[:half], what)
            second, observed_at = self._asked_for(ids[half:], what)
            return [*first, *second], observed_at
        return answer.body["items"], said_at(answer)

    def _looked_at(self, values: list[Any], what: str) -> list[Record | Damaged]:
        threads = [read(value, THREADS, f"{what}, item {number}", Span()) for number, value in enumerate(values, 1)]
        return [*threads, *self._replies(threads)]

    def _replies(self, threads: list[Record | Damaged]) -> Iterator[Record | Damaged]:
        """The replies of threads that came without some."""
        for thread in threads:
            if isinstance(thread, Record) and self._lacks_replies(thread):
                yield from self._listed_apart(thread.payload["id"])

    def _lacks_replies(self, thread: Record) -> bool:
        total = part(thread.payload, "snippet").get("totalReplyCount")
        inlined = {reply.get("id") for reply in part(thread.payload, "replies").get("comments") or []}
        if not isinstance(total, int) or total <= len(inlined):
            return False
        if self.floor is None or self._is_recent(thread):
            return True
        low = f"youtube:comment:{thread.payload['id']}"
        held = {each.key.removeprefix("youtube:comment:") for each in self.known.held(COMMENTS, f"{low}.", f"{low}/")}
        return total > len(held | inlined)

    def _listed_apart(self, thread: str) -> Iterator[Record | Damaged]:
        token: str | None = None
        tokens = PageTokens()
        while True:
            asked = {"parentId": thread, "part": "snippet", "maxResults": "100", "textFormat": "plainText"}
            try:
                answer = self._listed("comments", "replies", token, tokens, asked)
            except Gone:
                return  # deleted since it was listed
            for number, value in enumerate(answer.body["items"], 1):
                yield read(value, COMMENTS, f"replies to {thread}, item {number}", Span())
            token = answer.body.get("nextPageToken")
            if not token:
                return


def is_page(body: Any) -> bool:
    return isinstance(body, dict) and isinstance(body.get("items"), list)


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None

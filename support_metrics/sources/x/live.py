"""X from its API v2: mentions of the brand, its own posts, and its direct messages, each listed newest first.

Posts are public and read with the app's bearer token. Direct messages are private, X gives them to a user's token only (docs.x.com,
"Direct Messages lookup: integrate"); so they have a setting and a token of their own. What X gives has ends: the last 800 mentions, the last 3,200 own posts, the last 30 days of direct messages. Coverage says where they were.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import msgspec

from support_metrics.errors import SourceError, SourceUnavailable
from support_metrics.settings import Settings
from support_metrics.sources.base import Coverage, Damaged, Known, Progress, Record, Unit, lost_if
from support_metrics.sources.calls import Answer, PageTokens, secret_token
from support_metrics.sources.files import Span
from support_metrics.sources.timeleft import TimeLeft
from support_metrics.sources.web import IMPATIENT, Web, is_object, said_at
from support_metrics.sources.x.files import read_pages
from support_metrics.sources.x.refusals import MENDS, USER_MENDS, Expired, refusal

# Posts reach the listings a little after they are written.
OVERLAP = timedelta(hours=1)
DIRECT_MESSAGES_KEPT = timedelta(days=30)
PAGE = 100
POSTS, DIRECT_MESSAGES, USERS = "posts", "direct_messages", "users"
USER_FIELDS = {"user.fields": "name,username"}
POST_FIELDS = {
    "max_results": str(PAGE),
    "tweet.fields": "author_id,conversation_id,created_at,in_reply_to_user_id,referenced_tweets",
    "expansions": "author_id,in_reply_to_user_id,referenced_tweets.id,referenced_tweets.id.author_id",
    **USER_FIELDS,
}
MESSAGE_FIELDS = {
    "max_results": str(PAGE),
    "dm_event.fields": "created_at,dm_conversation_id,event_type,id,participant_ids,sender_id,text",
    "event_types": "MessageCreate",
    "expansions": "sender_id,participant_ids",
    **USER_FIELDS,
}


class Listing(NamedTuple):
    """One of X's listings of posts: its place below the account, for people, and how many posts it holds at most."""

    path: str
    what: str
    most: int


LISTINGS = (Listing("mentions", "mentions", 800), Listing("tweets", "own posts", 3_200))


class Position(msgspec.Struct):
    """Where a sync of posts stands: in which listing, at which page, how many posts of it came and how old the oldest was.

    `start` is from when on posts are asked for, `pages` how many have come, `places` how many posts they stand for, shown or withheld,
    `capped` how far back a listing went that came near the most it holds.
    """

    listing: int = 0
    token: str = ""
    start: datetime | None = None
    count: int = 0
    pages: int = 0
    places: int = 0
    oldest_here: datetime | None = None
    oldest: datetime | None = None
    capped: datetime | None = None

    def see(self, span: Span, received: int) -> None:
        self.count += received
        # A page that is not the last is full; what it lacks is withheld: deleted, protected or suspended since it was counted.
        self.places = self.pages * PAGE + received
        self.pages += 1
        self.oldest_here = min(filter(None, (self.oldest_here, span.oldest)), default=None)
        self.oldest = min(filter(None, (self.oldest, span.oldest)), default=None)

    def next_listing(self) -> None:
        """Leave a listing that has come to its end. Within a page of the most it can hold, that was not its beginning."""
        if self.places >= LISTINGS[self.listing].most - PAGE and self.oldest_here:
            self.capped = max(filter(None, (self.capped, self.oldest_here)))
        self.listing, self.token, self.count, self.pages, self.places, self.oldest_here = self.listing + 1, "", 0, 0, 0, None


def open_web(settings: Settings, known: Known, stream: str) -> Web:
    """The way to the API with the token that reads posts, or the one that reads direct messages."""
    if not settings.x.account_id.isdecimal():
        raise SourceError(
            "x.live is on, but x.account_id is no numeric id",
            "set x.account_id to the id, a number and not the handle; docs/x.md says how to find it",
        )
    if stream == DIRECT_MESSAGES:
        bearer, mends = secret_token("X_USER_TOKEN", "a user access token of the brand's account", "x.direct_messages"), USER_MENDS
    else:
        bearer, mends = secret_token("X_BEARER_TOKEN", "the bearer token of an app", "x.live"), MENDS
    return Web(
        "x",
        settings.x.api_url,
        known,
        "x.api_url",
        headers={"Authorization": f"Bearer {bearer}"},
        secrets=(bearer,),
        mends=mends,
        refusal=refusal,
    )


def fetch_live(settings: Settings, streams: Sequence[str], known: Known) -> Iterator[Unit]:
    """Mentions and own posts first, then direct messages, which need another token."""
    if POSTS in streams or DIRECT_MESSAGES not in streams:
        account = f"x:user:{settings.x.account_id}"
        with lost_if(lambda: any(known.held(USERS, account, account + "\0"))):
            yield from _Sync(settings, known, open_web(settings, known, POSTS)).begun_anew_if_expired(POSTS)
    if DIRECT_MESSAGES in streams:
        if not settings.x.direct_messages:
            known.tell("x: direct messages are not read, x.direct_messages is off")
            return
        yield from _Sync(settings, known, open_web(settings, known, DIRECT_MESSAGES)).begun_anew_if_expired(DIRECT_MESSAGES)


def check(settings: Settings) -> Iterator[tuple[str, str, str]]:
    """Whether the tokens are good, the one for posts and the one for direct messages."""
    account = f"users/{settings.x.account_id}"
    name = (open_web(settings, IMPATIENT, POSTS).get(account, "the account", is_object).body.get("data") or {}).get("username", "?")
    yield "ok", f"x.live: the token can read posts, of @{name}", ""
    if not settings.x.direct_messages:
        yield "note", "x.direct_messages is off: direct messages are not read; docs/x.md says what they take", ""
        return
    open_web(settings, IMPATIENT, DIRECT_MESSAGES).get("dm_events", "direct messages", is_object, max_results="1")
    yield "ok", "x.direct_messages: the token can read direct messages", ""


@dataclass
class _Sync:
    settings: Settings
    known: Known
    web: Web

    def begun_anew_if_expired(self, stream: str) -> Iterator[Unit]:
        """A listing, from where a killed sync left it; from its beginning if that page is no longer known."""
        units = self._posts if stream == POSTS else self._direct_messages
        try:
            yield from units(self.known.unfinished.get((stream, "*")))
        except Expired:
            self.known.tell(f"x: the page of {stream} is no longer known, the listing begins anew")
            try:
                yield from units(None)
            except Expired:
                raise SourceUnavailable(
                    f"x: pages of {stream} expire while they are read", "nothing is lost; refresh again later"
                ) from None

    def _posts(self, unfinished: Progress | None) -> Iterator[Unit]:
        cursor = self.known.cursors.get((POSTS, "*"))
        at = msgspec.json.decode(unfinished.position, type=Position) if unfinished else Position(start=cursor and cursor - OVERLAP)
        began_at = unfinished.began_at if unfinished else None
        left, tokens = TimeLeft(), PageTokens()
        while at.listing < len(LISTINGS):
            listing = LISTINGS[at.listing]
            more = {"start_time": _text(at.start)} if at.start else {}
            answer = self._page(f"users/{self.settings.x.account_id}/{listing.path}", listing.what, at.token, tokens, **POST_FIELDS, **more)
            began_at = began_at or said_at(answer)
            items, span, received = _read(answer, POSTS, listing.what)
            at.see(span, received)
            at.token = _next(answer.body)
            if at.token:
                of = "" if at.start else f" of at most {listing.most:,}"
                self.known.tell(f"x: {at.count:,}{of} {listing.what}{_left(left, at.oldest_here, at.start)}")
            else:
                self.known.tell(f"x: all {at.count:,} {listing.what}")
                at.next_listing()
                left = TimeLeft()
            last: Progress | Coverage = Progress(POSTS, "*", began_at, msgspec.json.encode(at).decode())
            if at.listing == len(LISTINGS):
                complete_from = self.settings.midnight(self.settings.x.covered_from)
                since = max(filter(None, (at.capped, cursor or complete_from or at.oldest or began_at)))
                last = Coverage(POSTS, "*", min(since, began_at), began_at)
            yield Unit(f"x: {listing.what}", [*items, last], observed_at=said_at(answer))

    def _direct_messages(self, unfinished: Progress | None) -> Iterator[Unit]:
        cursor = self.known.cursors.get((DIRECT_MESSAGES, "*"))
        began_at, token, seen, left, count, tokens = None, "", Span(), TimeLeft(), 0, PageTokens()
        if unfinished:
            began_at, (token, _, oldest) = unfinished.began_at, unfinished.position.partition(" ")
            seen.see(datetime.fromisoformat(oldest) if oldest else None)
        while True:
            answer = self._page("dm_events", "direct messages", token, tokens, **MESSAGE_FIELDS)
            began_at = began_at or said_at(answer)
            items, span, received = _read(answer, DIRECT_MESSAGES, "direct messages")
            seen.see(span.oldest)
            count += received
            token = _next(answer.body)
            is_known = bool(cursor and span.newest and span.newest < cursor - OVERLAP)
            goes_back_to = max(filter(None, (cursor and cursor - OVERLAP, began_at - DIRECT_MESSAGES_KEPT)))
            told = "" if not token or is_known else _left(left, seen.oldest, goes_back_to)
            self.known.tell(f"x: {count:,} direct messages{told}")
            if not token or is_known:
                break
            position = f"{token} {seen.oldest.isoformat() if seen.oldest else ''}".strip()
            yield Unit("x: direct messages", [*items, Progress(DIRECT_MESSAGES, "*", began_at, position)], observed_at=said_at(answer))
        # A listing that goes back to a message is complete since then; else since the days for which X keeps them.
        reached = min(filter(None, (seen.oldest, began_at - DIRECT_MESSAGES_KEPT)))
        coverage = Coverage(DIRECT_MESSAGES, "*", min(max(filter(None, (cursor, reached))), began_at), began_at)
        yield Unit("x: direct messages", [*items, coverage], observed_at=said_at(answer))

    def _page(self, path: str, what: str, token: str, tokens: PageTokens, **asked: str) -> Answer:
        def is_page(body: Any) -> bool:
            if is_object(body):
                tokens.follow(what, _next(body))
            return is_object(body)

        tokens.turn(what, token)
        return self.web.get(path, what, is_page, **asked, **({"pagination_token": token} if token else {}))


def _read(answer: Answer, stream: str, what: str) -> tuple[list[Record | Damaged], Span, int]:
    """The records of a page, what it spans, and how many objects of the stream itself it holds."""
    spans: dict[str, Span] = {}
    items = list(read_pages([(what, answer.body)], stream, (POSTS, DIRECT_MESSAGES, USERS), spans))
    data = answer.body.get("data")
    return items, spans.get(stream, Span()), len(data) if isinstance(data, list) else 0


def _left(left: TimeLeft, oldest: datetime | None, start: datetime | None) -> str:
    """The time left of a listing that goes back from now to `start`."""
    return left.after(-oldest.timestamp(), -start.timestamp() if start else None) if oldest else ""


def _next(body: Mapping[str, Any]) -> str:
    meta = body.get("meta")
    token = meta.get("next_token") if isinstance(meta, dict) else None
    return token if isinstance(token, str) else ""


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")

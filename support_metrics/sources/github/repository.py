"""One sync of one repository: what is new since the last one that finished, and from time to time everything, to notice what is gone."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from support_metrics.errors import SourceError
from support_metrics.settings import Settings
from support_metrics.sources.base import Coverage, Damaged, Item, Progress, Record, Sweep, Unit
from support_metrics.sources.files import Span
from support_metrics.sources.github.leg import BY_SINCE, Leg
from support_metrics.sources.github.listing import Listing, Page
from support_metrics.sources.github.records import MAKERS
from support_metrics.sources.github.refusals import Refused
from support_metrics.sources.github.session import PAGE_SIZE, Session, explained
from support_metrics.sources.github.sweep import MassDisappearance, looked_for, missing
from support_metrics.sources.github.votes import Votes
from support_metrics.sources.reading import decode, read_records
from support_metrics.sources.timeleft import TimeLeft

# Sorted by creation, an object that changes while pages are read stays where it is; by update it would move to the end.
_SORTED = f"sort=created&direction=asc&per_page={PAGE_SIZE}"
FIRST = {
    "issues": f"issues?state=all&{_SORTED}",
    "comments": f"issues/comments?{_SORTED}",
    "events": f"issues/events?per_page={PAGE_SIZE}",
    "releases": f"releases?per_page={PAGE_SIZE}",
}
NEVER = datetime.min.replace(tzinfo=UTC)
SHOWN_IN_RELEASES = ("tag_name", "name", "body", "draft", "prerelease", "published_at")


class RepositorySync:
    """One sync of one repository."""

    def __init__(self, session: Session, settings: Settings, repository: str, asked: Mapping[str, str], streams: Sequence[str]) -> None:
        self._session, self._known, self._repository, self._asked = session, session.known, repository, asked
        self._overlap = timedelta(minutes=settings.github.overlap_minutes)
        self._sweep_after = timedelta(days=settings.github.sweep_days)
        self._complete_from = settings.midnight(settings.github.covered_from)
        chosen = [stream for stream in streams if stream == "releases" or asked[repository] == "github.repositories"]
        # Reactions are found by way of issues: one listing serves both, and goes by the first of the two that is asked for.
        groups = (("issues", "reactions"), ("comments",), ("events",), ("releases",))
        wanted = [tuple(stream for stream in group if stream in chosen) for group in groups]
        self._legs = {group[0]: group for group in wanted if group}
        self._swept_now: set[str] = set()
        self.was_read, self.is_lost = self._known.has_read(repository), False
        mark = self._known.unfinished.get(("events", self._gone_scope))
        self._is_issue_gone = bool(mark and mark.position)

    # What to read

    def news(self) -> Iterator[Unit]:
        """What has changed since the last sync that finished; everything the first time. What is furthest behind comes first."""
        for lead in sorted(self._legs, key=self._covered_until):
            since = self._since(lead)
            with explained(self._session, self._repository, self._asked[self._repository], lead):
                if progress := self._known.unfinished.get((lead, self._repository)):
                    yield from self._leg(Leg.resumed(progress))
                    since = progress.began_at - self._overlap if lead != "reactions" else None
                if not progress or self._session.answered_at - progress.began_at > self._overlap:
                    yield from self._leg(Leg(lead, since))

    @property
    def covered_until(self) -> datetime:
        """Until when all of it is covered."""
        return min(map(self._covered_until, self._legs), default=NEVER)

    def _covered_until(self, lead: str) -> datetime:
        return self._known.cursors.get((lead, self._repository), NEVER)

    def sweeps(self) -> Iterator[Unit]:
        """Everything again, of the streams whose turn it is."""
        for lead in self._legs:
            if lead not in self._swept_now and self._is_due(lead):
                with explained(self._session, self._repository, self._asked[self._repository], lead):
                    yield from self._leg(Leg(lead))

    def _is_due(self, lead: str) -> bool:
        """Events go only with their issue; those that stay may then have slipped from one page to another while they were read."""
        swept_at = self._swept_at(lead)
        if swept_at and lead == "events":
            return self._is_issue_gone
        return swept_at is None or self._session.answered_at - swept_at >= self._sweep_after

    def _swept_at(self, lead: str) -> datetime | None:
        swept = [self._known.swept.get((stream, self._repository)) for stream in self._legs[lead]]
        return None if None in swept else min(each for each in swept if each)

    def _since(self, lead: str) -> datetime | None:
        """The cursor less the overlap; none before everything was listed once, whatever files may have covered, nor for reactions alone."""
        if lead == "reactions":
            return None
        cursor = self._known.cursors.get((lead, self._repository))
        return cursor - self._overlap if cursor and self._swept_at(lead) else None

    # Reading

    def _leg(self, leg: Leg) -> Iterator[Unit]:
        stream = "issues" if leg.stream == "reactions" else leg.stream
        first = f"/repos/{self._repository}/{FIRST[stream]}"
        if leg.since and stream in BY_SINCE:
            first += f"&since={leg.since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        etag = self._etag(leg)
        listing = Listing(self._session, f"{self._repository} {stream}", first, leg.at, etag, leg.turn)
        votes = self._votes if "reactions" in self._legs[leg.stream] else None
        tag, left = "", TimeLeft()
        for page in listing.pages():
            tag = page.etag if page.number == 1 and not leg.at else tag
            leg = replace(leg, began_at=leg.began_at or page.observed_at)
            items, leg = self._items(leg, stream, page)
            self.was_read = True
            self._known.tell(
                f"github {self._repository}: {stream}, {_place(page)}, {len(listing.ids):,} so far{left.after(*_come(leg, stream, page))}"
            )
            if votes:
                for issue in page.items:
                    yield from votes.units(issue, page.observed_at)
            is_last = not page.next or self._is_far_enough(leg, stream, page)
            if votes and is_last:
                yield from votes.remaining()
            assert leg.began_at
            failure = None
            if page.next and not is_last:
                items.append(Progress(leg.stream, self._repository, leg.began_at, leg.position(page.next)))
            else:
                items += self._covered(leg, listing, tag)
                if leg.since is None:
                    try:
                        items += self._swept(leg, stream, listing)
                    except (SourceError, Refused) as error:
                        failure = error
            yield Unit(f"github {self._repository} {stream}, page {page.number}", items, observed_at=page.observed_at)
            if failure:
                raise failure
            if is_last:
                break

    @cached_property
    def _votes(self) -> Votes:
        return Votes(self._session, self._known, self._repository)

    def _items(self, leg: Leg, stream: str, page: Page) -> tuple[list[Item], Leg]:
        """The page's records, and the leg with the oldest moment seen."""
        span = Span()
        span.see(leg.oldest)
        place = f"{self._repository} {stream}, page {page.number}"
        values = ((f"{place}, item {number}", value) for number, value in enumerate(page.items, 1))
        read = read_records(values, stream, lambda value: MAKERS[stream](value, self._repository, span))
        items: list[Item] = [item for item in read if self._is_wanted(leg, stream, item)]
        return items, replace(leg, oldest=span.oldest)

    def _is_wanted(self, leg: Leg, stream: str, item: Record | Damaged) -> bool:
        if stream not in self._legs[leg.stream]:
            return False
        if leg.since is None or stream in BY_SINCE or isinstance(item, Damaged):
            return True
        # Events carry their issue as it is now, releases how often their files were fetched: neither is news of what is held.
        return not self._is_held(item) if stream == "releases" else item.version is None or item.version >= leg.since

    def _is_far_enough(self, leg: Leg, stream: str, page: Page) -> bool:
        """Whether a listing from the newest on, which cannot be asked for a time, has reached what landing holds."""
        if leg.since is None or stream in BY_SINCE:
            return False
        read = read_records((("", value) for value in page.items), stream, lambda value: MAKERS[stream](value, self._repository, Span()))
        records = [each for each in read if isinstance(each, Record)]
        if stream == "releases":
            return bool(records) and all(map(self._is_held, records))
        old = [record.key for record in records if record.version and record.version < leg.since]
        return any(held.key == old[-1] for held in self._known.held(stream, old[-1], f"{old[-1]}!")) if old else False

    def _is_held(self, record: Record) -> bool:
        """Whether landing holds a release as it is shown."""
        value, version = self._held_releases.get(record.key, ({}, None))
        return (
            version == record.version and bool(value) and all(value.get(field) == record.payload.get(field) for field in SHOWN_IN_RELEASES)
        )

    @cached_property
    def _held_releases(self) -> dict[str, tuple[dict[str, Any], datetime | None]]:
        prefix = f"github:release:{self._repository}"
        return {
            held.key: (decode(held.payload.encode(), held.key), held.version)
            for held in self._known.held("releases", f"{prefix}:", f"{prefix};")
        }

    # Bookkeeping

    def _covered(self, leg: Leg, listing: Listing, tag: str) -> Iterator[Item]:
        """The listing is finished: everything from its `since`, or from the oldest object on, until it began has been seen."""
        assert leg.began_at
        since = leg.oldest if listing.is_capped else leg.since or self._complete_from or leg.oldest
        if listing.is_switched_off:
            since = self._known.cursors.get((leg.stream, self._repository))
        since = min(since or leg.began_at, leg.began_at)
        for stream in self._looked_at(leg):
            yield Coverage(stream, self._repository, since, leg.began_at)
        if listing.is_capped:
            self._known.tell(
                f"github {self._repository}: GitHub lists {leg.stream} back to {since:%Y-%m-%d %H:%M}Z only; what was before stays unknown"
            )
        if tag not in ("", self._etag(leg)) and leg.stream in ("events", "releases"):
            yield Progress(leg.stream, self._tag_scope, leg.began_at, tag)

    def _looked_at(self, leg: Leg) -> list[str]:
        """The streams of which the listing has shown everything. A vote leaves its issue unchanged: only where all issues are listed is it seen."""
        has_reactions = "reactions" in self._legs[leg.stream] and leg.since is None and not self._votes.unsure
        return [stream for stream in self._legs[leg.stream] if stream != "reactions" or has_reactions]

    @property
    def _tag_scope(self) -> str:
        """No scope of its own, so never covered: what is kept there is found again by the next sync."""
        return f"{self._repository} etag"

    @property
    def _gone_scope(self) -> str:
        """Another such: an issue is gone since events were listed as a whole."""
        return f"{self._repository} gone"

    def _issue_gone(self, leg: Leg, is_gone: bool) -> Iterator[Item]:
        if is_gone != self._is_issue_gone:
            assert leg.began_at
            self._is_issue_gone = is_gone
            yield Progress("events", self._gone_scope, leg.began_at, "gone" if is_gone else "")

    def _etag(self, leg: Leg) -> str:
        """GitHub's tag of the first page as the last finished sync saw it: what has not changed since then is not sent again."""
        kept = self._known.unfinished.get((leg.stream, self._tag_scope))
        return kept.position if kept and leg.since and not leg.at else ""

    def _swept(self, leg: Leg, stream: str, listing: Listing) -> list[Item]:
        """Everything has been listed: what is held and was not listed is looked for, one by one, and is gone where GitHub says so."""
        assert leg.began_at
        items: list[Item] = []
        if listing.is_switched_off:
            self._swept_now.add(leg.stream)
            return items
        if stream != "events" and stream in self._legs[leg.stream]:
            try:
                lacking = list(missing(self._session, stream, self._repository, listing.ids, leg.began_at))
            except MassDisappearance:
                if listing.is_whole:
                    raise
                return items  # what was listed before the break is not known any more: list again
            found = (looked_for(self._session, stream, self._repository, held, self._asked) for held in lacking)
            items += [item for item in found if item]
            gone = sum(isinstance(item, Record) and item.deleted for item in items)
            if gone and stream == "issues":
                items += self._issue_gone(leg, True)
            self._known.tell(f"github {self._repository}: {stream}, all {len(listing.ids):,} listed, {gone:,} gone")
        if stream == "events":
            items += self._issue_gone(leg, False)
        self._swept_now.add(leg.stream)
        return items + [Sweep(each, self._repository, leg.began_at) for each in self._looked_at(leg)]


def _place(page: Page) -> str:
    return "page {:,} of {:,}".format(*page.place) if page.place else f"page {page.number:,}"


def _come(leg: Leg, stream: str, page: Page) -> tuple[float, float | None]:
    """How far a listing has come and how far it goes: in pages where their number is told, else in seconds of what it lists, if its end is known."""
    if not page.next or page.place:
        return page.place or (0.0, None)
    moments = [each["created_at"] for each in page.items if isinstance(each, dict) and isinstance(each.get("created_at"), str)]
    with contextlib.suppress(ValueError, TypeError):
        if stream in BY_SINCE:
            return max(map(datetime.fromisoformat, moments)).timestamp(), page.observed_at.timestamp()
        return -min(map(datetime.fromisoformat, moments)).timestamp(), -leg.since.timestamp() if leg.since else None
    return 0.0, None

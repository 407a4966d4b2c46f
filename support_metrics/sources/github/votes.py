"""Who reacted to an issue: asked only where the issue's counts differ from what landing holds, since listings give counts and not people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from support_metrics.sources.base import Damaged, Item, Known, Progress, Record, Unit
from support_metrics.sources.files import Span
from support_metrics.sources.github.listing import Listing
from support_metrics.sources.github.records import MAKERS
from support_metrics.sources.github.refusals import Refused
from support_metrics.sources.github.session import PAGE_SIZE, Session
from support_metrics.sources.reading import decode, read_records

VOTE = "+1"
READINGS = 4
Counts = tuple[int, int]


@dataclass
class Reading:
    """All reactions to an issue, listed once."""

    records: dict[str, Record] = field(default_factory=dict)
    damaged: list[Damaged] = field(default_factory=list)
    pages: int = 0

    @property
    def payloads(self) -> dict[str, Any]:
        return {key: record.payload for key, record in self.records.items()}

    def is_as_counted(self, counted: Counts, at: datetime) -> bool:
        """Whether it is what the issue had `at` that moment: nobody who came since then stands in for somebody who slipped out of sight."""
        return counted == _counted(self.payloads) and all(record.version and record.version < at for record in self.records.values())


class Votes:
    """The reactions to a repository's issues: what landing holds of them, and which want asking once more.

    `unsure` are the addresses of issues, by number, whose reactions moved whenever they were read.
    """

    def __init__(self, session: Session, known: Known, repository: str) -> None:
        self._session, self._repository = session, repository
        self._held: dict[str, dict[str, Any]] = {}
        prefix = f"github:reaction:{repository}"
        for held in known.held("reactions", f"{prefix}:", f"{prefix};"):
            self._held.setdefault(held.key.split(":")[3], {})[held.key] = decode(held.payload.encode(), held.key)
        marks = {
            scope.removeprefix(f"{repository} #"): mark.position for (of, scope), mark in known.unfinished.items() if of == "reactions"
        }
        self.unsure = {number: url for number, url in marks.items() if number.isdecimal() and url}
        self._asked_at: dict[str, Counts] = {}

    def units(self, issue: Any, listed_at: datetime) -> Iterator[Unit]:
        """All reactions to an issue that was listed then, where they have changed, and tombstones of those taken back."""
        number, counted, url = _told(issue)
        is_news = counted != _counted(self._held.get(number, {})) or number in self.unsure
        if url and is_news and self._asked_at.get(number) != counted:
            yield from self._asked(number, url, counted, listed_at)
            self._asked_at[number] = counted

    def remaining(self) -> Iterator[Unit]:
        """The reactions to issues that an earlier sync marked and this one has not listed."""
        for number, url in list(self.unsure.items()):
            if number not in self._asked_at:
                yield from self._asked(number, url)

    def _asked(self, number: str, url: str, counted: Counts | None = None, listed_at: datetime | None = None) -> Iterator[Unit]:
        """One unit: a sync that is killed in between asks again, and has to come further each time."""
        try:
            reading, is_sure = self._settled(number, url, counted, listed_at)
        except Refused:
            if self._exists(number):
                raise
            reading, is_sure = Reading(), True
        held = self._held.get(number, {})
        items: list[Item] = [*reading.records.values(), *reading.damaged]
        self._held[number] = held | reading.payloads
        if is_sure and reading.pages and not reading.damaged:
            items += [Record("reactions", key, value, None, True) for key, value in held.items() if key not in reading.records]
            self._held[number] = reading.payloads
        if is_sure == (number in self.unsure):
            # A scope of its own, so never covered: the mark is found again until another one takes its place.
            items.append(Progress("reactions", f"{self._repository} #{number}", self._session.answered_at, "" if is_sure else url))
        self.unsure = {each: at for each, at in (self.unsure | {number: url}).items() if each != number or not is_sure}
        if items:
            yield Unit(f"github {self._name(number)}", items, observed_at=self._session.answered_at)

    def _settled(self, number: str, url: str, counted: Counts | None, listed_at: datetime | None) -> tuple[Reading, bool]:
        """The last reading, and whether it shows what there was at one moment.

        One page does. Several may have shifted while they were read: not if they are as counted, nor if they are the same twice.
        """
        before: Reading | None = None
        for _ in range(READINGS):
            reading = self._read(number, url)
            is_same = before is not None and before.records.keys() == reading.records.keys()
            if reading.pages == 1 or is_same or (not before and counted and listed_at and reading.is_as_counted(counted, listed_at)):
                return reading, True
            before = reading
        return reading, False

    def _read(self, number: str, url: str) -> Reading:
        reading, name = Reading(), self._name(number)
        listing = Listing(self._session, name, f"/repos/{self._repository}/issues/{number}/reactions?per_page={PAGE_SIZE}")
        for page in listing.pages():
            values = ((f"{name}, page {page.number}", _with_issue(value, url)) for value in page.items)
            for item in read_records(values, "reactions", lambda value: MAKERS["reactions"](value, self._repository, Span())):
                if isinstance(item, Record):
                    reading.records[item.key] = item
                else:
                    reading.damaged.append(item)
            reading.pages += 1
        return reading

    def _name(self, number: str) -> str:
        return f"{self._repository} reactions to #{number}"

    def _exists(self, number: str) -> bool:
        """Whether an issue whose reactions are refused is still there; the sweep will tell of one that is not."""
        try:
            self._session.get(f"/repos/{self._repository}/issues/{number}", f"{self._repository} issue {number}")
        except Refused as refused:
            return refused.status not in (301, 404, 410)
        return True


def _told(issue: Any) -> tuple[str, Counts, str]:
    """Number, count of votes and of all reactions, and address of an issue as listed; no address where it lacks one of them."""
    if isinstance(issue, dict) and isinstance(counts := issue.get("reactions"), dict):
        number, url, votes, total = issue.get("number"), issue.get("url"), counts.get(VOTE), counts.get("total_count")
        if isinstance(number, int) and isinstance(url, str) and isinstance(votes, int) and isinstance(total, int):
            return str(number), (votes, total), url
    return "", (0, 0), ""


def _counted(reactions: Mapping[str, Any]) -> Counts:
    votes = sum(isinstance(value, dict) and value.get("content") == VOTE for value in reactions.values())
    return votes, len(reactions)


def _with_issue(value: Any, url: str) -> Any:
    """GitHub's reactions do not say to what: the issue's address is added, as the files have it."""
    return value | {"issue_url": url} if isinstance(value, dict) else value

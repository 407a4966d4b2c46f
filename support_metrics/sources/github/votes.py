"""Who reacted to an issue: asked only where the issue's counts differ from what landing holds, since listings give counts and not people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from support_metrics.sources.base import Damaged, Item, Known, Record, Unit
from support_metrics.sources.files import Span
from support_metrics.sources.github.listing import Listing
from support_metrics.sources.github.records import MAKERS
from support_metrics.sources.github.session import PAGE_SIZE, Refused, Session
from support_metrics.sources.reading import decode, read_records

VOTE = "+1"


class Votes:
    """The reactions that landing holds of a repository's issues when its sync begins."""

    def __init__(self, known: Known, repository: str) -> None:
        self._repository = repository
        self._held: dict[str, dict[str, Any]] = {}
        prefix = f"github:reaction:{repository}"
        for held in known.held("reactions", f"{prefix}:", f"{prefix};"):
            self._held.setdefault(held.key.split(":")[3], {})[held.key] = decode(held.payload.encode(), held.key)

    def units(self, session: Session, issue: Any) -> Iterator[Unit]:
        """All reactions to an issue as listed, where they have changed, and tombstones of those taken back.

        One unit: a sync that is killed in between asks again, and has to come further each time.
        """
        number, counted, url = _told(issue)
        held = self._held.get(number, {})
        if not url or counted == _counted(held):
            return
        name = f"{self._repository} reactions to #{number}"
        listing = Listing(session, name, f"/repos/{self._repository}/issues/{number}/reactions?per_page={PAGE_SIZE}")
        listed: dict[str, Any] = {}
        items: list[Item] = []
        try:
            for page in listing.pages():
                values = ((f"{name}, page {page.number}", _with_issue(value, url)) for value in page.items)
                items += read_records(values, "reactions", lambda value: MAKERS["reactions"](value, self._repository, Span()))
                listed |= {item.key: item.payload for item in items if isinstance(item, Record)}
                # One page is one moment; several may have shifted while they were read, which the count gives away.
                is_sure = page.number == 1 or counted == _counted(listed)
                if not page.next and is_sure and not any(isinstance(item, Damaged) for item in items):
                    items += [Record("reactions", key, value, None, True) for key, value in held.items() if key not in listed]
        except Refused:
            if self._exists(session, number):
                raise
            return
        yield Unit(f"github {name}", items, observed_at=session.answered_at)

    def _exists(self, session: Session, number: str) -> bool:
        """Whether an issue whose reactions are refused is still there; the sweep will tell of one that is not."""
        try:
            session.get(f"/repos/{self._repository}/issues/{number}", f"{self._repository} issue {number}")
        except Refused as refused:
            return refused.status not in (301, 404, 410)
        return True


def _told(issue: Any) -> tuple[str, tuple[int, int], str]:
    """Number, count of votes and of all reactions, and address of an issue as listed; no address where it lacks one of them."""
    if isinstance(issue, dict) and isinstance(counts := issue.get("reactions"), dict):
        number, url, votes, total = issue.get("number"), issue.get("url"), counts.get(VOTE), counts.get("total_count")
        if isinstance(number, int) and isinstance(url, str) and isinstance(votes, int) and isinstance(total, int):
            return str(number), (votes, total), url
    return "", (0, 0), ""


def _counted(reactions: Mapping[str, Any]) -> tuple[int, int]:
    votes = sum(isinstance(value, dict) and value.get("content") == VOTE for value in reactions.values())
    return votes, len(reactions)


def _with_issue(value: Any, url: str) -> Any:
    """GitHub's reactions do not say to what: the issue's address is added, as the files have it."""
    return value | {"issue_url": url} if isinstance(value, dict) else value

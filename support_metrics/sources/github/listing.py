"""One listing of GitHub, page by page, by the links it gives: resumable, and started anew where a link is no longer honoured."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from support_metrics.errors import SourceError
from support_metrics.sources.calls import Answer, TryAgain, call
from support_metrics.sources.github.paging import Position, Way, links, number, onward, step
from support_metrics.sources.github.refusals import Refused
from support_metrics.sources.github.session import Session

# What GitHub says where it lists no further back.
_CAPPED = re.compile(r"pagination is limited|only the first \d+", re.IGNORECASE)
# 410 where a repository has no issues at all, 409 where it holds nothing yet.
_SWITCHED_OFF = re.compile(r"\bdisabled\b|repository is empty", re.IGNORECASE)
_LINK_REFUSED = (400, 404, 410, 422)
VISITS = 4


@dataclass(frozen=True)
class Page:
    """`items` as received, the `next` position (None on the last page), and when GitHub said so.

    `number` is the page's own where pages are numbered, else it is counted. `is_unchanged`: nothing has changed since the tag that was
    asked with, and there are no items. `place` is which page of how many to be read it is, where the links tell.
    """

    items: list[Any]
    next: Position | None
    observed_at: datetime
    number: int
    etag: str = ""
    is_unchanged: bool = False
    place: tuple[int, int] | None = None


class Listing:
    """Reads from `first`, or goes on at `position`. `turn` is how to go on from a first page that says there are numbered ones.

    `is_whole` says that it was read from its first page in one go. `is_capped`: GitHub refused to list further back; `is_switched_off`: the
    repository has nothing of the kind. `ids` are those seen.
    """

    def __init__(
        self, session: Session, name: str, first: str, position: Position | None = None, etag: str = "", turn: Way = Way.FORTH
    ) -> None:
        self._session, self._name, self._first, self._position, self._etag = session, name, first, position, etag
        self._turn = turn
        self._visits: Counter[str] = Counter()
        self._before: set[Any] = set()
        self.ids: set[Any] = set()
        self.is_whole = not position
        self.is_capped = False
        self.is_switched_off = False

    def pages(self) -> Iterator[Page]:
        """Every page. Raises Refused where the first page itself is refused, SourceError where the listing leads nowhere."""
        here: Position | None = self._position or Position(self._first)
        number, is_anew = 1, False
        while here:
            try:
                page = self._page(here, number)
            except Refused as refused:
                is_first = here.url == self._first
                if is_first and _SWITCHED_OFF.search(refused.said):
                    self.is_switched_off = True
                    yield Page([], None, self._session.answered_at, number)
                    return
                if is_first or refused.status not in _LINK_REFUSED:
                    raise
                if _CAPPED.search(refused.said) and not here.is_back:
                    self.is_capped = True
                    yield Page([], None, self._session.answered_at, number)
                    return
                if is_anew:
                    raise SourceError(
                        f"github: {self._name}: GitHub refuses page {number} of its own listing ({refused.said or refused.status})",
                        "nothing is lost, what had landed stays; refresh again later",
                    ) from refused
                here, number, is_anew = self._anew(here), 1, True
                continue
            yield page
            here, number = page.next, number + 1

    def _anew(self, refused: Position) -> Position:
        """The first page; and from there forth, where the way back was refused."""
        if refused.is_back:
            self._turn = Way.FORTH
        self.ids.clear()
        self.is_whole = True
        return Position(self._first)

    def _page(self, here: Position, count: int) -> Page:
        self._visits[here.url] += 1
        if self._visits[here.url] > VISITS:
            raise SourceError(f"github: {self._name}: the pages lead round in a circle", "nothing is lost; refresh again later")
        number = here.number or count
        page = self._read(here, number)
        # What is read for the second time is not new; the page before it is another one all the same.
        seen = self._before if here.way is Way.AGAIN or (here.is_back and number == 1) else self.ids
        if count > 1 and page.items and _ids(page.items) <= seen:
            # Either the last few have moved on, or a proxy has sent an earlier page again; asking once more tells.
            page = self._read(here, number)
        self._before = _ids(page.items)
        self.ids |= self._before
        return page

    def _read(self, here: Position, number: int) -> Page:
        def read() -> Page:
            answer = self._session.get(here.url, self._name, self._etag if here.url == self._first else "")
            if answer.status == 304:
                return Page([], None, self._session.answered_at, number, self._etag, is_unchanged=True)
            if not isinstance(answer.body, list):
                raise TryAgain("answered something that is no list")
            to = self._links(answer)
            if here.is_back and number > 1 and "prev" not in to:
                raise Refused(404, "no page before it is named")
            # Before reading back began, the first page was read, too.
            known = _ids(answer.body) if here.newest else self.ids | _ids(answer.body)
            following, place = onward(here, to, known, self._turn), step(here, to, self._turn)
            return Page(answer.body, following, self._session.answered_at, number, answer.headers.get("etag", ""), place=place)

        return call(self._session.known, f"github: {self._name}", read)

    def _links(self, answer: Answer) -> dict[str, str]:
        """Where a page leads, as paths."""
        try:
            to = {rel: self._session.path(url) for rel, url in links(answer.headers).items()}
            for url in to.values():
                number(url)
        except ValueError:
            raise TryAgain("answered with links that are no addresses") from None
        return to


def _ids(items: list[Any]) -> set[Any]:
    return {identity for item in items if isinstance(item, Mapping) and isinstance(identity := item.get("id"), int | str)}

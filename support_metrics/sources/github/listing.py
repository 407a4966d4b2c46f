"""One listing of GitHub, page by page, by the links it gives: resumable, and started anew where a link is no longer honoured."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from support_metrics.errors import SourceError
from support_metrics.sources.calls import TryAgain, call
from support_metrics.sources.github.session import Refused, Session, links, next_link

# What GitHub says where it lists no further back.
_CAPPED = re.compile(r"pagination is limited|only the first \d+", re.IGNORECASE)
# 410 where a repository has no issues at all, 409 where it holds nothing yet.
_SWITCHED_OFF = re.compile(r"\bdisabled\b|repository is empty", re.IGNORECASE)
_LINK_REFUSED = (400, 404, 410, 422)
VISITS = 4


@dataclass(frozen=True)
class Page:
    """`items` as received, where the `next` page lies (a path, empty on the last), and when GitHub said so.

    `is_unchanged`: nothing has changed since the tag that was asked with, and there are no items. `place` is which page of how many it is,
    where the links tell.
    """

    items: list[Any]
    next: str
    observed_at: datetime
    number: int
    etag: str = ""
    is_unchanged: bool = False
    place: tuple[int, int] | None = None


class Listing:
    """Reads from `first`, or goes on at `position`. `is_whole` says that it was read from its first page in one go.

    `is_capped`: GitHub refused to list further back; `is_switched_off`: the repository has nothing of the kind. `ids` are those seen.
    """

    def __init__(self, session: Session, name: str, first: str, position: str = "", etag: str = "") -> None:
        self._session, self._name, self._first, self._position, self._etag = session, name, first, position, etag
        self._visits: Counter[str] = Counter()
        self.ids: set[Any] = set()
        self.is_whole = not position
        self.is_capped = False
        self.is_switched_off = False

    def pages(self) -> Iterator[Page]:
        """Every page. Raises Refused where the first page itself is refused, SourceError where the listing leads nowhere."""
        url, number, is_anew = self._position or self._first, 1, False
        while url:
            try:
                page = self._page(url, number)
            except Refused as refused:
                if url == self._first and _SWITCHED_OFF.search(refused.said):
                    self.is_switched_off = True
                    yield Page([], "", self._session.answered_at, number)
                    return
                if url == self._first or refused.status not in _LINK_REFUSED:
                    raise
                if _CAPPED.search(refused.said):
                    self.is_capped = True
                    yield Page([], "", self._session.answered_at, number)
                    return
                if is_anew:
                    raise SourceError(
                        f"github: {self._name}: GitHub refuses page {number} of its own listing ({refused.said or refused.status})",
                        "nothing is lost, what had landed stays; refresh again later",
                    ) from refused
                url, number, is_anew = self._first, 1, True
                self.ids.clear()
                self.is_whole = True
                continue
            yield page
            url, number = page.next, number + 1

    def _page(self, url: str, number: int) -> Page:
        self._visits[url] += 1
        if self._visits[url] > VISITS:
            raise SourceError(f"github: {self._name}: the pages lead round in a circle", "nothing is lost; refresh again later")
        page = self._read(url, number)
        if number > 1 and page.items and _ids(page.items) <= self.ids:
            # Either the last few have moved on, or a proxy has sent an earlier page again; asking once more tells.
            page = self._read(url, number)
        self.ids |= _ids(page.items)
        return page

    def _read(self, url: str, number: int) -> Page:
        def read() -> Page:
            answer = self._session.get(url, self._name, self._etag if url == self._first else "")
            if answer.status == 304:
                return Page([], "", self._session.answered_at, number, self._etag, is_unchanged=True)
            if not isinstance(answer.body, list):
                raise TryAgain("answered something that is no list")
            link = next_link(answer.headers)
            following = self._session.path(link) if link else ""
            tag = answer.headers.get("etag", "")
            return Page(answer.body, following, self._session.answered_at, number, tag, place=_place(answer.headers))

        return call(self._session.known, f"github: {self._name}", read)


def _place(headers: Mapping[str, str]) -> tuple[int, int] | None:
    """Which page of how many; None on the last one, and where GitHub goes by cursors, which have no last page."""
    following, last = (_number(links(headers).get(each, "")) for each in ("next", "last"))
    return (following - 1, last) if following and last else None


def _number(url: str) -> int:
    number = parse_qs(urlsplit(url).query).get("page", [""])[-1]
    return int(number) if number.isdecimal() else 0


def _ids(items: list[Any]) -> set[Any]:
    return {identity for item in items if isinstance(item, Mapping) and isinstance(identity := item.get("id"), int | str)}

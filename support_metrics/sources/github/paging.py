"""Which page of a listing comes next.

Where pages are numbered, what is deleted from one that was read moves the first object of the next one onto it, out of sight. Such a
listing is therefore read from its last page back to the first: whatever slips then slips onto pages that are still to be read. What
joins in the middle moves objects the other way, so where that may have happened the pages are read forth once more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests


class Way(StrEnum):
    """How a listing is read: `BACK` from the last page to the first, `BOTH` so and then forth once more, `AGAIN` that second time."""

    FORTH = "forth"
    BACK = "back"
    BOTH = "both"
    AGAIN = "again"


@dataclass(frozen=True)
class Position:
    """The page to read next, and which way. `newest` is the greatest id there was when reading back began, 0 before that is known."""

    url: str
    way: Way = Way.FORTH
    newest: int = 0

    @property
    def is_back(self) -> bool:
        return self.way in (Way.BACK, Way.BOTH)

    @property
    def number(self) -> int:
        """The page's number, or 0 where the address holds none."""
        return number(self.url)


def onward(here: Position, to: Mapping[str, str], ids: Iterable[Any], turn: Way) -> Position | None:
    """What follows a page with these ids and links (addresses by what they lead to), or None after the last to be read.

    `turn` is how to go on from a first page that says there are numbered ones.
    """
    if here.is_back:
        here = _aware(here, ids)
        if "prev" in to:
            return replace(here, url=to["prev"])
        return Position(to["next"], Way.AGAIN) if here.way is Way.BOTH and "next" in to else None
    if turn is not Way.FORTH and here.way is Way.FORTH and number(to.get("next", "")) == 2 and number(to.get("last", "")):
        return Position(to["last"], turn)
    return Position(to["next"], here.way) if "next" in to else None


def _aware(here: Position, ids: Iterable[Any]) -> Position:
    """The position, knowing what a page read back tells: an id greater than all there were belongs to an object that has joined since."""
    greatest = max((each for each in ids if isinstance(each, int)), default=0)
    if not here.newest:
        return replace(here, newest=greatest)
    return replace(here, way=Way.BOTH) if greatest > here.newest else here


def step(here: Position, to: Mapping[str, str], turn: Way) -> tuple[int, int] | None:
    """Which page of how many to be read it is, where the links tell."""
    last = number(to.get("last", "")) or (here.number if here.is_back else 0)
    if not last or not (here.is_back or number(to.get("next", ""))):
        return None
    page = here.number or 1
    way = turn if here.way is Way.FORTH else here.way
    if way is Way.FORTH:
        return page, last
    twice = way in (Way.BOTH, Way.AGAIN)
    done = last + page if way is Way.AGAIN else 1 if here.way is Way.FORTH else last - page + 2
    return done, 2 * last if twice else last + 1


def number(url: str) -> int:
    """The number of the page that an address leads to, or 0 where pages are not numbered."""
    found = parse_qs(urlsplit(url).query).get("page", [""])[-1]
    return int(found) if found.isdecimal() else 0


def next_link(headers: Mapping[str, str]) -> str:
    """The address of the page that follows, as GitHub gives it, or nothing."""
    return links(headers).get("next", "")


def links(headers: Mapping[str, str]) -> dict[str, str]:
    """The addresses in the Link header (RFC 8288) by what they lead to: next, last, …"""
    found = requests.utils.parse_header_links(headers["link"]) if headers.get("link") else []
    return {str(each["rel"]): str(each["url"]) for each in found if "rel" in each}

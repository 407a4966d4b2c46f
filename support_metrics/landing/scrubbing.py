"""Taking from a text what names or quotes somebody forgotten: their accounts, handles, addresses and names, and any five words in a row of theirs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from support_metrics.landing.forgotten import GONE, GRAM, token_of

if TYPE_CHECKING:
    from support_metrics.landing.forgotten import Forgotten

WORD = re.compile(r"\w+")
LONGEST_NAME = 6
# A handle, an address, an id: whatever is written without a space.
COMPOUND = re.compile(r"@?[^\s<>\"'`,;()\[\]{}|:/?#&!*@]+(?:@[^\s<>\"'`,;()\[\]{}|:/?#&!*@]+)?")
MARKUP = re.compile(r"<[^>]*>")
MENTION = re.compile(r"<@([A-Z0-9]+)(?:\|[^>]*)?>")
PROFILE = re.compile(r"(?:github\.com|twitter\.com|\bx\.com|youtube\.com)/@?([\w.-]+)", re.IGNORECASE)
ACCOUNT = re.compile(r"\b(?:slack:\w+:\w+|github:user:\d+|x:user:\d+|youtube:channel:[\w-]+|shortcut:member:[\w-]+|email:[^\s\"',|:<>]+)")
MAIL = re.compile(r"(?<=<)[^<>\s]+@[^<>\s]+(?=>)|\bemail:message:([^\s\"',|<>]+)")


class Found(NamedTuple):
    """A part of a text, and what stands in its place."""

    start: int
    end: int
    instead: str


def words_of(text: str) -> Iterator[str]:
    """What could be a handle, an address or an id, in lower case."""
    for match in COMPOUND.finditer(text.lower()):
        word = match[0].strip(".-_")
        yield word
        if not word.isalnum():
            yield from WORD.findall(word)
    for match in PROFILE.finditer(text.lower()):
        yield f"@{match[1]}"


class Scrubbing:
    """Scrubs the texts of one record. `touched` gathers the tokens of those it names; `near` those whose short names go, too."""

    def __init__(self, forgotten: Forgotten, source: str, team: str) -> None:
        self.forgotten, self.source, self.team = forgotten, source, team
        self.touched: set[str] = set()
        self.near: frozenset[str] = frozenset()
        self._entries = forgotten.entries
        self._lengths = range(2, LONGEST_NAME + 1) if self._entries.phrases else range(0)

    def scrub(self, text: str) -> str:
        """The text without what names or quotes somebody; the very same where nothing does."""
        if len(text) < 2:
            return text
        found = [*self._quotes(text), *self._ids(text), *self._single(text)]
        if not found:
            return text
        parts, at = [], 0
        for each in _apart(found):
            parts += [text[at : each.start], each.instead]
            at = each.end
        return "".join([*parts, text[at:]])

    # Accounts, addresses, ids

    def _ids(self, text: str) -> Iterator[Found]:
        if "<@" in text and self.source == "slack":
            for match in MENTION.finditer(text):
                if stands := self.forgotten.account(f"slack:{self.team}:{match[1]}"):
                    yield self._found(match.start(), match.end(), f"<@{stands.rpartition(':')[2]}>", stands)
        if "@" in text:
            for match in MAIL.finditer(text):
                given = match[1] or match[0]
                if (instead := self.forgotten.message_id(given)) != given:
                    yield self._found(match.end() - len(given), match.end(), instead, self.forgotten.token_of_message(given) or "")
        if ":" in text:
            for match in ACCOUNT.finditer(text):
                if (stands := self.forgotten.account(match[0])) and stands != match[0]:
                    yield self._found(match.start(), match.end(), stands, stands)
        if "/" in text:
            for match in PROFILE.finditer(text):
                if handle := self._word(f"@{match[1].lower()}"):
                    yield self._found(match.start(1), match.end(1), handle.lstrip("@"), handle)

    def _found(self, start: int, end: int, instead: str, named: str) -> Found:
        if token := token_of(named) or (named if named in self._entries.people else ""):
            self.touched.add(token)
        return Found(start, end, instead)

    def _single(self, text: str) -> Iterator[Found]:
        """Handles and ids that stand for themselves, whole or as a part of something longer."""
        for match in COMPOUND.finditer(text):
            word = match[0].rstrip(".-_")
            start = match.start()
            if instead := self._word(word.lower()):
                yield self._found(start, start + len(word), instead, instead)
            elif not word.isalnum():
                for part in WORD.finditer(word):
                    if instead := self._word(part[0].lower()):
                        yield self._found(start + part.start(), start + part.end(), instead, instead)

    def _word(self, word: str) -> str | None:
        return self.forgotten.word(word) if len(word) > 1 else None

    # Names and quotations

    def _quotes(self, text: str) -> Iterator[Found]:
        """Names of several words, what they alone wrote, and in records that touch them their short names."""
        bare = MARKUP.sub(lambda match: "\0" * len(match[0]), text) if self.source == "slack" and "<" in text else text
        words = [(match.start(), match.end(), match[0].lower()) for match in WORD.finditer(bare)]
        known = [self.forgotten.is_known(word) for _, _, word in words]
        if not any(known):
            return
        for first, last in _runs(known):
            run = words[first:last]
            yield from self._grams(run)
            yield from self._phrases(run)
            for start, end, word in run if self.near else ():
                instead = self._entries.near.get(self.forgotten.hashed("near", word))
                if instead and token_of(instead) in self.near:
                    yield Found(start, end, instead)
        yield from self._lines(bare, words, known)

    def _grams(self, run: list[tuple[int, int, str]]) -> Iterator[Found]:
        for at in range(len(run) - GRAM + 1):
            if self.forgotten.hashed("gram", " ".join(word for _, _, word in run[at : at + GRAM]), 8) in self._entries.grams:
                yield Found(run[at][0], run[at + GRAM - 1][1], GONE)

    def _phrases(self, run: list[tuple[int, int, str]]) -> Iterator[Found]:
        for length in self._lengths:
            for at in range(len(run) - length + 1):
                name = " ".join(word for _, _, word in run[at : at + length])
                if instead := self._entries.phrases.get(self.forgotten.hashed("phrase", name)):
                    yield self._found(run[at][0], run[at + length - 1][1], instead, instead)

    def _lines(self, text: str, words: list[tuple[int, int, str]], known: list[bool]) -> Iterator[Found]:
        """Short lines that are theirs as a whole."""
        begins = [0, *(number for number, (one, other) in enumerate(pairwise(words), 1) if "\n" in text[one[1] : other[0]]), len(words)]
        for first, last in pairwise(begins):
            if 2 <= last - first < GRAM and all(known[first:last]):
                line = " ".join(word for _, _, word in words[first:last])
                if self.forgotten.hashed("line", line, 8) in self._entries.lines:
                    yield Found(words[first][0], words[last - 1][1], GONE)


def _runs(known: list[bool]) -> Iterator[tuple[int, int]]:
    """Where known words follow one another: first and one past the last."""
    first: int | None = None
    for number, is_known in enumerate([*known, False]):
        if is_known and first is None:
            first = number
        elif not is_known and first is not None:
            yield first, number
            first = None


def _apart(found: list[Found]) -> Iterator[Found]:
    """In order and without overlaps: quotations that touch become one, and what lies within another goes with it."""
    held: Found | None = None
    for each in sorted(found, key=lambda part: (part.start, -part.end)):
        if held is None:
            held = each
        elif each.start >= held.end:
            yield held
            held = each
        elif each.end > held.end:
            held = Found(held.start, each.end, held.instead if held.instead == each.instead else GONE)
    if held is not None:
        yield held

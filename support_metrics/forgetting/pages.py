"""Archived reports without those who were forgotten: what a page says goes through the list piece by piece; its figures stay as delivered."""

from __future__ import annotations

import html
import json
import os
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from support_metrics.forgetting.employers import lines_without_employers, without_employers
from support_metrics.landing.forgotten import GONE, Forgotten
from support_metrics.landing.scrubbing import Scrubbing

MARKED_UP, PLAIN = (".html", ".svg"), (".csv", ".json", ".txt", ".md")
# A library in a page tells of nobody, and takes long to look through.
LIBRARY = 1_000_000
_PARTS = re.compile(r"(?is)<script\b[^>]*>.*?</script>|<style\b[^>]*>.*?</style>|<!--.*?-->|<[a-z/!][^>]*>|[^<]+|<")
_ATTRIBUTE = re.compile(r"""(=\s*)("[^"]*"|'[^']*')""")
_LITERAL = re.compile(r'"(?:[^"\\\n]|\\.)*"')
# What a sentence quotes is a piece of its own.
_QUOTES = re.compile('([“”„«»"])')
_NAME, _PLACE = r"\w[\w.-]*\w", r" (?:in Slack|on GitHub|by e-mail|on X|on YouTube)\b"
# Behind `by` or `counted as`; `as` before a place; or alone, with or without its place.
_NAMED = re.compile(rf"(?:(?<=\bby )|(?<=\bcounted as )){_NAME}|(?<=\bas ){_NAME}(?={_PLACE})|^\W*{_NAME}(?=(?:{_PLACE})?\W*$)")


@dataclass(frozen=True)
class Page:
    """A file of the archive as it is to be."""

    path: Path
    text: str

    def write(self) -> None:
        temporary = self.path.with_name(f".{self.path.name}-{uuid.uuid4().hex[:8]}")
        try:
            temporary.write_text(self.text, "utf-8")
            temporary.chmod(self.path.stat().st_mode & 0o7777)
            os.replace(temporary, self.path)
        finally:
            temporary.unlink(missing_ok=True)


def pages(folder: Path, forgotten: Forgotten) -> list[Page]:
    """The pages that tell something of somebody on the list, as they are to be."""
    cleaning = Cleaning(forgotten)
    found = []
    for path in sorted(path for path in folder.rglob("*") if path.suffix in (*MARKED_UP, *PLAIN) and path.is_file()):
        text = path.read_text("utf-8")
        clean = cleaning.page(text) if path.suffix in MARKED_UP else cleaning.plain(text)
        if clean != text:
            found.append(Page(path, clean))
    return found


class Cleaning:
    """Takes from a page what tells who somebody forgotten is, reading it as a browser would."""

    def __init__(self, forgotten: Forgotten) -> None:
        self.forgotten = forgotten
        self._scrubbing = Scrubbing(forgotten, "", "")
        self._known: dict[str, str] = {}

    def page(self, text: str) -> str:
        return without_employers(_PARTS.sub(lambda match: self._part(match[0]), text), self.forgotten)

    def plain(self, text: str) -> str:
        return lines_without_employers(self.text(text), self.forgotten)

    def text(self, text: str) -> str:
        """A text as it is read; what it quotes is looked at for itself as well."""
        if text not in self._known:
            clean = self._piece(text)
            self._known[text] = "".join(self._piece(piece) for piece in _QUOTES.split(clean)) if _QUOTES.search(clean) else clean
        return self._known[text]

    def _part(self, part: str) -> str:
        if not part.startswith("<"):
            return self._escaped(part, quote=False)
        if part[:7].lower() == "<script":
            return part if len(part) > LIBRARY else _LITERAL.sub(lambda match: self._literal(match[0]), part)
        if part[:2] == "<!" or part[:6].lower() == "<style":
            return part
        return _ATTRIBUTE.sub(lambda match: f"{match[1]}{match[2][0]}{self._escaped(match[2][1:-1], quote=True)}{match[2][0]}", part)

    def _escaped(self, part: str, quote: bool) -> str:
        return _changed(part, html.unescape(part), self.text, lambda clean: html.escape(clean, quote))

    def _literal(self, literal: str) -> str:
        try:
            said = json.loads(literal)
        except ValueError:  # a literal of a script need not be JSON
            said = literal[1:-1]
        return _changed(literal, said, self.text, lambda clean: json.dumps(clean).replace("<", "\\u003c").replace("&", "\\u0026"))

    def _piece(self, piece: str) -> str:
        clean = self._scrubbing.scrub(piece)
        if GONE in clean and clean.count(GONE) * len(GONE) + len(piece) // 2 > len(clean):
            # More than half of it is theirs; what is left at its end is where the page cut it.
            return GONE
        return _NAMED.sub(lambda match: self._name(match[0]), clean)

    def _name(self, word: str) -> str:
        """A short name is theirs where it stands as a name."""
        bare = re.sub(r"^\W+|\W+$", "", word)
        instead = self.forgotten.entries.near.get(self.forgotten.hashed("near", bare.lower()))
        return word.replace(bare, instead) if instead else word


def _changed(written: str, said: str, cleaned: Callable[[str], str], rewritten: Callable[[str], str]) -> str:
    """The very same writing where nothing of what it says goes."""
    clean = cleaned(said)
    return written if clean == said else rewritten(clean)

"""The proof that somebody was forgotten: all that is kept is read again and searched for what tells who they are.

It shares nothing with the list of the forgotten: it looks for the plain identifiers and words, in every cell of every file.
"""

from __future__ import annotations

import contextlib
import csv
import html
import json
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from support_metrics import warehouse
from support_metrics.forgetting.employers import FACTS, ROW, SCRIPT, TAG, facts_in
from support_metrics.forgetting.team_files import kept_files
from support_metrics.landing.forgotten import GRAM
from support_metrics.landing.learning import GENERIC, SHORTEST_ID, Learned, is_distinctive, rows_of
from support_metrics.landing.scrubbing import WORD
from support_metrics.settings import Settings
from support_metrics.settings.fields import CHANNELS

if TYPE_CHECKING:
    from support_metrics.forgetting.person import Found

ROWS_AT_A_TIME = 5_000
# Pictures and the like hold no text that could be searched.
TEXTS = (".html", ".svg", ".csv", ".json", ".jsonl", ".txt", ".md", ".mbox", ".eml", ".toml", ".key", "")


@dataclass(frozen=True)
class Trace:
    """Something of theirs in a file: what kind, and in how many of its cells or pieces."""

    path: Path
    kind: str
    count: int

    def __str__(self) -> str:
        return f"{self.path}: {self.kind} in {self.count:,} {'place' if self.count == 1 else 'places'}"


@dataclass
class Proof:
    """What was searched, and what was found: nothing, if all is well."""

    files: int = 0
    traces: list[Trace] = field(default_factory=list)


class Needles:
    """What tells who somebody is: ids, names, addresses, and any five words in a row that they alone wrote; beside their `token`, where they work."""

    def __init__(self, found: Found, learned: Learned, token: str, employers: Collection[str] = ()) -> None:
        person = found.person
        ids = {account.rpartition(":")[2] for account in person.accounts if not account.startswith("email:")}
        names = {" ".join(name.lower().split()) for name in {*learned.names, *person.names}} - person.borne
        kinds = {
            "an account": set(person.accounts) | {each for each in ids if len(each) >= SHORTEST_ID},
            "an address": learned.addresses | {account.removeprefix("email:") for account in person.accounts if account.startswith("email:")},
            "a name": {name for name in names if " " in name or is_distinctive(name.lstrip("@"))}
            | {f"@{name}" for name in names if " " not in name and name not in GENERIC and "@" not in name},
        }  # fmt: skip
        self._kinds = {kind: _any_of(words) for kind, words in kinds.items() if words}
        self._token = token
        # A cell that says a channel says nothing of who works there.
        self._employers = {address.rpartition("@")[2] for address in learned.addresses} | set(employers) - set(CHANNELS)
        # As long as a word that cleaning takes for a name, which a single letter is not.
        short = {name for name in names if len(name) > 1 and WORD.findall(name) == [name] and name not in GENERIC}
        self._named = _named_in_pages(short) if short else None
        self._grams = learned.grams
        self._first = {gram.split(" ", 1)[0] for gram in learned.grams}

    def kinds_in(self, text: str) -> Iterator[str]:
        """What of theirs is in a text; each kind once."""
        lower = text.lower()
        for kind, pattern in self._kinds.items():
            if pattern.search(lower):
                yield kind
        words = WORD.findall(lower)
        if any(word in self._first and " ".join(words[at : at + GRAM]) in self._grams for at, word in enumerate(words)):
            yield "words of theirs"

    def tell_employer(self, cells: Iterable[str]) -> bool:
        """Whether the cells of a row name them as forgotten, and one says where they work."""
        held = [cell.strip().lower() for cell in cells]
        return any(self._token in cell for cell in held) and any(cell.lstrip("@").strip() in self._employers for cell in held)

    def names_in_page(self, text: str) -> int:
        """How often a page calls them by a name that elsewhere could be any word."""
        return len(self._named.findall(text.lower())) if self._named else 0


def _named_in_pages(names: Iterable[str]) -> re.Pattern[str]:
    """As the report says who asked: `asked by zoe`; and whose a request was: `counted as zoe in Slack then, as zoe on GitHub now`."""
    name = f"(?:{'|'.join(re.escape(each) for each in sorted(names, key=len, reverse=True))})"
    place = r"\s+(?:in slack|on github|by e-mail|on x|on youtube)(?!\w)"
    # Not the first name of somebody else.
    ends = rf"(?={place}|[^\S\n]*(?:[\n·;,:]|\.(?!\w)|$))"
    return re.compile(rf"(?<!\w)(?:asked\s+by|counted\s+as)\s+{name}{ends}|(?<!\w)as\s+{name}{place}")


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    listed = "|".join(re.escape(word.lower()).replace(r"\ ", r"\s+") for word in sorted(words, key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{listed})(?!\w)")


def proven(settings: Settings, needles: Needles) -> Proof:
    """Search the landing zone, the warehouse and the archived reports, hidden files and all, and the team's own files."""
    proof = Proof()
    for folder in (settings.landing_path, settings.warehouse_path, settings.reports_path):
        for path in sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()):
            proof.files += 1
            proof.traces += _traces(path, needles, _reader(path))
    for path in kept_files(settings).values():
        if path.is_file():
            proof.files += 1
            proof.traces += _traces(path, needles, _text)
    return proof


def inputs(settings: Settings, needles: Needles) -> list[Path]:
    """The files the sources are read from that tell something of them. They are not ours to change."""
    found = []
    for source in (settings.slack, settings.github, settings.shortcut, settings.handoff, settings.email, settings.x, settings.youtube):
        for pattern in source.files:
            base, given = (Path("/"), pattern.lstrip("/")) if Path(pattern).is_absolute() else (settings.folder, pattern)
            for path in sorted(base.glob(given)):
                for file in [path] if path.is_file() else sorted(each for each in path.rglob("*") if each.is_file()):
                    if _traces(file, needles, _zipped if file.suffix == ".zip" else _text):
                        found.append(file)
    return list(dict.fromkeys(found))


def _traces(path: Path, needles: Needles, read: Callable[[Path], Iterator[str]]) -> list[Trace]:
    counts = Counter(kind for text in read(path) for kind in needles.kinds_in(text))
    if path.suffix in (".html", ".svg"):
        counts["a name"] += max(map(needles.names_in_page, read(path)))
    counts.update("an employer" for cells in _rows(path) if needles.tell_employer(cells))
    return [Trace(path, kind, count) for kind, count in sorted(counts.items()) if count]


def _reader(path: Path) -> Callable[[Path], Iterator[str]]:
    if path.suffix == ".parquet":
        return landed_texts
    if path.suffix == ".duckdb":
        return table_texts
    return _text if path.suffix in TEXTS or path.name.startswith(".") else lambda _: iter(())


def _rows(path: Path) -> Iterator[list[str]]:
    """Rows of tables, cell by cell, as far as a file has any."""
    if path.suffix == ".duckdb":
        yield from (row.split("\n") for row in table_texts(path))
    elif path.suffix == ".html":
        page = path.read_text("utf-8", "replace")
        for facts in FACTS.finditer(page):
            yield from facts_in(facts[2])[1]
        for part in SCRIPT.split(page)[::2]:
            yield from ([html.unescape(said) for said in TAG.split(row)[::2]] for row in ROW.findall(part))
    elif path.suffix == ".csv":
        yield from csv.reader(path.read_text("utf-8", "replace").splitlines())


def landed_texts(path: Path) -> Iterator[str]:
    """Every key, and every text and number of every payload, decoded."""
    for key, payload in rows_of([path]):
        yield key
        yield "\n".join(_leaves(json.loads(payload)))


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from chain(value, *(_leaves(each) for each in value.values()))
    elif isinstance(value, list):
        for each in value:
            yield from _leaves(each)
    elif value is not None:
        yield str(value)


def table_texts(path: Path) -> Iterator[str]:
    """Every row of every table, each cell on a line."""
    with contextlib.closing(warehouse.open_read_only(path)) as connection:
        for (table,) in connection.execute('select format(\'"{}"."{}"\', schema_name, table_name) from duckdb_tables()').fetchall():
            result = connection.execute(f"select columns(*)::varchar from {table}")
            while rows := result.fetchmany(ROWS_AT_A_TIME):
                yield from ("\n".join(filter(None, row)) for row in rows)


def _text(path: Path) -> Iterator[str]:
    yield from _read(path.read_bytes())


def _zipped(path: Path) -> Iterator[str]:
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            yield from _read(archive.read(name))


def _read(raw: bytes) -> Iterator[str]:
    """As it is written, and as a browser or a program would read it."""
    text = raw.decode("utf-8", "replace")
    yield text
    plain = html.unescape(re.sub(r"<[^>]*>", "\n", text))
    spaced = re.sub(r"\\[nrt]", " ", plain)
    yield re.sub(r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match[1], 16)), spaced)

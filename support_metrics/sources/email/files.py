"""E-mail from mbox files."""

from __future__ import annotations

import re
from collections.abc import Iterator

from support_metrics.errors import SourceError
from support_metrics.settings import Settings
from support_metrics.sources.base import Item, Unit
from support_metrics.sources.email.message import read_message
from support_metrics.sources.files import Found, Span, find
from support_metrics.sources.reading import AGAIN, readable

_SEPARATOR = re.compile(rb"From \S.*\d\d:\d\d.*\d{4}\s*$").match
_QUOTED = re.compile(rb"^>(>*From )", re.MULTILINE)


def fetch_files(settings: Settings) -> Iterator[Unit]:
    """One unit per mbox file."""
    for found in find(settings, settings.email.files, "email.files"):
        yield Unit(found.name, _read(found), found.digest([("", found.path)]), found.observed_at)


def _read(found: Found) -> Iterator[Item]:
    span = Span()
    for line, raw in _split(found):
        yield read_message(raw, f"{found.name}:{line}", span)
    yield from span.coverage(found, "messages")


def _split(found: Found) -> Iterator[tuple[int, bytes]]:
    """Each message with the line it begins at. A body's own line "From here on …" does not begin one, for it holds no date."""
    lines: list[bytes] = []
    begun, blank = 0, True
    with readable(found.name), found.path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if blank and _SEPARATOR(line):
                if begun:
                    yield begun, _QUOTED.sub(rb"\1", b"".join(lines))
                begun, lines = number, []
            elif begun:
                lines.append(line)
            elif line.strip():
                raise SourceError(
                    f"{found.name}, line {number}: is no mbox file, which begins with a line `From … <date>`", "export the mailbox as mbox"
                )
            blank = not line.strip()
    if not begun:
        raise SourceError(f"{found.name}, line 1: the file is empty", AGAIN)
    yield begun, _QUOTED.sub(rb"\1", b"".join(lines))

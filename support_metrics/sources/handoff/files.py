"""The handoff form's answers as CSV: the export of a Google Form's sheet or the form's own download."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from support_metrics.errors import SourceError
from support_metrics.settings import HandoffField, Settings
from support_metrics.sources.base import Damaged, Item, Record, Unit
from support_metrics.sources.files import Found, Span, find
from support_metrics.sources.reading import AGAIN, BadRecord, readable

NEEDED: tuple[HandoffField, ...] = ("submitted_at", "exterminator")
_SHEET = re.compile(r"(?P<month>\d{1,2})/(?P<day>\d{1,2})/(?P<year>\d{4})", re.ASCII)
_FORM = re.compile(r"(?P<year>\d{4})[/-](?P<month>\d{1,2})[/-](?P<day>\d{1,2})", re.ASCII)
_TIME = re.compile(
    r"[ T]+(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d))?\s*(?P<half>[AP]M)?"
    r"\s*(?P<zone>GMT|UTC|Z)?(?P<offset>[+-]\d{1,2}(?::?\d\d)?)?",
    re.ASCII | re.IGNORECASE,
)


def fetch_files(settings: Settings) -> Iterator[Unit]:
    """One unit per file. One read before is read again where another column is mapped, as it might lack that."""
    zone = zone_of(settings)
    columns = settings.handoff.columns
    mapped = [f"{field}={columns.get(field, '')}" for field in _needed(settings)]
    for found in find(settings, settings.handoff.files, "handoff.files"):
        yield Unit(found.name, _read(found, settings), found.digest([("", found.path)], zone.key, *mapped), found.observed_at)


def check_headings(settings: Settings) -> Iterator[tuple[str, str, str]]:
    """What is wrong with the headings of each file: level, what it says, what to do. Answers stay unread."""
    for found in find(settings, settings.handoff.files, "handoff.files"):
        try:
            _, headings = next(_rows(_heading_row(found), found.name))
            _columns(found.name, settings, headings)
        except SourceError as error:
            yield "wrong", error.problem, error.mend


def _heading_row(found: Found) -> bytes:
    """As many lines as the first row takes: a heading in quotes may hold line breaks."""
    row = b""
    with readable(found.name), found.path.open("rb") as file:
        for line in file:
            row += line
            if row.strip() and row.count(b'"') % 2 == 0:
                break
    return row


def zone_of(settings: Settings) -> ZoneInfo:
    """The zone of timestamps that name none."""
    return ZoneInfo(settings.handoff.time_zone or settings.team.time_zone)


def _read(found: Found, settings: Settings) -> Iterator[Item]:
    span = Span()
    with readable(found.name):
        data = found.path.read_bytes()
    yield from read_answers(data, found.name, settings, span)
    yield from span.coverage(found, "responses")


def read_answers(data: bytes, name: str, settings: Settings, span: Span, *, is_padded: bool = False) -> Iterator[Record | Damaged]:
    """A record per answer. Raises SourceError, naming line and mend, where the CSV is damaged or lacks a column.

    `is_padded` says that whoever wrote it fills every row up to the last column, so that a shorter one at the end was cut.
    """
    zone = zone_of(settings)
    rows = _rows(data, name)
    _, headings = next(rows)
    columns = _columns(name, settings, headings)
    cells: list[str] = headings
    for line, cells in rows:
        if not any(cell.strip() for cell in cells):
            continue
        try:
            record = _record(headings, cells, columns, zone)
        except BadRecord as bad:
            yield Damaged("responses", f"{name}:{line}", str(bad))
            continue
        span.see(record.version)
        yield record
    if is_padded and len(cells) < len(headings):
        raise SourceError(f"{name}: the last row is cut short", AGAIN)


def _rows(data: bytes, name: str) -> Iterator[tuple[int, list[str]]]:
    """Rows with the line each begins at, the headings first, stripped and made unlike each other."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = 1 + data.count(b"\n", 0, error.start)
        raise SourceError(f"{name}, line {line}: byte 0x{data[error.start]:02x} is not UTF-8", "save the sheet as CSV in UTF-8") from error
    if not text.strip():
        raise SourceError(f"{name}, line 1: the file is empty", AGAIN)
    if text.lstrip()[:1] == "<":
        raise SourceError(f"{name}, line 1: holds HTML instead of CSV", AGAIN)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        for number, cells in enumerate(reader):
            yield line, cells if number else _headings(cells)
            line = reader.line_num + 1
    except csv.Error as error:
        raise SourceError(f"{name}, line {line}: not valid CSV: {error}", AGAIN) from error


def _headings(cells: list[str]) -> list[str]:
    headings: list[str] = []
    for cell in cells:
        heading, number = cell.strip(), 2
        while heading in headings:
            heading, number = f"{cell.strip()} ({number})", number + 1
        headings.append(heading)
    return headings


def _needed(settings: Settings) -> list[HandoffField]:
    """The fields that every file must have: two, and all that the settings map themselves."""
    return list(dict.fromkeys((*NEEDED, *(settings.handoff.columns if "columns" in settings.handoff.model_fields_set else ()))))


def _columns(name: str, settings: Settings, headings: list[str]) -> dict[str, str]:
    """Our field to the heading; a heading that the settings name and the file lacks is an error."""
    columns: dict[str, str] = {field: heading.strip() for field, heading in settings.handoff.columns.items()}
    lacking = [field for field in _needed(settings) if columns.get(field) not in headings]
    if lacking:
        named = "; ".join(f"no column {columns.get(field, '')!r}, which handoff.columns.{field} names" for field in lacking)
        there = ", ".join(repr(heading) for heading in headings)
        raise SourceError(
            f"{name}, line 1: {named}",
            f"set handoff.columns.{', '.join(lacking)} to headings there are, or leave out what the form does not ask: {there}",
        )
    return columns


def _record(headings: list[str], cells: list[str], columns: Mapping[str, str], zone: ZoneInfo) -> Record:
    if any(cell.strip() for cell in cells[len(headings) :]):
        raise BadRecord(f"has {len(cells)} cells, the headings are {len(headings)}")
    answers = dict(zip(headings, [*cells, *[""] * len(headings)], strict=False))
    exterminator = answers[columns["exterminator"]].strip().lower()
    if not exterminator:
        raise BadRecord(f"has no answer in {columns['exterminator']!r}")
    submitted_at = submission_instant(answers[columns["submitted_at"]], zone)
    return Record("responses", f"handoff:{submitted_at:%Y-%m-%dT%H:%M:%SZ}:{exterminator}", answers, submitted_at)


def submission_instant(text: str, zone: tzinfo) -> datetime:
    """The instant, in UTC, of `9/6/2018 0:06:16` (month first, in `zone`) or `2026/06/14 10:10:09 AM GMT+1`.

    A local time that daylight saving repeats is the first of the two. Raises BadRecord.
    """
    text = text.strip()
    date = _SHEET.match(text) or _FORM.match(text)
    time = _TIME.fullmatch(text, date.end()) if date else None
    try:
        if date and time:
            day = datetime(int(date["year"]), int(date["month"]), int(date["day"]))
            local = day.replace(hour=_hour(time), minute=int(time["minute"]), second=int(time["second"] or 0))
            return local.replace(tzinfo=_offset(time) or zone).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise BadRecord("its timestamp is neither like 9/6/2018 0:06:16 (month first) nor like 2026/06/14 10:10:09 AM GMT+1")


def _hour(time: re.Match[str]) -> int:
    hour, half = int(time["hour"]), (time["half"] or "").upper()
    if half and not 1 <= hour <= 12:
        raise ValueError
    return hour % 12 + (12 if half == "PM" else 0) if half else hour


def _offset(time: re.Match[str]) -> tzinfo | None:
    """What follows GMT, as +1 or +5:30; without both, None."""
    offset: Any = time["offset"]
    if not offset:
        return UTC if time["zone"] else None
    hours, minutes = re.fullmatch(r".(\d{1,2}):?(\d\d)?", offset).groups()  # type: ignore[union-attr]
    span = timedelta(hours=int(hours), minutes=int(minutes or 0))
    return timezone(-span if offset[0] == "-" else span)

"""How explanations word instants, spans and text."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

LONGEST_TEXT = 110
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def local(moment: datetime, zone: str) -> str:
    """`Mon 2026-03-02 10:00:00` in the zone."""
    return f"{moment.astimezone(ZoneInfo(zone)):%a %Y-%m-%d %H:%M:%S}"


def local_and_utc(moment: datetime, zone: str) -> str:
    """`Mon 2026-03-02 10:00:00 (15:00:00Z)`; with its date where UTC has another."""
    utc = moment.astimezone(ZoneInfo("UTC"))
    is_same_day = utc.date() == moment.astimezone(ZoneInfo(zone)).date()
    return f"{local(moment, zone)} ({utc:%H:%M:%S}Z)" if is_same_day else f"{local(moment, zone)} ({utc:%Y-%m-%d %H:%M:%S}Z)"


def duration(seconds: int) -> str:
    """`3 h 12 min 5 s`, with what is nothing left out."""
    parts = [(seconds // 3600, "h"), (seconds % 3600 // 60, "min"), (seconds % 60, "s")]
    return " ".join(f"{count:,} {unit}" for count, unit in parts if count) or "0 s"


def day_name(day: date) -> str:
    return f"{day:%a %Y-%m-%d}"


def from_to(first: date, last: date | None) -> str:
    """`from 2023-04-03` or `from 2023-04-03 to 2025-11-28`; accounts of the settings themselves have no beginning."""
    begins = "always" if first.year <= 1970 else f"from {first}"
    return begins if last is None else f"{begins} to {last}"


def beginning(text: str | None, longest: int = LONGEST_TEXT) -> str:
    """The beginning of a text on one line."""
    line = " ".join((text or "").split())
    return line if len(line) <= longest else line[: longest - 1] + "…"


def unescaped(text: str) -> str:
    """Slack and X escape the three characters of mark-up in what they send."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def listed(words: Iterable[str]) -> str:
    """`a, b and c`."""
    *others, last = list(words)
    return f"{', '.join(others)} and {last}" if others else last


def counted(count: int | None, one: str) -> str:
    """`1 user`, `2 users`, `unknown users`."""
    return f"{'unknown' if count is None else format(count, ',')} {one}{'' if count == 1 else 's'}"


def weekly_hours(hours: Iterable[tuple[int, int, int]]) -> str:
    """`Mon–Fri 09:00–17:00` from (weekday from 1, opening second, closing second)."""
    by_day: dict[int, list[str]] = {}
    for weekday, opens, closes in hours:
        by_day.setdefault(weekday, []).append(f"{_clock(opens)}–{_clock(closes)}")
    runs: list[tuple[list[int], str]] = []
    for weekday, intervals in sorted(by_day.items()):
        said = " ".join(intervals)
        if runs and runs[-1][1] == said and runs[-1][0][-1] == weekday - 1:
            runs[-1][0].append(weekday)
        else:
            runs.append(([weekday], said))
    return ", ".join(f"{_days(days)} {said}" for days, said in runs) or "never open"


def _days(days: list[int]) -> str:
    first, last = WEEKDAYS[days[0] - 1], WEEKDAYS[days[-1] - 1]
    return first if len(days) == 1 else f"{first}–{last}"


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds % 3600 // 60:02}" + (f":{seconds % 60:02}" if seconds % 60 else "")

"""How the report words numbers, moments and text from outside."""

from __future__ import annotations

import unicodedata
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

NOTHING = "—"
# Marks that turn the direction of all that follows; within <bdi> they end with the name, in a chart they would not.
_BIDIRECTIONAL = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
_NAMES = {
    "github": "GitHub", "slack": "Slack", "email": "E-mail", "x": "X", "youtube": "YouTube", "shortcut": "Shortcut",
    "handoff": "Handoff form", "all": "All channels", "met": "Met", "late": "Answered late", "overdue": "Overdue",
    "pending": "Not yet due", "closed_silently": "Closed without a word", "sla": "SLA",
}  # fmt: skip
# How requests that deserve a look stand, unanswered first.
STATES = {
    "overdue": "Unanswered and past due", "closed_silently": "Closed without a word", "pending": "Unanswered, not yet due",
    "late": "Answered late",
}  # fmt: skip


def name_of(word: str) -> str:
    """A channel, state or column as people write it: `closed_silently` is `Closed without a word`."""
    return _NAMES.get(word) or word.replace("_", " ").strip().capitalize()


def plain(value: Any) -> str:
    """Text from outside made harmless for Plotly, which understands some tags and entities: shown as it was typed."""
    text = "".join(" " if unicodedata.category(sign) in ("Cc", "Zl", "Zp") else sign for sign in str(value).translate(_BIDIRECTIONAL))
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def safe_link(url: Any) -> str | None:
    """The address if it leads to a web page, else None: `javascript:`, `data:` and nonsense are shown as text."""
    if not isinstance(url, str) or " " in url or not url.isprintable():
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.hostname else None


def number(value: float | None, digits: int = 0) -> str:
    """`1,234` or, with digits, `6.4`; a dash for what is not known."""
    return NOTHING if value is None else f"{value:,.{digits}f}"


def percent(value: float | None) -> str:
    """`87 %` that does not break, rounded down so that one miss in a thousand is never 100 %."""
    return NOTHING if value is None else f"{_whole_percent(value)}\u202f%"


def points(now: float, then: float) -> int:
    """The difference of two rates in percentage points, as somebody who subtracts the two shown percentages finds it."""
    return _whole_percent(now) - _whole_percent(then)


def _whole_percent(value: float) -> int:
    return int(value * 100 + 1e-9)


def plural(count: float, one: str, many: str | None = None) -> str:
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


def hours(seconds: float | None) -> str:
    """`2 h 14 min`, `96 h`, `40 s`: hours however many, since a business day is no 24; a dash for what is not known."""
    if seconds is None:
        return NOTHING
    minutes, rest = divmod(int(seconds), 60)
    if minutes < 60:
        return f"{minutes} min" if minutes else f"{rest} s"
    return f"{minutes // 60:,} h" + (f" {minutes % 60} min" if minutes % 60 else "")


def week_name(monday: date) -> str:
    """`2 – 8 March 2026`, naming month and year twice only where they change."""
    sunday = monday + timedelta(days=6)
    start = f"{monday.day}"
    if monday.month != sunday.month:
        start += f" {monday:%B}"
    if monday.year != sunday.year:
        start += f" {monday.year}"
    return f"{start} – {sunday.day} {sunday:%B} {sunday.year}"


def day_name(day: date) -> str:
    """`Mon 2 Mar`."""
    return f"{day:%a} {day.day} {day:%b}"


def figure(value: float | None, column: str) -> str:
    """A figure of a mart as its column is shown: rates in per cent, the rest as numbers."""
    return percent(value) if column.startswith("compliance") else number(value, 0 if value is None or float(value).is_integer() else 1)


def key_name(key: str, table: str) -> str:
    """The grain of a published figure, `2026-03-02|slack`, as `Mon 2 Mar · Slack`, or `week of 2 Mar · Slack` in a table of weeks."""
    parts = []
    for part in key.split("|"):
        try:
            day = date.fromisoformat(part)
        except ValueError:
            parts.append(name_of(part))
        else:
            parts.append(short_week_name(day) if table.startswith("weekly") else day_name(day))
    return " · ".join(parts)


def short_week_name(monday: date) -> str:
    """`week of 2 Mar`."""
    return f"week of {monday.day} {monday:%b}"


def signed(value: float) -> str:
    """`+3` or `−3`, with a true minus."""
    return f"{'+' if value > 0 else '−' if value < 0 else ''}{number(abs(value))}"


def moment(value: datetime | None, zone: ZoneInfo, year: int | None = None) -> str:
    """`Mon 2 Mar 14:05` in the zone, with its year unless it is the one given; a dash for none."""
    if value is None:
        return NOTHING
    local = value.astimezone(zone)
    day = day_name(local.date()) if year in (None, local.year) else f"{day_name(local.date())} {local.year}"
    return f"{day} {local:%H:%M}"

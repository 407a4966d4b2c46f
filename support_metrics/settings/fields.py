"""What a single setting may look like: zones, instants, times of day, durations."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator

CHANNELS = ("github", "slack", "email", "x", "youtube")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Channel = Literal["github", "slack", "email", "x", "youtube"]


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{name!r} is no IANA time zone such as 'Europe/Berlin'") from None
    return name


def _with_offset(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("an instant needs its offset, for example 2026-11-23T13:00:00Z")
    return moment


def _clock(value: object) -> object:
    """Seconds since midnight of `HH:MM`; `24:00` is the end of the day, `26:00` is 02:00 of the next."""
    if not isinstance(value, str):
        return value
    match = re.fullmatch(r"(\d{1,2}):([0-5]\d)", value)
    if not match or int(match[1]) > 48:
        raise ValueError(f"{value!r} is no time of day such as '09:00'")
    return int(match[1]) * 3600 + int(match[2]) * 60


def _seconds(value: object) -> object:
    """`3h`, `90m`, `45s` in seconds; `1d` stays symbolic (-1 per day) until the calendar is known."""
    if not isinstance(value, str):
        return value
    match = re.fullmatch(r"(\d+)\s*([smhd])", value.strip())
    if not match:
        raise ValueError(f"{value!r} is no duration such as '3h', '90m' or '1d'")
    return int(match[1]) * {"s": 1, "m": 60, "h": 3600, "d": -1}[match[2]]


def _said(text: str) -> str:
    if not text.strip():
        raise ValueError("is empty; a decision by hand says who made it and why")
    return text


Said = Annotated[str, AfterValidator(_said)]
Zone = Annotated[str, AfterValidator(_known_zone)]
Instant = Annotated[datetime, AfterValidator(_with_offset)]
SecondOfDay = Annotated[int, BeforeValidator(_clock)]
Duration = Annotated[int, BeforeValidator(_seconds)]
Interval = tuple[SecondOfDay, SecondOfDay]

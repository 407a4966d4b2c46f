"""The calendar of the story: its span, holidays, business time and the instants at which exports were taken."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("America/New_York")
PACIFIC = ZoneInfo("America/Los_Angeles")
FIRST_DAY = date(2025, 9, 1)
LAST_DAY = date(2026, 3, 15)
AS_OF = datetime(2026, 3, 16, 12, tzinfo=UTC)
END = datetime(2026, 3, 16, 12, 5, tzinfo=UTC)

DST_ENDS = date(2025, 11, 2)
DST_STARTS = date(2026, 3, 8)
THANKSGIVING_WEEK = date(2025, 11, 24)
CHRISTMAS_WEEK = date(2025, 12, 22)
HOLIDAY_WEEKS = (THANKSGIVING_WEEK, CHRISTMAS_WEEK)
HALF_DAY = date(2025, 12, 24)
TEAM_HOLIDAY = date(2025, 11, 28)
HOLIDAYS = {
    date(2025, 9, 1): "Labor Day",
    date(2025, 11, 11): "Veterans Day",
    date(2025, 11, 27): "Thanksgiving",
    TEAM_HOLIDAY: "the day after Thanksgiving",
    date(2025, 12, 25): "Christmas Day",
    date(2026, 1, 1): "New Year's Day",
    date(2026, 1, 19): "Martin Luther King Jr. Day",
    date(2026, 2, 16): "Washington's Birthday",
}
OPENS, CLOSES, HALF_DAY_CLOSES = 9 * 3600, 17 * 3600, 12 * 3600


def at(day: date, clock: str, fold: int = 0) -> datetime:
    """The instant, in UTC, of a local time `HH:MM` or `HH:MM:SS` of the team's zone."""
    return datetime.combine(day, time.fromisoformat(clock), ZONE).replace(fold=fold).astimezone(UTC)


def at_second(day: date, second: int) -> datetime:
    """The instant of a local second of the day."""
    return at(day, f"{second // 3600:02}:{second % 3600 // 60:02}:{second % 60:02}")


def local_day(moment: datetime) -> date:
    return moment.astimezone(ZONE).date()


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def days() -> list[date]:
    return [FIRST_DAY + timedelta(days=number) for number in range((LAST_DAY - FIRST_DAY).days + 1)]


def weeks() -> list[date]:
    return [day for day in days() if day.weekday() == 0]


def is_business_day(day: date) -> bool:
    return day.weekday() < 5 and day not in HOLIDAYS


def business_days(week: date) -> list[date]:
    return [day for day in (week + timedelta(days=number) for number in range(7)) if is_business_day(day)]


def open_hours(day: date) -> tuple[datetime, datetime] | None:
    """When the team opens and closes on a day; None when it does not open."""
    if not is_business_day(day):
        return None
    return at_second(day, OPENS), at_second(day, HALF_DAY_CLOSES if day == HALF_DAY else CLOSES)


def _open_from(day: date) -> Iterator[tuple[datetime, datetime]]:
    while True:
        hours = open_hours(day)
        if hours:
            yield hours
        day += timedelta(days=1)


def after_business(start: datetime, seconds: float) -> datetime:
    """The instant at which `seconds` of business time have passed since `start`."""
    left = timedelta(seconds=seconds)
    for opens, closes in _open_from(local_day(start)):
        begins = max(opens, start)
        if begins < closes:
            if begins + left <= closes:
                return begins + left
            left -= closes - begins
    raise AssertionError("the calendar has no end")


def business_seconds(start: datetime, end: datetime) -> float:
    """Business time between two instants, for choosing cases that are clearly on one side of a target."""
    total = timedelta()
    for opens, closes in _open_from(local_day(start)):
        if opens >= end:
            return total.total_seconds()
        total += max(timedelta(), min(closes, end) - max(opens, start))
    raise AssertionError("the calendar has no end")

"""The brute-force oracle of business time: what the clock on the wall shows, moment after moment, and whether that lies within the hours."""

from __future__ import annotations

from bisect import bisect_left
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from support_metrics.settings import WEEKDAYS, Calendar

MINUTE = timedelta(minutes=1)
MICROSECOND = timedelta(microseconds=1)


class WallClock:
    """For every minute, or other step, of a window: the open microseconds before it, by looking at the clock."""

    def __init__(self, calendar: Calendar, begins: datetime, ends: datetime, step: timedelta = MINUTE) -> None:
        self.begins, self.step = begins, step
        zone = ZoneInfo(calendar.time_zone)
        self.before = [0]
        moment = begins
        while moment < ends:
            is_open = _is_open(calendar, moment.astimezone(zone).replace(tzinfo=None))
            self.before.append(self.before[-1] + (step // MICROSECOND if is_open else 0))
            moment += step

    def micros(self, moment: datetime) -> int:
        """Open microseconds from the window's beginning to `moment`."""
        steps, rest = divmod(moment - self.begins, self.step)
        is_open = steps + 1 < len(self.before) and self.before[steps + 1] > self.before[steps]
        return self.before[steps] + (rest // MICROSECOND if is_open else 0)

    def reaching(self, micros: int) -> datetime | None:
        """The earliest moment by which so many have passed; None where the window ends before."""
        index = bisect_left(self.before, micros)
        if index == len(self.before):
            return None
        return self.begins + index * self.step - (self.before[index] - micros) * MICROSECOND


def _is_open(calendar: Calendar, local: datetime) -> bool:
    return any(
        opens <= (local - datetime.combine(day, datetime.min.time())).total_seconds() < closes
        for day in (local.date(), local.date() - timedelta(days=1))
        for opens, closes in _hours(calendar, day)
    )


def _hours(calendar: Calendar, day: date) -> list[tuple[int, int]]:
    if day in calendar.half_days:
        return calendar.half_days[day]
    return [] if day in calendar.holidays_add else calendar.hours.get(WEEKDAYS[day.weekday()], [])  # type: ignore[call-overload]

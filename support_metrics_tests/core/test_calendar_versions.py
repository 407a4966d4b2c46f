"""Calendars and targets that change on a day, and the oracle itself second by second."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support_metrics.settings import WEEKDAYS, Calendar, Settings, Target, Team
from support_metrics_tests.core.judging import Asked, judge, judge_by_settings
from support_metrics_tests.core.wall_clock import MICROSECOND, WallClock

SECOND = timedelta(seconds=1)
ZONES = ["America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kolkata", "UTC"]
BEGUN = datetime(2026, 3, 2, tzinfo=UTC)
DAYS = 14
CALMLY = settings(
    max_examples=10, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)

# Where, around a change of the clock: a leap of an hour, of half an hour, of a day, and of 44 minutes and 30 seconds.
LEAPS = {
    "America/New_York": "2026-03-08T07:00:00Z",
    "Australia/Lord_Howe": "2026-04-04T15:00:00Z",
    "Pacific/Apia": "2011-12-30T10:00:00Z",
    "Pacific/Kwajalein": "1993-08-21T12:00:00Z",
    "Africa/Monrovia": "1972-01-07T00:44:30Z",
}


@pytest.mark.parametrize(
    ("zone", "leap"),
    [
        pytest.param(zone, leap, id=zone, marks=[pytest.mark.long] * (zone not in ("Australia/Lord_Howe", "Africa/Monrovia")))
        for zone, leap in LEAPS.items()
    ],
)
@settings(max_examples=2, deadline=None, derandomize=True)
@given(
    edges=st.sets(st.integers(0, 1440), min_size=4, max_size=4),
    spans=st.lists(st.tuples(st.integers(-43_200, 43_200), st.integers(0, 43_200)), min_size=5, max_size=10),
)
def test_second_by_second_around_a_leap_of_the_clock(zone: str, leap: str, edges: set[int], spans: list[tuple[int, int]]) -> None:
    """Two intervals on every day, one of them past midnight; spans that begin and end at any second of a day either way."""
    first, second, third, fourth = sorted(edge * 60 for edge in edges)
    hours: Any = {day: [(first, second), (third, max(fourth, third + 60) + 7200)] for day in WEEKDAYS}
    calendar, anchor = Calendar(name="c", time_zone=zone, hours=hours), datetime.fromisoformat(leap)
    clock = WallClock(calendar, anchor - timedelta(hours=12), anchor + timedelta(hours=36), SECOND)
    asked = [
        Asked(str(number), "c", anchor + begins * SECOND, anchor + (begins + length) * SECOND, 3600)
        for number, (begins, length) in enumerate(spans)
    ]
    judged = judge([calendar], asked, anchor + timedelta(hours=36))
    for each in asked:
        assert each.answered_at
        opened = clock.micros(each.opened_at)
        assert judged[each.request_id].business_seconds * 10**6 == clock.micros(each.answered_at) - opened, each
        due_at = clock.reaching(opened + 3600 * 10**6)
        assert due_at is None or judged[each.request_id].due_at == due_at, each


@st.composite
def _day_hours(draw: st.DrawFn) -> list[tuple[int, int]]:
    edges = sorted(draw(st.sets(st.integers(0, 96), min_size=2, max_size=4)))
    return [(opens * 900, closes * 900) for opens, closes in zip(edges[::2], edges[1::2], strict=False)]


@st.composite
def _versions(draw: st.DrawFn, name: str) -> list[Calendar]:
    """One to three versions of a calendar, each with hours, days off and a zone of its own."""
    changes = sorted(draw(st.sets(st.integers(1, DAYS - 2), max_size=2)))
    begins = [date(1970, 1, 1), *(BEGUN.date() + timedelta(days=day) for day in changes)]
    days = st.integers(0, DAYS).map(lambda number: BEGUN.date() + timedelta(days=number))
    return [
        Calendar(
            name=name,
            valid_from=valid_from,
            time_zone=draw(st.sampled_from(ZONES)),
            hours={day: draw(_day_hours()) for day in WEEKDAYS},
            holidays_add=draw(st.lists(days, max_size=2)),
            half_days=draw(st.dictionaries(days, _day_hours(), max_size=1)),
        )
        for valid_from in begins
    ]


@st.composite
def _promises(draw: st.DrawFn) -> tuple[Settings, list[Asked]]:
    """Two calendars in versions, targets that change on a day too, in the zone of the team."""
    calendars = draw(_versions("one")) + draw(_versions("other"))
    changes = [date(1970, 1, 1), *sorted(BEGUN.date() + timedelta(days=day) for day in draw(st.sets(st.integers(1, DAYS - 2), max_size=2)))]
    targets = [
        Target(
            policy=str(number), channels=["github"], valid_from=valid_from,
            within=draw(st.sampled_from([1, 3600, 10_800, 28_800])), calendar=draw(st.sampled_from(["one", "other"])),
        )
        for number, valid_from in enumerate(changes)
    ]  # fmt: skip
    team = Team(time_zone=draw(st.sampled_from(ZONES)))
    moments = st.integers(0, (DAYS - 4) * 86_400 * 10**6)
    asked = []
    for number in range(draw(st.integers(5, 12))):
        opened, answered = sorted(BEGUN + draw(moments) * MICROSECOND for _ in range(2))
        asked.append(Asked(str(number), "", opened, answered))
    return Settings.model_construct(**{**Settings().__dict__, "calendars": calendars, "targets": targets, "team": team}), asked


@CALMLY
@given(_promises())
def test_what_was_in_force_at_the_opening_judges_to_the_end(world: tuple[Settings, list[Asked]]) -> None:
    """The target, and the version of its calendar, of the team's local day of the opening, whatever comes in force before the answer."""
    chosen, asked = world
    window = BEGUN - timedelta(days=3), BEGUN + timedelta(days=DAYS + 3)
    clocks: dict[tuple[str, date], WallClock] = {}
    judged = judge_by_settings(chosen, asked, window[1])
    for each in asked:
        day = each.opened_at.astimezone(ZoneInfo(chosen.team.time_zone)).date()
        target = max((each for each in chosen.targets if each.valid_from <= day), key=lambda target: target.valid_from)
        versions = [calendar for calendar in chosen.calendars if calendar.name == target.calendar and calendar.valid_from <= day]
        version = max(versions, key=lambda calendar: calendar.valid_from)
        if (version.name, version.valid_from) not in clocks:
            clocks[version.name, version.valid_from] = WallClock(version, *window)
        clock = clocks[version.name, version.valid_from]
        assert each.answered_at
        opened = clock.micros(each.opened_at)
        seconds = (clock.micros(each.answered_at) - opened) // 10**6
        found = judged[each.request_id]
        assert (found.business_seconds, found.state) == (seconds, "met" if seconds <= target.within else "late"), each
        due_at = clock.reaching(opened + target.within * 10**6)
        assert due_at is None or found.due_at == due_at, each

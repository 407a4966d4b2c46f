"""Business time by the SQL that serves the marts: other libraries' own cases, and a brute-force oracle of the wall clock.

The oracle (`wall_clock`) asks of every minute what the clock on the wall shows and whether that lies within the hours: hours, holidays
and every change of offset since 1972 fall on whole minutes, so nothing happens within one; the ends of a span are cut to the microsecond.
What it says of minutes is proved second by second beside (`test_calendar_versions`).
"""

from __future__ import annotations

import json
from bisect import bisect_right
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support_metrics.settings import WEEKDAYS, Calendar
from support_metrics.settings_tables import zone_offsets
from support_metrics_tests.core.judging import Asked, judge
from support_metrics_tests.core.wall_clock import WallClock

VECTORS = Path(__file__).parents[3] / "shared/realdata/vectors/business_hours.json"
MICROSECOND = timedelta(microseconds=1)
DAYS_EITHER_SIDE = 5

# Moments at which clocks moved: by an hour, by half an hour, by a whole day, decided within days, twice around a month.
CHANGES = {
    "America/New_York": ["2025-11-02T06:00Z", "2026-03-08T07:00Z"],
    "Australia/Lord_Howe": ["2025-10-04T15:30Z", "2026-04-04T15:00Z"],
    "Pacific/Apia": ["2011-12-30T10:00Z", "2012-03-31T14:00Z"],
    "Asia/Beirut": ["2023-03-25T22:00Z", "2023-03-29T22:00Z"],
    "Africa/Casablanca": ["2026-02-15T02:00Z", "2026-03-22T02:00Z"],
    "America/Sao_Paulo": ["2018-11-04T03:00Z"],
    "Pacific/Kwajalein": ["1993-08-21T12:00Z"],
    "America/Recife": ["2000-10-08T03:00Z", "2000-10-15T02:00Z"],
    "UTC": ["2020-12-31T12:00Z"],
}
ANCHORS = sorted((zone, datetime.fromisoformat(moment)) for zone, moments in CHANGES.items() for moment in moments)


def _clock(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 3600 + int(minutes) * 60


def _calendar(case: dict[str, Any]) -> Calendar:
    """An interval that ends before it begins runs past midnight."""
    hours = {
        day: [(_clock(opens), _clock(closes) + (86_400 if _clock(closes) <= _clock(opens) else 0)) for opens, closes in intervals]
        for day, intervals in case["schedule"].items()
    }
    holidays = [date.fromisoformat(day) for day in case["holidays"]]
    return Calendar(name=case["id"], time_zone=case["timezone"], hours=hours, holidays_add=holidays)


def test_the_cases_of_other_libraries() -> None:
    """An interval that runs backwards is 0 here and negative there; nothing else differs in them."""
    if not VECTORS.exists():
        pytest.skip(f"{VECTORS} is not here: the 56 cases of other libraries were NOT checked")
    cases = json.loads(VECTORS.read_text("utf-8"))
    asked = [
        Asked(case["id"], case["id"], datetime.fromisoformat(case["start"]), datetime.fromisoformat(case["end"]), 3600) for case in cases
    ]
    judged = judge([_calendar(case) for case in cases], asked, datetime(2018, 1, 1, tzinfo=UTC))
    expected = {case["id"]: 0 if case.get("reversed") else int(case["expected_business_seconds"]) for case in cases}
    assert len(cases) == 56
    assert {request_id: each.business_seconds for request_id, each in judged.items()} == expected


@st.composite
def _day_hours(draw: st.DrawFn) -> list[tuple[int, int]]:
    """None, one or two intervals, to the minute; the last may run past midnight, up to the next day's end."""
    edges = sorted(draw(st.sets(st.integers(0, 1440), min_size=0, max_size=4)))
    hours = [(opens * 60, closes * 60) for opens, closes in zip(edges[::2], edges[1::2], strict=False)]
    runs_past_midnight = draw(st.booleans())
    if hours and runs_past_midnight:
        hours[-1] = (hours[-1][0], draw(st.integers(hours[-1][1] // 60, 2880)) * 60)
    is_round_the_clock = draw(st.integers(0, 2)) == 0
    return [(0, 86_400)] if is_round_the_clock else hours


@st.composite
def _calendars(draw: st.DrawFn, name: str, zone: str, around: datetime) -> Calendar:
    days = st.integers(-DAYS_EITHER_SIDE, DAYS_EITHER_SIDE).map(lambda number: (around + timedelta(days=number)).date())
    return Calendar(
        name=name,
        time_zone=zone,
        hours={day: draw(_day_hours()) for day in WEEKDAYS},
        holidays_add=draw(st.lists(days, max_size=2)),
        half_days=draw(st.dictionaries(days, _day_hours(), max_size=2)),
    )


@st.composite
def _worlds(draw: st.DrawFn) -> tuple[list[Calendar], list[Asked], datetime]:
    """Calendars around a change of some clock, and spans that begin and end anywhere near it."""
    zone, anchor = draw(st.sampled_from(ANCHORS))
    others = draw(st.lists(st.sampled_from(sorted(CHANGES)), max_size=2))
    calendars = [draw(_calendars(f"c{number}", each, anchor)) for number, each in enumerate([zone, *others])]
    reach = DAYS_EITHER_SIDE * 86_400 * 10**6
    near = st.one_of(
        st.integers(-reach, reach),
        st.integers(-DAYS_EITHER_SIDE * 1440, DAYS_EITHER_SIDE * 1440).map(lambda minute: minute * 60 * 10**6),
        st.integers(-2, 2),
    )
    asked = []
    for number in range(draw(st.integers(4, 16))):
        opened, answered = sorted(anchor + draw(near) * MICROSECOND for _ in range(2))
        calendar = draw(st.sampled_from(calendars))
        target = draw(st.sampled_from([1, 60, 3600, 10_800, 28_800, 86_400]))
        asked.append(Asked(str(number), calendar.name, opened, answered, target))
    return calendars, asked, anchor


CALMLY = settings(
    max_examples=20, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@CALMLY
@given(_worlds())
def test_seconds_and_due_times_are_those_of_the_clock_on_the_wall(world: tuple[list[Calendar], list[Asked], datetime]) -> None:
    calendars, asked, anchor = world
    begins, ends = anchor - timedelta(days=DAYS_EITHER_SIDE), anchor + timedelta(days=DAYS_EITHER_SIDE + 2)
    clocks = {calendar.name: WallClock(calendar, begins, ends) for calendar in calendars}
    judged = judge(calendars, asked, ends)
    for each in asked:
        clock, found = clocks[each.calendar], judged[each.request_id]
        assert each.answered_at
        opened = clock.micros(each.opened_at)
        seconds = (clock.micros(each.answered_at) - opened) // 10**6
        assert found.business_seconds == seconds, each
        assert found.state == ("met" if seconds <= each.target_seconds else "late"), each
        due_at = clock.reaching(opened + each.target_seconds * 10**6)
        assert found.due_at == due_at or (due_at is None and (found.due_at is None or found.due_at > ends)), each


@CALMLY
@given(_worlds())
def test_an_answer_at_due_time_took_the_target_and_a_microsecond_earlier_less(world: tuple[list[Calendar], list[Asked], datetime]) -> None:
    calendars, asked, anchor = world
    as_of = anchor + timedelta(days=DAYS_EITHER_SIDE)
    due = {request_id: each.due_at for request_id, each in judge(calendars, asked, as_of).items()}
    again = [
        each._replace(request_id=f"{name} {each.request_id}", answered_at=moment - early)
        for name, early in (("at", timedelta()), ("before", MICROSECOND), ("after", -MICROSECOND))
        for each in asked
        if (moment := due[each.request_id]) is not None
    ]
    if not again:
        return
    judged = judge(calendars, again, as_of, moment_at=as_of + timedelta(days=1000))
    for each in again:
        found = judged[each.request_id]
        is_early = each.request_id.startswith("before")
        assert found.business_seconds == each.target_seconds - is_early, each
        assert found.state == "met"


@pytest.mark.parametrize("zone", sorted(CHANGES))
def test_offsets_are_those_of_the_zone(zone: str) -> None:
    """Each span of constant offset begins and ends to the second where the zone says so, however short it was."""
    spans = zone_offsets(zone, 1990, 2027)
    tz = ZoneInfo(zone)
    assert all(earlier[2] == later[1] and earlier[3] != later[3] for earlier, later in pairwise(spans))
    for _, starts_at, ends_at, seconds in spans:
        for moment in (starts_at, starts_at + (ends_at - starts_at) / 2, ends_at - timedelta(seconds=1)):
            assert moment.astimezone(tz).utcoffset() == timedelta(seconds=seconds)
    starts = [span[1] for span in spans]
    for number in range(365 * 37):
        moment = datetime(1990, 1, 1, tzinfo=UTC) + timedelta(days=number)
        assert moment.astimezone(tz).utcoffset() == timedelta(seconds=spans[bisect_right(starts, moment) - 1][3]), moment

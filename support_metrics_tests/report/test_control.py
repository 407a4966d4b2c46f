"""What is unusual and what is noise."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support_metrics.report.control import BASELINE_WEEKS, SHIFT_WEEKS, control

FIRST = date(2025, 1, 6)


def weeks(*values: float | None) -> dict[date, float | None]:
    return {FIRST + timedelta(weeks=number): value for number, value in enumerate(values)}


def last(values: dict[date, float | None]) -> date:
    return max(values)


def test_limits_are_those_of_the_handbook() -> None:
    """The flow rates of the NIST/SEMATECH e-Handbook 6.3.2.2: mean 50.81, mean moving range 1.8778, limits 55.8041 and 45.8159."""
    flow = [49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1]
    values = weeks(*flow, 50.81, 50.81, 0)
    found = control(values, last(values))
    assert found is not None
    baseline = [*flow, 50.81, 50.81]
    ranges = [abs(b - a) for a, b in pairwise(baseline)]
    assert sum(ranges[:9]) / 9 == pytest.approx(1.8778, abs=1e-4)
    reach = 2.66 * sum(ranges) / len(ranges)
    assert [found.lower, found.upper] == pytest.approx([50.81 - reach, 50.81 + reach])
    assert found.unusual == {last(values): f"below the limit of {found.lower:,.1f}"}


def test_the_reported_week_does_not_widen_its_own_limits() -> None:
    values = weeks(*[10, 12] * 8, 60)
    found = control(values, last(values))
    assert found is not None
    assert found.mean == 11
    assert found.upper == pytest.approx(11 + 2.66 * 2)
    assert found.unusual == {last(values): "above the limit of 16.3"}


def test_noise_is_not_unusual() -> None:
    values = weeks(*[10, 12, 9, 13, 11] * 4)
    found = control(values, last(values))
    assert found is not None
    assert not found.unusual


def test_eight_on_one_side_are_a_shift_though_each_is_within_the_limits() -> None:
    values = weeks(*[20, 26] * 8, *[24] * SHIFT_WEEKS)
    found = control(values, last(values))
    assert found is not None
    assert found.mean < 24 < found.upper
    assert (
        list(found.unusual.values()) == [f"week {SHIFT_WEEKS + 1} in a row above the mean of {found.mean:,.1f}"]
        or last(values) in found.unusual
    )


def test_holiday_weeks_neither_make_limits_nor_are_judged() -> None:
    values = weeks(*[10, 12] * 8, 0, 11)
    holiday = FIRST + timedelta(weeks=16)
    found = control(values, last(values), {holiday})
    assert found is not None
    assert found.lower > 0
    assert not found.unusual


def test_an_unfinished_week_is_not_judged_and_later_weeks_are_not_looked_at() -> None:
    values = weeks(*[10, 12] * 8, 0, 90)
    reported = FIRST + timedelta(weeks=16)
    assert (found := control(values, reported, unfinished=True)) is not None
    assert not found.unusual
    assert (found := control(values, reported)) is not None
    assert list(found.unusual) == [reported]


@given(st.lists(st.one_of(st.none(), st.integers(0, 60)), max_size=40))
def test_limits_hold_the_mean_and_never_are_negative(values: list[int | None]) -> None:
    by_week = weeks(*values)
    reported = FIRST + timedelta(weeks=len(values))
    found = control(by_week, reported)
    known = [value for value in values if value is not None]
    if len(known) < BASELINE_WEEKS:
        assert found is None
        return
    assert found is not None
    assert 0 <= found.lower <= found.mean <= found.upper
    outside = {monday for monday, value in by_week.items() if value is not None and not found.lower <= value <= found.upper}
    assert outside <= set(found.unusual)

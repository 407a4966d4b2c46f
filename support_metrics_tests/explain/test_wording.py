"""Instants, spans and hours in words."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from support_metrics.explain.wording import beginning, duration, from_to, local_and_utc, weekly_hours


def test_an_instant_in_two_zones() -> None:
    assert local_and_utc(datetime(2026, 3, 2, 15, tzinfo=UTC), "America/New_York") == "Mon 2026-03-02 10:00:00 (15:00:00Z)"
    assert local_and_utc(datetime(2026, 3, 3, 3, tzinfo=UTC), "America/New_York") == "Mon 2026-03-02 22:00:00 (2026-03-03 03:00:00Z)"


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "0 s"), (59, "59 s"), (3600, "1 h"), (10_801, "3 h 1 s"), (11_520, "3 h 12 min"), (3_607_200, "1,002 h")]
)
def test_durations(seconds: int, said: str) -> None:
    assert duration(seconds) == said


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        ([], "never open"),
        ([(day, 32_400, 61_200) for day in range(1, 6)], "Mon–Fri 09:00–17:00"),
        ([(1, 32_400, 43_200), (1, 46_800, 61_200), (3, 32_400, 43_200)], "Mon 09:00–12:00 13:00–17:00, Wed 09:00–12:00"),
        ([(5, 79_200, 93_600)], "Fri 22:00–26:00"),
    ],
)
def test_weekly_hours(hours: list[tuple[int, int, int]], said: str) -> None:
    assert weekly_hours(hours) == said


def test_spans_of_days() -> None:
    assert from_to(date(2023, 4, 3), None) == "from 2023-04-03"
    assert from_to(date(2023, 4, 3), date(2025, 11, 28)) == "from 2023-04-03 to 2025-11-28"
    assert from_to(date(1970, 1, 1), None) == "always"


def test_the_beginning_of_a_text_is_one_line() -> None:
    assert beginning("a\n  b\tc") == "a b c"
    assert beginning("x" * 200, 10) == "x" * 9 + "…"
    assert beginning(None) == ""

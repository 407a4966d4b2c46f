"""Which requests were not yet due a week before the report: the clock that each is judged by decides."""

from __future__ import annotations

from datetime import timedelta

import duckdb
import pytest

from support_metrics.report.week import read_week
from support_metrics_tests.report.example import AS_OF, WEEK, insert

HOUR = timedelta(hours=1)
THEN = AS_OF - timedelta(weeks=1)
# When the clock of each calendar runs, in hours from `THEN`, which is Monday, 07:00 UTC.
THURSDAY, FRIDAY, SATURDAY = (-89, -81), (-65, -57), (-43, -35)
HOURS = {
    "weekdays": [THURSDAY, FRIDAY, (0, 8)],  # opens at that very moment
    "every day": [THURSDAY, FRIDAY, SATURDAY, (7, 15)],
    "early": [THURSDAY, FRIDAY, (-3, 5)],  # is open at that moment
}


@pytest.mark.parametrize(
    ("calendar", "due", "is_pending"),
    [
        ("weekdays", -82, False), ("weekdays", -81, False),  # all of Friday has passed since
        ("weekdays", -58, False), ("weekdays", -57, True), ("weekdays", 0, True), ("weekdays", 1, True),
        ("every day", -57, False), ("every day", -36, False), ("every day", -35, True), ("every day", 8, True),
        ("early", -57, False), ("early", -1, False), ("early", 0, True), ("early", 1, True),
        (None, -1, False), (None, 0, True), (None, 1, True),
    ],
)  # fmt: skip
def test_a_request_is_late_once_its_clock_has_run_since_it_was_due(
    empty_marts: duckdb.DuckDBPyConnection, calendar: str | None, due: int, is_pending: bool
) -> None:
    insert(empty_marts, "build", as_of_at=AS_OF, version="1", team="T", time_zone="Europe/Berlin")
    for name, spans in HOURS.items():
        for opens, closes in spans:
            insert(empty_marts, "business_hours", calendar=name, open_at=THEN + opens * HOUR, close_at=THEN + closes * HOUR)
    insert(
        empty_marts, "requests", request_id="waits", channel="github", week=WEEK - timedelta(weeks=1), opened_at=THEN - 99 * HOUR,
        state="overdue", is_counted=True, due_at=THEN + due * HOUR, calendar=calendar, clock="business" if calendar else "calendar",
    )  # fmt: skip
    assert read_week(empty_marts, WEEK).week_ago[0]["pending"] == is_pending

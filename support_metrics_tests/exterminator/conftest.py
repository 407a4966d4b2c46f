"""Marts with a business week, Monday to Friday 08:00 to 16:00 UTC, and the requests a test wants."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import duckdb
import pytest

from support_metrics_tests.report.example import create_marts, insert

NOW = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)  # a Wednesday, an hour before closing
CALENDAR = "support@1970-01-01"


@pytest.fixture
def marts() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        create_marts(connection)
        insert(connection, "build", as_of_at=NOW, version="1", team="Tilt", time_zone="Europe/Berlin")
        seconds = 0
        for offset in range(28):
            opens = datetime(2026, 2, 16, 8, tzinfo=UTC) + timedelta(days=offset)
            if opens.weekday() < 5:
                insert(connection, "business_hours", calendar=CALENDAR, open_at=opens, close_at=opens + timedelta(hours=8), seconds_before=float(seconds),
                       channels=["github", "slack"])  # fmt: skip
                seconds += 8 * 3600
        for source, stream in (("slack", "messages"), ("github", "issues"), ("email", "messages")):
            insert(connection, "sources", source=source, stream=stream, covered_from_at=NOW - timedelta(days=99), covered_until_at=NOW, is_stale=False,
                   objects=1, versions=1, set_aside=0)  # fmt: skip
        yield connection

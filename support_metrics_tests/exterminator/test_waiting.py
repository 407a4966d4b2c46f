"""What waits, by the time left on each request's own clock."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support_metrics.cli.show import as_json
from support_metrics.exterminator.waiting import today, told, waiting
from support_metrics_tests.exterminator.conftest import NOW
from support_metrics_tests.report.example import insert, request


def open_seconds(begins: datetime, ends: datetime) -> float:
    """Business seconds, minute by minute: slow and plain."""
    minutes = int((ends - begins).total_seconds() // 60)
    moments = (begins + timedelta(minutes=number) for number in range(minutes))
    return 60.0 * sum(moment.weekday() < 5 and 8 <= moment.hour < 16 for moment in moments)


def test_least_time_left_comes_first_and_each_on_its_own_clock(marts: duckdb.DuckDBPyConnection) -> None:
    request(marts, 1, state="pending", due_at=datetime(2026, 3, 5, 9, 0, tzinfo=UTC), person_name="two hours of business")
    request(marts, 2, state="pending", due_at=NOW + timedelta(minutes=50), person_name="fifty minutes")
    request(marts, 3, state="pending", due_at=NOW + timedelta(hours=1, minutes=30), clock="calendar", person_name="plain time")
    request(marts, 4, state="overdue", due_at=datetime(2026, 3, 3, 15, 0, tzinfo=UTC), person_name="a business day late")
    request(marts, 5, state="met", person_name="answered")
    request(marts, 6, state="overdue", closed_at=NOW, due_at=NOW, person_name="closed")
    request(marts, 7, state="withdrawn", person_name="withdrawn")
    assert [(each.person_name, each.seconds_left) for each in waiting(marts, NOW)] == [
        ("a business day late", -8 * 3600),
        ("fifty minutes", 3000),
        ("plain time", 5400),
        ("two hours of business", 7200),
    ]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(due=st.integers(-8000, 8000), now=st.integers(-2000, 2000))
def test_time_left_is_business_time_between_now_and_due(marts: duckdb.DuckDBPyConnection, due: int, now: int) -> None:
    due_at, moment = NOW + timedelta(minutes=due), NOW + timedelta(minutes=now)
    marts.execute("delete from marts.requests")
    request(marts, 1, state="pending", due_at=due_at)
    (found,) = waiting(marts, moment)
    expected = open_seconds(moment, due_at) if due_at > moment else -open_seconds(due_at, moment)
    assert found.seconds_left == expected


def test_what_is_told(marts: duckdb.DuckDBPyConnection) -> None:
    request(marts, 1, state="pending", due_at=datetime(2026, 3, 5, 9, 0, tzinfo=UTC), channel="slack", title="How?", person_name="Una")
    request(
        marts,
        2,
        state="overdue",
        due_at=datetime(2026, 3, 4, 14, tzinfo=UTC),
        title="Late",
        first_human_at=NOW,
        possible_answer_urls=["https://a.example/1"],
    )
    request(marts, 3, state="overdue", due_at=datetime(2026, 2, 17, 9, tzinfo=UTC), opened_at=NOW - timedelta(days=29), title="Long ago")
    insert(marts, "priority_requests", request_id="i", title="Data loss", url="https://x.example", priority="high", state="open")
    insert(marts, "priority_requests", request_id="j", title="Somebody is on it", priority="high", state="open", assigned_at=NOW)
    marts.execute("update marts.sources set covered_until_at = covered_until_at - interval 3 hour where source = 'email'")
    text = "\n".join(told(today(marts, NOW)))
    assert "Waiting at Wed 4 Mar 16:00 Europe/Berlin" in text
    assert "E-mail is known until Wed 4 Mar 13:00 only" in text
    assert "2 h left  Slack     Una: How?" in text
    assert "overdue by 1 h" in text and "somebody outside the team has answered" in text
    assert "may have been answered: https://a.example/1" in text
    assert "and 1 request asked more than 28 days ago; --all lists them" in text
    assert "Long ago" not in text
    assert "Data loss  https://x.example" in text and "Somebody is on it" not in text
    assert "Long ago" in "\n".join(told(today(marts, NOW), with_old=True))


def test_nobody_waits(marts: duckdb.DuckDBPyConnection) -> None:
    assert "Nobody waits for a first response." in list(told(today(marts, NOW)))


def test_votes_that_only_a_sweep_finds_leave_no_answer_unknown(marts: duckdb.DuckDBPyConnection) -> None:
    insert(marts, "sources", source="github", stream="reactions", covered_until_at=NOW - timedelta(days=6), is_stale=False,
           objects=1, versions=1, set_aside=0)  # fmt: skip
    assert today(marts, NOW).known_until["github"] == NOW


def test_json_has_it_all(marts: duckdb.DuckDBPyConnection) -> None:
    request(marts, 1, state="pending", due_at=NOW + timedelta(minutes=50))
    found = json.loads(as_json(today(marts, NOW).as_json()))
    assert found["moment"] == "2026-03-04T15:00:00Z"
    assert [each["seconds_left"] for each in found["waiting"]] == [3000]
    assert found["known_until"]["slack"] == "2026-03-04T15:00:00Z"


def test_an_older_warehouse_asks_for_a_build(marts: duckdb.DuckDBPyConnection) -> None:
    from support_metrics.errors import WarehouseError

    marts.execute("alter table marts.requests drop column clock")
    with pytest.raises(WarehouseError, match="lacks what this version reads"):
        waiting(marts, NOW)

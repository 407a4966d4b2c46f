"""How large a page may become, and how long it may take."""

from __future__ import annotations

import re
import time
from datetime import date, timedelta

import duckdb
import pytest

from support_metrics.report import render_week
from support_metrics.report.gaps import KINDS
from support_metrics.report.week import EARLIER_SHOWN, REQUESTS_SHOWN, read_week
from support_metrics_tests.report.example import AS_OF, WEEK
from support_metrics_tests.report.outline import Outline

MILLION = 1_000_000
OWN_UNDER_SIX_MEGABYTES = 600  # as CHANGELOG.md and DECISIONS.md say


def _insert_overdue(marts: duckdb.DuckDBPyConnection, monday: date, count: int) -> None:
    columns = "request_id, channel, url, title, person_name, policy, why, state, is_counted, response_inferred, opened_at, week, opened_on"
    marts.execute(
        f"insert into marts.requests ({columns}) select 'slack:T:C:' || $week || range, 'slack', 'https://example.slack.com/archives/C/p' || range, "
        "repeat('Why ', 30) || range || ' in ' || $week, 'Customer', '3h in business time', "
        "'unanswered for 11 h 2 min of business time; target 3 h; overdue by 8 h 2 min', "
        "'overdue', true, false, $week::timestamptz + range * interval 1 minute, $week, $week from range($count)",
        {"week": monday, "count": count},
    )


def _numbers(page: Outline, monday: date) -> list[int]:
    """Which of the overdue ones of that week the page lists, in its order; the higher the number, the newer."""
    return [int(number) for number in re.findall(rf"Why (\d+) in {monday}", page.said)]


def test_of_thousands_open_the_newest_are_shown_with_the_query_for_all(marts: duckdb.DuckDBPyConnection) -> None:
    """Twelve hundred wait of each kind, more than the page lists."""
    mondays = (WEEK - timedelta(weeks=1), date(2025, 11, 17))
    for monday in mondays:
        _insert_overdue(marts, monday, 1200)
    html = render_week(marts, WEEK)
    page = Outline(html)
    assert len(html.encode()) < 6 * MILLION
    assert "Still unanswered from the four weeks before: 1,201" in page.said and "Open for more than four weeks: 1,200" in page.said
    room = REQUESTS_SHOWN - len(read_week(marts, WEEK).requests)
    for monday, shown in zip(mondays, (room // 2, room - room // 2), strict=True):
        assert f"The {shown} newest; " in page.said
        assert _numbers(page, monday) == [*range(1199, 1199 - shown, -1)]
    for query, count in zip(re.findall(r'support-metrics query "([^"]+)"', page.said), (1201, 1200), strict=True):
        assert marts.execute(f"select count(*) from ({query.replace('from requests', 'from marts.requests')})").fetchall() == [(count,)]


@pytest.mark.parametrize(
    ("earlier", "older", "shown"), [(1200, 1200, (195, 196)), (1200, 40, (351, 40)), (40, 1200, (40, 351)), (40, 40, (40, 40))]
)
def test_what_one_list_of_earlier_requests_leaves_the_other_takes(
    marts: duckdb.DuckDBPyConnection, earlier: int, older: int, shown: tuple[int, int]
) -> None:
    """The week has nine of its own, which leaves 391 of the 400."""
    marts.execute("delete from marts.requests where week < $week", {"week": WEEK})
    _insert_overdue(marts, WEEK - timedelta(weeks=1), earlier)
    _insert_overdue(marts, date(2025, 11, 17), older)
    week = read_week(marts, WEEK)
    assert (len(week.requests), len(week.earlier), len(week.older)) == (9, *shown)


def test_a_week_of_very_many_missed_requests_lists_them_all_and_the_newest_of_the_earlier_ones(marts: duckdb.DuckDBPyConnection) -> None:
    mondays = (WEEK - timedelta(weeks=1), date(2025, 11, 17))
    _insert_overdue(marts, WEEK, OWN_UNDER_SIX_MEGABYTES)
    for monday in mondays:
        _insert_overdue(marts, monday, 400)
    html = render_week(marts, WEEK)
    page = Outline(html)
    assert _numbers(page, WEEK) == [*range(OWN_UNDER_SIX_MEGABYTES)]
    assert page.said.count(f"The {EARLIER_SHOWN // 2} newest; ") == 2
    for monday in mondays:
        assert _numbers(page, monday) == [*range(399, 399 - EARLIER_SHOWN // 2, -1)]
    assert len(html.encode()) < 6 * MILLION


def test_the_page_stays_under_six_megabytes(nasty_marts: duckdb.DuckDBPyConnection) -> None:
    assert len(render_week(nasty_marts, WEEK).encode()) < 6 * MILLION


def test_a_page_of_long_lists_stays_under_six_megabytes_and_says_what_it_leaves_out(marts: duckdb.DuckDBPyConnection) -> None:
    title = "The importer stops at a row " * 4
    for kind in KINDS:
        marts.execute(
            "insert into marts.tracking_gaps select $kind, 'https://github.com/example/tool/issues/' || n, $title, $since::timestamptz - to_minutes(n), $title, n "
            "from range(1000) as numbers (n)",
            {"kind": kind, "title": title, "since": AS_OF - timedelta(days=4)},
        )
    marts.execute(
        "insert into marts.restatements (table_name, key, column_name, was, now, first_published_at, why, week, as_of_at) "
        "select 'weekly_users', '2026-02-23|all', 'users', n, 2, $at, $title, $week, $at from range(1500) as numbers (n)",
        {"at": AS_OF, "title": title, "week": WEEK},
    )
    html = render_week(marts, WEEK)
    assert len(html.encode()) < 6 * MILLION
    said = Outline(html).said
    all_of_them = "All of them: support-metrics query"
    assert (
        f"The 20 newest of 1,000 are shown; Copy and CSV take 200. {all_of_them} \"from tracking_gaps where kind = 'duplicate_story'\""
        in said
    )
    assert f'The 200 first of 1,500 are shown; Copy and CSV take 500. {all_of_them} "from restatements order by week desc"' in said


def test_a_year_of_weeks_takes_half_the_time_it_may(marts: duckdb.DuckDBPyConnection) -> None:
    """Thirty seconds, of which the processor works no more than fifteen."""
    render_week(marts, WEEK)
    began = time.process_time()
    for _ in range(5):
        render_week(marts, WEEK)
    assert (time.process_time() - began) / 5 < 15 / 52

"""The figures at the top: their changes, and what is said when one is not known."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import duckdb
import pytest

from support_metrics.errors import WarehouseError
from support_metrics.report.attention import notices
from support_metrics.report.headlines import Change, headlines, mean_users, sparkline
from support_metrics.report.week import read_week
from support_metrics_tests.report.example import AS_OF, WEEK, insert, sla

BEFORE = [WEEK - timedelta(weeks=back) for back in range(1, 5)]


@pytest.fixture
def quiet(empty_marts: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Nothing but a build and two sources that cover all of it."""
    insert(empty_marts, "build", as_of_at=AS_OF, version="1", team="T", time_zone="UTC")
    for source, stream in (("slack", "messages"), ("shortcut", "stories")):
        insert(empty_marts, "sources", source=source, stream=stream, is_stale=False, set_aside=0, covered_until_at=AS_OF,
               covered_from_at=datetime(2025, 1, 1, tzinfo=UTC))  # fmt: skip
    return empty_marts


def users(connection: duckdb.DuckDBPyConnection, week: date, count: int | None) -> None:
    for channel in ("slack", "all"):
        insert(connection, "weekly_users", week=week, channel=channel, users=count, new_users=None, requests=count)


def test_users_change_against_the_week_before_and_the_mean_of_four(quiet: duckdb.DuckDBPyConnection) -> None:
    for week, count in zip([WEEK, *BEFORE], [34, 30, 20, 25, 25], strict=True):
        users(quiet, week, count)
    _, headline, *_ = headlines(read_week(quiet, WEEK))
    assert headline.value == "34"
    assert headline.changes == [Change("▲", "4", "week before", "30"), Change("▲", "9.0", "4-week mean", "25.0")]


def test_a_week_that_is_not_covered_is_no_zero(quiet: duckdb.DuckDBPyConnection) -> None:
    for week, count in zip([WEEK, *BEFORE], [10, None, 20, None, 30], strict=True):
        users(quiet, week, count)
    _, headline, *_ = headlines(read_week(quiet, WEEK))
    assert headline.changes == [Change("", "—", "week before", "—"), Change("▼", "15.0", "2-week mean", "25.0")]


def test_nothing_before_gives_no_change(quiet: duckdb.DuckDBPyConnection) -> None:
    users(quiet, WEEK, 10)
    _, headline, *_ = headlines(read_week(quiet, WEEK))
    assert [change.amount for change in headline.changes] == ["—", "—"]


def test_the_same_is_no_change(quiet: duckdb.DuckDBPyConnection) -> None:
    for week in [WEEK, *BEFORE]:
        users(quiet, week, 10)
    _, headline, *_ = headlines(read_week(quiet, WEEK))
    assert [change.arrow for change in headline.changes] == ["", ""]


def test_an_unknown_figure_says_which_source_stops_when(quiet: duckdb.DuckDBPyConnection) -> None:
    users(quiet, WEEK, None)
    quiet.execute("update marts.sources set covered_until_at = '2026-03-04 12:00:00+00' where source = 'slack'")
    _, headline, tickets, _ = headlines(read_week(quiet, WEEK))
    assert (headline.value, headline.why) == ("—", "Slack is covered only until Wed 4 Mar 12:00")
    assert (tickets.value, tickets.why) == ("—", "not covered")


def test_an_unknown_figure_says_that_nothing_was_landed(quiet: duckdb.DuckDBPyConnection) -> None:
    quiet.execute("delete from marts.sources where source = 'shortcut'")
    assert headlines(read_week(quiet, WEEK))[2].why == "nothing of Shortcut has been landed"


def test_an_unknown_figure_says_when_a_source_begins(quiet: duckdb.DuckDBPyConnection) -> None:
    quiet.execute("update marts.sources set covered_from_at = '2026-03-05 09:00:00+00' where source = 'shortcut'")
    assert headlines(read_week(quiet, WEEK))[2].why == "Shortcut is covered only from Thu 5 Mar 09:00"


def test_compliance_compares_with_the_four_weeks_taken_together(quiet: duckdb.DuckDBPyConnection) -> None:
    users(quiet, WEEK, 3)
    nothing = dict.fromkeys(("late", "overdue", "pending"), 0)
    sla(quiet, WEEK, "all", nothing | {"met": 2, "closed_silently": 1})
    sla(quiet, BEFORE[0], "all", nothing | {"met": 0, "closed_silently": 1})  # one quiet, bad week …
    sla(quiet, BEFORE[1], "all", nothing | {"met": 99, "closed_silently": 0})  # … weighs one in a hundred
    sla(quiet, BEFORE[2], "all", nothing | {"met": 0, "closed_silently": 0})
    *_, headline = headlines(read_week(quiet, WEEK))
    assert headline.value == "66\u202f%"
    assert headline.detail == "2 of 3 judged · lenient 100\u202f%"
    assert headline.changes == [
        Change("▲", "66 pts", "week before", "0\u202f% of 1"),
        Change("▼", "33 pts", "2 weeks", "99\u202f% of 100"),
    ]


def test_nothing_to_judge_is_not_a_hundred_per_cent(quiet: duckdb.DuckDBPyConnection) -> None:
    sla(quiet, WEEK, "all", dict.fromkeys(("met", "late", "overdue", "closed_silently"), 0) | {"pending": 1})
    *_, headline = headlines(read_week(quiet, WEEK))
    assert (headline.value, headline.why) == ("—", "no request of this week is to be judged")


def test_mean_users_is_over_monday_to_friday_as_far_as_they_have_come(quiet: duckdb.DuckDBPyConnection) -> None:
    for offset, count in enumerate([4, 6, 8, None, None, 50, 50]):
        insert(quiet, "daily_users", day=WEEK + timedelta(days=offset), channel="all", users=count)
    assert mean_users(read_week(quiet, WEEK), WEEK) is None, "Thursday is not covered"
    quiet.execute("update marts.build set as_of_at = '2026-03-04 18:00:00+00'")
    assert mean_users(read_week(quiet, WEEK), WEEK) == 5, "half a Wednesday is no day"
    quiet.execute("update marts.build set as_of_at = '2026-03-02 18:00:00+00'")
    assert mean_users(read_week(quiet, WEEK), WEEK) is None
    assert headlines(read_week(quiet, WEEK))[0].why == "no day of the week has ended"
    quiet.execute("update marts.build set as_of_at = '2026-03-04 18:00:00+00'")
    assert notices(read_week(quiet, WEEK))[0].text == "The week is not over: figures run until Wed 4 Mar 18:00."


def test_mean_users_leaves_out_holidays(quiet: duckdb.DuckDBPyConnection) -> None:
    for offset, count in enumerate([1, 6, 8, 10, 12]):
        insert(quiet, "daily_users", day=WEEK + timedelta(days=offset), channel="all", users=count)
    insert(quiet, "holidays", day=WEEK, name="Founders' day")
    assert mean_users(read_week(quiet, WEEK), WEEK) == 9
    for offset in range(1, 5):
        insert(quiet, "holidays", day=WEEK + timedelta(days=offset), name="Bridge day")
    assert mean_users(read_week(quiet, WEEK), WEEK) is None, "no business day"
    assert headlines(read_week(quiet, WEEK))[0].why == "every business day was a holiday"


def test_a_week_that_is_not_over_is_compared_with_nothing(marts: duckdb.DuckDBPyConnection) -> None:
    marts.execute("update marts.build set as_of_at = '2026-03-04 18:00:00+00'")
    for headline in headlines(read_week(marts, WEEK)):
        assert (headline.changes, headline.why, headline.history[-1]) == ([], "", None)
        assert headline.detail.endswith("so far")


def test_a_week_is_named_by_its_monday(quiet: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(WarehouseError, match="2026-03-03 is a Tuesday"):
        read_week(quiet, date(2026, 3, 3))


def test_an_empty_build_says_so(empty_marts: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(WarehouseError, match=r"marts\.build is empty"):
        read_week(empty_marts, WEEK)


def test_notices_of_the_example_week(marts: duckdb.DuckDBPyConnection) -> None:
    assert [(notice.tone, notice.text) for notice in notices(read_week(marts, WEEK))] == [
        ("warning", "E-mail is stale (messages): its figures stop at Wed 4 Mar 16:00."),
        ("warning", "2 records of YouTube could not be used and count nowhere."),
        ("miss", "2 requests past due and still unanswered (0 of the week before)."),
        ("miss", "1 request of the four weeks before still unanswered (1 a week before)."),
        ("miss", "5 answered late (6 of the week before) and 1 closed without a word (0 of the week before)."),
        ("calm", "1 request unanswered, not yet due (0 a week before)."),
        ("miss", "The week’s release notes have no section for deprecations: 1 of 3 missing (2 the week before)."),
        (
            "miss",
            "Nobody is assigned to 1 issue of high priority (0 a week before): “Data loss on resume” since Tue 3 Mar 10:00, 40 h of business time.",
        ),
        ("miss", "1 of 2 problems the team reported itself is not filed (0 of the week before)."),
        ("calm", "The handoff's count differs from the measured one on 1 day (0 in the week before)."),
    ]


def test_notices_of_a_broken_process(marts: duckdb.DuckDBPyConnection) -> None:
    marts.execute("update marts.weekly_releases set is_compliant = week < $week::date - 7, releases = 0", {"week": WEEK})
    marts.execute("update marts.weekly_exterminators set is_on_time = week < $week, handed_off_at = null", {"week": WEEK})
    marts.execute("update marts.weekly_exterminators set is_on_time = null where week < $week::date - 21", {"week": WEEK})
    marts.execute("update marts.build set known_at = as_of_at")
    said = [notice.text for notice in notices(read_week(marts, WEEK))]
    assert "No release happened this week, week 2 in a row." in said
    assert "No handoff was submitted, after 3 weeks without a miss." in said
    assert "A replay: only what was known at Mon 9 Mar 08:00 counts here." in said


def test_notices_of_the_process_name_what_is_missing(marts: duckdb.DuckDBPyConnection) -> None:
    marts.execute("update marts.weekly_releases set has_breaking_changes = false, has_summary = null where week = $week", {"week": WEEK})
    insert(marts, "priority_requests", request_id="github:issue:80", title="Gone in the night", priority="high", state="open",
           prioritised_at=datetime(2026, 2, 10, 9, tzinfo=UTC), seconds_waiting=540_000)  # fmt: skip
    insert(marts, "priority_requests", request_id="github:issue:81", title="Had somebody", priority="high", state="open", assignee="mei")
    insert(marts, "internal_reports", message_url="https://example.slack.com/archives/C9/p9", reporter="Nick", title="Slow", message_id="m",
           reported_at=datetime(2026, 2, 25, 9, tzinfo=UTC))  # fmt: skip
    told = [(notice.anchor, notice.text) for notice in notices(read_week(marts, WEEK))]
    assert (
        "process",
        "The week’s release notes have no section for breaking changes and deprecations: 2 of 3 missing (2 the week before).",
    ) in told
    assert (
        "priorities",
        "Nobody is assigned to 2 issues of high priority (1 a week before), longest to “Gone in the night” since Tue 10 Feb 10:00, 150 h of business time.",
    ) in told
    assert ("reports", "1 of 2 problems the team reported itself is not filed (1 of the week before).") in told


def test_a_week_without_a_release_has_no_notes_to_complain_of(marts: duckdb.DuckDBPyConnection) -> None:
    marts.execute("update marts.weekly_releases set releases = 0, has_summary = null, has_breaking_changes = null, has_deprecations = null")
    marts.execute("delete from marts.priority_requests")
    marts.execute("delete from marts.internal_reports")
    assert not [notice for notice in notices(read_week(marts, WEEK)) if re.search("notes|priority|filed", notice.text)]


def test_the_backlog_tells_what_is_older_and_what_was_answered_in_the_week(marts: duckdb.DuckDBPyConnection) -> None:
    marts.execute("delete from marts.requests")
    begins = datetime.combine(WEEK, datetime.min.time(), UTC)
    for name, weeks, state, due, answered in [
        ("old", 5, "overdue", -30, None), ("older", 9, "overdue", -60, None), ("waits", 1, "overdue", -3, None),
        ("cleared", 2, "late", -9, 2), ("in time", 1, "met", 1, 0), ("next week", 1, "late", -3, 8),
    ]:  # fmt: skip
        monday = WEEK - timedelta(weeks=weeks)
        insert(
            marts, "requests", request_id=name, channel="github", week=monday, opened_on=monday, opened_at=begins - timedelta(weeks=weeks),
            state=state, is_counted=True, due_at=begins + timedelta(days=due), first_response_at=None if answered is None else begins + timedelta(days=answered),
        )  # fmt: skip
    cleared = "; 1 past due when the week began was answered in it."
    told = [(notice.anchor, notice.text) for notice in notices(read_week(marts, WEEK))]
    assert ("earlier", f"1 request of the four weeks before still unanswered (2 a week before){cleared}") in told
    assert ("older", "2 requests open for more than four weeks (1 a week before), the oldest since Mon 29 Dec 2025 01:00.") in told
    marts.execute("delete from marts.requests where request_id = 'waits'")
    told = [(notice.anchor, notice.text) for notice in notices(read_week(marts, WEEK))]
    assert ("older", f"2 requests open for more than four weeks (1 a week before), the oldest since Mon 29 Dec 2025 01:00{cleared}") in told


def test_what_was_open_a_week_before_is_judged_by_then(marts: duckdb.DuckDBPyConnection) -> None:
    """Last Monday at the hour at which this report is judged: 2 March, 07:00 UTC."""
    marts.execute("delete from marts.requests")
    marts.execute("delete from marts.priority_requests")
    then, before = AS_OF - timedelta(weeks=1), WEEK - timedelta(weeks=1)
    hour = timedelta(hours=1)
    for name, state, due, answered, closed in [
        ("answered since", "met", hour, hour, None), ("closed since", "withdrawn", hour, None, hour), ("missed since", "overdue", hour, None, None),
        ("answered", "met", hour, -hour, None), ("closed", "closed_silently", hour, None, -hour), ("overdue", "overdue", -hour, None, None),
        ("taken back", "withdrawn", hour, None, None),
        # The clock ran last from Friday, 14:00, to 22:00, 57 hours before.
        ("due at closing", "overdue", -57 * hour, None, None), ("due before closing", "overdue", -58 * hour, None, None),
        ("closed by a bot", "pending", hour, None, -hour),
    ]:  # fmt: skip
        insert(
            marts, "requests", request_id=name, channel="github", week=before, opened_on=before, opened_at=then - 99 * hour, state=state, is_counted=True,
            due_at=then + due, first_response_at=answered and then + answered, closed_at=closed and then + closed, calendar="hours",
            clock="calendar" if name == "overdue" else "business",
        )  # fmt: skip
    insert(marts, "business_hours", calendar="hours", open_at=then - 65 * hour, close_at=then - 57 * hour)
    insert(marts, "business_hours", calendar="hours", open_at=then + 7 * hour, close_at=then + 15 * hour)
    insert(
        marts,
        "requests",
        request_id="waits",
        channel="github",
        week=WEEK,
        opened_on=WEEK,
        opened_at=then + hour,
        state="pending",
        is_counted=True,
    )
    for name, state, assigned, closed in [
        ("waits", "open", None, None), ("assigned since", "open", hour, None), ("closed since", "closed", None, hour), ("assigned", "open", -hour, None),
        ("closed", "closed", None, -hour),
    ]:  # fmt: skip
        insert(marts, "priority_requests", request_id=name, title=name, priority="high", state=state, prioritised_at=then - 9 * hour,
               assigned_at=assigned and then + assigned, closed_at=closed and then + closed)  # fmt: skip
    said = [notice.text for notice in notices(read_week(marts, WEEK))]
    assert "1 request unanswered, not yet due (5 a week before)." in said
    assert "Nobody is assigned to 1 issue of high priority (3 a week before): “waits” since Sun 1 Mar 23:00." in said
    insert(marts, "priority_requests", request_id="labelled", title="Some day", priority="high", state="open")
    said = [notice.text for notice in notices(read_week(marts, WEEK))]
    assert any(text.startswith("Nobody is assigned to 2 issues of high priority, longest to “waits”") for text in said), (
        "since when is not known"
    )
    marts.execute("update marts.weekly_sla set judged = null where week = $before", {"before": before})
    assert "1 request unanswered, not yet due." in [notice.text for notice in notices(read_week(marts, WEEK))]


def test_where_nothing_was_missed_it_says_of_which_requests(marts: duckdb.DuckDBPyConnection) -> None:
    marts.execute("delete from marts.requests where week = $week", {"week": WEEK})
    said = [notice.text for notice in notices(read_week(marts, WEEK))]
    assert "1 request of the four weeks before still unanswered (1 a week before)." in said
    assert "No promise was missed among this week’s requests." in said


def test_what_is_counted_in_a_week_that_is_not_over_is_compared_with_nothing(marts: duckdb.DuckDBPyConnection) -> None:
    marts.execute("update marts.build set as_of_at = '2026-03-08 18:00:00+00'")
    assert not [notice.text for notice in notices(read_week(marts, WEEK)) if re.search("(of|in|a|the) (the )?week before", notice.text)]


@pytest.mark.parametrize("history", [[], [None, None], [0, 0, 0], [5], [None, 3, None, 4]])
def test_sparklines_stay_in_their_box(history: list[float | None]) -> None:
    runs = sparkline(history)
    assert sum(map(len, runs)) == len([value for value in history if value is not None])
    assert all(0 <= x <= 132 and 0 <= y <= 30 for run in runs for x, y in run)

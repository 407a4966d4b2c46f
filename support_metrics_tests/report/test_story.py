"""The week in words, each number checked against the marts."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from support_metrics.report.control import BASELINE_WEEKS
from support_metrics.report.story import Sentence, story
from support_metrics.report.week import Week, read_week
from support_metrics_tests.report.example import AS_OF, WEEK, insert, request


@pytest.fixture(scope="module")
def example_week(filled: Path) -> Week:
    with duckdb.connect(str(filled), read_only=True) as connection:
        return read_week(connection, WEEK)


def told(marts: duckdb.DuckDBPyConnection) -> dict[str, str]:
    sentences = story(read_week(marts, WEEK))
    assert all(isinstance(each, Sentence) and each.text.endswith(".") for each in sentences)
    return {each.anchor: each.text for each in sentences}


def mean_of_four(marts: duckdb.DuckDBPyConnection, table: str, column: str, where: str = "true") -> float:
    query = f"select avg({column}) from marts.{table} where {where} and week between $week::date - 28 and $week::date - 7"
    row = marts.execute(query, {"week": WEEK}).fetchone()
    assert row
    return float(row[0])


def test_load_with_its_change_and_whether_it_is_usual(marts: duckdb.DuckDBPyConnection) -> None:
    mean = mean_of_four(marts, "weekly_users", "users", "channel = 'all'")
    marts.execute("update marts.weekly_users set users = 34 where week = $week and channel = 'all'", {"week": WEEK})
    change = round(34 - mean, 1)
    words = f"34 people needed help, {'up' if change > 0 else 'down'} {abs(change):g} on the four-week mean of {mean:,.1f}"
    assert told(marts)["users-per-week"].startswith(words)
    marts.execute("update marts.weekly_users set users = 500 where week = $week and channel = 'all'", {"week": WEEK})
    assert ": unusual, above the limit of " in told(marts)["users-per-week"]


@given(st.lists(st.integers(0, 60), min_size=BASELINE_WEEKS + 1, max_size=BASELINE_WEEKS + 1), st.booleans())
def test_what_is_called_usual_lies_between_the_limits(example_week: Week, counts: list[int], is_holiday: bool) -> None:
    mondays = [WEEK - timedelta(weeks=back) for back in range(BASELINE_WEEKS, -1, -1)]
    users = [{"week": monday, "channel": "all", "users": count, "new_users": None} for monday, count in zip(mondays, counts, strict=True)]
    week = replace(example_week, users=users, releases=[{"week": WEEK, "is_holiday_week": is_holiday}])
    (sentence,) = [each.text for each in story(week) if each.anchor == "users-per-week"]
    bounds = re.search(r"usual ([\d,.]+) to ([\d,.]+)", sentence)
    if "within" in sentence:
        assert bounds and not is_holiday
        assert float(bounds[1]) <= counts[-1] <= float(bounds[2])
    assert ("; a holiday week, not judged against the usual " in sentence) == is_holiday


def test_a_holiday_week_is_not_called_usual(marts: duckdb.DuckDBPyConnection) -> None:
    marts.execute("update marts.weekly_users set users = 2 where week = $week and channel = 'all'", {"week": WEEK})
    marts.execute("update marts.weekly_releases set is_holiday_week = true where week = $week", {"week": WEEK})
    assert re.search(r"; a holiday week, not judged against the usual \d+ to \d+\.$", told(marts)["users-per-week"])


def test_the_busiest_day_and_what_it_was_about(marts: duckdb.DuckDBPyConnection) -> None:
    tuesday = WEEK + timedelta(days=1)
    marts.execute(
        "update marts.daily_users set users = case when day = $day then 12 else 5 end where channel = 'all' and day >= $week",
        {"day": tuesday, "week": WEEK},
    )
    marts.execute("delete from marts.requests")
    for number in range(12):
        title = f"Webhook answers 500 for {number}" if number < 5 else "How do I do it?"
        request(marts, number, channel="slack" if number < 9 else "github", opened_on=tuesday, week=WEEK, title=title)
    for number in range(20, 60):
        request(
            marts,
            number,
            opened_on=WEEK - timedelta(days=number),
            week=WEEK - timedelta(weeks=2),
            title="How do I do it? My importer answers slowly",
        )
    change = ", down 5 on the four-Tuesday mean of 17.0"
    assert told(marts)["users-per-day"] == f"Tuesday’s 12 were the most of a day{change}; 5 of them wrote about “webhook”, 9 in Slack."


def test_what_everybody_always_writes_is_no_theme(marts: duckdb.DuckDBPyConnection) -> None:
    tuesday = WEEK + timedelta(days=1)
    marts.execute(
        "update marts.daily_users set users = case when day = $day then 12 else 5 end where channel = 'all' and day >= $week",
        {"day": tuesday, "week": WEEK},
    )
    marts.execute("delete from marts.requests")
    for number in range(50):
        day = tuesday if number < 12 else WEEK - timedelta(days=number)
        request(
            marts, number, channel="slack", opened_on=day, week=day - timedelta(days=day.weekday()), title=f"Importer question {number}"
        )
    change = ", down 5 on the four-Tuesday mean of 17.0"
    assert told(marts)["users-per-day"] == f"Tuesday’s 12 were the most of a day{change}, all in Slack."


def test_two_days_alike_are_no_busiest(marts: duckdb.DuckDBPyConnection) -> None:
    marts.execute("update marts.daily_users set users = 7 where channel = 'all'")
    assert "users-per-day" not in told(marts)


def judge(marts: duckdb.DuckDBPyConnection, **channels: tuple[int, int]) -> None:
    """The week's promises as met and judged of each channel, and of all together."""
    together = tuple(map(sum, zip(*channels.values(), strict=True)))
    marts.execute("update marts.weekly_sla set judged = 0, met = 0 where week = $week", {"week": WEEK})
    for channel, (met, judged) in {"all": together, **channels}.items():
        marts.execute(
            "update marts.weekly_sla set met = $met, judged = $judged, compliance = $met / $judged where week = $week and channel = $channel",
            {"met": met, "judged": judged, "week": WEEK, "channel": channel},
        )


@pytest.mark.parametrize(
    ("channels", "words"),
    [
        ({"github": (8, 9), "slack": (34, 34)}, "the only miss in GitHub, 1 of its 9"),
        ({"github": (6, 9), "slack": (34, 34)}, "all misses in GitHub, 3 of its 9"),
        ({"youtube": (0, 2), "slack": (32, 34), "github": (8, 9)}, "the most misses of any channel in Slack and YouTube, 2 each"),
        ({"youtube": (1, 2), "slack": (33, 34)}, "the misses in Slack and YouTube, 1 each"),
        ({"youtube": (0, 2), "slack": (33, 34), "github": (8, 9), "x": (0, 1)}, "the most misses of any channel in YouTube, 2 of its 2"),
    ],
)
def test_where_the_misses_were(marts: duckdb.DuckDBPyConnection, channels: dict[str, tuple[int, int]], words: str) -> None:
    judge(marts, **channels)
    assert told(marts)["promises"].endswith(f"; {words}.")


def test_without_a_miss_no_channel_is_named(marts: duckdb.DuckDBPyConnection) -> None:
    judge(marts, github=(9, 9), slack=(34, 34))
    assert "miss" not in told(marts)["promises"]


def test_promise_names_the_denominator_the_change_and_the_worst_channel(marts: duckdb.DuckDBPyConnection) -> None:
    judge(marts, github=(6, 9), slack=(33, 34))
    marts.execute("update marts.weekly_sla set met = 80, judged = 100 where week < $week and channel = 'all'", {"week": WEEK})
    assert told(marts)["promises"] == (
        "39 of 43 requests that can be judged were answered in time, 90\u202f%, up 10 points on the 80\u202f% of the four weeks before; the most misses of any channel in GitHub, 3 of its 9."
    )


def test_new_people_tickets_and_votes_are_told(marts: duckdb.DuckDBPyConnection) -> None:
    said = told(marts)
    ((people,),) = marts.execute("select users from marts.weekly_users where week = $week and channel = 'all'", {"week": WEEK}).fetchall()
    assert said["leads"].startswith(f"9 of the week’s {people} people were new")
    (row,) = marts.execute("select tickets, bugs, features, chores from marts.weekly_tickets where week = $week", {"week": WEEK}).fetchall()
    assert said["tickets"].startswith(f"{row[0]} tickets ({row[1]} bugs, {row[2]} feature")
    assert said["wanted"] == "4 more people wanted “Support for format 1”, now 19."


def test_votes_that_are_not_covered_to_the_end_of_the_week_are_said_to_be_the_least(marts: duckdb.DuckDBPyConnection) -> None:
    marts.execute("update marts.sources set covered_until_at = covered_until_at - interval 5 day where stream = 'reactions'")
    assert told(marts)["wanted"] == "At least 4 more people wanted “Support for format 1”, now 19."
    rows = {row["title"]: row["new_voters"] for row in read_week(marts, WEEK).wanted}
    assert rows["Support for format 1"] == 4 and rows["Support for format 2"] is None
    marts.execute("delete from marts.sources where stream = 'reactions'")
    assert read_week(marts, WEEK).wanted[0]["is_week_covered"] is False


def test_nothing_known_is_nothing_said(empty_marts: duckdb.DuckDBPyConnection) -> None:
    insert(empty_marts, "build", as_of_at=AS_OF, version="1", team="T", time_zone="UTC")
    assert story(read_week(empty_marts, WEEK)) == []


def test_a_week_before_history_says_since_when_each_source_is_covered(marts: duckdb.DuckDBPyConnection) -> None:
    marts.execute("update marts.sources set covered_from_at = '2025-11-20 08:00:00+00' where source = 'github'")
    marts.execute("delete from marts.sources where source in ('x', 'youtube', 'handoff')")
    (sentence,) = story(read_week(marts, date(2025, 8, 25)))
    assert sentence.anchor == "sources"
    assert sentence.text == (
        "Nothing of this week is covered: E-mail since Mon 17 Nov 01:00, GitHub since Thu 20 Nov 09:00, "
        "Shortcut since Mon 17 Nov 01:00, Slack since Mon 17 Nov 01:00."
    )
    (sentence,) = story(read_week(marts, WEEK + timedelta(weeks=2)))
    assert sentence.text.startswith("Nothing of this week is covered: E-mail until Wed 4 Mar 16:00, GitHub until Mon 9 Mar 08:00, ")


def test_a_week_that_is_not_over_is_compared_with_nothing(marts: duckdb.DuckDBPyConnection) -> None:
    marts.execute("update marts.build set as_of_at = '2026-03-04 18:00:00+00'")
    said = told(marts)
    assert re.fullmatch(r"\d+ people needed help so far\.", said["users-per-week"])
    said.pop("users-per-day")
    for text in said.values():
        assert not re.search("mean of|the four weeks before|usual", text)


def test_a_day_that_has_not_ended_is_compared_with_nothing(marts: duckdb.DuckDBPyConnection) -> None:
    """Monday is the busiest so far, then Wednesday is, though it has not ended."""
    marts.execute("update marts.build set as_of_at = '2026-03-04 18:00:00+00'")
    most = "update marts.daily_users set users = case when day = $day then 60 else 5 end where channel = 'all' and day >= $week"
    marts.execute(most, {"day": WEEK, "week": WEEK})
    assert "’s 60 were the most of a day so far, up 4" in told(marts)["users-per-day"]
    marts.execute(most, {"day": WEEK + timedelta(days=2), "week": WEEK})
    assert told(marts)["users-per-day"].startswith("Wednesday’s 60 were the most of a day so far.")


def test_where_nobody_asked_nobody_is_called_new(marts: duckdb.DuckDBPyConnection) -> None:
    marts.execute("update marts.weekly_users set users = 0, new_users = 0 where week = $week", {"week": WEEK})
    assert "leads" not in told(marts)


@pytest.mark.parametrize("column", ["users", "new_users"])
def test_what_is_not_known_is_not_told(marts: duckdb.DuckDBPyConnection, column: str) -> None:
    marts.execute(f"update marts.weekly_users set {column} = null")
    said = told(marts)
    assert {"users": "users-per-week", "new_users": "leads"}[column] not in said

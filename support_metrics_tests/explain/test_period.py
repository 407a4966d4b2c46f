"""The list behind a number gives the number, for every day, week and channel."""

from __future__ import annotations

import shutil
from collections import defaultdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest

from support_metrics.explain import CHANNELS, explain_day, explain_week, period_lines
from support_metrics.explain.parts import Figures, Listed
from support_metrics.explain.period import by_asker, differences, recount, requests_listed
from support_metrics.pipeline import published_with_steps
from support_metrics.settings import Settings
from support_metrics.warehouse import LINK

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

ALWAYS = date(2000, 1, 1), date(2100, 1, 1)


@pytest.mark.parametrize(("kind", "table", "column"), [("day", "daily_users", "opened_on"), ("week", "weekly_users", "week")])
def test_the_list_gives_the_number_of_every_period_and_channel(kind: str, table: str, column: str, published: DuckDBPyConnection) -> None:
    period = dict(published.execute(f"select request_id, {column} from marts.requests").fetchall())
    lists: dict[tuple[date, str], list[Listed]] = defaultdict(list)
    for each in requests_listed(published, *ALWAYS, CHANNELS):
        lists[period[each.request_id], each.channel].append(each)
        lists[period[each.request_id], "all"].append(each)
    rows = published.execute(f"select {kind}, channel, users, new_users, requests from marts.{table}").fetchall()
    assert {(first, channel) for first, channel, *_ in rows} >= set(lists), "nothing was asked outside what has a row"
    for first, channel, *figures in rows:
        assert figures[0] is not None
        assert differences(Figures(*figures), recount(by_asker(lists[first, channel]))) == [], (first, channel)


@pytest.mark.parametrize("channel", [*CHANNELS, "all"])
def test_a_day_and_a_week_are_cut_where_the_marts_cut_them(channel: str, published: DuckDBPyConnection) -> None:
    for period in (explain_day(published, date(2026, 3, 2), channel), explain_week(published, date(2026, 3, 2), channel)):
        assert period.differences == [] and period.recounted == period.published
        assert {each.channel for asker in period.askers for each in asker.requests} <= set(CHANNELS if channel == "all" else [channel])
        assert "they agree" in "\n".join(period_lines(period))


def test_what_came_near_is_everything_else_that_began_a_conversation(published: DuckDBPyConnection) -> None:
    """Openings are requests, parts of requests, or passed by with a rule; none is lost and none has no rule."""
    week = date(2025, 11, 24)
    period = explain_week(published, week)
    openings = {
        key
        for (key,) in published.execute(
            """
            select message_id from core.messages cross join marts.build
            where is_opening and date_trunc('week', timezone(time_zone, sent_at)::date)::date = $1
            """,
            [week],
        ).fetchall()
    }
    parts = {key for (key,) in published.execute("select message_id from core.slack_requests").fetchall()}
    requests = {key for (key,) in published.execute("select request_id from marts.requests").fetchall()}
    passed = {each.message_id for each in period.passed}
    assert passed == openings - parts - requests
    assert "unknown" not in {each.kind for each in period.passed}
    said = "\n".join(period_lines(period))
    assert "good morning all :coffee:" in said and "judged not to ask for help: greets" in said
    assert "At top level as well: " in said and "by the team" in said


def test_what_is_excluded_stands_apart_with_its_reason(published: DuckDBPyConnection) -> None:
    period = explain_day(published, date(2026, 1, 14), "slack")
    assert [each.why for each in period.excluded] == ["not counted: excluded by hand by Ines: about the meetup, not about Millwright"]
    assert not {each.request_id for each in period.excluded} & {each.request_id for asker in period.askers for each in asker.requests}
    assert "Excluded, so not counted" in "\n".join(period_lines(period))


def test_somebody_in_two_channels_counts_once_in_all(published: DuckDBPyConnection) -> None:
    period = explain_day(published, date(2025, 10, 16))
    (both,) = (each for each in period.askers if len({request.channel for request in each.requests}) > 1)
    assert {request.channel for request in both.requests} == {"github", "slack"}


def test_where_nothing_is_covered_nothing_is_claimed(published: DuckDBPyConnection) -> None:
    period = explain_day(published, date(2031, 1, 1))
    assert not period.is_covered and period.published == Figures(None, None, None) and period.differences == []
    said = "\n".join(period_lines(period))
    assert "is empty here, which is not zero" in said and "slack messages from 2025-09-01" in said


def test_new_users_that_nobody_can_know_yet_are_not_compared(published: DuckDBPyConnection) -> None:
    period = explain_day(published, date(2025, 9, 9), "slack")
    assert period.published.new_users is None and period.recounted.new_users and period.differences == []
    assert "new users not yet known" in "\n".join(period_lines(period))


def test_a_number_that_the_list_does_not_give_is_said_loudly(demo: Settings, tmp_path: Path) -> None:
    shutil.copytree(demo.warehouse_path, tmp_path / "wrong", symlinks=True)
    wrong = demo.model_copy(update={"paths": demo.paths.model_copy(update={"warehouse": tmp_path / "wrong"})})
    with duckdb.connect(str((wrong.warehouse_path / LINK).resolve())) as connection:
        connection.execute("update marts.daily_users set users = users + 1 where day = date '2026-03-02' and channel = 'slack'")
    with published_with_steps(wrong) as connection:
        period = explain_day(connection, date(2026, 3, 2), "slack")
    assert period.differences == ["users is 8 in the mart, 7 by this list"]
    assert "!!! THE LIST DOES NOT GIVE THE NUMBER: users is 8 in the mart, 7 by this list" in "\n".join(period_lines(period))

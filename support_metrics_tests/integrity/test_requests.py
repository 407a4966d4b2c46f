"""Requests, their states, users and promises of the demo against a recount from landing."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, timedelta
from fractions import Fraction

import duckdb
import pytest

from support_metrics_tests.integrity.recount import Recount, Request
from support_metrics_tests.integrity.slack import SlackRequests

CHANNELS = ("github", "slack", "email", "x", "youtube")


def test_who_may_ask_in_slack(slack: SlackRequests) -> None:
    """The classifier judges just the top-level messages of outsiders, and what was included by hand."""
    assert {each.key for each in slack.candidates()} == slack.verdicts.keys()


def test_every_request_with_its_answer_and_state(recount: Recount, requests: list[Request], built: duckdb.DuckDBPyConnection) -> None:
    held = built.execute("select request_id, channel, person_id, opened_at, first_response_at, state from marts.requests").fetchall()
    counted = [(each.key, each.channel, each.person, each.opened_at, each.answered_at, recount.state(each)) for each in requests]
    assert set(held) ^ set(counted) == set()
    assert len(held) == len(counted)
    assert {row[1] for row in held} == set(CHANNELS)
    assert {row[5] for row in held} == {"met", "late", "overdue", "pending", "closed_silently", "withdrawn", "excluded"}


@pytest.mark.parametrize("time", ["day", "week"])
def test_users_and_requests(time: str, recount: Recount, requests: list[Request], built: duckdb.DuckDBPyConnection) -> None:
    people: dict[tuple[date, str], set[str]] = defaultdict(set)
    number: Counter[tuple[date, str]] = Counter()
    new: Counter[tuple[date, str]] = Counter()
    seen: set[str] = set()
    cut = recount.day if time == "day" else recount.week
    for each in sorted(requests, key=lambda request: (request.opened_at, request.key)):
        if not each.is_excluded:
            for channel in (each.channel, "all"):
                people[cut(each.opened_at), channel].add(each.person)
                number[cut(each.opened_at), channel] += 1
                new[cut(each.opened_at), channel] += each.person not in seen
            seen.add(each.person)
    table = "daily_users" if time == "day" else "weekly_users"
    held = built.execute(f"select {time}, channel, users, new_users, requests from marts.{table}").fetchall()
    begun, last = date(2025, 9, 1), recount.day(recount.as_of)
    days = [begun + timedelta(days=count) for count in range((last - begun).days + 1)]
    times = days if time == "day" else [each for each in days if each.weekday() == 0]
    warm = begun + timedelta(days=recount.settings.team.new_user_warmup_days)
    assert {row[:2] for row in held} == {(moment, channel) for moment in times for channel in (*CHANNELS, "all")}
    for moment, channel, *figures in held:
        key = moment, channel
        assert figures == [len(people[key]), new[key] if moment >= warm else None, number[key]], key


def test_service_levels(recount: Recount, requests: list[Request], built: duckdb.DuckDBPyConnection) -> None:
    states: Counter[tuple[date, str, str]] = Counter()
    for each in requests:
        state = recount.state(each)
        for channel in (each.channel, "all"):
            states[recount.week(each.opened_at), channel, state] += 1
    rows = built.execute(
        """
        select week, channel, met, late, overdue, pending, closed_silently, withdrawn, requests, judged, compliance, compliance_lenient
        from marts.weekly_sla
        """
    ).fetchall()
    assert len(rows) == 29 * 6
    for week, channel, *figures in rows:
        met, late, overdue, pending, silent, withdrawn = (
            states[week, channel, state] for state in ("met", "late", "overdue", "pending", "closed_silently", "withdrawn")
        )
        judged = met + late + overdue + silent
        assert figures == [
            met, late, overdue, pending, silent, withdrawn, judged + pending + withdrawn, judged,
            met / judged if judged else None, (met + silent) / judged if judged else None,
        ]  # fmt: skip
    assert {total for key, total in states.items() if key[1] == "all" and key[2] == "excluded"}, "the demo excludes something"


def test_medians_count_the_unanswered(recount: Recount, requests: list[Request], built: duckdb.DuckDBPyConnection) -> None:
    """Kaplan and Meier's estimate with exact fractions: whoever still waits does so at least until now."""
    waits: dict[tuple[date, str], list[tuple[int, bool]]] = defaultdict(list)
    for each in requests:
        if recount.state(each) not in ("excluded", "withdrawn"):
            seconds = recount.open_seconds(each.opened_at, each.answered_at or recount.as_of)
            for channel in (each.channel, "all"):
                waits[recount.week(each.opened_at), channel].append((seconds, each.answered_at is not None))
    rows = built.execute("select week, channel, median_seconds, p90_seconds from marts.weekly_sla").fetchall()
    for week, channel, *held in rows:
        waiting, mine = Fraction(1), waits[week, channel]
        reached: list[int | None] = [None, None]
        for seconds in sorted({seconds for seconds, is_answered in mine if is_answered}):
            at_risk = sum(each >= seconds for each, _ in mine)
            waiting *= 1 - Fraction(mine.count((seconds, True)), at_risk)
            levels = (Fraction(1, 2), Fraction(1, 10))
            reached = [seconds if was is None and waiting <= level else was for was, level in zip(reached, levels, strict=True)]
        assert held == reached, (week, channel)
    assert any(row[3] is None for row in rows) and any(row[3] for row in rows)

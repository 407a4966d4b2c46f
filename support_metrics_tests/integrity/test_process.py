"""Tickets, releases and handoffs of the demo against a recount from landing."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from typing import Any

import duckdb
import pytest

from support_metrics_tests.integrity.process import Process
from support_metrics_tests.integrity.recount import Recount, Request

BEGUN = date(2025, 9, 1)


@pytest.fixture(scope="module")
def process(recount: Recount) -> Process:
    return Process(recount)


def test_tickets(process: Process, recount: Recount, built: duckdb.DuckDBPyConnection) -> None:
    """Stories labelled when first seen, one per GitHub issue; in the week they were created, or the label appeared."""
    weeks: dict[date, list[Any]] = defaultdict(list)
    for stories in process.tickets().values():
        weeks[recount.week(min(story.labelled_at for story in stories if story.labelled_at))].append(stories)
    rows = built.execute(
        "select week, tickets, bugs, features, chores, done, duplicates, exterminator from marts.weekly_tickets"
    ).fetchall()
    for week, *held, exterminator in rows:
        mine = weeks[week]
        kinds = Counter(stories[0].newest["story_type"] for stories in mine)
        done, further = sum(stories[0].is_done for stories in mine), sum(len(stories) - 1 for stories in mine)
        if week >= BEGUN:
            assert held == [len(mine), kinds["bug"], kinds["feature"], kinds["chore"], done, further], week
        assert exterminator == process.on_duty(week), week
    assert sum(map(len, weeks.values())) == sum(row[1] or 0 for row in rows)
    assert all(sum(row[column] or 0 for row in rows) for column in range(1, 7)), "the demo has some of each"


def test_each_ticket(process: Process, recount: Recount, built: duckdb.DuckDBPyConnection) -> None:
    rows = built.execute(
        """
        select ticket_id, url, title, week, labelled_at, labelled_by, story_type, state, state_type, is_done, duplicates, exterminator
        from marts.tickets
        """
    ).fetchall()
    expected = []
    for ticket, stories in process.tickets().items():
        labelled_at, _, labelled_by = min((each.labelled_at, each.number, each.labelled_by) for each in stories if each.labelled_at)
        week, newest, state = recount.week(labelled_at), stories[0].newest, stories[0].state
        known = (ticket, newest["app_url"], newest["name"], week, labelled_at, labelled_by, newest["story_type"])
        expected.append((*known, state["name"], state["type"], stories[0].is_done, len(stories) - 1, process.on_duty(week)))
    assert sorted(rows, key=repr) == sorted(expected, key=repr)
    assert {row[5] for row in rows} == {"created", "history"} and {row[8] for row in rows} == {"unstarted", "started", "done"}
    assert sum(row[2] == "Sync engine rewrite, part two" and row[3] == date(2026, 2, 9) for row in rows) == 1


def test_releases(process: Process, recount: Recount, built: duckdb.DuckDBPyConnection) -> None:
    repositories = {each.lower() for each in recount.settings.github.release_repositories}
    published: dict[date, list[tuple[datetime, str, str]]] = defaultdict(list)
    early: Counter[date] = Counter()
    for key, release in recount.newest("github", "releases").items():
        moment = release["published_at"] and datetime.fromisoformat(release["published_at"])
        if key.split(":")[2] in repositories and not release["draft"] and moment and moment <= recount.as_of:
            if release["prerelease"]:
                early[recount.week(moment)] += 1
            else:
                published[recount.week(moment)].append((moment, release["tag_name"], release["body"]))
    rows = built.execute(
        """
        select week, releases, tags, prereleases, is_holiday_week, is_compliant, is_over, has_summary, has_breaking_changes, has_deprecations
        from marts.weekly_releases
        """
    ).fetchall()
    sections = recount.settings.releases
    for week, *held in rows:
        mine, is_holiday_week = sorted(published[week]), process.is_holiday_week(week)
        assert held == [
            len(mine),
            [tag for _, tag, _ in mine],
            early[week],
            is_holiday_week,
            bool(mine) or is_holiday_week,
            recount.day(recount.as_of) >= week + timedelta(days=7),
            *(
                any(_has_section(body, headings) for *_, body in mine) if mine else None
                for headings in (sections.summary_headings, sections.breaking_headings, sections.deprecation_headings)
            ),
        ], week
    assert sum(row[1] for row in rows) == sum(map(len, published.values()))
    assert {row[4] for row in rows} == {row[5] for row in rows} == {True, False}


def _has_section(body: str, headings: list[str]) -> bool:
    """Of the demo's releases, all of whose headings begin with ##."""
    return bool({each.strip().lower() for each in re.findall(r"^##\s*(.+)$", body, re.MULTILINE)} & set(headings))


def test_handoff_counts_are_people_of_github_and_slack_together(
    process: Process, recount: Recount, requests: list[Request], built: duckdb.DuckDBPyConnection
) -> None:
    people: dict[date, set[str]] = defaultdict(set)
    for each in requests:
        if each.channel in ("github", "slack") and not each.is_excluded:
            people[recount.day(each.opened_at)].add(each.person)
    rows = built.execute("select day, reported_users, measured_users, difference, exterminator from marts.daily_handoff_counts").fetchall()
    for day, reported, measured, difference, exterminator in rows:
        week = day - timedelta(days=day.weekday())
        form = process.handoffs.get(week)
        assert reported == (form[-1].users(day.weekday()) if form else None), day
        assert measured == len(people[day]), day
        assert difference == (None if reported is None else reported - measured)
        assert exterminator == process.on_duty(week), day
    assert len(rows) == (recount.day(recount.as_of) - BEGUN).days + 1
    assert sum(row[1] is not None for row in rows) > 100


def test_exterminators(process: Process, recount: Recount, requests: list[Request], built: duckdb.DuckDBPyConnection) -> None:
    weeks: dict[date, list[Request]] = defaultdict(list)
    for request in requests:
        if not request.is_excluded:
            weeks[recount.week(request.opened_at)].append(request)
    tickets = dict(built.execute("select week, tickets from marts.weekly_tickets").fetchall())
    rows = built.execute(
        """
        select week, exterminator, next_exterminator, handed_off_at, first_handed_off_at, is_on_time, notes, users, requests, judged, compliance, tickets
        from marts.weekly_exterminators
        """
    ).fetchall()
    for week, *held, count in rows:
        form, due_at = process.handoffs.get(week, []), process.handed_over_by(week)
        states = Counter(recount.state(request) for request in weeks[week])
        judged = sum(states[state] for state in ("met", "late", "overdue", "closed_silently"))
        is_late = due_at is not None and due_at <= recount.as_of
        assert held == [
            process.on_duty(week),
            process.on_duty(week + timedelta(days=7)),
            form[-1].submitted_at if form else None,
            form[0].submitted_at if form else None,
            (due_at is None or form[0].submitted_at < due_at) if form else False if is_late else None,
            (form[-1].answers["notes"] or None) if form else None,
            len({request.person for request in weeks[week]}),
            len(weeks[week]),
            judged,
            states["met"] / judged if judged else None,
        ], week
        assert count == tickets[week]
    assert {row[5] for row in rows} == {True, False, None}

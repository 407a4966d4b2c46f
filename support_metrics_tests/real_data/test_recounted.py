"""Requests, users, answers, states and votes of real repositories, recounted from the raw files."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta

from support_metrics_tests.real_data.conftest import World
from support_metrics_tests.real_data.raw import (
    AS_OF,
    REALDATA,
    answers_to,
    business_seconds,
    day_of,
    instant_of,
    issues_asked,
    login_of,
    monday_of,
    people_per,
    read_issues,
)


def test_requests_are_the_issues_of_outside_humans(real: World) -> None:
    asked = issues_asked(real.staff)
    held = {row["request_id"]: row for row in real.dicts("from marts.requests where channel = 'github'")}
    assert held.keys() == asked.keys()
    assert len(asked) > 100
    for request_id, issue in asked.items():
        row = held[request_id]
        assert (row["url"], row["title"], row["opened_at"]) == (issue["html_url"], issue["title"], instant_of(issue["created_at"]))
        assert (row["opened_on"], row["week"]) == (day_of(row["opened_at"]), monday_of(day_of(row["opened_at"])))


def test_users_are_distinct_openers_by_local_day_and_week(real: World) -> None:
    openers = [(day_of(instant_of(issue["created_at"])), login_of(issue)) for issue in issues_asked(real.staff).values()]
    assert any(
        day_of(instant_of(issue["created_at"])) != instant_of(issue["created_at"]).date() for issue in issues_asked(real.staff).values()
    )
    days = dict(real.rows("select day, users from marts.daily_users where channel = 'github'"))
    assert {day: users for day, users in days.items() if users} == people_per(openers)
    assert None not in days.values() and len(days) == (max(days) - min(days)).days + 1, "every day has its row, most of them zero"
    weeks = dict(real.rows("select week, users from marts.weekly_users where channel = 'github'"))
    assert {week: users for week, users in weeks.items() if users} == people_per((monday_of(day), person) for day, person in openers)
    assert real.one("select count(*) from marts.new_users where list_contains(channels, 'github')") == len(
        {person for _, person in openers}
    )


def test_first_answers_are_the_first_comments_by_another_person(real: World) -> None:
    held = {row["request_id"]: row for row in real.dicts("from marts.requests where channel = 'github'")}
    for request_id, issue in issues_asked(real.staff).items():
        answers = answers_to(issue)
        by_staff = [each for each in answers if login_of(each) in real.staff]
        row = held[request_id]
        assert row["first_human_at"] == (instant_of(answers[0]["created_at"]) if answers else None), issue["html_url"]
        assert row["first_response_at"] == (instant_of(by_staff[0]["created_at"]) if by_staff else None), issue["html_url"]
        assert row["responder_name"] == (login_of(by_staff[0]) if by_staff else None), issue["html_url"]


def test_first_answers_agree_with_the_vectors_for_every_issue(real: World) -> None:
    vectors = json.loads((REALDATA / "vectors/ietf_first_response.json").read_text("utf-8"))
    answers = "select repository, number, first_human_at from core.issue_states join core.responses on conversation_id = issue_id"
    held = {(repository, number): moment for repository, number, moment in real.rows(answers)}
    expected = {
        (each["repo"], issue["number"]): issue["first_any_response_at"] and instant_of(issue["first_any_response_at"])
        for each in vectors.values()
        for issue in each["issues"]
    }
    assert len(expected) == 502
    assert {place: held[place] for place in expected} == expected


def test_business_time_and_states_as_counted_day_by_day(real: World) -> None:
    judged = Counter[str]()
    for row in real.dicts("from marts.requests where channel = 'github'"):
        until = row["first_response_at"] or AS_OF - timedelta(hours=1)
        assert row["business_seconds"] == business_seconds(row["opened_at"], until), row["url"]
        in_time = row["business_seconds"] <= 3 * 3600
        if row["first_response_at"]:
            assert row["state"] == ("met" if in_time else "late"), row["url"]
        else:
            assert row["state"] in ("overdue", "closed_silently", "withdrawn"), row["url"]
        judged[row["state"]] += 1
    totals = "select {}::bigint from marts.weekly_sla where channel = 'github'"
    for state in ("met", "late", "overdue", "pending", "closed_silently", "withdrawn"):
        assert real.one(totals.format(f"sum({state})")) == judged[state]
    assert judged["met"] and judged["late"] and judged["overdue"]
    assert real.one("select count(*) from marts.weekly_sla where compliance is not null and judged = 0") == 0


def test_votes_are_outside_people_who_commented(real: World) -> None:
    held = {row["request_id"]: row for row in real.dicts("from marts.issue_votes")}
    issues = read_issues()
    assert held.keys() == {f"github:issue:{number}" for number in issues}
    for number, issue in issues.items():
        outside = [each for each in issue["said"] if login_of(each) not in real.staff and (each["user"] or {}).get("type") != "Bot"]
        row = held[f"github:issue:{number}"]
        assert (row["comments"], row["voters"]) == (len(outside), len({login_of(each) or each["id"] for each in outside})), issue[
            "html_url"
        ]
        assert (row["reactions"], row["state"]) == (0, issue["state"]), "there are no reactions in these files"

"""Every cause for which a reported figure can change is named, on the whole way from records to `restatements`; what settled is none."""

from __future__ import annotations

from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from support_metrics.summary import summarize
from support_metrics_tests.small_team import (
    COVERED,
    COVERED_MAIL,
    ROSTER,
    TEAM,
    SmallTeam,
    at,
    mail,
    slack_channel,
    slack_message,
    slack_user,
)

WEEK = date(2026, 3, 2)
REPORTED, LATER = at(7, "08:00"), at(8, "12:00")
ASKED = slack_message("U1", at(0, "10:00"), "How do I update my Tiltfile?")
ANSWER = slack_message("UTESS", at(0, "11:00"), "Like this", ASKED.key)
FRIDAY = slack_message("U2", at(4, "16:00"), "Why does my build fail?")
SAID = slack_message("U3", at(1, "10:00"), "Tilt and me, a love story")
BY_HAND = 'who = "Ana"\nwhy = "I was there"\n'


@pytest.fixture
def team(tmp_path: Path) -> SmallTeam:
    """One request answered in time, one still pending on Monday morning, one message that asks nothing."""
    team = SmallTeam(tmp_path)
    users = [slack_user(user, user.lower()) for user in ("U1", "U2", "U3", "UTESS")]
    team.land("slack", [slack_channel(), *users, ASKED, ANSWER, FRIDAY, SAID, *COVERED])
    return team


def restated(team: SmallTeam) -> dict[tuple[str, str, str], tuple[Any, Any, str]]:
    """Both values of each figure, and why."""
    rows = team.rows("select table_name, key, column_name, was, now, why from marts.restatements where week = '2026-03-02'", LATER)
    return {row[:3]: row[3:] for row in rows}


SLACK, ALL = "2026-03-02|slack", "2026-03-02|all"


def test_what_merely_settled_is_not_restated(team: SmallTeam) -> None:
    """Pending then, overdue on Monday noon, and answered late at last: what came after the report's moment."""
    team.deliver(WEEK, REPORTED)
    assert restated(team) == {}
    team.land("slack", [slack_message("UTESS", at(7, "16:00"), "Like that", FRIDAY.key)], LATER)
    assert team.rows(f"select state from marts.requests where request_id = '{FRIDAY.key}'", LATER) == [("late",)]
    assert restated(team) == {}


def test_a_late_record_that_asks(team: SmallTeam) -> None:
    team.deliver(WEEK, REPORTED)
    late = slack_message("U3", at(1, "12:00"), "How do I install it?")
    team.land("slack", [late], LATER)
    found, why = restated(team), f"a request that was not known then: {late.key}"
    assert found["weekly_users", SLACK, "users"] == (2, 3, why)
    assert found["daily_users", "2026-03-03|slack", "users"] == (0, 1, why)
    assert found["weekly_sla", ALL, "overdue"] == (0, 1, why)
    assert ("daily_users", "2026-03-02|slack", "users") not in found


def test_the_summary_says_how_many_figures_would_read_differently(team: SmallTeam) -> None:
    team.deliver(WEEK, REPORTED)
    with team.built(LATER) as connection:
        assert "restated" not in summarize(connection, WEEK)
    team.land("slack", [slack_message("U3", at(1, "12:00"), "How do I install it?")], LATER)
    with team.built(LATER) as connection:
        ((count,),) = connection.execute("select count(*) from marts.restatements").fetchall()
        assert f"{count} figures of earlier reports would read differently now" in summarize(connection, WEEK)


def test_a_late_record_bears_on_no_figure_that_it_cannot_have_changed(team: SmallTeam) -> None:
    """Somebody who had asked that week already is one user as before, and was new before; only their questions are more."""
    team.land("slack", [slack_message("U3", at(1, "12:00"), "How do I install it?")])
    team.deliver(WEEK, REPORTED)
    again = slack_message("U3", at(2, "12:00"), "How do I install it on Windows?")
    team.land("slack", [again, slack_message("U4", at(2, "13:00"), "How do I update it?")], LATER)
    found = restated(team)
    assert again.key in found["weekly_users", SLACK, "requests"][2]
    assert again.key in found["daily_users", "2026-03-04|slack", "users"][2]
    for column in ("users", "new_users"):
        was, now, why = found["weekly_users", SLACK, column]
        assert (was, now) == (3, 4) and again.key not in why


def test_a_late_record_that_answers(team: SmallTeam) -> None:
    team.land("slack", [slack_message("U3", at(1, "12:00"), "How do I install it?")])
    team.deliver(WEEK, REPORTED)
    asked = slack_message("U3", at(1, "12:00"), "").key
    team.land("slack", [slack_message("UTESS", at(1, "13:00"), "So", asked)], LATER)
    why = f"{asked} was overdue, is met: an answer that was not known, or did not count, then"
    assert restated(team)["weekly_sla", SLACK, "met"] == (1, 2, why)


@pytest.mark.parametrize(
    ("overrides", "place", "was", "now", "why"),
    [
        (f'[[exclude]]\nrequest = "{ASKED.key}"\n', ("weekly_users", SLACK, "users"), 2, 1, "was met, is excluded by hand by Ana: I was there"),
        (f'[[include]]\nrequest = "{SAID.key}"\n', ("weekly_users", SLACK, "users"), 2, 3, "included by hand by Ana: I was there"),
        (
            f'[[reattribute]]\nrequest = "{ASKED.key}"\naccount = "slack:T:U2"\n',
            ("weekly_users", SLACK, "users"), 2, 1, "attributed by hand by Ana: I was there",
        ),
        ('[[same]]\naccounts = ["slack:T:U1", "slack:T:U2"]\n', ("weekly_users", SLACK, "users"), 2, 1, "declared the same by Ana: I was there"),
    ],
    ids=["exclude", "include", "reattribute", "same"],
)  # fmt: skip
def test_a_decision_by_hand(team: SmallTeam, overrides: str, place: tuple[str, str, str], was: int, now: int, why: str) -> None:
    team.deliver(WEEK, REPORTED)
    team.write(overrides=overrides + BY_HAND)
    held = restated(team)[place]
    assert held[:2] == (was, now)
    assert why in held[2] and "the overrides changed since" in held[2]


def test_changed_settings(team: SmallTeam) -> None:
    team.deliver(WEEK, REPORTED)
    team.write(settings=TEAM.replace('within = "3h"', 'within = "30m"'))
    found = restated(team)
    assert found["weekly_sla", SLACK, "met"] == (1, 0, f"{ASKED.key} was met, is late; the settings changed since")
    assert found["weekly_sla", SLACK, "overdue"] == (0, 1, f"{FRIDAY.key} was pending, is overdue; the settings changed since")
    both = f"{ASKED.key} was met, is late; {FRIDAY.key} was pending, is overdue; the settings changed since"
    assert found["weekly_sla", SLACK, "compliance"] == (1, 0, both)


def test_a_changed_roster(team: SmallTeam) -> None:
    """The first asker turns out to have been a colleague."""
    team.deliver(WEEK, REPORTED)
    team.write(roster=ROSTER + '[[member]]\nname = "Una"\nslack = ["U1"]\n')
    found = restated(team)
    assert found["weekly_users", SLACK, "users"] == (
        2,
        1,
        f"no longer a request: {ASKED.key}; slack:T:U1 is of the team; the roster changed since",
    )


def test_who_answered_was_not_on_the_team_after_all(team: SmallTeam) -> None:
    team.deliver(WEEK, REPORTED)
    team.write(roster=ROSTER + "to = 2026-03-01\n")
    why = f"{ASKED.key} was met, is overdue: the answer of then does not count any more; the roster changed since"
    assert restated(team)["weekly_sla", SLACK, "met"] == (1, 0, why)


def test_another_version_of_the_program(team: SmallTeam) -> None:
    """As if an older version had counted one person more."""
    with team.built(REPORTED) as connection:
        figures = connection.execute(
            "select key, users from (select strftime(week, '%Y-%m-%d') || '|' || channel as key, users from marts.weekly_users)"
        )
        shown = [
            {"table": "weekly_users", "key": key, "column": "users", "value": str(users + 1)}
            for key, users in figures.fetchall()
            if key == SLACK
        ]
    team.deliver(WEEK, REPORTED, version="0.0.1", figures=shown)
    assert restated(team) == {
        ("weekly_users", SLACK, "users"): (3, 2, f"made by version 0.0.1, counted anew by {version('support-metrics')}")
    }


def test_a_source_read_at_last(team: SmallTeam) -> None:
    """Its figures were unknown, not zero; whether anybody is new can change by what they asked there before."""
    team.deliver(WEEK, REPORTED)
    team.land("email", [mail(1, "u9@x.org", at(1, "10:00")), *COVERED_MAIL], LATER)
    found = restated(team)
    assert found["weekly_users", "2026-03-02|email", "users"] == (None, 1, "a request that was not known then: email:message:1@x")


def test_an_earlier_request_makes_nobody_new(team: SmallTeam) -> None:
    """It came to be known later and lies in the week before: no request of this week tells of it."""
    team.deliver(WEEK, REPORTED)
    team.land("slack", [slack_message("U1", at(-4, "10:00"), "How do I begin?")], LATER)
    was, now, why = restated(team)["weekly_users", SLACK, "new_users"]
    assert (was, now) == (2, 1)
    assert why.startswith("an earlier request of theirs came to be known")


def test_the_figure_first_shown_is_what_counts(team: SmallTeam) -> None:
    """Showing it corrected does not hide that it was corrected."""
    team.deliver(WEEK, REPORTED)
    team.land("slack", [slack_message("U3", at(1, "12:00"), "How do I install it?")], LATER)
    before = restated(team)
    team.deliver(WEEK, REPORTED)
    assert restated(team) == before != {}

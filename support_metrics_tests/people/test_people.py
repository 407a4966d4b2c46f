"""Who is who, on the whole way from records to marts: merges and what undoes them, names that change hands, dated membership."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from support_metrics_tests.small_team import (
    COVERED,
    COVERED_ISSUES,
    COVERED_MAIL,
    ROSTER,
    SmallTeam,
    at,
    issue,
    mail,
    slack_channel,
    slack_message,
    slack_user,
)

NOW = at(7, "08:00")
QUESTION = "How do I update my Tiltfile?"
SAME = """
[[same]]
accounts = ["{}", "{}"]
who = "Nick"
why = "told me"
"""
NOT_SAME = SAME.replace("same", "not_same")
PERSONS = "select account_id, person_id from marts.accounts order by account_id"


@pytest.fixture
def team(tmp_path: Path) -> SmallTeam:
    return SmallTeam(tmp_path)


def persons(team: SmallTeam) -> dict[str, str]:
    return dict(team.rows(PERSONS, NOW))


def test_a_renamed_login_is_one_account_with_two_names(team: SmallTeam) -> None:
    team.land("github", [issue(1, 7, "ada", at(0, "10:00")), *COVERED_ISSUES], at(0, "12:00"))
    team.land("github", [issue(2, 7, "ada-lovelace", at(1, "10:00"))], at(1, "12:00"))
    assert team.rows("select account_id, handle, known_as from marts.accounts", NOW) == [
        ("github:user:7", "ada-lovelace", ["ada", "ada-lovelace"])
    ]
    assert team.rows("select person_id, requests from marts.people where requests > 0", NOW) == [("github:user:7", 2)]


def test_a_reused_login_is_two_accounts_and_never_one_person(team: SmallTeam) -> None:
    """Ada gives her login up, somebody else takes it: neither name, nor address, nor suggestion makes them one."""
    team.land("github", [issue(1, 7, "ada", at(0, "10:00")), *COVERED_ISSUES], at(0, "12:00"))
    team.land("github", [issue(1, 7, "ada-lovelace", at(0, "10:00"), at(1, "10:00")), issue(2, 8, "ada", at(1, "11:00"))], at(1, "12:00"))
    team.land("email", [mail(1, "ada@users.noreply.github.com", at(2, "10:00")), *COVERED_MAIL])
    team.land("email", [mail(2, "7+ada@users.noreply.github.com", at(2, "11:00"))])
    assert persons(team) == {
        "github:user:7": "email:7+ada@users.noreply.github.com",
        "email:7+ada@users.noreply.github.com": "email:7+ada@users.noreply.github.com",
        "github:user:8": "email:ada@users.noreply.github.com",
        "email:ada@users.noreply.github.com": "email:ada@users.noreply.github.com",
    }
    assert team.rows("select handle, known_as from marts.accounts where source = 'github' order by account_id", NOW) == [
        ("ada-lovelace", ["ada", "ada-lovelace"]),
        ("ada", ["ada"]),
    ]
    assert len(team.rows("from marts.requests", NOW)) == 4


def test_a_login_in_the_roster_is_who_bore_it_then(team: SmallTeam) -> None:
    """Ada left and gave her login up; whoever bears it now is a user, and what she asks since is a user's."""
    team.write(roster=ROSTER.replace('github = ["tess"]', 'github = ["ada"]\nto = 2026-03-02'))
    team.land("github", [issue(1, 7, "ada", at(0, "10:00")), *COVERED_ISSUES], at(0, "12:00"))
    team.land("github", [issue(2, 8, "ada", at(3, "10:00")), issue(3, 7, "gone", at(3, "11:00"))], at(3, "12:00"))
    kinds = "select account_id, kind from marts.accounts where source = 'github' order by account_id"
    assert team.rows(kinds, NOW) == [("github:user:7", "team"), ("github:user:8", "external")]
    assert team.rows("select request_id from marts.requests order by request_id", NOW) == [("github:issue:2",), ("github:issue:3",)]


def test_who_joins_leaves_and_comes_back_is_a_user_in_between(team: SmallTeam) -> None:
    team.write(
        roster="".join(
            f'[[member]]\nname = "Ana"\nslack = ["UANA"]\n{span}\n' for span in ("from = 2026-03-03\nto = 2026-03-03", "from = 2026-03-05")
        )
    )
    asked = [slack_message("UANA", at(day, "10:00"), QUESTION) for day in range(5)]
    team.land("slack", [slack_channel(), slack_user("UANA", "ana"), *asked, *COVERED])
    days = "select day, users from marts.daily_users where channel = 'slack' and day between '2026-03-02' and '2026-03-06' order by day"
    assert [users for _, users in team.rows(days, NOW)] == [1, 0, 1, 0, 0]
    assert team.rows("select is_team, was_team from marts.people where name = 'Ana'", NOW) == [(True, True)]
    assert team.rows("select is_team, was_team from marts.people where name = 'Ana'", at(2, "12:00")) == [(False, True)]


def test_every_rule_that_merges_and_the_reason_it_states(team: SmallTeam) -> None:
    team.write(roster=ROSTER, overrides=SAME.format("email:five@x.org", "slack:T:U5"))
    users = [
        slack_user("UTESS", "tess"),
        slack_user("U2", "two", email="Two@X.org"),
        slack_user("U4", "four", fields={"X": {"value": "https://github.com/four"}}),
        slack_user("U5", "five"),
    ]
    team.land("slack", [slack_channel(), *users, *COVERED])
    team.land("github", [issue(number, number, login, at(0, "10:00")) for number, login in ((1, "tess"), (3, "three"), (4, "four"))])
    addresses = ("two@x.org", "3+was@users.noreply.github.com", "five@x.org")
    team.land("email", [mail(number, address, at(1, "10:00")) for number, address in enumerate(addresses)])
    why = dict(team.rows("select account_id, merged_why from marts.accounts where len(merged_why) > 0", NOW))
    assert why == {
        "slack:T:UTESS": ["Tess Team in the roster"], "github:user:1": ["Tess Team in the roster"],
        "slack:T:U2": ["equal verified address two@x.org"], "email:two@x.org": ["equal verified address two@x.org"],
        "github:user:3": ["GitHub no-reply address 3+was@users.noreply.github.com"],
        "email:3+was@users.noreply.github.com": ["GitHub no-reply address 3+was@users.noreply.github.com"],
        "slack:T:U4": ["github.com/four in the Slack profile"], "github:user:4": ["github.com/four in the Slack profile"],
        "slack:T:U5": ["declared the same by Nick: told me"], "email:five@x.org": ["declared the same by Nick: told me"],
    }  # fmt: skip
    assert len(set(persons(team).values())) == 5


def test_not_the_same_wins_over_every_rule_and_over_a_third_account(team: SmallTeam) -> None:
    """Father and son share an address; the son's GitHub account is in the father's Slack profile, too."""
    users = [slack_user("U1", "father", email="home@x.org", title="github.com/son"), slack_user("U2", "son", email="home@x.org")]
    team.land("slack", [slack_channel(), *users, *COVERED])
    team.land("github", [issue(1, 7, "son", at(0, "10:00"))])
    assert len(set(persons(team).values())) == 1
    team.write(overrides=NOT_SAME.format("slack:T:U1", "slack:T:U2"))
    assert persons(team) == {each: each for each in ("slack:T:U1", "slack:T:U2", "github:user:7")}
    # What one declares the same holds on, where it does not join those two.
    team.write(overrides=NOT_SAME.format("slack:T:U1", "slack:T:U2") + SAME.format("slack:T:U2", "github:user:7"))
    assert persons(team) == {"slack:T:U1": "slack:T:U1", "slack:T:U2": "github:user:7", "github:user:7": "github:user:7"}


def test_contradicting_lines_merge_nobody_and_are_reported(team: SmallTeam) -> None:
    team.land("slack", [slack_channel(), *(slack_user(f"U{number}", f"user {number}") for number in (1, 2, 3)), *COVERED])
    lines = SAME.format("slack:T:U1", "slack:T:U3") + SAME.format("slack:T:U2", "slack:T:U3") + NOT_SAME.format("slack:T:U1", "slack:T:U2")
    team.write(overrides=lines)
    assert persons(team) == {f"slack:T:U{number}": f"slack:T:U{number}" for number in (1, 2, 3)}
    reported = team.rows("select subject, object, why from marts.unmatched_overrides order by subject", NOW)
    assert reported == [
        (f"slack:T:U{number}", "slack:T:U3", "another line declares them, or accounts merged with them, not the same") for number in (1, 2)
    ]


def test_undoing_a_merge_loses_nothing(team: SmallTeam) -> None:
    """With the alias one person asked; without it every row of every mart is as before."""
    team.land("slack", [slack_channel(), slack_user("U1", "ada"), slack_message("U1", at(0, "10:00"), QUESTION), *COVERED])
    team.land("github", [issue(1, 7, "al", at(0, "11:00")), *COVERED_ISSUES])
    before = team.marts(NOW)
    team.write(overrides=SAME.format("slack:T:U1", "github:user:7"))
    merged = team.marts(NOW)
    assert merged["people"] != before["people"] and len(merged["people"]) == len(before["people"]) - 1
    team.write()
    assert team.marts(NOW) == before


def test_a_merge_and_its_undoing_change_a_reported_week_through_restatements_only(team: SmallTeam) -> None:
    team.land("slack", [slack_channel(), slack_user("U1", "ada"), slack_message("U1", at(0, "10:00"), QUESTION), *COVERED])
    team.land("github", [issue(1, 7, "al", at(0, "11:00")), *COVERED_ISSUES])
    team.deliver(date(2026, 3, 2), NOW)
    restated = "select table_name, key, column_name, was, now, why from marts.restatements order by all"
    assert team.rows(restated, at(8, "08:00")) == []
    team.write(overrides=SAME.format("slack:T:U1", "github:user:7"))
    rows = team.rows(restated, at(8, "08:00"))
    why = "slack:T:C:1772445600.000100 belongs to github:user:7, not slack:T:U1: declared the same by Nick: told me; the overrides changed since"
    assert ("weekly_users", "2026-03-02|all", "users", 2, 1, why) in rows
    assert all("declared the same by Nick" in row[5] for row in rows)
    team.write()
    assert team.rows(restated, at(8, "08:00")) == []


def test_deleted_accounts_are_strangers_each_of_its_own(team: SmallTeam) -> None:
    authors = [None, None, 10137]  # no user, or the one that stands for the deleted
    team.land("github", [*(issue(number, user, "ghost", at(0, "10:00")) for number, user in enumerate(authors, 1)), *COVERED_ISSUES])
    people = [("github:unknown:1", "deleted"), ("github:unknown:2", "deleted"), ("github:unknown:3", "deleted")]
    assert team.rows("select person_id, kind from marts.accounts order by 1", NOW) == people
    assert team.rows("select users from marts.weekly_users where channel = 'github' and week = '2026-03-02'", NOW) == [(3,)]


def test_an_account_deleted_since_keeps_its_author(team: SmallTeam) -> None:
    team.land("github", [issue(1, 7, "ada", at(0, "10:00")), *COVERED_ISSUES], at(0, "12:00"))
    team.land("github", [issue(1, None, "", at(0, "10:00"), at(1, "10:00"))], at(1, "12:00"))
    assert team.rows("select person_id, opened_at from marts.requests", NOW) == [("github:user:7", at(0, "10:00"))]

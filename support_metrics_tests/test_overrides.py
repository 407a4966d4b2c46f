"""Decisions by hand, on the whole way from the file to the marts; and what a faulty file is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from support_metrics import pipeline, warehouse
from support_metrics.doctor import examine
from support_metrics.errors import SettingsError
from support_metrics.summary import summarize
from support_metrics_tests.small_team import COVERED, SmallTeam, at, slack_channel, slack_message, slack_user

NOW = at(4, "20:00")
ASKED = slack_message("U1", at(0, "10:00"), "How do I update my Tiltfile?")
SAID = slack_message("U2", at(1, "10:00"), "Tilt and me, a love story")
MEETUP = slack_message("U3", at(2, "10:00"), "Is there a meetup in Berlin?")
LOOSE = slack_message("UTESS", at(2, "10:10"), "Have a look at the docs")
MEANWHILE = slack_message("U1", at(2, "10:05"), "Why does my build fail?")
STATES = "select request_id, person_id, state from marts.requests order by opened_at"
UNMATCHED = "select kind, subject, why from marts.unmatched_overrides order by all"


def entry(kind: str, **fields: object) -> str:
    lines = {"who": "Ana", "why": "I was there", **fields}
    return f"[[{kind}]]\n" + "".join(f"{name} = {value!r}\n" for name, value in lines.items())


@pytest.fixture
def team(tmp_path: Path) -> SmallTeam:
    team = SmallTeam(tmp_path)
    users = [slack_user(user, user.lower()) for user in ("U1", "U2", "U3", "UTESS")]
    team.land("slack", [slack_channel(), *users, ASKED, SAID, MEETUP, MEANWHILE, LOOSE, *COVERED])
    return team


def states(team: SmallTeam) -> dict[str, tuple[str, str]]:
    return {key: (person, state) for key, person, state in team.rows(STATES, NOW)}


def test_without_any_the_classifier_decides(team: SmallTeam) -> None:
    assert states(team) == {
        ASKED.key: ("slack:T:U1", "overdue"),
        MEETUP.key: ("slack:T:U3", "overdue"),  # one of two that Tess could have meant
        MEANWHILE.key: ("slack:T:U1", "overdue"),
    }
    assert team.rows(UNMATCHED, NOW) == []


def test_include_makes_a_request_of_what_does_not_sound_like_one(team: SmallTeam) -> None:
    team.write(overrides=entry("include", request=SAID.key))
    assert states(team)[SAID.key] == ("slack:T:U2", "overdue")
    ((verdict,),) = team.rows(f"select verdict from marts.requests where request_id = '{SAID.key}'", NOW)
    assert verdict == "included by hand by Ana: I was there"


@pytest.mark.parametrize("name", [lambda key: key, lambda key: f"https://app.slack.com/archives/C/p{key.split(':')[3].replace('.', '')}"])
def test_exclude_keeps_the_request_and_counts_it_nowhere(team: SmallTeam, name: Callable[[str], str]) -> None:
    """By key or by link. With it gone, what Tess said can only be for the other."""
    team.write(overrides=entry("exclude", request=name(MEETUP.key)))
    found = states(team)
    assert found[MEETUP.key] == ("slack:T:U3", "excluded") and found[MEANWHILE.key] == ("slack:T:U1", "met")
    ((why,),) = team.rows(f"select why from marts.requests where request_id = '{MEETUP.key}'", NOW)
    assert "excluded by hand by Ana: I was there" in why
    assert team.rows("select users, requests from marts.weekly_users where week = '2026-03-02' and channel = 'slack'", NOW) == [(1, 2)]


def test_reattribute_gives_the_request_to_whoever_really_asked(team: SmallTeam) -> None:
    team.write(overrides=entry("reattribute", request=ASKED.key, account="slack:T:U2"))
    assert states(team)[ASKED.key] == ("slack:T:U2", "overdue")


def test_answer_settles_what_could_have_been_for_one_of_several(team: SmallTeam) -> None:
    team.write(overrides=entry("answer", request=MEETUP.key, message=LOOSE.key))
    found = states(team)
    assert (found[MEETUP.key][1], found[MEANWHILE.key][1]) == ("met", "overdue")


def test_same_and_not_same_say_who_is_one_person(team: SmallTeam) -> None:
    team.write(overrides=entry("same", accounts=["slack:T:U1", "slack:T:U3"]))
    assert {person for person, _ in states(team).values()} == {"slack:T:U1"}
    ids = "select person_id, other_person_id from marts.merge_suggestions"
    team.write()
    team.land("slack", [slack_user(user, "ada lovelace", at(3, "10:00")) for user in ("U1", "U3")], at(8, "10:00"))
    assert team.rows(ids, NOW) != []
    team.write(overrides=entry("not_same", accounts=["slack:T:U1", "slack:T:U3"]))
    assert team.rows(ids, NOW) == []


def test_what_matches_nothing_is_reported_with_the_reason(team: SmallTeam) -> None:
    lines = [
        entry("include", request="slack:T:C:1.0"), entry("exclude", request="https://github.com/o/r/issues/99"),
        entry("exclude", request=SAID.key), entry("reattribute", request=ASKED.key, account="slack:T:NOBODY"),
        entry("answer", request=ASKED.key, message="slack:T:C:2.0"), entry("same", accounts=["slack:T:U1", "github:user:99"]),
        entry("not_same", accounts=["slack:T:U1", "github:user:99"]).replace("github:user:99", "github:user:98"),
    ]  # fmt: skip
    team.write(overrides="\n".join(lines))
    assert team.rows(UNMATCHED, NOW) == [
        ("answer", ASKED.key, "no message slack:T:C:2.0 is known"),
        ("exclude", "https://github.com/o/r/issues/99", "no request https://github.com/o/r/issues/99 is known"),
        ("exclude", SAID.key, "it counts as no request anyway: neither question nor trouble"),
        ("include", "slack:T:C:1.0", "no message slack:T:C:1.0 is known in a support channel"),
        ("not_same", "slack:T:U1", "no account github:user:98 is known"),
        ("reattribute", ASKED.key, "no account slack:T:NOBODY is known"),
        ("same", "slack:T:U1", "no account github:user:99 is known"),
    ]


FAULTS = {
    "unknown setting exlude, did you mean exclude?": entry("exlude", request="a"),
    "exclude 1 (a): who: Field required": '[[exclude]]\nrequest = "a"\nwhy = "b"\n',
    "exclude 1 (a): why: Field required": '[[exclude]]\nrequest = "a"\nwho = "b"\n',
    "same 1: who: is empty; a decision by hand says who made it and why": entry("same", accounts=["a", "b"], who=" "),
    "same 1: accounts: List should have at least 2 items": entry("same", accounts=["a"]),
    "reattribute 1 (a): account: Field required": entry("reattribute", request="a"),
    "unknown setting include 1 (a): accounts; known here: request, who, why": entry("include", request="a", accounts=["a", "b"]),
    "same and not_same contradict each other on b and a: Ana says same, Bo says not same": entry("same", accounts=["a", "b"])
    + entry("not_same", accounts=["b", "a"], who="Bo"),
    "include and exclude contradict each other on a: Ana includes it, Bo excludes it": entry("include", request="a")
    + entry("exclude", request="a", who="Bo"),
    "not valid TOML": "[[same]\n",
}


@pytest.mark.parametrize(("said", "overrides"), FAULTS.items(), ids=list(FAULTS))
def test_a_fault_is_named_with_file_and_line(tmp_path: Path, said: str, overrides: str) -> None:
    team = SmallTeam(tmp_path)
    team.write(overrides=overrides)
    with pytest.raises(SettingsError) as caught:
        team.settings  # noqa: B018
    assert said in caught.value.problem
    assert str(tmp_path / "overrides.toml") in caught.value.problem
    assert caught.value.mend


def test_doctor_and_summary_tell_of_what_has_no_effect(team: SmallTeam) -> None:
    team.write(
        overrides=entry("include", request="slack:T:C:1.0")
        + entry("same", accounts=["slack:T:U1", "github:user:99"])
        + entry("exclude", request=SAID.key)
    )
    pipeline.build_and_publish(team.settings, NOW)
    found = {finding.says: finding.level for finding in examine(str(team.folder / "support_metrics.toml")) if finding.about == "overrides"}
    assert found["include slack:T:C:1.0 has no effect: no message slack:T:C:1.0 is known in a support channel"] == "wrong"
    assert found["same slack:T:U1 and github:user:99 has no effect: no account github:user:99 is known"] == "wrong"
    assert found[f"exclude {SAID.key} changes nothing: it counts as no request anyway: neither question nor trouble"] == "note"
    with warehouse.open_published(team.settings) as connection:
        assert "2 entries without effect; `support-metrics doctor` says which and why" in summarize(connection, date(2026, 3, 2))

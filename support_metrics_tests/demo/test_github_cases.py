"""Everything that makes GitHub hard is in the files, found by reading them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from support_metrics_tests.demo.conftest import SNAPSHOTS, github_people, github_rows

Case = Callable[[str], dict[str, Any]]
Find = Callable[..., Any]


def rows(stream: str) -> list[dict[str, Any]]:
    return [row for snapshot in SNAPSHOTS for row in github_rows(snapshot, stream)]


def key(case: dict[str, Any], number: int | None = None) -> str:
    return str(case["issue"]["key"] if number is None else case["issues"][number]["key"])


def seconds_between(first: dict[str, Any], second: dict[str, Any]) -> float:
    return (datetime.fromisoformat(second["created_at"]) - datetime.fromisoformat(first["created_at"])).total_seconds()


def test_volume() -> None:
    issues = {row["id"]: row for row in rows("issues")}
    assert 150 <= sum("pull_request" not in row for row in issues.values()) <= 350
    assert sum("pull_request" in row for row in issues.values()) > 40
    assert all(len(rows(stream)) > 100 for stream in ("comments", "events", "reactions")) and len(rows("releases")) > 25


def test_objects_look_like_the_api() -> None:
    needed = {
        "url",
        "repository_url",
        "html_url",
        "id",
        "node_id",
        "number",
        "title",
        "user",
        "labels",
        "state",
        "state_reason",
        "assignees",
    }
    needed |= {"assignee", "comments", "reactions", "author_association", "created_at", "updated_at", "closed_at", "body", "locked"}
    assert all(needed <= row.keys() for row in rows("issues"))
    assert all({"event", "actor", "created_at", "issue", "id"} <= row.keys() for row in rows("events"))
    assert all({"content", "user", "issue_url"} <= row.keys() for row in rows("reactions"))


def test_files_hold_only_what_is_new_or_changed() -> None:
    first, second = ({row["id"]: row["updated_at"] for row in github_rows(snapshot, "issues")} for snapshot in ("2026-03-09", "2026-03-16"))
    both = first.keys() & second.keys()
    assert both and len(second) < 80 and any(first[each] < second[each] for each in both)


def test_a_bot_greets_first(case: Case, newest: Find, about: Find) -> None:
    greeting, answer = about("comments", key(case("bot_greets_first")))[:2]
    assert greeting["user"]["type"] == "Bot" and seconds_between(newest("issues", key(case("bot_greets_first"))), greeting) < 10
    assert answer["user"]["type"] == "User" and answer["author_association"] == "MEMBER"


def test_deleted_accounts(case: Case, newest: Find) -> None:
    known = key(case("deleted_accounts.seen_before"))
    first = next(row for row in github_rows("2025-11-17", "issues") if f"github:issue:{row['id']}" == known)
    assert first["user"]["login"] == "mothlight" and newest("issues", known)["user"] is None
    ghosts = [row for row in rows("issues") if row["user"] and row["user"]["id"] == 10137]
    assert len({row["id"] for row in ghosts}) == 2


def test_a_renamed_login_and_a_reused_one() -> None:
    logins: dict[int, set[str]] = {}
    for row in rows("issues"):
        if row["user"]:
            logins.setdefault(row["user"]["id"], set()).add(row["user"]["login"])
    assert {"tinbadger", "tin-badger-labs"} in logins.values()
    assert sum("kestrelhop" in names for names in logins.values()) == 2


def test_who_joins_and_who_leaves(case: Case, newest: Find, about: Find) -> None:
    before, after = key(case("user_who_joins_the_team.before")), key(case("user_who_joins_the_team.after"))
    asked, answer = newest("issues", before), about("comments", after)[-1]
    assert asked["user"]["id"] == answer["user"]["id"] and (asked["author_association"], answer["author_association"]) == ("NONE", "MEMBER")
    left = newest("issues", key(case("member_who_leaves.asks")))
    assert left["author_association"] == "NONE"
    assert any(
        row["user"] and row["user"]["id"] == left["user"]["id"] and row["author_association"] == "MEMBER" for row in rows("comments")
    )


def test_how_issues_end(case: Case, newest: Find, about: Find) -> None:
    silent = key(case("closed_without_a_word"))
    assert newest("issues", silent)["state"] == "closed" and about("comments", silent) == []
    reopened = key(case("reopened_and_ignored"))
    assert newest("issues", reopened)["state_reason"] == "reopened"
    by_bot = [event for event in about("events", key(case("closed_by_a_bot"))) if event["event"] == "closed"]
    assert by_bot[0]["actor"]["type"] == "Bot"
    withdrawn = key(case("withdrawn_by_the_author"))
    assert about("events", withdrawn)[0]["actor"]["id"] == newest("issues", withdrawn)["user"]["id"]
    nobody = [event for event in about("events", key(case("closed_by_nobody_known"))) if event["event"] == "closed"]
    assert nobody[0]["actor"] is None
    assert newest("issues", key(case("never_answered")))["comments"] == 0


def test_transfers(case: Case, newest: Find, about: Find) -> None:
    moved_in = key(case("transferred_in"))
    transfer = next(event for event in about("events", moved_in) if event["event"] == "transferred")
    assert seconds_between(newest("issues", moved_in), transfer) > 86_400
    moved_away = int(key(case("transferred_away")).split(":")[2])
    assert [any(row["id"] == moved_away for row in github_rows(each, "issues")) for each in SNAPSHOTS] == [True, False, False, False]


def test_labels_that_matter(case: Case, newest: Find) -> None:
    def labels(name: str) -> list[str]:
        return [label["name"] for label in newest("issues", key(case(name)))["labels"]]

    assert "spam" in labels("spam") and labels("unlabelled") == []
    assert "priority: high" in labels("priorities.high") and "priority: low" in labels("priorities.low_tracked")
    assert (
        newest("issues", key(case("priorities.high")))["assignee"]
        and not newest("issues", key(case("priorities.high_never_assigned")))["assignee"]
    )
    assert any(" " in label["name"] and "?" in label["name"] for row in rows("issues") for label in row["labels"])


def test_exactly_in_time_and_a_second_late(case: Case, newest: Find, about: Find) -> None:
    for name, seconds in (("exactly_in_time.met", 10_800), ("exactly_in_time.late", 10_801)):
        assert seconds_between(newest("issues", key(case(name))), about("comments", key(case(name)))[0]) == seconds


def test_across_both_changes_of_the_clocks(case: Case, newest: Find, about: Find) -> None:
    for name, hours in (("across_the_end_of_summer_time", 68.17), ("across_the_start_of_summer_time", 65.33)):
        elapsed = seconds_between(newest("issues", key(case(name))), about("comments", key(case(name)))[0]) / 3600
        assert abs(elapsed - hours) < 0.01


def test_an_answer_deleted_and_an_answer_edited(case: Case, about: Find) -> None:
    comment = about("comments", key(case("answer_deleted_after_it_was_seen.github")))[0]
    assert [any(row["id"] == comment["id"] for row in github_rows(each, "comments")) for each in SNAPSHOTS[:2]] == [True, False]
    versions = [row for row in rows("comments") if row["id"] == about("comments", key(case("edited_answer")))[0]["id"]]
    assert len({row["body"] for row in versions}) == 2 and versions[0]["created_at"] == versions[1]["created_at"]
    assert any(event["event"] == "renamed" for event in about("events", key(case("edited_answer"))))


def test_votes(case: Case, newest: Find) -> None:
    issue = newest("issues", key(case("votes_from_one_person_twice")))
    votes = {row["id"]: row for row in rows("reactions") if row["issue_url"] == issue["url"] and row["content"] == "+1"}
    assert len(votes) == issue["reactions"]["+1"] >= 4


def test_names_and_texts_that_bite(case: Case, newest: Find) -> None:
    script, rtl, empty = (newest("issues", key(case("names_and_texts_that_bite.github"), number)) for number in range(3))
    assert "<script>alert(1)</script>" in script["title"] and "onerror" in script["body"] and "{{" in script["body"]
    assert any(0x590 <= ord(each) <= 0x5FF for each in rtl["title"]) and "\r\n" in rtl["body"] and empty["body"] is None


def test_releases_and_the_weeks_without(case: Case) -> None:
    published: dict[date, list[dict[str, Any]]] = {}
    for row in {row["id"]: row for row in rows("releases") if row["tag_name"].startswith("v")}.values():
        moment = datetime.fromisoformat(row["published_at"] or row["created_at"]).astimezone(ZoneInfo("America/New_York"))
        published.setdefault(moment.date() - timedelta(days=moment.weekday()), []).append(row)

    def of(name: str) -> list[dict[str, Any]]:
        return published.get(date.fromisoformat(case(name)["week"]), [])

    assert of("missed_release") == [] and all(row["prerelease"] for row in of("prerelease_only")) and of("prerelease_only")
    assert (
        [row["draft"] for row in of("draft_only")] == [True]
        and len(of("two_releases")) == 2
        and of("release_without_notes")[0]["body"] == ""
    )
    assert all(date.fromisoformat(week) not in published for week in case("holiday_weeks_without_release")["weeks"])
    bodies = " ".join(row["body"] for row in rows("releases"))
    assert all(heading in bodies for heading in ("## Summary", "## Breaking changes", "## Deprecations"))


def test_profiles_are_written_as_people_write_them(case: Case) -> None:
    """With an at sign and a space behind, with markup, in other scripts, or not at all; two of them name the team's own organisation."""
    profiles = {row["id"]: row for snapshot in SNAPSHOTS for row in github_people(snapshot, "users")}
    members = {row["user"]["id"]: row["organizations"] for snapshot in SNAPSHOTS for row in github_people(snapshot, "organisations")}
    companies = [row["company"] for row in profiles.values()]
    assert profiles.keys() == members.keys() and None in companies
    assert any(re.fullmatch("@[a-z-]+ ", company or "") for company in companies)
    for part in ("<script>", "🧳", "للسفر", '"', "@umber-travel"):
        assert any(part in (company or "") for company in companies), part
    assert any("<script>" in (row["name"] or "") for row in profiles.values()) and any(row["name"] is None for row in profiles.values())
    ours, named = (int(case(name)["person"]["accounts"][0].split(":")[2]) for name in ("own_organisation", "company_with_at_sign"))
    assert [each["login"] for each in members[ours]] == ["tilter-example"]
    assert profiles[named]["company"] == " @amber-quay, formerly @tilter-example"
    assert sum(bool(each) for each in members.values()) > 10

"""Shortcut, the handoff form, e-mail, X and YouTube: what makes them hard is in the files, found by reading them."""

from __future__ import annotations

import csv
import json
import mailbox
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from email.header import decode_header, make_header
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from support_metrics_tests.demo.conftest import SNAPSHOTS, planted, slack_export, story_rows

Case = Callable[[str], dict[str, Any]]


def story(number: int, snapshot: str) -> dict[str, Any]:
    return next(row for row in story_rows(snapshot) if row["id"] == number)


def number(case: dict[str, Any]) -> int:
    return int(case["story"]["key"].split(":")[2])


def labels(row: dict[str, Any]) -> list[str]:
    return [label["name"] for label in row["labels"]]


def test_two_stories_for_one_issue() -> None:
    links: dict[str, set[int]] = {}
    for snapshot in SNAPSHOTS:
        for row in story_rows(snapshot):
            for link in row["external_links"]:
                links.setdefault(link, set()).add(row["id"])
    assert [link for link, stories in links.items() if len(stories) > 1] == [planted()["cases"]["duplicate_story"]["issue"]["url"]]


def test_stories_and_issues_that_disagree(case: Case) -> None:
    done = story(number(case("story_done_issue_open")), "2026-03-09")
    going = story(number(case("story_open_issue_closed")), "2026-03-09")
    assert done["completed"] and done["completed_at"] and not going["completed"] and going["started"]


def test_labels_that_come_and_go(case: Case) -> None:
    later, off = number(case("label_added_later")), number(case("label_taken_off"))
    assert [labels(story(later, each)) for each in ("2026-01-19", "2026-03-09")] == [[], ["exterminator"]]
    assert [labels(story(off, each)) for each in ("2025-11-17", "2026-01-19")] == [["exterminator"], []]
    assert story(number(case("archived_story")), "2025-11-17")["archived"]
    assert any("exterminator" in labels(row) and not row["external_links"] for row in story_rows("2025-11-17"))
    assert {row["story_type"] for row in story_rows("2025-11-17")} == {"bug", "feature", "chore"}


def handoffs(demo: Path, snapshot: str) -> list[dict[str, str]]:
    with (demo / snapshot / "handoff.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_both_ways_google_writes_a_timestamp(demo: Path) -> None:
    form, sheet = handoffs(demo, "2025-11-17"), handoffs(demo, "2026-01-19")
    assert all(re.fullmatch(r"\d{4}/\d\d/\d\d \d{1,2}:\d\d:\d\d [AP]M GMT-[45]", row["Timestamp"]) for row in form)
    assert all(re.fullmatch(r"\d{1,2}/\d{1,2}/\d{4} \d{1,2}:\d\d:\d\d", row["Timestamp"]) for row in sheet)
    assert {"GMT-4", "GMT-5"} == {row["Timestamp"].split()[-1] for row in form}


def weeks(rows: list[dict[str, str]]) -> list[str]:
    heading = "For which week? (its Monday)"
    return [datetime.strptime(row[heading], "%m/%d/%Y").date().isoformat() if row[heading] else "" for row in rows]


def test_missed_late_resubmitted_and_miscounted_handoffs(demo: Path, case: Case) -> None:
    rows = handoffs(demo, "2026-03-16")
    named = weeks(rows)
    assert case("missed_handoff")["week"] not in named and len(rows) == 28
    late = next(row for row in rows if row["Timestamp"].startswith("11/24/2025"))
    assert late["For which week? (its Monday)"] == ""
    assert named.count(case("resubmitted_handoff")["week"]) == 2
    miscounted = rows[named.index(case("miscounted_handoff")["week"])]
    truth = planted()["github_and_slack_users"]
    assert int(miscounted["Users helped on Tuesday"]) == truth[case("miscounted_handoff")["day"]] + 9
    assert any(cell != cell.strip() for row in rows for cell in row.values())


def test_people_count_nearly_right(demo: Path) -> None:
    rows, truth = handoffs(demo, "2026-03-16"), planted()["github_and_slack_users"]
    differences = []
    for row, week in zip(rows, weeks(rows), strict=True):
        if week and week not in ("2026-02-09", "2026-01-26"):
            for weekday, name in enumerate(("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")):
                if row[f"Users helped on {name}"].strip():
                    day = date.fromisoformat(week) + timedelta(days=weekday)
                    differences.append(abs(int(row[f"Users helped on {name}"]) - truth.get(day.isoformat(), 0)))
    assert max(differences) == 1 and 0.02 < sum(differences) / len(differences) < 0.3


def mails(demo: Path) -> list[Any]:
    return [mail for snapshot in SNAPSHOTS for mail in mailbox.mbox(demo / snapshot / "support.mbox", create=False)]


def test_mail_by_people_and_by_machines(demo: Path) -> None:
    found = mails(demo)
    assert any(mail["Auto-Submitted"] == "auto-replied" for mail in found)
    assert any(mail["Precedence"] == "bulk" for mail in found)
    assert any("mailer-daemon" in mail["From"] for mail in found)
    assert any(mail["In-Reply-To"] and len(mail["References"].split()) > 1 for mail in found)
    bite = next(mail for mail in found if mail.is_multipart())
    assert "🔥" in str(make_header(decode_header(bite["Subject"]))) and "<script>" in str(make_header(decode_header(bite["From"])))
    assert b"\n>From here on" in bite.get_payload(0).get_payload(decode=True)


def test_one_address_in_slack_and_mail(demo: Path) -> None:
    addresses = {user["profile"].get("email") for user in slack_export("2026-03-16")["users.json"]}
    both = {re.search(r"<(.+)>", mail["From"])[1] for mail in mails(demo)} & addresses  # type: ignore[index]
    assert "odalys@fable-insurance.example.org" in both and len(both) > 10
    assert any((address or "").endswith("+quietfern@users.noreply.github.com") for address in addresses)
    assert all(re.search(r"@(\S+\.)?example\.(com|org)>", mail["From"]) for mail in mails(demo))


def test_x_and_youtube(demo: Path) -> None:
    mentions = [post for each in SNAPSHOTS for post in json.loads((demo / each / "x_mentions.json").read_text("utf-8"))["data"]]
    answers = [post for each in SNAPSHOTS for post in json.loads((demo / each / "x_posts.json").read_text("utf-8"))["data"]]
    direct = [event for each in SNAPSHOTS for event in json.loads((demo / each / "x_direct_messages.json").read_text("utf-8"))["data"]]
    assert {post["id"] for post in mentions} & {answer["referenced_tweets"][0]["id"] for answer in answers}
    assert any("&lt;script&gt;" in post["text"] for post in mentions) and {event["event_type"] for event in direct} == {"MessageCreate"}
    threads = [
        item for each in SNAPSHOTS for item in json.loads((demo / each / "youtube_comment_threads.json").read_text("utf-8"))["items"]
    ]
    assert any(item["snippet"]["totalReplyCount"] == 2 for item in threads)
    tops = [item["snippet"]["topLevelComment"]["snippet"] for item in threads]
    assert any(top["updatedAt"] > top["publishedAt"] for top in tops)


def test_weekends_and_holidays_are_asked_on_too(case: Case) -> None:
    asked = [
        datetime.fromisoformat(each["at"])
        for name in ("asked_on_a_holiday", "asked_on_the_last_friday")
        for each in [case(name)["message"]]
    ]
    local = [moment.astimezone(ZoneInfo("America/New_York")).date() for moment in asked]
    assert [day.isoformat() for day in local] == ["2025-11-27", "2026-03-13"]

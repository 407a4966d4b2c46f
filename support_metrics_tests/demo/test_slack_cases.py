"""Everything that makes Slack hard is in the exports, found by reading them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from support_metrics_tests.demo.conftest import SNAPSHOTS, slack_channels, slack_export

Case = Callable[[str], dict[str, Any]]
Find = Callable[..., dict[str, Any] | None]
NEW_YORK, PACIFIC = ZoneInfo("America/New_York"), ZoneInfo("America/Los_Angeles")
SUPPORT = ("help", "integrations-help")


def at(message: dict[str, Any], zone: ZoneInfo = NEW_YORK) -> datetime:
    return datetime.fromtimestamp(float(message["ts"]), zone)


def offset_hours(message: dict[str, Any]) -> float:
    offset = at(message).utcoffset()
    return offset.total_seconds() / 3600 if offset is not None else 0


def all_messages(*channels: str) -> list[dict[str, Any]]:
    """Every message of these channels once, as the newest export has it."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for snapshot in SNAPSHOTS:
        for name, day in slack_export(snapshot).items():
            if name.split("/")[0] in (channels or slack_channels().values()) and "/" in name:
                found |= {(name.split("/")[0], message["ts"]): message for message in day}
    return sorted(found.values(), key=lambda message: message["ts"])


def users(snapshot: str) -> dict[str, dict[str, Any]]:
    return {user["id"]: user for user in slack_export(snapshot)["users.json"]}


def test_half_a_year_of_a_small_team_with_both_changes_of_the_clocks() -> None:
    sent = all_messages(*SUPPORT)
    assert at(sent[0]).date().isoformat() <= "2025-09-02" and at(sent[-1]).date().isoformat() == "2026-03-16"
    assert len({message["user"] for message in sent if "user" in message}) > 120
    per_day = Counter(at(message).date() for message in sent)
    working = [count for day, count in per_day.items() if day.weekday() < 5]
    assert 20 <= sum(working) / len(working) <= 60
    assert {offset_hours(message) for message in sent} == {-4, -5}
    assert {offset_hours(message) for message in sent if f"{at(message):%Y-%m-%d}" == "2025-11-02"} == {-4, -5}
    assert any(f"{at(message):%Y-%m-%d}" == "2026-03-08" for message in sent)
    assert any(day.weekday() == 6 for day in per_day)


def test_the_night_of_the_extra_hour(case: Case, message: Find) -> None:
    first, later = (message(each["key"], "2025-11-17") for each in case("night_of_the_extra_hour")["messages"])
    assert first and later and f"{at(first):%H:%M}" == f"{at(later):%H:%M}" == "01:30"
    assert at(later, UTC).hour - at(first, UTC).hour == 1  # type: ignore[arg-type]


def test_day_files_are_named_by_pacific_dates_and_replies_lie_in_their_own_day() -> None:
    late_replies = 0
    for snapshot in SNAPSHOTS:
        for name, day in slack_export(snapshot).items():
            if "/" in name:
                assert {f"{at(message, PACIFIC):%Y-%m-%d}" for message in day} == {name.split("/")[1].removesuffix(".json")}
                late_replies += sum(
                    at(message).date() > at({"ts": message["thread_ts"]}).date() for message in day if "thread_ts" in message
                )
    assert late_replies > 100


def test_parents_count_the_replies_seen_by_then() -> None:
    export = slack_export("2026-03-16")
    day_files = [day for name, day in export.items() if "/" in name]
    parents = [message for day in day_files for message in day if message.get("reply_count")]
    replies = Counter(
        message["thread_ts"] for day in day_files for message in day if message.get("thread_ts", message["ts"]) != message["ts"]
    )
    assert parents and all(parent["reply_count"] == len(parent["replies"]) >= replies[parent["ts"]] for parent in parents)
    assert all(parent["latest_reply"] == max(reply["ts"] for reply in parent["replies"]) for parent in parents)


def test_answers_in_threads_outside_threads_and_by_fellow_users(case: Case, message: Find) -> None:
    asked, answer = (message(case("unthreaded_answer_inferred")[part]["key"], "2025-11-17") for part in ("message", "answer"))
    assert asked and answer and "thread_ts" not in asked and "thread_ts" not in answer
    first, *_ = case("unthreaded_answer_by_name")["messages"]
    named, asked = message(case("unthreaded_answer_by_name")["answer"]["key"], "2025-11-17"), message(first["key"], "2025-11-17")
    assert named and asked and f"<@{asked['user']}>" in named["text"]
    staff = {user["id"] for user in users("2026-03-16").values() if user["profile"].get("email", "").endswith("@tilter.example.com")}
    thread = message(case("fellow_user_answers.threaded")["message"]["key"], "2025-11-17")
    assert thread and thread["replies"][0]["user"] not in staff and thread["replies"][1]["user"] in staff


def test_subtypes_of_every_kind() -> None:
    kinds = {message.get("subtype") for message in all_messages()}
    assert kinds >= {"channel_join", "channel_topic", "thread_broadcast", "bot_message", "tombstone", "file_comment", None}
    assert any("user" not in message and "bot_id" not in message for message in all_messages())


def test_bots_greet_first_and_post_for_people(case: Case, message: Find) -> None:
    greeted = message(case("bot_answers_first")["message"]["key"], "2025-11-17")
    everybody = users("2025-11-17")
    assert greeted and everybody[greeted["replies"][0]["user"]]["is_bot"] and float(greeted["replies"][0]["ts"]) - float(greeted["ts"]) < 5
    form = message(case("form_names_the_asker")["message"]["key"], "2026-01-19")
    assert (
        form
        and form["bot_id"]
        and "user" not in form
        and case("form_names_the_asker")["person"]["accounts"][1].split(":")[2] in form["text"]
    )


def test_edited_between_two_snapshots(case: Case, message: Find) -> None:
    key = case("edited_question")["message"]["key"]
    before, after = message(key, "2025-11-17"), message(key, "2026-01-19")
    assert before and after and "edited" not in before and "teh" in before["text"] and "teh" not in after["text"] and after["edited"]["ts"]


def test_deleted_after_it_was_seen(case: Case, message: Find) -> None:
    key = case("deleted_long_after_it_was_due")["message"]["key"]
    before, after = message(key, "2025-11-17"), message(key, "2026-01-19")
    assert before and after and "subtype" not in before and (after["subtype"], after["user"]) == ("tombstone", "USLACKBOT")
    for name, part in (("deleted_without_a_trace", "message"), ("answer_deleted_after_it_was_seen.slack", "answer")):
        key = case(name)[part]["key"]
        assert message(key, "2025-11-17") and message(key, "2026-01-19") is None


def test_late_records(case: Case, message: Find) -> None:
    for late in case("late_records")["messages"]:
        assert message(late["key"], "2026-03-09") is None and message(late["key"], "2026-03-16")
    assert "integrations-help/2026-03-05.json" not in slack_export("2026-03-09")
    assert "help/2026-03-05.json" in slack_export("2026-03-09")


def test_deleted_after_the_week_was_reported(case: Case, message: Find) -> None:
    key = case("deleted_after_it_was_reported")["message"]["key"]
    before, after = message(key, "2026-03-09"), message(key, "2026-03-16")
    assert before and after and "subtype" not in before and after["subtype"] == "tombstone"


def test_a_profile_that_names_a_login_only_in_the_last_export(case: Case) -> None:
    key = case("merged_later_by_profile.slack")["person"]["accounts"][1].split(":")[2]
    assert "github.com" not in str(users("2026-03-09")[key]) and "github.com/wrencast" in str(users("2026-03-16")[key])


def test_deleted_account(case: Case) -> None:
    key = case("deleted_slack_account")["person"]["accounts"][0].split(":")[2]
    assert not users("2025-11-17")[key]["deleted"] and users("2026-01-19")[key]["deleted"]


def test_messages_close_together(case: Case) -> None:
    sent = [datetime.fromisoformat(each["at"]) for each in case("several_messages_one_request")["messages"]]
    assert [(after - before).total_seconds() for before, after in pairwise(sent)] == [360, 540]
    first, second = (datetime.fromisoformat(each["at"]) for each in case("eleven_minutes_later")["messages"])
    assert (second - first).total_seconds() == 601


def test_equal_instants_in_two_channels(case: Case) -> None:
    one, two = (each["key"].split(":") for each in case("same_instant_in_two_channels")["messages"])
    assert one[3] == two[3] and one[2] != two[2]


def test_names_and_texts_that_bite() -> None:
    names = " ".join(user["real_name"] for user in users("2026-03-16").values())
    texts = " ".join(message["text"] for message in all_messages("help"))
    for text in (names, texts):
        assert "alert(" in text and '"' in text and any(0x590 <= ord(each) <= 0x6FF for each in text)
    assert "🦊" in names and "\\" in names and "<script>" in names and "<script>" not in texts and "&lt;script&gt;" in texts


def test_small_talk_thanks_and_stack_traces() -> None:
    texts = [message["text"] for message in all_messages(*SUPPORT)]
    assert sum("thank" in text.lower() for text in texts) > 100
    assert sum("```" in text for text in texts) > 50
    assert len(set(texts)) > 2000


def test_the_team_among_itself(case: Case, message: Find) -> None:
    filed = message(case("internal_report.github")["message"]["key"], "2026-03-09")
    assert filed and case("internal_report.github")["url"] in filed["text"]
    assert slack_channels()["G05MTRIAGE0"] == "triage-customers" and all_messages("triage-customers")
    assert any("app.shortcut.com" in report["text"] for report in all_messages("internal-bugs"))

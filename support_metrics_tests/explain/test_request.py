"""The path of a request is the one that core went: its messages, its people, its clock; and what is none has a rule."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from support_metrics.explain import Explanation, explain_request, explanation_lines
from support_metrics.explain.parts import Request
from support_metrics.explain.request import counted_intervals

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Explained = Callable[..., Explanation]
Path = Callable[..., Request]


def roles(request: Request) -> list[list[str]]:
    return [each.roles for each in request.messages]


def text(explanation: Explanation) -> str:
    return "\n".join(explanation_lines(explanation))


def test_the_intervals_of_every_request_add_up_to_its_business_seconds(published: DuckDBPyConnection) -> None:
    rows = published.execute(
        """
        select requests.request_id, requests.calendar, requests.opened_at, coalesce(requests.first_response_at, judged_at), requests.business_seconds
        from marts.requests as requests
        inner join core.deadlines as deadlines using (request_id)
        inner join core.judgements as judgements using (request_id) where moment_week = date '0001-01-01'
        """
    ).fetchall()
    assert len(rows) > 1000 and len({key for key, *_ in rows}) == len(rows)
    for key, calendar, opened_at, stopped_at, seconds in rows:
        intervals = counted_intervals(published, calendar, opened_at, stopped_at)
        assert sum(each.seconds for each in intervals) == seconds, key
        assert all(opened_at <= each.from_at < each.to_at <= stopped_at for each in intervals), key


@pytest.mark.parametrize("channel", ["github", "slack", "email", "x", "youtube"])
@pytest.mark.parametrize("state", ["met", "late", "overdue", "pending", "closed_silently", "withdrawn", "excluded"])
def test_the_roles_say_what_the_mart_says(channel: str, state: str, published: DuckDBPyConnection) -> None:
    found = published.execute(
        """
        select request_id, first_human_at, first_response_at, url from marts.requests
        where channel = $1 and state = $2 order by hash(request_id) limit 3
        """,
        [channel, state],
    ).fetchall()
    for key, first_human_at, first_response_at, url in found:
        explanation = explain_request(published, key)
        assert explanation.named is None
        (request,) = explanation.requests
        played = [role for each in request.messages for role in each.roles]
        assert played.count("opens") == 1
        for role, at in (("first_human", first_human_at), ("first_response", first_response_at)):
            assert [each.sent_at for each in request.messages if role in each.roles] == ([at] if at else [])
        assert (request.responder is not None) == (first_response_at is not None)
        assert not request.person.is_team and (request.responder is None or request.responder.is_team)
        assert request.clock.is_reconciled
        if url:
            assert [each.request_id for each in explain_request(published, url).requests] == [key]


def test_answered_late(path: Path) -> None:
    request = path("exactly_in_time.late")
    assert request.state == "late" and request.why in text_of(request)
    assert roles(request) == [["opens"], ["first_human", "first_response"]]
    assert request.clock.target_seconds == 10_800 and request.clock.business_seconds == 10_801
    assert [each.seconds for each in request.clock.intervals] == [10_801]
    assert request.clock.due_at == datetime(2025, 12, 10, 18, tzinfo=UTC)


def text_of(request: Request) -> str:
    return f"{request.state}: {request.why}"


def test_unanswered(explained: Explained) -> None:
    explanation = explained("never_answered.slack")
    (request,) = explanation.requests
    assert request.state == "overdue" and request.responder is None
    assert request.clock.stopped_by == "as_of" and request.clock.stopped_at == explanation.view.as_of_at
    assert "asker" in [role for each in roles(request) for role in each], "the nudge in the thread is no answer"
    assert "unanswered" in text(explanation) and "more lines" in text(explanation)


def test_withdrawn(path: Path) -> None:
    request = path("withdrawn_by_the_author")
    assert request.state == "withdrawn"
    assert request.clock.withdrawn_seconds == 25 * 60
    assert [(each.is_by_author, each.is_by_team) for each in request.closings] == [(True, False)]


def test_one_person_in_two_channels(path: Path) -> None:
    one, other = path("one_person_in_two_channels.github"), path("one_person_in_two_channels.slack")
    assert one.person.person_id == other.person.person_id and one.channel != other.channel
    assert {each.account_id.split(":")[0] for each in one.person.accounts} == {"github", "slack"}
    assert [each.rule for each in one.person.links] == ["slack_profile"]
    assert one.person.links[0].why.startswith("github.com/")


def test_a_merge_by_hand_names_who_and_why(explained: Explained) -> None:
    said = text(explained("merged_by_override.slack"))
    assert "Calla told me that cdunwoode-work is her account (alias)" in said
    assert "same github:user:80424950 -> slack:T05MILLWRIT:U0561CGAWZS, by Nick: Calla told me" in said


def test_a_bots_greeting_is_skipped_and_said_to_be(path: Path) -> None:
    for case in ("bot_answers_first", "bot_greets_first"):
        request = path(case)
        assert roles(request) == [["opens"], ["bot"], ["first_human", "first_response"]], case
        assert "skipped, a bot: " in request.messages[1].says
    assert "posted by the bot or app B05" in path("bot_answers_first").messages[1].says


def test_a_fellow_user_answers_first(path: Path) -> None:
    assert roles(path("fellow_user_answers.threaded")) == [["opens"], ["first_human", "fellow_user"], ["first_response"]]


def test_several_messages_are_one_request_answered_in_the_thread_of_the_last(path: Path) -> None:
    request = path("several_messages_one_request", "messages")
    assert roles(request) == [["opens"], ["part"], ["part"], ["first_human", "first_response"]]
    assert "in the thread" in request.messages[-1].says


def test_how_an_answer_outside_the_thread_was_found(path: Path) -> None:
    assert "inferred, since no other request stood open there" in path("unthreaded_answer_inferred").messages[-1].says
    assert "naming the asker" in path("unthreaded_answer_by_name", "messages").messages[-1].says
    assert "as an override says" in path("ambiguous_answer", "messages").messages[-1].says


def test_holidays_and_half_days_are_named(path: Path) -> None:
    thanksgiving = path("across_thanksgiving").clock
    assert [(each.day, each.name) for each in thanksgiving.special_days] == [
        (date(2025, 11, 27), "Thanksgiving Day"),
        (date(2025, 11, 28), "team holiday"),
    ]
    assert [each.seconds for each in thanksgiving.intervals] == [3600, 5400]
    half_day = path("across_a_half_day").clock
    assert [(each.day, each.is_holiday) for each in half_day.special_days] == [(date(2025, 12, 24), False), (date(2025, 12, 25), True)]


def test_asked_and_answered_while_closed(explained: Explained) -> None:
    explanation = explained("answered_in_the_evening")
    assert explanation.requests[0].clock.intervals == []
    assert "nothing: the calendar was closed all the while" in text(explanation)


def test_overrides_by_hand(path: Path, explained: Explained) -> None:
    excluded = path("overridden_by_hand.exclude")
    assert (excluded.state, excluded.is_counted) == ("excluded", False)
    assert [(each.kind, each.why) for each in excluded.overrides] == [("exclude", "Ines: about the meetup, not about Millwright")]
    assert "counts nowhere" in text(explained("overridden_by_hand.exclude"))
    assert path("overridden_by_hand.include").verdict.startswith("included by hand by Ines")
    reattributed = path("asked_for_a_colleague")
    assert reattributed.person.name == "anabela"
    assert "counted for anabela, as an override says" in reattributed.messages[0].says


def test_a_form_names_the_asker(path: Path) -> None:
    assert path("form_names_the_asker").messages[0].says.startswith("posted by a form, which names the asker")


def test_closed_by_whom(path: Path) -> None:
    (silent,) = path("closed_without_a_word").closings
    assert silent.by == "Jun Harrowgate" and silent.is_by_team
    (by_a_bot,) = path("closed_by_a_bot").closings
    assert by_a_bot.by is None and not by_a_bot.is_by_team
    assert path("reopened").closings[0].reopened_at


@pytest.mark.parametrize(
    ("case", "part", "kind", "rule"),
    [
        ("opened_for_a_user", "", "team", "by Nick Tolliver-Bray of the team, in the roster from 2023-04-03"),
        ("team_member_asks", "", "team", "by Jun Harrowgate of the team"),
        ("user_who_joins_the_team.asks_as_staff", "", "team", "by Lena Farrowmere of the team, in the roster from 2026-01-05"),
        ("small_talk_and_thanks", "messages", "not_asking", "judged not to ask for help: greets"),
        ("fellow_user_answers.top_level", "answer", "not_asking", "judged not to ask for help: speaks to a fellow user"),
        ("system_messages", "messages", "notice", "a notice of Slack itself (channel_join)"),
        ("deleted_question_with_replies", "", "notice", "deleted before it was first read"),
        ("internal_report.github", "", "place", "stands in #internal-bugs, which the settings name for internal"),
    ],
)
def test_what_is_no_request_names_the_rule(case: str, part: str, kind: str, rule: str, explained: Explained) -> None:
    explanation = explained(case, part)
    assert explanation.requests == [] and explanation.named
    assert explanation.named.message.roles == [kind]
    assert rule in explanation.named.rule
    assert f"is no request: {explanation.named.rule}." in text(explanation)


def test_pull_requests_and_feeds_are_none(published: DuckDBPyConnection) -> None:
    for table, key, what, said in (
        ("staging.github_issues", "issue_id", "is_pull_request", "a pull request"),
        (
            "staging.slack_messages",
            "message_id",
            "bot_id = 'B05EA7BVL8Q' and not is_reply",
            "by a bot: posted by the bot or app B05EA7BVL8Q",
        ),
        ("core.inbox_messages", "message_id", "is_automatic", "sent by a machine"),
    ):
        found = published.execute(f"select {key} from {table} where {what} order by 1 limit 1").fetchall()[0][0]
        explanation = explain_request(published, found)
        assert explanation.named and said in explanation.named.rule and explanation.requests == []


def test_who_joined_the_team_later_was_a_user_then(path: Path) -> None:
    before = path("user_who_joins_the_team.before").person
    assert not before.is_team and before.standing == "not of the team that day: in the roster Lena Farrowmere from 2026-01-05"
    after = path("user_who_joins_the_team.slack_after").responder
    assert after and after.name == "Lena Farrowmere" and "from 2026-01-05" in after.standing


def test_any_message_leads_to_its_request(published: DuckDBPyConnection, path: Path) -> None:
    request = path("several_messages_one_request", "messages")
    for message in request.messages:
        assert message.url
        explanation = explain_request(published, message.url)
        assert [each.request_id for each in explanation.requests] == [request.request_id]
        assert (explanation.named is None) == ("opens" in message.roles)
        if explanation.named:
            assert "\n> " in text(explanation), "the message that was named is marked"


def test_an_ambiguous_answer_leads_to_each_request_it_could_answer(published: DuckDBPyConnection) -> None:
    answer, requests = published.execute(
        """
        select answer, list_sort(list(request_id)) from (select request_id, unnest(possible_answer_urls) as answer from marts.requests)
        group by answer having count(*) > 1 order by answer limit 1
        """
    ).fetchall()[0]
    explanation = explain_request(published, answer)
    assert [each.request_id for each in explanation.requests] == requests
    assert all(["possible_answer"] in roles(each) for each in explanation.requests)


def test_it_says_as_of_when(explained: Explained) -> None:
    assert text(explained("never_answered")).endswith(
        "As of Mon 2026-03-16 08:00:00 (12:00:00Z). Times are America/New_York, in brackets UTC."
    )

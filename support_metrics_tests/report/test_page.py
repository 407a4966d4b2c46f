"""The page as text: what it says and what it escapes."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import duckdb
import pytest

from support_metrics.report import render_week
from support_metrics.report.attention import notices
from support_metrics.report.delivery import render_archive
from support_metrics.report.week import read_week
from support_metrics_tests.report.example import AS_OF, NASTY, WEEK, insert, poison, request
from support_metrics_tests.report.outline import Outline


def scripts_that_run(page: Outline) -> int:
    """Scripts other than data; the policy names each by its hash."""
    return sum(tag == "script" and attributes.get("type") != "application/json" for tag, attributes in page.elements)


@pytest.fixture
def page(marts: duckdb.DuckDBPyConnection) -> Outline:
    return Outline(render_week(marts, WEEK))


def test_it_says_what_matters(page: Outline) -> None:
    for words in (
        "2 – 8 March 2026",
        "as of Mon 9 Mar 08:00",
        "Europe/Berlin (CET)",
        "On duty: Jonas Weiß",
        "unanswered for 11 h 2 min of business time; target 3 h; overdue by 8 h 2 min",
        "Customer 1 · GitHub",
        "Mon 2 Mar 15:05",
        "May have been answered by message 1: settle it with an override.",
        "E-mail not covered",
        "1 release: v4.15.0.",
        "Handed off Fri 6 Mar 16:00, on time",
        "Watch the proxy thread.",
        "Waiting since February",
        "“3h in business time” on",
        "Data loss on resume high Tue 3 Mar 10:00 nobody 40 h so far none open",
        "A nicer icon low Tue 3 Mar 10:00 — — none open",
        "support_metrics 0.1.0",
    ):
        assert words in page.said, words


def test_only_missed_and_open_requests_are_listed_unanswered_first(page: Outline) -> None:
    assert "A met one is not listed" not in page.said
    assert "Nor is a withdrawn one" not in page.said
    table = page.said.split("Every request of the week")[1]
    order = [
        table.index(words)
        for words in ("Unanswered and past due 2", "Closed without a word 1", "Unanswered, not yet due 1", "Answered late 5")
    ]
    assert order == sorted(order)


def test_links_lead_to_web_pages_sections_or_the_archive(page: Outline) -> None:
    ids = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
    for link in page.links():
        assert link.startswith("index.html") or link.removeprefix("#") in ids or link.startswith("https://"), link
    assert "https://github.com/example/tool/issues/1001" in page.links()


def test_it_is_one_file_that_asks_for_nothing(page: Outline) -> None:
    for tag, attributes in page.elements:
        assert tag not in ("img", "iframe", "object", "embed", "form"), tag
        assert not attributes.get("src")
        assert tag != "link" or attributes["href"] == "data:,"
        assert not [name for name in attributes if name.startswith("on")]
    (policy,) = [attributes["content"] for tag, attributes in page.elements if attributes.get("http-equiv") == "Content-Security-Policy"]
    assert policy and policy.startswith("default-src 'none'; script-src 'sha256-")


def test_it_has_an_order_for_those_who_hear_it(page: Outline) -> None:
    tags = [tag for tag, _ in page.elements]
    assert tags.count("h1") == tags.count("main") == 1
    assert [attributes.get("aria-label") for tag, attributes in page.elements if tag == "nav"] == ["Weeks", "Sections"]
    levels = [int(tag[1]) for tag in tags if re.fullmatch("h[1-6]", tag)]
    assert all(following <= level + 1 for level, following in pairwise(levels)), "no heading level is skipped"
    assert tags.count("table") == tags.count("caption")
    for tag, attributes in page.elements:
        if "scroll" in (attributes.get("class") or "").split():
            assert attributes.get("tabindex") == "0", tag
            assert attributes.get("role") == "region"
            assert attributes.get("aria-label") or attributes.get("aria-labelledby")
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_text_from_outside_stays_text(marts: duckdb.DuckDBPyConnection) -> None:
    before = Outline(render_week(marts, WEEK))
    poison(marts)
    page = Outline(render_week(marts, WEEK))
    assert {tag for tag, _ in page.elements} == {tag for tag, _ in before.elements}
    assert scripts_that_run(page) == scripts_that_run(before) == 3
    for attributes in (attributes for _, attributes in page.elements):
        assert not [name for name in attributes if name.startswith("on")]
    for link in page.links():
        assert link.startswith(("https://", "#", "index.html")), link
    assert NASTY[0] in page.said
    assert "&lt;b&gt;" in page.said, "entities are shown as typed"


def test_nothing_known_is_a_page_too(empty_marts: duckdb.DuckDBPyConnection) -> None:
    insert(empty_marts, "build", as_of_at=AS_OF, version="1", team="T", time_zone="UTC")
    page = Outline(render_week(empty_marts, WEEK))
    assert "No request of the week is known: nothing of it is covered." in page.said
    assert "Nobody asked for the first time" not in page.said
    assert "No source has been landed." in page.said
    assert page.said.count("Not known: ") == 4


def test_a_week_without_a_miss_says_so_of_itself(marts: duckdb.DuckDBPyConnection) -> None:
    marts.execute("delete from marts.requests where week = $week", {"week": WEEK})
    assert "Nothing of the week was missed and nothing of it waits." in Outline(render_week(marts, WEEK)).said


def test_one_thing_has_one_name(page: Outline) -> None:
    for words in ("Closed silently", "closed silently", "Median 90 ", "Median and 90 ", "High priority"):
        assert words not in page.said, words
    for words in ("Closed without a word", "90th percentile", "Issues with a priority", "of questions in Slack only the week’s own"):
        assert words in page.said, words
    assert "Asked in Slack this week, no issue linked" in page.said


def test_nulls_in_every_column_of_a_request_are_dashes(marts: duckdb.DuckDBPyConnection) -> None:
    nothing = dict.fromkeys(
        ("url", "title", "person_name", "policy", "due_at", "business_seconds", "why", "verdict", "possible_answer_urls")
    )
    request(marts, 50, state="overdue", request_id="slack:T1:C1:1.5", opened_at=AS_OF - timedelta(days=3), **nothing)
    marts.execute(
        "update marts.weekly_exterminators set exterminator = null, next_exterminator = null, handed_off_at = null, is_on_time = null, notes = null"
    )
    marts.execute("update marts.weekly_releases set releases = null, tags = null, is_compliant = null, has_summary = null")
    marts.execute("update marts.sources set last_complete_sync_at = null, covered_from_at = null, covered_until_at = null, objects = null")
    page = Outline(render_week(marts, WEEK))
    assert "slack:T1:C1:1.5" in page.said
    assert "No handoff form for this week." in page.said


def test_votes_that_are_not_covered_are_dashes_with_the_reason(marts: duckdb.DuckDBPyConnection) -> None:
    said = Outline(render_week(marts, WEEK)).said
    assert "Votes are known" not in said and "Support for format 2 18 same 3" in said
    marts.execute("update marts.sources set covered_until_at = covered_until_at - interval 5 day where stream = 'reactions'")
    said = Outline(render_week(marts, WEEK)).said
    assert "Votes are known until Wed 4 Mar 08:00: there may be more in this week." in said
    assert "Support for format 2 18 — 3" in said and "Support for format 1 19 +4 3" in said


def restate(
    marts: duckdb.DuckDBPyConnection, table: str, key: str, column: str, was: float | None, now: float | None, **values: Any
) -> None:
    insert(marts, "restatements", **{"table_name": table, "key": key, "column_name": column, "was": was, "now": now, "first_published_at": AS_OF,
           "week": WEEK - timedelta(weeks=1), "kinds": [], "why": "it was not known then"} | values)  # fmt: skip


def test_restatements_are_never_silent(marts: duckdb.DuckDBPyConnection) -> None:
    restate(marts, "weekly_users", "2026-02-23|all", "users", 51, 50, why="two accounts were merged")
    page = Outline(render_week(marts, WEEK))
    assert "1 figure of earlier reports would have read differently, users 50 instead of 51 (week of 23 Feb · All channels)." in page.said
    assert "Figure Of Was Would have been First published Why Users week of 23 Feb · All channels 51 50 Mon 9 Mar" in page.said
    assert "two accounts were merged" in page.said
    assert "#restated" in page.links()


def test_the_largest_restatement_is_called_so_only_where_it_is_alone(marts: duckdb.DuckDBPyConnection) -> None:
    restate(marts, "weekly_sla", "2026-02-23|all", "judged", 45, 48)
    restate(marts, "weekly_users", "2026-02-23|slack", "requests", 30, 33)
    restate(marts, "weekly_users", "2026-02-23|all", "requests", 50, 53)
    told = "3 figures of earlier reports would have read differently, among the largest changes: requests 53 instead of 50 (week of 23 Feb · All channels)."
    assert told in Outline(render_week(marts, WEEK)).said
    restate(marts, "weekly_sla", "2026-02-23|all", "met", 40, 44)
    told = "4 figures of earlier reports would have read differently, the largest change: met 44 instead of 40 (week of 23 Feb · All channels)."
    assert told in Outline(render_week(marts, WEEK)).said


def test_restatements_name_the_largest_and_their_causes_by_title_and_name(marts: duckdb.DuckDBPyConnection) -> None:
    restate(marts, "daily_users", "2026-02-23|all", "users", 10, 13, kinds=["late_record"])
    restate(marts, "weekly_sla", "2026-02-23|all", "judged", 45, 48, kinds=["late_record"])
    restate(marts, "weekly_sla", "2026-02-23|slack", "judged", 30, 33, kinds=["late_record"])
    restate(marts, "weekly_sla", "2026-02-23|all", "compliance", 0.83, 0.81, kinds=["late_record"])
    restate(marts, "weekly_users", "2026-02-23|all", "users", 42, 41, kinds=["late_record", "merged"])
    restate(marts, "weekly_users", "2026-02-23|email", "users", None, 90)
    cause = {"as_of_at": AS_OF, "week": WEEK - timedelta(weeks=1), "channel": "slack", "opened_on": date(2026, 2, 26), "figures": 5}
    for number in range(12):
        insert(marts, "restatement_causes", **cause, kind="late_record", subject=f"slack:T1:C1:{number:02}.5", title=f"How do I do {number}?", person_name="Una Berg",
               url=f"https://example.slack.com/archives/C1/p{number}")  # fmt: skip
    insert(marts, "restatement_causes", **cause, kind="merged", subject="slack:T1:C1:99.5", title="And why?", person_name="Una Berg",
           former_name="una-b on GitHub", present_name="Una in Slack", detail="declared the same by Ana: she told me")  # fmt: skip
    page = Outline(render_week(marts, WEEK))
    assert (
        "6 figures of earlier reports would have read differently, among the largest changes: users 13 instead of 10 (Mon 23 Feb · All channels) "
        "and compliance 81 % instead of 83 % (week of 23 Feb · All channels)."
    ) in page.said
    assert (
        "12 questions that were not known, or not counted, then, week of 23 Feb; behind 5 figures: users, compliance, judged." in page.said
    )
    assert "How do I do 0?, asked by Una Berg · Slack · Thu 26 Feb" in page.said
    assert "https://example.slack.com/archives/C1/p0" in page.links()
    assert "2 more: support-metrics query \"from restatement_causes where week = '2026-02-23'\"" in page.said
    assert (
        "And why?, asked by Una Berg · Slack · Thu 26 Feb; counted as una-b on GitHub then, as Una in Slack now: declared the same by Ana: she told me"
        in page.said
    )
    assert "Users week of 23 Feb · All channels 42 41 Mon 9 Mar 08:00 late questions; people merged, or no longer" in page.said
    assert "Users Mon 23 Feb · All channels 10 13" in page.said
    assert "slack:T1" not in page.said
    assert "judged as of that report’s own Monday" in page.said


def test_every_open_request_is_listed_however_long_ago_it_was_asked(marts: duckdb.DuckDBPyConnection) -> None:
    for number in range(200, 251):
        request(marts, number, state="overdue", title=f"Long ago {number}", opened_at=datetime(2025, 11, 20, 9, tzinfo=UTC))
    request(marts, 251, state="pending", title="No target is set", opened_at=datetime(2025, 11, 19, 9, tzinfo=UTC))
    request(marts, 252, state="overdue", title="Closed by a bot", opened_at=datetime(2025, 11, 20, 9, tzinfo=UTC), closed_at=AS_OF)
    page = Outline(render_week(marts, WEEK))
    assert "52 requests open for more than four weeks (53 a week before), the oldest since Wed 19 Nov 2025 10:00" in page.said
    assert "Open for more than four weeks: 52" in page.said
    assert all(f"Long ago {number}" in page.said for number in range(200, 251)) and "No target is set" in page.said
    assert "Closed by a bot" not in page.said
    assert "#older" in page.links() and "older" in {attributes.get("id") for tag, attributes in page.elements if tag == "details"}


def test_the_notice_of_old_ones_alone_leads_to_their_list(marts: duckdb.DuckDBPyConnection) -> None:
    marts.execute("delete from marts.requests")
    request(marts, 200, state="overdue", opened_at=datetime(2025, 11, 20, 9, tzinfo=UTC))
    assert [(each.anchor, each.text) for each in notices(read_week(marts, WEEK)) if "open for" in each.text] == [
        ("older", "1 request open for more than four weeks (1 a week before), since Thu 20 Nov 2025 10:00.")
    ]


def test_rendering_twice_gives_the_same_page(marts: duckdb.DuckDBPyConnection) -> None:
    assert render_week(marts, WEEK) == render_week(marts, WEEK)


def test_the_archive_escapes_and_lists_newest_first() -> None:
    page = Outline(render_archive(NASTY[1], [WEEK, WEEK - timedelta(weeks=1)], {}))
    assert page.links() == ["2026-03-02.html", "2026-02-23.html"]
    assert scripts_that_run(page) == 2
    assert NASTY[1] in page.said

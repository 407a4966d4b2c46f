"""Votes, priorities, gaps and internal reports of the demo against a recount from landing."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, datetime

import duckdb
import pytest

from support_metrics_tests.integrity.issues import Issue, Issues
from support_metrics_tests.integrity.people import People
from support_metrics_tests.integrity.process import Process, Story
from support_metrics_tests.integrity.recount import Recount, Request


@pytest.fixture(scope="module")
def issues(recount: Recount, people: People) -> Issues:
    return Issues(recount, people)


@pytest.fixture(scope="module")
def process(recount: Recount) -> Process:
    return Process(recount)


@pytest.fixture(scope="module")
def tracking(process: Process) -> dict[str, list[Story]]:
    """The stories that link an issue, in the order in which they stand for it."""
    found = defaultdict(list)
    for story in process.stories:
        for name in story.issues:
            found[name].append(story)
    for stories in found.values():
        stories.sort(key=lambda story: (str(story.labelled_at or "~"), story.newest["created_at"], story.number))
    return found


def test_votes(issues: Issues, recount: Recount, built: duckdb.DuckDBPyConnection) -> None:
    rows = built.execute(
        "select request_id, voters, comments, reactions, first_vote_at, last_vote_at, state from marts.issue_votes"
    ).fetchall()
    counted = {}
    for issue in issues.issues:
        voices = issues.external(issue)
        moments = sorted(each.moment for each in voices)
        comments = sum(each.is_comment for each in voices)
        voters = {recount.person(each.account) for each in voices}
        ends = (moments[0], moments[-1]) if moments else (None, None)
        counted[issue.key] = (len(voters), comments, len(voices) - comments, *ends, issue.state)
    assert {row[0]: row[1:] for row in rows} == counted
    assert any(row[1] < row[2] + row[3] for row in rows), "someone in the demo spoke twice"


def test_votes_week_by_week(issues: Issues, recount: Recount, built: duckdb.DuckDBPyConnection) -> None:
    counted: dict[tuple[date, str], int] = Counter()
    for issue in issues.issues:
        first: dict[str, datetime] = {}
        for voice in sorted(issues.external(issue), key=lambda each: each.moment):
            first.setdefault(recount.person(voice.account), voice.moment)
        for moment in first.values():
            counted[recount.week(moment), issue.key] += 1
    rows = built.execute("select week, request_id, new_voters, voters from marts.weekly_votes order by week").fetchall()
    covered = built.execute("select distinct week, is_covered from marts.weekly_votes order by week").fetchall()
    assert covered == [(week, True) for week, _ in covered], "the demo's files cover all of its weeks"
    assert {(week, key): new for week, key, new, _ in rows} == counted
    assert all(voters == sum(new for (then, its), new in counted.items() if its == key and then <= week) for week, key, _, voters in rows)


def test_labels(issues: Issues, recount: Recount, requests: list[Request], built: duckdb.DuckDBPyConnection) -> None:
    by_key = {issue.key: issue for issue in issues.issues}
    counted: Counter[tuple[date, str]] = Counter()
    for request in requests:
        if request.channel == "github" and not request.is_excluded:
            labels = {label["name"] for label in by_key[request.key].newest["labels"]}
            counted.update((recount.week(request.opened_at), label) for label in labels or {"(none)"})
    assert dict(counted) == {
        (week, label): issues for week, label, issues in built.execute("select week, label, issues from marts.weekly_labels").fetchall()
    }


def test_priorities(issues: Issues, recount: Recount, tracking: dict[str, list[Story]], built: duckdb.DuckDBPyConnection) -> None:
    github = recount.settings.github
    wanted = {label.lower(): "high" for label in github.priority_labels} | {label.lower(): "low" for label in github.low_priority_labels}
    counted = {}
    for issue in issues.issues:
        carried: dict[str, datetime | None] = {}
        for event in issue.events:
            name = event.get("label", {}).get("name", "").lower()
            if event["event"] == "labeled":
                carried.setdefault(name, datetime.fromisoformat(event["created_at"]))
            elif event["event"] == "unlabeled":
                carried.pop(name, None)
        told = {event["label"]["name"].lower() for event in issue.events if event["event"] in ("labeled", "unlabeled")}
        carried |= {each["name"].lower(): None for each in issue.newest["labels"] if each["name"].lower() not in told}
        mine = sorted((wanted[label], label) for label in carried if label in wanted)
        if mine:
            priority, label = mine[0]
            assigned_at, assignee = _assigned(issue, carried[label])
            begins, stories = carried[label], tracking.get(issue.name, [])
            stories = sorted(
                stories, key=lambda story: (story.is_archived, story.labelled_at is None, story.newest["created_at"], story.number)
            )
            counted[issue.key] = (
                priority, label, begins, assigned_at, assignee,
                recount.open_seconds(begins, max(begins, assigned_at)) if begins and assigned_at else None,
                stories[0].newest["app_url"] if stories else None, issue.state,
            )  # fmt: skip
    rows = built.execute(
        """
        select request_id, priority, label, prioritised_at, assigned_at, assignee, seconds_to_assigned, tracked_url, state
        from marts.priority_requests
        """
    ).fetchall()
    assert {row[0]: row[1:] for row in rows} == counted
    assert {row[1] for row in rows} == {"high", "low"}


def _assigned(issue: Issue, prioritised_at: datetime | None) -> tuple[datetime | None, str | None]:
    """Who was assigned first of those who still were when the label was put on, or later."""
    standing: list[tuple[datetime, str]] = []
    for event in issue.events:
        moment = datetime.fromisoformat(event["created_at"])
        if event["event"] == "assigned":
            standing.append((moment, event["assignee"]["login"]))
        elif event["event"] == "unassigned" and (prioritised_at is None or moment <= prioritised_at):
            standing = [each for each in standing if each[1] != event["assignee"]["login"]]
    if standing:
        return min(standing)
    told = {event["assignee"]["login"] for event in issue.events if event["event"] in ("assigned", "unassigned")}
    return None, min((each["login"] for each in issue.newest["assignees"] if each["login"] not in told), default=None)


def test_gaps_of_issues(issues: Issues, recount: Recount, tracking: dict[str, list[Story]], built: duckdb.DuckDBPyConnection) -> None:
    known_from = min(
        datetime.fromisoformat(row[4]["covered_from_at"])
        for row in recount.rows("support_metrics", "syncs")
        if row[4]["stream"] == "stories"
    )
    counted = set()
    for issue in issues.issues:
        since_at = issues.worked_on(issue)
        if issue.state == "open" and not issue.newest["labels"]:
            counted.add(("unlabelled_issue", issue.key, issue.opened_at))
        if issue.state == "open" and since_at and since_at >= known_from and issue.name not in tracking:
            counted.add(("worked_on_not_tracked", issue.key, since_at))
    assert _gaps(built, "unlabelled_issue", "worked_on_not_tracked") == counted


def test_gaps_of_stories(issues: Issues, process: Process, tracking: dict[str, list[Story]], built: duckdb.DuckDBPyConnection) -> None:
    counted = set()
    for story in process.stories:
        mine = [issues.by_name[name] for name in story.issues if name in issues.by_name]
        created_at = datetime.fromisoformat(story.newest["created_at"])
        living = {name: [each for each in tracking[name] if not each.is_archived] for name in story.issues}
        if not story.is_archived and any(stories[0] is not story for stories in living.values()):
            counted.add(("duplicate_story", story.key, created_at))
        if mine and not story.is_done and not story.is_archived and all(issue.closed_at for issue in mine):
            counted.add(("story_open_issue_closed", story.key, max(issue.closed_at for issue in mine if issue.closed_at)))
        neglected = [
            issue
            for issue in mine
            if not issue.closed_at and not any(not each.is_done and not each.is_archived for each in tracking[issue.name])
        ]
        if story.is_done and neglected:
            done_at = datetime.fromisoformat(story.newest["completed_at"] or story.newest["created_at"])
            counted.add(
                ("story_done_issue_open", story.key, max([done_at, *(issue.reopened_at for issue in neglected if issue.reopened_at)]))
            )
    assert _gaps(built, "duplicate_story", "story_open_issue_closed", "story_done_issue_open") == counted


def test_questions_in_slack_without_an_issue(
    issues: Issues, recount: Recount, requests: list[Request], built: duckdb.DuckDBPyConnection
) -> None:
    """Neither the question, nor its thread, nor the answer outside it links an issue."""
    filed = {thread for thread, links in issues.slack_links().items() if any(kind == "github" for _, _, kind, _ in links)}
    counted = {
        ("asked_in_slack_without_issue", each.key, each.opened_at)
        for each in requests
        if each.channel == "slack" and recount.state(each) not in ("excluded", "withdrawn") and not each.parts & filed
    }
    assert _gaps(built, "asked_in_slack_without_issue") == counted


def _gaps(built: duckdb.DuckDBPyConnection, *kinds: str) -> set[tuple[str, str, datetime]]:
    rows = built.execute(
        "select kind, subject_id, since_at from marts.tracking_gaps where kind in (select unnest(?))", [list(kinds)]
    ).fetchall()
    assert {row[0] for row in rows} == set(kinds), "the demo has some of each"
    return set(rows)


def test_internal_reports(issues: Issues, people: People, recount: Recount, process: Process, built: duckdb.DuckDBPyConnection) -> None:
    """Messages of people in the internal channels, and the first link in their thread, or of a story back to them."""
    names = {channel["name"]: channel["id"] for channel in recount.newest("slack", "channels").values()}
    internal = {names[each] for each in recount.settings.slack.internal_channels}
    filed = issues.slack_links()
    for story in process.stories:
        for link in story.newest["external_links"]:
            if "/archives/" in link:
                channel, name = link.split("/archives/")[1].split("/")[:2]
                key = f"slack:{recount.settings.slack.team_id}:{channel}:{name[1:11]}.{name[11:17]}"
                moment = max(datetime.fromisoformat(story.newest["created_at"]), recount.moment(key.split(":")[3]))
                filed[key].append((moment, -1, "shortcut", story.newest["app_url"]))
    counted = {}
    for key, message, author in people.slack_messages():
        _, _, channel, ts = key.split(":")
        is_said = message.get("subtype", "") in ("", "file_share", "me_message") and message.get("thread_ts", ts) == ts
        if channel in internal and is_said and author and not message.get("bot_id") and not people.accounts[author].is_bot:
            first = min(filed.get(key, []), default=(None, None, None, None))
            counted[key] = (recount.moment(ts), first[2], first[3], first[0])
    rows = built.execute("select message_id, reported_at, filed_as, filed_url, filed_at from marts.internal_reports").fetchall()
    assert {row[0]: row[1:] for row in rows} == counted
    assert Counter(row[2] for row in rows).keys() == {"github", "shortcut", None}

"""A small warehouse with the marts the report reads, filled with a quarter of a team's weeks and with the nastiest text.

It is written by hand, so that the report's tests stand whatever the models do; `test_fixture.py` holds its columns to the models.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import duckdb

WEEK = date(2026, 3, 2)
FIRST_WEEK = date(2025, 11, 17)
AS_OF = datetime(2026, 3, 9, 7, 0, tzinfo=UTC)

INSTANT = "TIMESTAMP WITH TIME ZONE"
MARTS = {
    "build": f"as_of_at {INSTANT}, known_at {INSTANT}, version VARCHAR, team VARCHAR, time_zone VARCHAR, settings_hash VARCHAR, "
    "roster_hash VARCHAR, overrides_hash VARCHAR",
    "requests": f"request_id VARCHAR, channel VARCHAR, url VARCHAR, title VARCHAR, person_id VARCHAR, person_name VARCHAR, opened_at {INSTANT}, "
    f"opened_on DATE, week DATE, first_human_at {INSTANT}, first_response_at {INSTANT}, responder_id VARCHAR, responder_name VARCHAR, "
    f"response_inferred BOOLEAN, closed_at {INSTANT}, policy VARCHAR, target_seconds BIGINT, due_at {INSTANT}, business_seconds BIGINT, "
    "calendar_seconds BIGINT, state VARCHAR, why VARCHAR, verdict VARCHAR, possible_answer_urls VARCHAR[], lateness_seconds BIGINT, "
    "is_counted BOOLEAN, elapsed_seconds BIGINT, clock VARCHAR, calendar VARCHAR, exterminator VARCHAR",
    "business_hours": f"calendar VARCHAR, open_at {INSTANT}, close_at {INSTANT}, seconds_before DOUBLE, channels VARCHAR[]",
    "holidays": "day DATE, name VARCHAR",
    "release_changes": f"change_id VARCHAR, kind VARCHAR, repository VARCHAR, number BIGINT, url VARCHAR, title VARCHAR, labels VARCHAR[], "
    f"author VARCHAR, is_external BOOLEAN, done_at {INSTANT}, released_at {INSTANT}, tag VARCHAR",
    "weekly_labels": "week DATE, label VARCHAR, issues BIGINT, open_issues BIGINT",
    "weekly_votes": "week DATE, request_id VARCHAR, url VARCHAR, title VARCHAR, new_voters BIGINT, voters BIGINT, is_covered BOOLEAN",
    "issue_votes": f"request_id VARCHAR, url VARCHAR, title VARCHAR, voters BIGINT, comments BIGINT, first_vote_at {INSTANT}, last_vote_at {INSTANT}, "
    "state VARCHAR, reactions BIGINT",
    "priority_requests": f"request_id VARCHAR, url VARCHAR, title VARCHAR, priority VARCHAR, prioritised_at {INSTANT}, assigned_at {INSTANT}, "
    "assignee VARCHAR, seconds_to_assigned BIGINT, tracked_url VARCHAR, state VARCHAR, "
    f"seconds_waiting BIGINT, closed_at {INSTANT}",
    "internal_reports": f"message_url VARCHAR, reporter VARCHAR, reported_at {INSTANT}, filed_as VARCHAR, filed_url VARCHAR, title VARCHAR, "
    "message_id VARCHAR",
    "tracking_gaps": f"kind VARCHAR, url VARCHAR, title VARCHAR, since_at {INSTANT}, why VARCHAR, subject_id VARCHAR",
    "new_users": f"person_id VARCHAR, name VARCHAR, github_login VARCHAR, slack_name VARCHAR, company VARCHAR, email_domain VARCHAR, "
    f"first_request_id VARCHAR, first_seen_at {INSTANT}, requests BIGINT, channels VARCHAR[], is_mentioned_in_triage BOOLEAN, status VARCHAR, "
    "organisation VARCHAR",
    "daily_users": "day DATE, channel VARCHAR, users BIGINT, new_users BIGINT, requests BIGINT",
    "weekly_users": "week DATE, channel VARCHAR, users BIGINT, new_users BIGINT, requests BIGINT",
    "weekly_tickets": "week DATE, tickets BIGINT, bugs BIGINT, features BIGINT, chores BIGINT, done BIGINT, exterminator VARCHAR",
    "weekly_sla": "week DATE, channel VARCHAR, requests BIGINT, met BIGINT, late BIGINT, overdue BIGINT, pending BIGINT, closed_silently BIGINT, "
    "withdrawn BIGINT, judged BIGINT, compliance DOUBLE, compliance_lenient DOUBLE, median_seconds BIGINT, p90_seconds BIGINT, goal DOUBLE",
    "weekly_releases": "week DATE, is_holiday_week BOOLEAN, releases BIGINT, tags VARCHAR[], is_compliant BOOLEAN, has_summary BOOLEAN, "
    "has_breaking_changes BOOLEAN, has_deprecations BOOLEAN",
    "weekly_exterminators": f"week DATE, exterminator VARCHAR, next_exterminator VARCHAR, handed_off_at {INSTANT}, is_on_time BOOLEAN, "
    "users BIGINT, requests BIGINT, tickets BIGINT, compliance DOUBLE, notes VARCHAR",
    "daily_handoff_counts": "day DATE, reported_users BIGINT, measured_users BIGINT, difference BIGINT, exterminator VARCHAR",
    "sources": f"source VARCHAR, stream VARCHAR, last_complete_sync_at {INSTANT}, covered_from_at {INSTANT}, covered_until_at {INSTANT}, "
    "objects BIGINT, versions BIGINT, is_stale BOOLEAN, set_aside BIGINT",
    "restatements": f"table_name VARCHAR, key VARCHAR, column_name VARCHAR, was DOUBLE, now DOUBLE, first_published_at {INSTANT}, why VARCHAR, "
    f"week DATE, as_of_at {INSTANT}, kinds VARCHAR[]",
    "restatement_causes": f"as_of_at {INSTANT}, week DATE, kind VARCHAR, subject VARCHAR, title VARCHAR, url VARCHAR, channel VARCHAR, opened_on DATE, "
    "person_name VARCHAR, former_name VARCHAR, present_name VARCHAR, detail VARCHAR, figures BIGINT",
}

# Each would run, break out, load or mislead if it were not escaped; `window.injected` is what a test looks for.
NASTY = [
    "<script>window.injected = 1</script>",
    "</script><script>window.injected = 2</script>",
    '"><img src=x onerror="window.injected = 3">',
    "'; window.injected = 4; //",
    "<b>bold</b> &lt;b&gt; &amp; <a href='javascript:window.injected=5'>here</a>",
    "<!--<script> ]]> {{ 7 * 7 }} {% raw %} %{y} ${x}",
    "Ὀδυσσεύς 🐙 \u202eevil\u202c مرحبا שלום",
    "<svg onload=window.injected=6><iframe src=https://example.org/>",
    "\u2028\u2029\x0b\u0000 line\nbreak",
    "A" * 300,
]
NASTY_LINKS = [
    "javascript:window.injected=7",
    "JaVaScRiPt:window.injected=8",
    " javascript:window.injected=9",
    "java\nscript:window.injected=10",
    "data:text/html,<script>window.injected=11</script>",
    "vbscript:x",
    'https://example.org/"onmouseover="window.injected=12',
    "//example.org/x",
    "https://",
    "http://[::1",
]
CHANNELS = {"slack": 9, "github": 6, "email": 2, "x": 1, "youtube": 0}
HOLIDAYS = {date(2025, 12, 25): "Christmas Day", date(2025, 12, 26): "Boxing Day", date(2026, 3, 5): "Founders’ Day"}
PEOPLE = ["Ada Okafor", "Nick", "Mei-Lin Zhao", "Jonas Weiß"]


def mondays() -> list[date]:
    return [FIRST_WEEK + timedelta(weeks=number) for number in range((WEEK - FIRST_WEEK).days // 7 + 1)]


def wave(number: int, salt: int) -> int:
    """Something between -3 and 3 that looks like weeks do and is the same on every day."""
    return (number * 2971 + salt * 1907 + 11) ** 2 // 97 % 7 - 3


def create_marts(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("set TimeZone = 'UTC'")
    connection.execute("create schema marts")
    for name, columns in MARTS.items():
        connection.execute(f"create table marts.{name} ({columns})")


def insert(connection: duckdb.DuckDBPyConnection, table: str, **values: Any) -> None:
    names = ", ".join(values)
    marks = ", ".join(f"${name}" for name in values)
    connection.execute(f"insert into marts.{table} ({names}) values ({marks})", values)


def request(connection: duckdb.DuckDBPyConnection, number: int, **values: Any) -> None:
    """A request with a plausible value in every column, changed as given."""
    opened_at = values.pop("opened_at", datetime(2026, 3, 2, 9, 5, tzinfo=UTC) + timedelta(hours=5 * number))
    channel = values.get("channel", list(CHANNELS)[number % 3])
    answered = values.get("state", "late") in ("late", "met")
    insert(
        connection,
        "requests",
        **{
            "request_id": f"{channel}:issue:{1000 + number}",
            "channel": channel,
            "url": f"https://github.com/example/tool/issues/{1000 + number}",
            "title": f"The importer stops at row {number} with “index out of range”",
            "person_id": f"github:user:{number}",
            "person_name": f"Customer {number}",
            "opened_at": opened_at,
            "opened_on": opened_at.date(),
            "week": opened_at.date() - timedelta(days=opened_at.weekday()),
            "first_response_at": opened_at + timedelta(hours=6) if answered else None,
            "responder_name": PEOPLE[number % 4] if answered else None,
            "response_inferred": number % 4 == 1,
            "policy": "3h in business time",
            "target_seconds": 10800,
            "due_at": opened_at + timedelta(hours=3),
            "business_seconds": 15120 + 60 * number,
            "state": "late",
            "why": f"answered by {PEOPLE[number % 4]} 4 h {12 + number} min of business time after opening; target 3 h",
            "verdict": "an issue",
            "possible_answer_urls": [],
            "is_counted": True,
            "elapsed_seconds": 15120 + 60 * number,
            "clock": "business",
            "calendar": "support@1970-01-01",
            "exterminator": "Jonas Weiß",
        }
        | values,
    )


def fill(connection: duckdb.DuckDBPyConnection) -> None:
    """Sixteen weeks; the reported one has every state, a miscounted handoff and e-mail that is covered until Wednesday only."""
    insert(
        connection, "build", as_of_at=AS_OF, version="0.1.0", team="Example Tools", time_zone="Europe/Berlin",
        settings_hash="5e77", roster_hash="4057", overrides_hash="0ff1",
    )  # fmt: skip
    for number, monday in enumerate(mondays()):
        fill_week(connection, number, monday)
    for offset in range(5):
        reported = None if offset == 3 else 8 + offset % 2
        insert(
            connection, "daily_handoff_counts", day=WEEK + timedelta(days=offset), reported_users=reported, measured_users=8,
            difference=None if reported is None else reported - 8, exterminator="Ada Okafor",
        )  # fmt: skip
    for source, stream, until, stale in [
        ("slack", "messages", AS_OF, False), ("slack", "users", AS_OF, False), ("github", "issues", AS_OF, False),
        ("github", "comments", AS_OF, False), ("github", "reactions", AS_OF, False),
        ("github", "releases", AS_OF, False), ("shortcut", "stories", AS_OF, False), ("handoff", "responses", AS_OF, False),
        ("email", "messages", datetime(2026, 3, 4, 15, tzinfo=UTC), True), ("x", "posts", AS_OF, False),
        ("youtube", "comment_threads", AS_OF, False),
    ]:  # fmt: skip
        insert(
            connection, "sources", source=source, stream=stream, last_complete_sync_at=until, covered_until_at=until,
            covered_from_at=datetime(2025, 11, 17, tzinfo=UTC), objects=1234, versions=1377, is_stale=stale, set_aside=2 if source == "youtube" else 0,
        )  # fmt: skip
    for day, name in HOLIDAYS.items():
        insert(connection, "holidays", day=day, name=name)
    fill_requests(connection)
    fill_process(connection)


def fill_process(connection: duckdb.DuckDBPyConnection) -> None:
    """Business hours, labels, votes, priorities, internal reports, gaps and new people of the reported week."""
    for offset in range(5):
        opens = datetime(2026, 3, 2, 8, tzinfo=UTC) + timedelta(days=offset)
        insert(connection, "business_hours", calendar="support@1970-01-01", open_at=opens, close_at=opens + timedelta(hours=8),
               seconds_before=28800.0 * offset, channels=["github", "slack", "email"])  # fmt: skip
    opens = datetime(2026, 3, 6, 21, tzinfo=UTC)
    insert(
        connection,
        "business_hours",
        calendar="night@1970-01-01",
        open_at=opens,
        close_at=opens + timedelta(hours=6),
        seconds_before=0.0,
        channels=["x"],
    )
    for number, label in enumerate(["bug", "question", "(none)"]):
        insert(connection, "weekly_labels", week=WEEK, label=label, issues=5 - number, open_issues=number)
    for number in range(8):
        vote = {
            "request_id": f"github:issue:{number}",
            "url": f"https://github.com/example/tool/issues/{number}",
            "title": f"Support for format {number}",
        }
        insert(
            connection,
            "issue_votes",
            **vote,
            voters=20 - number,
            comments=3,
            last_vote_at=AS_OF - timedelta(days=number),
            state="open",
            reactions=9,
        )
    insert(
        connection,
        "weekly_votes",
        week=WEEK,
        request_id="github:issue:1",
        title="Support for format 1",
        new_voters=4,
        voters=19,
        is_covered=True,
    )
    priority = {"url": "https://github.com/example/tool/issues/77", "state": "open", "prioritised_at": datetime(2026, 3, 3, 9, tzinfo=UTC)}
    insert(
        connection,
        "priority_requests",
        request_id="github:issue:77",
        title="Data loss on resume",
        priority="high",
        seconds_waiting=144000,
        **priority,
    )
    insert(connection, "priority_requests", request_id="github:issue:79", title="A nicer icon", priority="low", **priority)
    insert(connection, "priority_requests", request_id="github:issue:78", title="Typo in the docs", priority="low", assignee="mei", seconds_to_assigned=5400,
           assigned_at=datetime(2026, 3, 3, 10, 30, tzinfo=UTC), tracked_url="https://app.shortcut.com/example/story/5", **priority)  # fmt: skip
    for number, filed in enumerate([None, "github"]):
        insert(connection, "internal_reports", message_url="https://example.slack.com/archives/C9/p1", reporter="Nick", filed_as=filed,
               reported_at=datetime(2026, 3, 4, 9 + number, tzinfo=UTC), filed_url="https://github.com/example/tool/issues/78" if filed else None,
               title=f"The wizard hangs at step {number}", message_id=f"slack:T1:C9:{number}")  # fmt: skip
    for number in range(30):
        since = datetime(2026, 3, 3, 9, tzinfo=UTC) - timedelta(days=number)
        for kind in ("worked_on_not_tracked", "asked_in_slack_without_issue"):
            insert(connection, "tracking_gaps", kind=kind, url=f"https://github.com/example/tool/issues/{number}", title=f"Gap {number}", since_at=since,
                   why="commented on by the team", subject_id=f"{kind}:{number}")  # fmt: skip
    for number, company in enumerate([None, "Hooli"]):
        insert(connection, "new_users", person_id=f"github:user:{number}", name=f"Customer {number}", github_login=f"customer-{number}", company=company,
               email_domain="hooli.example" if company else None, first_request_id=f"github:issue:{1000 + number}", requests=1, channels=["github"],
               first_seen_at=datetime(2026, 3, 2 + number, 9, tzinfo=UTC), is_mentioned_in_triage=bool(company), status="new", organisation=None if company else "initech")  # fmt: skip


def fill_week(connection: duckdb.DuckDBPyConnection, number: int, monday: date) -> None:
    covered = monday < WEEK
    sums = dict.fromkeys(("users", "requests", "met", "late", "overdue", "pending", "closed_silently"), 0)
    for salt, (channel, usual) in enumerate(CHANNELS.items()):
        users = max(usual * 3 + wave(number, salt) * (usual > 0), 0)
        known = covered or channel != "email"
        insert(connection, "weekly_users", week=monday, channel=channel, users=users if known else None, new_users=users // 4 if known else None,
               requests=users + usual // 2 if known else None)  # fmt: skip
        late, overdue = (users + salt) % 3, (number + salt) % 9 == 0
        closed, pending = int(channel == "github" and number % 5 == 0), int(channel == "slack" and monday == WEEK)
        judged = users + usual // 2 - pending
        met = max(judged - late - overdue - closed, 0)
        outcome: dict[str, int | None] = {
            "met": met,
            "late": judged - met - overdue - closed,
            "overdue": int(overdue),
            "pending": pending,
            "closed_silently": closed,
        }
        outcome = outcome if judged and known else dict.fromkeys(outcome, 0 if known else None)
        sla(connection, monday, channel, outcome)
        for name in outcome:
            sums[name] += outcome[name] or 0
        sums["users"] += users if known else 0
        for offset in range(7):
            daily = max(usual + wave(number * 7 + offset, salt), 0) if offset < 5 and usual else int(offset == 5 and channel == "slack")
            known_day = covered or channel != "email" or offset < 2
            insert(connection, "daily_users", day=monday + timedelta(days=offset), channel=channel, users=daily if known_day else None,
                   requests=daily if known_day else None)  # fmt: skip
    insert(
        connection,
        "weekly_users",
        week=monday,
        channel="all",
        users=sums["users"] - 4,
        new_users=9 if number > 4 else None,
        requests=sums["users"] + 8,
    )
    sla(connection, monday, "all", {name: sums[name] for name in ("met", "late", "overdue", "pending", "closed_silently")})
    connection.execute(
        "insert into marts.daily_users select day, 'all', (sum(users) - (sum(users) > 6)::int)::bigint, null, sum(requests)::bigint "
        "from marts.daily_users where day between $week and $week::date + 6 group by day", {"week": monday},
    )  # fmt: skip
    bugs, features, chores = 6 + wave(number, 11), 4 + wave(number, 12), 3 + wave(number, 13)
    insert(connection, "weekly_tickets", week=monday, tickets=bugs + features + chores, bugs=bugs, features=features, chores=chores, done=bugs,
           exterminator=PEOPLE[number % 4])  # fmt: skip
    holiday = monday == date(2025, 12, 22)
    insert(connection, "weekly_releases", week=monday, is_holiday_week=holiday, releases=0 if holiday else 1, tags=[] if holiday else [f"v4.{number}.0"],
           is_compliant=True, has_summary=True, has_breaking_changes=number % 3 == 0, has_deprecations=False)  # fmt: skip
    insert(connection, "weekly_exterminators", week=monday, exterminator=PEOPLE[number % 4], next_exterminator=PEOPLE[(number + 1) % 4],
           handed_off_at=datetime.combine(monday + timedelta(days=4), datetime.min.time(), UTC) + timedelta(hours=15), is_on_time=True,
           notes="The importer outage is understood; the mend ships on Tuesday.\nWatch the proxy thread.")  # fmt: skip


def sla(connection: duckdb.DuckDBPyConnection, monday: date, channel: str, outcome: dict[str, Any]) -> None:
    known = outcome["met"] is not None
    judged = outcome["met"] + outcome["late"] + outcome["overdue"] + outcome["closed_silently"] if known else None
    insert(
        connection, "weekly_sla", week=monday, channel=channel, **outcome, judged=judged, withdrawn=0 if known else None,
        requests=judged + outcome["pending"] if known else None, compliance=outcome["met"] / judged if judged else None,
        compliance_lenient=(outcome["met"] + outcome["closed_silently"]) / judged if judged else None,
        median_seconds=3600 if judged else None, p90_seconds=None if channel == "email" else 14000 if judged else None,
        goal={"slack": 0.9, "github": 0.8}.get(channel),
    )  # fmt: skip


def fill_requests(connection: duckdb.DuckDBPyConnection) -> None:
    request(connection, 1, state="overdue", why="unanswered for 11 h 2 min of business time; target 3 h; overdue by 8 h 2 min")
    request(connection, 2, state="overdue", channel="email", policy="within a day", why="unanswered for 9 h of business time; target 8 h; overdue by 1 h; a team message outside the thread could answer this or another request",
            possible_answer_urls=["https://app.slack.com/archives/C1/p1", "javascript:window.injected=20"])  # fmt: skip
    request(connection, 3, state="closed_silently", channel="github", closed_at=datetime(2026, 3, 4, 10, tzinfo=UTC),
            why="closed by a team member without a word in answer")  # fmt: skip
    request(connection, 4, state="pending", opened_at=datetime(2026, 3, 6, 16, 20, tzinfo=UTC), business_seconds=2400,
            why="unanswered for 40 min of business time; target 3 h, not yet due")  # fmt: skip
    for number in range(5, 10):
        request(connection, number)
    request(connection, 10, state="met", title="A met one is not listed")
    request(connection, 11, state="withdrawn", title="Nor is a withdrawn one")
    request(connection, 12, state="overdue", opened_at=datetime(2026, 2, 19, 11, tzinfo=UTC), title="Waiting since February",
            why="unanswered for 96 h of business time; target 3 h; overdue by 93 h")  # fmt: skip


def poison(connection: duckdb.DuckDBPyConnection) -> None:
    """Nasty text in every text column that comes from outside; nasty links in every link."""
    for number, text in enumerate(NASTY):
        request(
            connection, 100 + number, request_id=f"slack:{text}", title=text, person_name=text, responder_name=text, why=text, verdict=text,
            policy=text, state=["overdue", "late", "closed_silently", "pending"][number % 4], possible_answer_urls=NASTY_LINKS,
            url=NASTY_LINKS[number % len(NASTY_LINKS)],
        )  # fmt: skip
        insert(connection, "restatements", table_name=text, key=text, column_name=text, was=None, now=1, first_published_at=AS_OF, why=text,
               kinds=[text] if number % 2 else [])  # fmt: skip
        insert(connection, "restatement_causes", as_of_at=AS_OF, week=WEEK, kind=text, subject=text, title=text, channel=text, person_name=text,
               url=NASTY_LINKS[number % len(NASTY_LINKS)], former_name=text, present_name=text, detail=text, figures=1)  # fmt: skip
        insert(connection, "sources", source=text, stream=text, is_stale=True, objects=1, versions=1, set_aside=0)
        monday = mondays()[-1 - number]
        connection.execute(
            "update marts.weekly_exterminators set exterminator = $text, next_exterminator = $text, notes = $text where week = $week",
            {"text": text, "week": monday},
        )
        connection.execute("update marts.weekly_tickets set exterminator = $text where week = $week", {"text": text, "week": monday})
        insert(connection, "weekly_users", week=WEEK, channel=text, users=1 + number, new_users=0, requests=1)
        insert(connection, "daily_users", day=WEEK, channel=text, users=1, new_users=0, requests=1)
        sla(connection, WEEK, text, {"met": 1, "late": 1, "overdue": 0, "pending": 0, "closed_silently": 0})
    for number, text in enumerate(NASTY):
        link = NASTY_LINKS[number % len(NASTY_LINKS)]
        insert(connection, "weekly_labels", week=WEEK, label=text, issues=1, open_issues=1)
        insert(
            connection, "issue_votes", request_id=f"github:{text}", url=link, title=text, voters=99, comments=1, state="open", reactions=1
        )
        insert(
            connection,
            "weekly_votes",
            week=WEEK,
            request_id=f"github:{text}",
            url=link,
            title=text,
            new_voters=50,
            voters=99,
            is_covered=True,
        )
        insert(connection, "priority_requests", request_id=text, url=link, title=text, priority=text, assignee=text, assigned_at=AS_OF, tracked_url=link,
               state="open")  # fmt: skip
        insert(connection, "internal_reports", message_url=link, reporter=text, reported_at=datetime(2026, 3, 4, 9, tzinfo=UTC), filed_as=text,
               filed_url=link, title=text, message_id=text)  # fmt: skip
        insert(
            connection,
            "tracking_gaps",
            kind=text,
            url=link,
            title=text,
            since_at=datetime(2026, 3, 4, 9, tzinfo=UTC),
            why=text,
            subject_id=text,
        )
        insert(connection, "new_users", person_id=text, name=text, github_login=text, slack_name=text, company=text, email_domain=text,
               first_request_id=f"slack:{text}", first_seen_at=datetime(2026, 3, 4, 9, tzinfo=UTC), requests=1, channels=[text],
               is_mentioned_in_triage=True, status=text, organisation=text)  # fmt: skip
        insert(connection, "holidays", day=WEEK - timedelta(days=number), name=text)
    connection.execute("update marts.weekly_releases set tags = $tags", {"tags": NASTY})
    connection.execute("update marts.build set team = $text, version = $text", {"text": NASTY[1]})

"""What a table's copies and CSV files hold: every row, also those the page leaves out, and a column for each fact."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from support_metrics.leads import EMPLOYER
from support_metrics.report.charts.chart import harmless_json
from support_metrics.report.restated import why
from support_metrics.report.week import Row, Week
from support_metrics.report.wording import STATES, name_of, safe_link

ROWS_KEPT = 500  # of a table; more would make the page too big
Column = tuple[str, str | Callable[[Row], Any]]


@dataclass(frozen=True)
class Facts:
    """`rows` are text, those of the page first and in its order."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]

    @property
    def json(self) -> str:
        return harmless_json({"columns": self.columns, "rows": self.rows})


def _link(column: str) -> Callable[[Row], str]:
    return lambda row: safe_link(row[column]) or ""


def _name(column: str) -> Callable[[Row], str]:
    return lambda row: name_of(row[column]) if row[column] else ""


def _answers(row: Row) -> list[str]:
    return [url for url in row["possible_answer_urls"] or [] if safe_link(url)]


_REQUEST: Sequence[Column] = (
    ("State", lambda row: STATES.get(row["state"], row["state"])), ("Request", lambda row: row["title"] or row["request_id"]),
    ("Link", _link("url")), ("Person", "person_name"),
    ("Channel", _name("channel")), ("Why", "why"), ("Possible answers", _answers), ("Asked", "opened_at"), ("Due", "due_at"),
    ("Target", "policy"), ("First response", "first_response_at"), ("By", "responder_name"), ("Inferred", "response_inferred"),
    ("Closed", "closed_at"),
)  # fmt: skip
_GAP: Sequence[Column] = (
    ("Gap", _name("kind")), ("What", lambda row: row["title"] or row["subject_id"]), ("Link", _link("url")), ("Since", "since_at"),
    ("Why", "why"),
)  # fmt: skip
_LEAD: Sequence[Column] = (
    ("Person", "name"), ("GitHub", "github_login"), ("Slack", "slack_name"), ("First asked", "first_seen_at"),
    ("Channel", _name("first_channel")), ("First question", lambda row: row["title"] or row["first_request_id"]), ("Link", _link("url")),
    *EMPLOYER.items(), ("Requests", "requests"), ("In triage", "is_mentioned_in_triage"), ("Status", "status"),
)  # fmt: skip
_PRIORITY: Sequence[Column] = (
    ("Issue", lambda row: row["title"] or row["request_id"]), ("Link", _link("url")), ("Priority", "priority"),
    ("Labelled", "prioritised_at"), ("Assigned", "assigned_at"), ("Assignee", "assignee"), ("Seconds to assigned", "seconds_to_assigned"),
    ("Story", _link("tracked_url")), ("State", "state"),
)  # fmt: skip
_REPORT: Sequence[Column] = (
    ("Report", "title"), ("Link", _link("message_url")), ("By", "reporter"), ("Reported", "reported_at"), ("Filed as", _name("filed_as")),
    ("Filed", _link("filed_url")),
)  # fmt: skip
_SLA: Sequence[Column] = (
    ("Channel", _name("channel")), ("In time", "compliance"), ("Met", "met"), ("Late", "late"), ("Overdue", "overdue"),
    ("Closed without a word", "closed_silently"), ("Judged", "judged"), ("Lenient", "compliance_lenient"),
    ("Median (seconds)", "median_seconds"), ("90th percentile (seconds)", "p90_seconds"), ("Pending", "pending"),
)  # fmt: skip
_RESTATEMENT: Sequence[Column] = (
    ("Figure", "column_name"), ("Table", "table_name"), ("Of", "key"), ("Was", "was"), ("Would have been", "now"), ("First published", "first_published_at"),
    ("Why", why),
)  # fmt: skip
_SOURCE: Sequence[Column] = (
    ("Source", _name("source")), ("Stream", "stream"), ("Stale", "is_stale"), ("Covered from", "covered_from_at"),
    ("Covered until", "covered_until_at"), ("Last complete sync", "last_complete_sync_at"), ("Objects", "objects"), ("Versions", "versions"),
    ("Set aside", "set_aside"),
)  # fmt: skip


Groups = Iterable[tuple[str, str, list[Row]]]


def facts_of(week: Week, sla: Iterable[Row], groups: Groups) -> dict[str, Facts]:
    """By the table's name; `sla` and `groups` are the rows that the page shows, in its order."""
    return {
        "weekly_sla": _facts(_SLA, sla),
        "requests": facts_of_requests(groups),
        "priorities": _facts(_PRIORITY, week.priorities),
        "reports": _facts(_REPORT, week.reports),
        "leads": _facts(_LEAD, week.leads),
        "restatements": _facts(_RESTATEMENT, week.restatements[:ROWS_KEPT]),
        "sources": _facts(_SOURCE, week.sources),
    }


def facts_of_requests(groups: Groups) -> Facts:
    """Those of every state, one state after the other."""
    return _facts(_REQUEST, [row for _, _, rows in groups for row in rows])


def facts_of_gaps(rows: Iterable[Row]) -> Facts:
    return _facts(_GAP, rows)


def _facts(columns: Sequence[Column], rows: Iterable[Row]) -> Facts:
    return Facts(
        [name for name, _ in columns],
        [[_text(row[value] if isinstance(value, str) else value(row)) for _, value in columns] for row in rows],
    )


def _text(value: Any) -> str:
    """As a spreadsheet reads it; what is not known is empty."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return f"{value:.10g}"
    return " ".join(value) if isinstance(value, list) else str(value)

"""Tracking gaps as the report lists them: each kind with how many there are, how many came up this week, and the newest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from support_metrics.report.week import Row, Week

SHOWN = 20
# In words, and whether old ones are worth listing: what nobody filed in its week is history.
KINDS = {
    "story_done_issue_open": ("The story is done, the issue still open", True),
    "story_open_issue_closed": ("The issue is closed, the story still open", True),
    "duplicate_story": ("Two stories for one issue", True),
    "worked_on_not_tracked": ("Worked on without a story", True),
    "unlabelled_issue": ("Issues without a label", True),
    "asked_in_slack_without_issue": ("Asked in Slack, no issue linked", False),
}


@dataclass(frozen=True)
class Gaps:
    """`rows` are the newest of `count`; `new` came up in the week."""

    title: str
    count: int
    new: int
    rows: Sequence[Row]


def gaps_by_kind(week: Week) -> list[Gaps]:
    """The kinds in the order of KINDS, others behind them; of what is soon history only the week's own are counted and listed."""
    by_kind: dict[str, list[Row]] = {}
    for row in week.gaps:
        by_kind.setdefault(row["kind"], []).append(row)
    found = []
    for kind in [*KINDS, *sorted(set(by_kind) - set(KINDS))]:
        title, lasts = KINDS.get(kind, (kind.replace("_", " ").capitalize(), True))
        rows = [row for row in by_kind.get(kind, []) if lasts or row["is_new"]]
        if rows:
            found.append(Gaps(title, len(rows), sum(row["is_new"] for row in rows), rows[:SHOWN]))
    return found

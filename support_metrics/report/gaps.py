"""Tracking gaps as the report lists them: each kind with how many there are, how many came up this week, and the newest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from support_metrics.report.facts import Facts, facts_of_gaps
from support_metrics.report.week import Row, Week

GAPS_SHOWN = 20
KINDS = {
    "story_done_issue_open": "The story is done, the issue still open",
    "story_open_issue_closed": "The issue is closed, the story still open",
    "duplicate_story": "Two stories for one issue",
    "worked_on_not_tracked": "Worked on without a story",
    "unlabelled_issue": "Issues without a label",
    "asked_in_slack_without_issue": "Asked in Slack this week, no issue linked",
}


@dataclass(frozen=True)
class Gaps:
    """`shown` are the newest of `count`, `facts` all that are read; `new` came up in the week."""

    title: str
    count: int
    new: int
    shown: Sequence[Row]
    facts: Facts
    kind: str


def gaps_by_kind(week: Week) -> list[Gaps]:
    """The kinds in the order of KINDS, others behind them."""
    by_kind: dict[str, list[Row]] = {}
    for row in week.gaps:
        by_kind.setdefault(row["kind"], []).append(row)
    order = [*(kind for kind in KINDS if kind in by_kind), *sorted(set(by_kind) - set(KINDS))]
    return [
        Gaps(
            KINDS.get(kind) or kind.replace("_", " ").capitalize(),
            rows[0]["gaps"],
            rows[0]["new_gaps"],
            rows[:GAPS_SHOWN],
            facts_of_gaps(rows),
            kind,
        )
        for kind in order
        if (rows := by_kind[kind])
    ]

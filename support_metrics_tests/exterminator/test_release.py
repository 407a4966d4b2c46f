"""The release's state in a sentence, and the draft of the next one's summary."""

from __future__ import annotations

from datetime import date
from typing import Any

import duckdb
import pytest

from support_metrics.exterminator.release import Release, draft, release_of, state_of
from support_metrics_tests.exterminator.conftest import NOW
from support_metrics_tests.report.example import insert

WEEK = date(2026, 3, 2)
FULL = {
    "releases": 1,
    "tags": ["v1"],
    "has_summary": True,
    "has_breaking_changes": True,
    "has_deprecations": True,
    "is_holiday_week": False,
    "is_over": True,
}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (None, "Whether a release happened is not known: releases are not covered for this week."),
        (FULL | {"releases": None}, "Whether a release happened is not known: releases are not covered for this week."),
        (FULL | {"releases": 0}, "No release happened."),
        (FULL | {"releases": 0, "is_over": False}, "No release so far."),
        (FULL | {"releases": 0, "is_holiday_week": True}, "No release; a holiday week needs none."),
        (FULL, "1 release: v1. Its notes have every section."),
        (FULL | {"has_summary": False, "has_deprecations": False}, "1 release: v1. Its notes have no section for a summary, deprecations."),
    ],
)
def test_state(row: dict[str, Any] | None, said: str) -> None:
    assert state_of(Release(WEEK, row, [])) == said


def test_the_draft_groups_by_label_and_lists_nothing_twice(marts: duckdb.DuckDBPyConnection) -> None:
    def change(number: int, kind: str, title: str, *labels: str, **more: Any) -> None:
        given = {"author": "Ana", "is_external": False, "done_at": NOW} | more
        insert(
            marts,
            "release_changes",
            change_id=f"c{number}",
            kind=kind,
            repository="acme/tool",
            number=number,
            title=title,
            labels=list(labels),
            **given,
        )

    change(1, "pull_request", "Faster builds", "enhancement")
    change(2, "pull_request", "Fix crash on start (#3)", "Bug")
    change(3, "issue", "Crash on start", "bug")
    change(4, "issue", "Slow *and* <b>loud</b> @all", "bug", is_external=True, author="Una_1")
    change(5, "pull_request", "Drop Python 3.8", "breaking change", "enhancement")
    change(6, "pull_request", "Bump a thing")
    change(7, "pull_request", "Released already", released_at=NOW, tag="v1")
    text = "\n".join(draft(release_of(marts, WEEK).changes))
    assert text == (
        "## Summary\n\n**Breaking changes**\n\n- Drop Python 3.8 (#5)\n\n**New**\n\n- Faster builds (#1)\n\n**Fixed**\n\n- Fix crash on start (\\#3) (#2)\n"
        "- Slow \\*and\\* \\<b\\>loud\\</b\\> @\u200ball (#4, reported by Una\\_1)\n\n**Also**\n\n- Bump a thing (#6)\n"
    )


@pytest.mark.parametrize(
    ("label", "heading"),
    [
        ("docker", "Also"),
        ("debug-info", "Also"),
        ("prefix", "Also"),
        ("non-breaking", "Also"),
        ("not a bug", "Also"),
        ("kind/bug", "Fixed"),
        ("type: BugFix", "Fixed"),
        ("BUG", "Fixed"),
        ("Docs", "Documentation"),
        ("api_deprecation", "Deprecations"),
        ("Feature requests", "New"),
        ("breaking-change", "Breaking changes"),
    ],
)
def test_labels_are_read_in_whole_words(label: str, heading: str) -> None:
    row = {"repository": "acme/tool", "kind": "issue", "number": 1, "title": "T", "labels": [label], "is_external": False, "author": None}
    assert list(draft([row]))[2] == f"**{heading}**"


@pytest.mark.parametrize(
    ("title", "is_named"),
    [
        ("Fix #5", True),
        ("Fix crash (#5), at last", True),
        ("Fix Acme/Tool#5", True),
        ("Fix acme/other#5", False),
        ("Fix other#5", False),
        ("Fix #55", False),
        ("Fix acme/other#5 and #5", True),
        ("See https://example.org/acme/tool#5", False),
        ("Colour #5a5a5a", False),
    ],
)
def test_an_issue_is_named_by_a_reference_of_its_own_repository(title: str, is_named: bool) -> None:
    row = {"repository": "acme/tool", "labels": [], "is_external": False, "author": None}
    changes = [row | {"kind": "pull_request", "number": 9, "title": title}, row | {"kind": "issue", "number": 5, "title": "Ours"}]
    assert ("- Ours (#5)" not in list(draft(changes))) is is_named


def test_several_repositories_have_a_part_each_and_none_says_so(marts: duckdb.DuckDBPyConnection) -> None:
    assert list(draft(release_of(marts, WEEK).changes)) == []
    for number, repository in enumerate(["acme/a", "acme/b"]):
        insert(
            marts,
            "release_changes",
            change_id=str(number),
            kind="issue",
            repository=repository,
            number=number,
            title="T",
            done_at=NOW,
            is_external=False,
        )
    assert [line for line in draft(release_of(marts, WEEK).changes) if line.startswith("# ")] == ["# acme/a", "# acme/b"]

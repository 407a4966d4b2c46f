"""The week's release: its state, what its notes lack, and a draft of the summary from what was merged and closed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from support_metrics.report.week import Row, read
from support_metrics.report.wording import plural

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SECTIONS = (("has_summary", "a summary"), ("has_breaking_changes", "breaking changes"), ("has_deprecations", "deprecations"))
# Which words of a label put a change under which heading; the first that fits wins.
HEADINGS = (
    ("Breaking changes", {"breaking"}),
    ("Deprecations", {"deprecate", "deprecated", "deprecates", "deprecation", "deprecations"}),
    ("New", {"feature", "features", "enhancement", "enhancements"}),
    ("Fixed", {"bug", "bugs", "bugfix", "bugfixes", "fix", "fixed", "fixes", "hotfix", "regression", "regressions"}),
    ("Documentation", {"doc", "docs", "documentation"}),
)
# A label with one of these says the contrary, as in `non-breaking`.
_NOT = {"no", "non", "not"}
_WORD = re.compile(r"[A-Z]?[^\W\d_A-Z]+|[A-Z]+")
_REFERENCE = re.compile(r"(?<![\w/&.-])([\w.-]+/[\w.-]+)?#(\d+)\b")
OTHERS = "Also"


@dataclass(frozen=True)
class Release:
    """`row` is the week's of marts.weekly_releases, None where releases are not covered; `changes` wait for a release."""

    week: date
    row: Row | None
    changes: Sequence[Row]


def release_of(connection: DuckDBPyConnection, week: date) -> Release:
    """The week's release state and what has been done since each repository's last release. Reads marts only."""
    rows = read(connection, "from marts.weekly_releases where week = $week", {"week": week})
    changes = read(connection, "from marts.release_changes where released_at is null order by repository, done_at, number, change_id")
    return Release(week, rows[0] if rows else None, changes)


def state_of(found: Release) -> str:
    """In a sentence: whether a release happened, and which sections its notes lack."""
    row = found.row
    if row is None or row["releases"] is None:
        return "Whether a release happened is not known: releases are not covered for this week."
    if not row["releases"]:
        if row["is_holiday_week"]:
            return "No release; a holiday week needs none."
        return "No release happened." if row["is_over"] else "No release so far."
    missing = [words for name, words in SECTIONS if not row[name]]
    lacks = f" Its notes have no section for {', '.join(missing)}." if missing else " Its notes have every section."
    return f"{plural(row['releases'], 'release')}: {', '.join(row['tags'])}.{lacks}"


def draft(changes: Sequence[Row]) -> Iterator[str]:
    """A summary in Markdown, for somebody to shorten: changes under headings by their labels, issues that a change does not already name."""
    repositories = sorted({row["repository"] for row in changes})
    for repository in repositories:
        mine = [row for row in changes if row["repository"] == repository]
        if len(repositories) > 1:
            yield f"# {repository}"
        yield from _sections(mine)


def _sections(changes: Sequence[Row]) -> Iterator[str]:
    merged = [row for row in changes if row["kind"] == "pull_request"]
    named = {number for row in merged for number in _named(row)}
    closed = [row for row in changes if row["kind"] == "issue" and row["number"] not in named]
    yield "## Summary"
    yield ""
    by_heading: dict[str, list[Row]] = {}
    for row in [*merged, *closed]:
        by_heading.setdefault(_heading(row), []).append(row)
    if not by_heading:
        yield "Nothing has been merged or closed since the last release."
        return
    for heading in [*(name for name, _ in HEADINGS), OTHERS]:
        if rows := by_heading.get(heading):
            yield f"**{heading}**"
            yield ""
            for row in rows:
                yield f"- {_plain(row['title'] or 'untitled')} (#{row['number']}{_thanks(row)})"
            yield ""


def _heading(row: Row) -> str:
    labels = [{word.lower() for word in _WORD.findall(label)} for label in row["labels"] or []]
    said = set[str]().union(*(words for words in labels if not words & _NOT))
    return next((heading for heading, words in HEADINGS if words & said), OTHERS)


def _named(row: Row) -> Iterator[int]:
    """Numbers of its own repository that a change's title names."""
    for repository, number in _REFERENCE.findall(row["title"] or ""):
        if repository.lower() in ("", row["repository"]):
            yield int(number)


def _thanks(row: Row) -> str:
    if not row["is_external"] or not row["author"]:
        return ""
    return f", {'by' if row['kind'] == 'pull_request' else 'reported by'} {_plain(row['author'])}"


def _plain(text: str) -> str:
    """Text that Markdown shows as it is and that mentions nobody."""
    one_line = " ".join(text.split())
    return re.sub(r"([\\`*_\[\]<>|~#])", r"\\\1", one_line).replace("@", "@\u200b")

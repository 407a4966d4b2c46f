"""Restatements as the report tells them: the causes of a kind together, and which figure moved the most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from support_metrics.report.week import Row, Week
from support_metrics.report.wording import figure, key_name, name_of, plural

# How many causes of a kind are called, and what a figure that they bear on names as its reason.
KINDS = {
    "late_record": ("question that was not known, or not counted, then", "questions that were not known, or not counted, then", "late questions"),
    "gone": ("question that is none any more", "questions that are none any more", "questions that are none any more"),
    "merged": ("question that is somebody else’s now", "questions that are somebody else’s now", "people merged, or no longer"),
    "override": ("question decided by hand", "questions decided by hand", "decisions by hand"),
    "restated_state": ("question that is judged otherwise now", "questions that are judged otherwise now", "questions judged otherwise"),
    "changed_settings": ("change of what figures are made from", "changes of what figures are made from", "changed settings"),
    "changed_version": ("other version of support_metrics", "other versions of support_metrics", "another version"),
}  # fmt: skip


@dataclass(frozen=True)
class Cause:
    """What changed behind a report: `title` counts it, `rows` are the first of `count`, `figures` those it bears on in words."""

    monday: date
    title: str
    count: int
    rows: Sequence[Row]
    figures: str


def causes(week: Week) -> list[Cause]:
    """By report, the newest first, and kind; the kinds in the order of KINDS."""
    order = list(KINDS)
    rows = sorted(
        week.restatement_causes, key=lambda row: (-row["week"].toordinal(), order.index(row["kind"]) if row["kind"] in order else 99)
    )
    return [
        _cause(week, monday, kind, list(of_kind)) for (monday, kind), of_kind in groupby(rows, key=lambda row: (row["week"], row["kind"]))
    ]


def _cause(week: Week, monday: date, kind: str, rows: list[Row]) -> Cause:
    one, many, _ = KINDS.get(kind, (kind, kind, kind))
    borne_on = [row for row in week.restatements if row["week"] == monday and kind in (row["kinds"] or ())]
    names = ", ".join(name_of(name).lower() for name in dict.fromkeys(row["column_name"] for row in borne_on))
    figures = f"{plural(len(borne_on), 'figure')}: {names}"
    return Cause(monday, plural(rows[0]["causes"], one, many), rows[0]["causes"], rows, figures)


def why(row: Row) -> str:
    """The kinds of causes of a restated figure; where none is known, what else is."""
    return "; ".join(KINDS[kind][2] if kind in KINDS else kind for kind in row["kinds"] or ()) or row["why"] or ""


def largest(rows: Sequence[Row]) -> str:
    """The count that moved the most, and the rate: `the largest change: requests 48 instead of 45 (week of 2 Mar · All channels)`.

    Of equal ones users go first, then requests, a week's and that of all channels, and they are called among the largest; what was not
    known then, or is not now, only where nothing else moved.
    """
    known = [row for row in rows if row["was"] is not None and row["now"] is not None]
    counts = [row for row in known if not row["column_name"].startswith("compliance")]
    rates = [row for row in known if row["column_name"].startswith("compliance")]
    chosen = [max(each, key=_rank) for each in (counts, rates) if each] or rows[:1]
    is_tied = any(sum(_size(row) == max(map(_size, each)) for row in each) > 1 for each in (counts, rates) if each)
    lead = "" if len(rows) == 1 else "among the largest changes: " if is_tied else "the largest change: "
    return lead + " and ".join(_change(row) for row in chosen)


def _size(row: Row) -> float:
    return round(abs(float(row["now"]) - float(row["was"])), 9)


def _rank(row: Row) -> tuple[float, int, bool, bool]:
    first = ["requests", "users"]
    named = first.index(row["column_name"]) if row["column_name"] in first else -1
    return _size(row), named, row["table_name"].startswith("weekly"), row["key"].endswith("|all")


def _change(row: Row) -> str:
    name, place = name_of(row["column_name"]).lower(), key_name(row["key"], row["table_name"])
    was, now = (figure(row[each], row["column_name"]) for each in ("was", "now"))
    if row["was"] is None:
        return f"{name} {now}, not known then ({place})"
    return f"{name} {now} instead of {was} ({place})" if row["now"] is not None else f"{name} no longer known, {was} then ({place})"

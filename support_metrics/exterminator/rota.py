"""The weeks to come: who is on duty, and how that is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from support_metrics.report.week import read
from support_metrics.settings.rotation import duties

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from support_metrics.settings import Settings

NOBODY = ("", "")
WORDS = {"order": "", "settings": "named in the settings", "swap": "swapped", "handoff": "by the handoff form"}


@dataclass(frozen=True)
class Turn:
    """`instead_of` is whose turn it would have been; `doubt` why the name may be wrong."""

    week: date
    exterminator: str | None
    known_from: str | None
    instead_of: str | None
    why: str
    doubt: str


def handed_over(connection: DuckDBPyConnection) -> dict[date, str]:
    """Who was on duty in which week, and is next, as the marts know it from the handoff form."""
    rows = read(connection, "select week, exterminator, next_exterminator from marts.weekly_exterminators")
    following = {row["week"] + timedelta(weeks=1): row["next_exterminator"] for row in rows}
    return {week: name for week, name in (following | {row["week"]: row["exterminator"] for row in rows}).items() if name}


def turns(settings: Settings, first: date, weeks: int, handed: Mapping[date, str]) -> Iterator[Turn]:
    """So many weeks from the one that begins on Monday `first`, those that nobody has included.

    Where the settings name nobody, whom the form named, `handed`, is told.
    """
    until = first + timedelta(weeks=weeks - 1)
    known: dict[date, tuple[str, str]] = {}
    for week, name, how in duties(settings.rota, settings.rotation, until):
        known[week] = (f"{known[week][0]} and {name}" if week in known else name, how)
    by_order = {week: name for week, name, how in duties([], settings.rotation.model_copy(update={"swap": []}), until)}
    whys = {each.week: each.why for each in settings.rotation.swap}
    for number in range(weeks):
        week = first + timedelta(weeks=number)
        name, how = known.get(week) or ((handed[week], "handoff") if week in handed else NOBODY)
        ordered = by_order.get(week)
        instead_of = ordered if ordered and name and ordered != name else None
        yield Turn(week, name or None, how or None, instead_of, whys.get(week, "") if how == "swap" else "", _doubt(settings, name, week))


def _doubt(settings: Settings, name: str, week: date) -> str:
    if not name or not settings.roster.member:
        return ""
    members = [member for member in settings.roster.member if member.name.casefold() == name.casefold()]
    if not members:
        return "not on the roster"
    friday = week + timedelta(days=4)
    if not any(member.from_ <= friday and (member.to or date.max) >= week for member in members):
        return "not on the team that week"
    return ""


def told(found: Turn) -> str:
    """A line for a terminal."""
    notes = [
        f"instead of {found.instead_of}" if found.instead_of else "",
        WORDS.get(found.known_from or "", "") if not found.instead_of else "",
        found.why,
        found.doubt.upper(),
    ]
    said = "; ".join(filter(None, notes))
    return f"{found.week}  {found.exterminator or 'nobody yet'}" + (f"  ({said})" if said else "")

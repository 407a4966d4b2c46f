"""Who is meant, with what the marts know of them that is needed to forget them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from support_metrics.landing.learning import Person
from support_metrics.people import person_meant

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True)
class Found:
    """A person, the name they are known by, and what is needed to forget them."""

    person_id: str
    name: str
    person: Person
    suggestions: tuple[str, ...]


def find(connection: DuckDBPyConnection, given: str) -> Found:
    """The one external person meant. Raises WarehouseError where nobody or several are, or it is one of the team or a bot."""
    person_id, name = person_meant(connection, given)
    result = connection.execute(
        "select account_id, source, handle, name, email, person_id, kind, known_as from marts.accounts order by account_id"
    )
    names = [column[0] for column in result.description or ()]
    accounts = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
    mine = [each for each in accounts if each["person_id"] == person_id]
    others = [each for each in accounts if each["person_id"] != person_id]
    person = Person(
        accounts=[each["account_id"] for each in mine],
        names={name for each in mine for name in _names(each)},
        current={each[part].lower() for each in mine for part in ("name", "handle") if each[part]},
        borne={name.lower() for each in others for name in _names(each)},
        others={each["account_id"] for each in others if each["kind"] == "external"},
    )
    return Found(person_id, name, person, tuple(_suggestions(connection, person_id)))


def _suggestions(connection: DuckDBPyConnection, person_id: str) -> Iterator[str]:
    """Who may be the same person, which only a human can tell."""
    rows = connection.execute(
        "select case when person_id = $1 then other_person_id else person_id end as other, case when person_id = $1 then other_name else name end, "
        "reason, shared from marts.merge_suggestions where $1 in (person_id, other_person_id) order by other, reason",
        [person_id],
    ).fetchall()
    for other, name, reason, shared in rows:
        yield f"{other}, {name} ({reason}: {shared})"


def _names(account: dict[str, Any]) -> list[str]:
    return [name for name in (account["handle"], account["name"], *account["known_as"]) if name and name != account["account_id"]]

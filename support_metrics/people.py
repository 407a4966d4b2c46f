"""Who is meant by what somebody typed: one external person, or nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support_metrics.errors import WarehouseError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


class NobodyKnown(WarehouseError):
    """No account is called that."""


def person_meant(connection: DuckDBPyConnection, given: str) -> tuple[str, str]:
    """Id and name of the one external person that an account's key, a login, an address or a name means; raises WarehouseError."""
    people = connection.execute(
        """
        select accounts.person_id, min(people.name), bool_or(accounts.kind in ('team', 'shared')), bool_or(accounts.kind = 'bot')
        from marts.accounts as accounts inner join marts.people as people on people.person_id = accounts.person_id
        where $given in (accounts.account_id, accounts.person_id)
            or list_contains(list_transform(list_concat(accounts.known_as, [accounts.email, accounts.handle]), lambda known: lower(known)), ltrim(lower($given), '@'))
        group by accounts.person_id order by accounts.person_id
        """,
        {"given": given.strip()},
    ).fetchall()
    if not people:
        raise NobodyKnown(
            f"nobody is known as {given!r}",
            'give a login, an e-mail address or an account\'s key; `support-metrics query "from accounts"` lists them',
        )
    if len(people) > 1:
        raise WarehouseError(f"{given!r} could be any of {', '.join(person for person, *_ in people)}", "give one of these")
    ((person_id, name, is_team, is_bot),) = people
    if is_team or is_bot:
        raise WarehouseError(
            f"{name} ({person_id}) is {'or was on the team' if is_team else 'a bot'}",
            "only people outside the team can be meant here; is the roster right?",
        )
    return person_id, name

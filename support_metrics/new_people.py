"""Whose GitHub profile is worth asking for: people who are known to have asked for the first time, as the marts name them."""

from __future__ import annotations

import contextlib

from support_metrics import warehouse
from support_metrics.settings import Settings

# Whoever has not asked for longer is nobody to write to.
ASKED_WITHIN_DAYS = 90


def new_people(settings: Settings) -> dict[str, str]:
    """GitHub accounts and the logins they bear, as last published, of new people who asked lately; the newest first.

    Neither bots, nor anybody who is or was on the team, nor whoever was there when history began, is no lead, or was forgotten.
    """
    if not (settings.github.live and settings.github.profiles_per_sync and (settings.warehouse_path / warehouse.LINK).exists()):
        return {}
    with contextlib.closing(warehouse.open_published(settings)) as connection:
        rows = connection.execute(
            "select accounts.account_id, accounts.handle from marts.new_users as people "
            "inner join marts.accounts as accounts on accounts.person_id = people.person_id cross join marts.build as build "
            "where accounts.source = 'github' and accounts.kind = 'external' and accounts.handle is not null "
            "and regexp_full_match(accounts.account_id, 'github:user:[0-9]+') and people.status not in ('unknown', 'not a lead') "
            "and people.last_request_at >= build.as_of_at - to_days($days::integer) "
            "order by people.first_seen_at desc, accounts.account_id",
            {"days": ASKED_WITHIN_DAYS},
        ).fetchall()
    return dict(rows)

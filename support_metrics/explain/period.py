"""What stands behind the number of a day or a week: everybody with every request, what was left out, and what came near."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from support_metrics.explain import tables
from support_metrics.explain.naming import covered_spans
from support_metrics.explain.parts import Asker, Figures, Listed, Passed, Period, View
from support_metrics.explain.rules import Standing, kind_of, place_of, why_no_request
from support_metrics.explain.tables import Row
from support_metrics.explain.wording import unescaped

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

CHANNELS = ("github", "slack", "email", "x", "youtube")


def explain_day(connection: DuckDBPyConnection, day: date, channel: str = "all") -> Period:
    """What stands behind a row of `daily_users`."""
    return _explain(connection, "day", day, day, channel)


def explain_week(connection: DuckDBPyConnection, monday: date, channel: str = "all") -> Period:
    """What stands behind a row of `weekly_users`."""
    return _explain(connection, "week", monday, monday + timedelta(days=6), channel)


def _explain(connection: DuckDBPyConnection, kind: str, first_day: date, last_day: date, channel: str) -> Period:
    view = View(**tables.build(connection))
    channels = CHANNELS if channel == "all" else (channel,)
    row = tables.published(connection, kind, first_day, channel) or dict.fromkeys(("users", "new_users", "requests"))
    published = Figures(**row)
    listed = requests_listed(connection, first_day, last_day, channels)
    askers = by_asker(listed)
    recounted = recount(askers)
    return Period(
        view,
        kind,
        first_day,
        last_day,
        channel,
        published.users is not None,
        covered_spans(connection, channels) if published.users is None else [],
        published,
        recounted,
        askers,
        [each for each in listed if not each.is_counted],
        _passed(connection, view, tables.openings(connection, first_day, last_day, channels)),
        differences(published, recounted),
    )


def requests_listed(connection: DuckDBPyConnection, first_day: date, last_day: date, channels: Sequence[str]) -> list[Listed]:
    """Every request opened in these days, excluded ones too."""
    return [_listed(row) for row in tables.listed(connection, first_day, last_day, channels)]


def _listed(row: Row) -> Listed:
    place = f"#{row['place']}" if row["channel"] == "slack" else row["place"]
    return Listed(**{name: value for name, value in row.items() if name not in ("place", "opened_on", "week")}, place=place)


def by_asker(listed: Sequence[Listed]) -> list[Asker]:
    """The counted requests by person, in order of each one's first."""
    found: dict[str, list[Listed]] = {}
    for each in listed:
        if each.is_counted:
            found.setdefault(each.person_id, []).append(each)
    return [Asker(key, held[0].person_name, any(each.is_first for each in held), held) for key, held in found.items()]


def recount(askers: Sequence[Asker]) -> Figures:
    """The figures, counted from the list itself."""
    return Figures(len(askers), sum(each.is_new for each in askers), sum(len(each.requests) for each in askers))


def differences(published: Figures, recounted: Figures) -> list[str]:
    """Where the list does not give the published figure; an empty figure claims nothing."""
    pairs = {name: (getattr(published, name), getattr(recounted, name)) for name in ("users", "new_users", "requests")}
    return [f"{name} is {was} in the mart, {now} by this list" for name, (was, now) in pairs.items() if was is not None and was != now]


def _passed(connection: DuckDBPyConnection, view: View, rows: Sequence[Row]) -> list[Passed]:
    standing = Standing(connection, view.time_zone, rows)
    return [
        Passed(
            row["message_id"],
            row["channel"],
            place_of(row),
            row["url"],
            unescaped(row["text"] or "") if row["channel"] in ("slack", "x") else row["text"],
            row["author"] or "nobody named",
            row["sent_at"],
            kind_of(row),
            why_no_request(row, standing),
        )
        for row in rows
    ]

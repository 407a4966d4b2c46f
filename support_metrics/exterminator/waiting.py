"""What is waiting for a first response, by the time that is left on its own clock."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from support_metrics.report.week import Row, read
from support_metrics.report.wording import hours, moment, name_of, plural

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

OLD = timedelta(days=28)
# The business clock of each request's calendar at the moment and at its due time; the difference is what is left.
_WAITING = """
    with waiting as (
        select request_id, channel, url, title, person_name, opened_at, policy, clock, calendar, due_at, possible_answer_urls,
            first_human_at, exterminator
        from marts.requests
        where state in ('pending', 'overdue') and closed_at is null and due_at is not null
    ),
    moments as (
        select request_id, calendar, 'now' as kind, $moment::timestamptz as at from waiting
        union all
        select request_id, calendar, 'due', due_at from waiting
    ),
    clocked as (
        select moments.request_id, moments.kind,
            coalesce(hours.seconds_before + epoch(least(moments.at, hours.close_at)) - epoch(hours.open_at), 0) as seconds
        from moments
        asof left join marts.business_hours as hours on hours.calendar = moments.calendar and hours.open_at <= moments.at
    ),
    clocks as (
        select request_id, max(seconds) filter (kind = 'due') - max(seconds) filter (kind = 'now') as business_left
        from clocked group by request_id
    )
    select waiting.*, case when clock = 'business' then business_left else epoch(due_at) - epoch($moment::timestamptz) end as seconds_left
    from waiting inner join clocks on clocks.request_id = waiting.request_id
    order by seconds_left, opened_at, waiting.request_id
"""
_UNASSIGNED = """
    select request_id, url, title, prioritised_at from marts.priority_requests
    where priority = 'high' and state = 'open' and assigned_at is null order by prioritised_at nulls last, request_id
"""


@dataclass(frozen=True)
class Waiting:
    """A request without a first response. `seconds_left` is on its target's clock, below 0 when the target has passed."""

    request_id: str
    channel: str
    url: str | None
    title: str | None
    person_name: str
    opened_at: datetime
    policy: str
    due_at: datetime
    seconds_left: int
    exterminator: str | None
    is_answered_by_others: bool
    possible_answer_urls: list[str]


@dataclass(frozen=True)
class Today:
    """`moment` is when the time left is measured, `known_until` up to when each channel is known; answers given since are not."""

    moment: datetime
    as_of: datetime
    zone: ZoneInfo
    waiting: list[Waiting]
    unassigned: list[Row]
    known_until: dict[str, datetime | None]

    def as_json(self) -> dict[str, Any]:
        return {
            "moment": self.moment,
            "as_of": self.as_of,
            "known_until": self.known_until,
            "waiting": [asdict(each) for each in self.waiting],
            "high_priority_unassigned": self.unassigned,
        }


def today(connection: DuckDBPyConnection, moment: datetime) -> Today:
    """What waits at a moment at or after the build's, as far as the marts know. Reads marts only."""
    (build,) = read(connection, "select as_of_at, time_zone from marts.build")
    return Today(
        moment,
        build["as_of_at"],
        ZoneInfo(build["time_zone"]),
        waiting(connection, moment),
        read(connection, _UNASSIGNED),
        {
            row["channel"]: row["until"]
            for row in read(
                connection,
                "select source as channel, min(covered_until_at) as until from marts.sources "
                "where source in ('github', 'slack', 'email', 'x', 'youtube') and stream not in ('users', 'channels', 'releases', 'reactions') "
                "group by source order by source",
            )
        },
    )


def waiting(connection: DuckDBPyConnection, moment: datetime) -> list[Waiting]:
    """The requests that wait, least time left first."""
    return [
        Waiting(
            seconds_left=int(row["seconds_left"] // 1),
            is_answered_by_others=row["first_human_at"] is not None,
            possible_answer_urls=row["possible_answer_urls"] or [],
            **{
                name: row[name]
                for name in ("request_id", "channel", "url", "title", "person_name", "opened_at", "policy", "due_at", "exterminator")
            },
        )
        for row in read(connection, _WAITING, {"moment": moment})
    ]


def counted(found: Sequence[Waiting], moment: datetime) -> str:
    """`9 not yet due, 13 past due, and 54 asked more than 28 days ago`, which are past due too."""
    not_due = sum(each.seconds_left >= 0 for each in found)
    recent = sum(each.seconds_left < 0 and moment - each.opened_at <= OLD for each in found)
    old = len(found) - not_due - recent
    return f"{not_due} not yet due, {recent} past due" + (f", and {old} asked more than {OLD.days} days ago" if old else "")


def left(seconds: int) -> str:
    """`2 h 14 min left`, `overdue by 3 h`."""
    return f"{hours(seconds)} left" if seconds >= 0 else f"overdue by {hours(-seconds)}"


def told(found: Today, with_old: bool = False) -> Iterator[str]:
    """Line by line, for a terminal; what has been past due for long only `with_old`."""
    yield f"Waiting at {moment(found.moment, found.zone)} {found.zone.key}, as known at {moment(found.as_of, found.zone)}"
    for channel, until in found.known_until.items():
        if until is None or until < found.as_of:
            yield f"  {name_of(channel)} is known until {moment(until, found.zone)} only: what came or was answered since is not here"
    yield ""
    if not found.waiting:
        yield "Nobody waits for a first response."
    due_next = [each for each in found.waiting if each.seconds_left >= 0]
    past_due = [each for each in reversed(found.waiting) if each.seconds_left < 0]
    recent = [each for each in past_due if with_old or found.moment - each.opened_at <= OLD]
    yield from _listed("Not yet due, least time left first:", due_next, found.zone)
    yield from _listed("Past due, the latest first:", recent, found.zone)
    if len(recent) < len(past_due):
        yield f"and {plural(len(past_due) - len(recent), 'request')} asked more than {OLD.days} days ago; --all lists them"
    if found.unassigned:
        yield "High priority, and nobody assigned:"
        for row in found.unassigned:
            yield f"  {row['title'] or row['request_id']}  {row['url'] or ''}"


def _listed(title: str, waiting: Sequence[Waiting], zone: ZoneInfo) -> Iterator[str]:
    if waiting:
        yield title
    for each in waiting:
        yield f"{left(each.seconds_left):>24}  {name_of(each.channel):<8}  {each.person_name}: {each.title or each.request_id}"
        yield f"{'':>24}  {'':<8}  due {moment(each.due_at, zone)}, asked {moment(each.opened_at, zone)}; {each.url or each.request_id}"
        if each.is_answered_by_others:
            yield f"{'':>24}  {'':<8}  somebody outside the team has answered"
        if each.possible_answer_urls:
            yield f"{'':>24}  {'':<8}  may have been answered: {', '.join(each.possible_answer_urls)} (settle it with an override)"
    if waiting:
        yield ""

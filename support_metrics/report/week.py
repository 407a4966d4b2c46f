"""What one week's report reads from the marts, and nothing else reads them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from support_metrics.errors import WarehouseError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Row = dict[str, Any]
WEEKS_OF_HISTORY = 52
WEEKS_OF_HOURS = 12
GAPS_KEPT = 200  # of a kind
CAUSES_SHOWN, ALL_CAUSES_SHOWN = 10, 200
# Requests on a page: all of the week, then as many of the earlier ones, half from the four weeks before and half older. More would make it too big.
REQUESTS_SHOWN, EARLIER_SHOWN = 400, 100
MISSED = ("overdue", "closed_silently", "late")
OPEN = ("overdue", "pending")
_UNANSWERED_FIRST = "case state when 'overdue' then 1 when 'closed_silently' then 2 when 'pending' then 3 else 4 end"
# The stream that says how far a channel is covered.
_MAIN_STREAM = {
    "github": "issues", "slack": "messages", "email": "messages", "youtube": "comment_threads", "shortcut": "stories",
    "handoff": "responses",
}  # fmt: skip

# Whoever closed it, it is not waited for any more.
STILL_OPEN = "state in ('overdue', 'pending') and closed_at is null"
# Null where it is not known since when the issue has the label.
UNASSIGNED_THEN = (
    "case when assignee is not null and assigned_at is null or coalesce(assigned_at <= $before, false) "
    "or coalesce(closed_at <= $before, false) then false else prioritised_at <= $before end"
)
_NEWEST_OPEN = "order by opened_at desc, request_id limit $shown"
_HISTORY = "where week between $since and $week order by week"
_OPEN_HOURS = "from marts.business_hours where open_at < $ends and close_at > $begins and channels <> []"
# What each part of a week reads.
QUERIES = {
    "days": "from marts.daily_users where day between $since and $week::date + 6 order by day, channel",
    "users": f"from marts.weekly_users {_HISTORY}, channel",
    "tickets": f"from marts.weekly_tickets {_HISTORY}",
    "sla": f"from marts.weekly_sla {_HISTORY}, channel",
    "releases": f"from marts.weekly_releases {_HISTORY}",
    "duties": f"from marts.weekly_exterminators {_HISTORY}",
    "handoff": "from marts.daily_handoff_counts where day between $week and $week::date + 6 order by day",
    "requests": "from marts.requests where week = $week and state in ('overdue', 'closed_silently', 'late', 'pending') "
    f"order by {_UNANSWERED_FIRST}, due_at, opened_at, request_id",
    "earlier": f"from marts.requests where {STILL_OPEN} and week between $week::date - 28 and $week::date - 7 {_NEWEST_OPEN}",
    "older": f"from marts.requests where {STILL_OPEN} and week < $week::date - 28 {_NEWEST_OPEN}",
    "backlog": f"select count(*) filter (where {STILL_OPEN} and week between $week::date - 28 and $week::date - 7) as earlier, "
    f"count(*) filter (where {STILL_OPEN} and week < $week::date - 28) as older, "
    f"min(opened_at) filter (where {STILL_OPEN} and week < $week::date - 28) as oldest_at, "
    "count(*) filter (where due_at < $begins and first_response_at >= $begins and first_response_at < $ends and is_counted) as answered "
    "from marts.requests",
    # Judged a week before this report is: what was open then, by what is known now.
    "week_ago": f"""
        with waiting_then as (
            select
                week, coalesce(closed_at <= $before, false) as is_closed,
                -- Late is what takes longer than the target: no time of its clock may have passed since it was due.
                coalesce(due_at >= $before, true) or clock = 'business' and coalesce(last_open.until_at <= due_at, true) as is_pending
            from marts.requests as requests
            left join (select calendar, max(close_at) as until_at from marts.business_hours where open_at < $before group by all) as last_open
                on last_open.calendar = requests.calendar
            where is_counted and opened_at <= $before and coalesce(first_response_at > $before, true)
                and (state not in ('closed_silently', 'withdrawn') or coalesce(closed_at > $before, false))
        ),
        high as (
            select *, {UNASSIGNED_THEN} as is_unassigned from marts.priority_requests where priority = 'high'
        )
        select
            count(*) filter (where week between $week::date - 35 and $week::date - 14 and not is_closed) as earlier,
            count(*) filter (where week < $week::date - 35 and not is_closed) as older,
            count(*) filter (where week = $week::date - 7 and is_pending) as pending,
            (select case when count(*) filter (where is_unassigned is null) = 0 then count_if(is_unassigned) end from high) as unassigned
        from waiting_then""",
    "handoff_before": "select count(*) filter (where difference <> 0) as days from marts.daily_handoff_counts "
    "where day between $week::date - 7 and $week::date - 1",
    "policies": "select policy, list(distinct channel order by channel) as channels from marts.requests "
    "where week = $week and policy is not null group by policy order by policy",
    "sources": "from marts.sources order by is_stale desc nulls last, source, stream",
    "restatements": "from marts.restatements order by week desc, table_name, key, column_name, first_published_at",
    "restatement_causes": f"""
        select *, count(*) over (partition by as_of_at, week, kind) as causes from marts.restatement_causes
        qualify row_number() over (partition by as_of_at, week, kind order by figures desc, opened_on, subject) <= {CAUSES_SHOWN}
        order by week desc, as_of_at desc, kind, figures desc, opened_on, subject limit {ALL_CAUSES_SHOWN}""",
    "elapsed": "select channel, policy, target_seconds, state, elapsed_seconds as seconds, count(*) as requests from marts.requests "
    "where week = $week and target_seconds is not null and policy is not null and elapsed_seconds is not null and state not in ('withdrawn', 'excluded') group by all order by all",
    "hours": """
        with moments as (
            select 'asked' as kind, channel, opened_at as moment_at from marts.requests where week between $hours_since and $week and is_counted
            union all
            select 'answered', channel, first_response_at from marts.requests
            where week between $hours_since and $week and is_counted and first_response_at is not null
        ),
        placed as (
            select moments.*, exists (
                from marts.business_hours as hours
                where moments.moment_at >= hours.open_at and moments.moment_at < hours.close_at and list_contains(hours.channels, moments.channel)
            ) as is_open, timezone($zone, moments.moment_at) as local_at
            from moments
        )
        select kind, isodow(local_at) as weekday, hour(local_at) as hour, is_open, count(*) as requests from placed group by all order by all""",
    "holidays": "from marts.holidays where day between $since and $week::date + 6 order by day",
    "open_hours": f"{_OPEN_HOURS} order by calendar, open_at",
    "asked": "select opened_on, channel, person_id, title from marts.requests "
    "where week between $hours_since and $week and is_counted order by opened_at, request_id",
    "labels": "from marts.weekly_labels where week = $week order by issues desc, label",
    "priorities": "from marts.priority_requests where state = 'open' or prioritised_at >= $begins "
    "order by priority, assigned_at nulls first, prioritised_at, request_id",
    "reports": "from marts.internal_reports where reported_at >= $begins and reported_at < $ends order by filed_as nulls first, reported_at",
    "reports_before": "select count(*) filter (where filed_as is null) as unfiled from marts.internal_reports "
    "where reported_at >= $begins - interval 7 days and reported_at < $begins",
    # As `weekly_votes.is_covered`, also for a week in which nobody is known to have voted.
    "wanted": """
        with reached as (
            select timezone($zone, max(covered_until_at))::date as on_day from marts.sources
        ),
        covered as (
            select
                count(*) = 2 and bool_and(coalesce(
                    covered_from_at < $ends and (covered_until_at >= $ends or timezone($zone, covered_until_at)::date = reached.on_day), false
                )) as is_week_covered,
                min(covered_until_at) as covered_until_at
            from marts.sources cross join reached where source = 'github' and stream in ('comments', 'reactions')
        )
        select votes.*, covered.*, coalesce(moved.new_voters, case when covered.is_week_covered then 0 end) as new_voters
        from marts.issue_votes as votes
        cross join covered
        left join marts.weekly_votes as moved on moved.request_id = votes.request_id and moved.week = $week
        where votes.state = 'open' and votes.voters > 0
        order by votes.voters desc, new_voters desc, votes.last_vote_at desc, votes.request_id limit 15""",
    # What nobody linked to an issue in its week is history soon, so only the week's own counts.
    "gaps": f"""
        with counted as (
            select *, since_at >= $begins as is_new from marts.tracking_gaps
            where since_at < $ends and (kind <> 'asked_in_slack_without_issue' or since_at >= $begins)
        )
        select *, count(*) over (partition by kind) as gaps, count_if(is_new) over (partition by kind) as new_gaps from counted
        qualify row_number() over (partition by kind order by since_at desc, subject_id) <= {GAPS_KEPT}
        order by kind, since_at desc, subject_id""",
    "leads": "select people.*, requests.title, requests.url, requests.channel as first_channel from marts.new_users as people "
    "left join marts.requests as requests on requests.request_id = people.first_request_id "
    "where people.first_seen_at >= $begins and people.first_seen_at < $ends order by people.first_seen_at, people.person_id",
}


def read(connection: DuckDBPyConnection, query: str, parameters: dict[str, Any] | None = None) -> list[Row]:
    """The rows of a query, each by column name; instants in UTC. Raises WarehouseError where an older version built the marts."""
    try:
        result = connection.execute(query, parameters or {})
    except Exception as error:
        if type(error).__name__ in ("BinderException", "CatalogException"):
            raise WarehouseError(
                f"the warehouse lacks what this version reads: {error}", "run `support-metrics build` to make it anew"
            ) from error
        raise
    names = [column[0] for column in result.description or ()]
    return [
        {
            name: value.astimezone(UTC) if isinstance(value, datetime) and value.tzinfo else value
            for name, value in zip(names, values, strict=True)
        }
        for values in result.fetchall()
    ]


@dataclass(frozen=True)
class Week:
    """The rows of one week, of the weeks before it, and of what surrounds them.

    `requests` are the missed and the open ones, unanswered first; `earlier` the newest of the four weeks before that still wait, `older`
    those of before; `backlog` counts both, and those past due when the week began that were answered in it; `week_ago` counts what was open or
    unassigned a week before `as_of`; `handoff_before` counts the week before's days that differ, `reports_before` its reports that are not filed. `asked` are the busiest days' requests, `elapsed` counts response times, `hours` counts asking and answering by
    local weekday and hour over `WEEKS_OF_HOURS` weeks. `reports`, `gaps` and `leads` are those of the week; `priorities` those of the week or still open.
    """

    monday: date
    build: Row
    days: list[Row]
    users: list[Row]
    tickets: list[Row]
    sla: list[Row]
    releases: list[Row]
    duties: list[Row]
    handoff: list[Row]
    requests: list[Row]
    earlier: list[Row]
    older: list[Row]
    backlog: list[Row]
    week_ago: list[Row]
    handoff_before: list[Row]
    policies: list[Row]
    sources: list[Row]
    restatements: list[Row]
    restatement_causes: list[Row]
    elapsed: list[Row]
    hours: list[Row]
    holidays: list[Row]
    open_hours: list[Row]
    asked: list[Row]
    labels: list[Row]
    priorities: list[Row]
    reports: list[Row]
    reports_before: list[Row]
    wanted: list[Row]
    gaps: list[Row]
    leads: list[Row]

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.build["time_zone"])

    @cached_property
    def as_of(self) -> datetime:
        moment: datetime = self.build["as_of_at"]
        return moment

    @cached_property
    def begins_at(self) -> datetime:
        """The local midnight before Monday."""
        return datetime.combine(self.monday, datetime.min.time(), self.zone)

    @cached_property
    def ends_at(self) -> datetime:
        """The local midnight after Sunday."""
        return datetime.combine(self.monday + timedelta(days=7), datetime.min.time(), self.zone)

    @cached_property
    def days_of_week(self) -> list[Row]:
        return [row for row in self.days if row["day"] >= self.monday]

    @cached_property
    def mondays(self) -> list[date]:
        """The weeks of the history, oldest first, as far back as anything is known."""
        return sorted({row["week"] for rows in (self.users, self.tickets) for row in rows})

    @property
    def is_over(self) -> bool:
        return self.as_of >= self.ends_at

    @property
    def days_ended_before(self) -> date:
        """The local day of `as_of`: days before it have ended."""
        return self.as_of.astimezone(self.zone).date()

    @property
    def is_covered(self) -> bool:
        """Whether any weekly figure is known."""
        figures = ((self.users, "users"), (self.tickets, "tickets"), (self.sla, "judged"))
        return any(row[name] is not None for rows, name in figures for row in rows if row["week"] == self.monday)

    @cached_property
    def channels(self) -> list[str]:
        """The channels, busiest in this report's span first; `all` is not one of them."""
        asked: dict[str, int] = {}
        for row in self.users:
            asked[row["channel"]] = asked.get(row["channel"], 0) + (row["users"] or 0)
        return sorted((channel for channel in asked if channel != "all"), key=lambda channel: (-asked[channel], channel))

    def of_week(self, rows: list[Row], monday: date | None = None, channel: str | None = None) -> Row | None:
        """The one row of a week (this one by default) and channel, or None."""
        wanted = monday or self.monday
        return next((row for row in rows if row["week"] == wanted and channel in (None, row.get("channel"))), None)

    def covered(self, channel: str) -> tuple[datetime | None, datetime | None]:
        """From when until when a source is covered; None where nothing of it has been landed."""
        streams = [row for row in self.sources if row["source"] == channel]
        streams = [row for row in streams if row["stream"] == _MAIN_STREAM.get(channel, row["stream"])] or streams
        froms = [row["covered_from_at"] for row in streams if row["covered_from_at"]]
        untils = [row["covered_until_at"] for row in streams if row["covered_until_at"]]
        return (max(froms), min(untils)) if froms and untils else (None, None)


def read_week(connection: DuckDBPyConnection, monday: date) -> Week:
    """Read what the report of the week that starts on `monday` shows. Raises WarehouseError when it can show nothing."""
    build = read(connection, "from marts.build")
    if not build:
        raise WarehouseError("marts.build is empty: the warehouse does not say what it was built from", "run `support-metrics build`")
    if monday.weekday() != 0:
        raise WarehouseError(f"{monday} is a {monday:%A}", "name a week by its Monday")
    span = {
        "week": monday,
        "since": monday - timedelta(weeks=WEEKS_OF_HISTORY - 1),
        "hours_since": monday - timedelta(weeks=WEEKS_OF_HOURS - 1),
        "begins": datetime.combine(monday, datetime.min.time(), ZoneInfo(build[0]["time_zone"])),
        "ends": datetime.combine(monday + timedelta(days=7), datetime.min.time(), ZoneInfo(build[0]["time_zone"])),
        "zone": build[0]["time_zone"],
        "before": build[0]["as_of_at"].astimezone(ZoneInfo(build[0]["time_zone"])) - timedelta(weeks=1),
    }
    rows: dict[str, list[Row]] = {}
    for name, query in QUERIES.items():
        span["shown"] = max(EARLIER_SHOWN, REQUESTS_SHOWN - len(rows.get("requests", ()))) // 2
        rows[name] = read(connection, query, {key: value for key, value in span.items() if f"${key}" in query})
    return Week(monday=monday, build=build[0], **rows)

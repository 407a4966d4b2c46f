"""The queries of one week's report, by the part of `Week` that they fill."""

from __future__ import annotations

GAPS_KEPT = 200  # of a kind
CAUSES_SHOWN, ALL_CAUSES_SHOWN = 10, 200
_UNANSWERED_FIRST = "case state when 'overdue' then 1 when 'closed_silently' then 2 when 'pending' then 3 else 4 end"
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

/*
description: Spans in which an issue was closed and who closed it, from its events; from the issue itself where its events do not tell.
grain: [issue_id, closed_at]
columns:
  issue_id: {type: VARCHAR, says: "github:issue:<id>."}
  closed_at: {type: TIMESTAMP WITH TIME ZONE, says: "Closed from then …"}
  reopened_at: {type: TIMESTAMP WITH TIME ZONE, says: "… until then; null if it still is."}
  actor_id: {type: VARCHAR, says: "Person who closed it; null where a bot, a deleted account or nobody is named."}
  is_by_team: {type: BOOLEAN, required: true, says: "Closed by a team member, on that date."}
  is_by_author: {type: BOOLEAN, required: true, says: "Closed by the person who opened it."}
*/
with changes as (
    select
        issue_id, event_id, event, account_id, created_at,
        lag(event) over (partition by issue_id order by created_at, event_id) as previous_event
    from staging.github_events
    where event in ('closed', 'reopened') and issue_id is not null
),
-- Closing what is closed already moves nothing but names a later actor; the first of a run is when it closed, the last who.
numbered as (
    select *, count_if(event = 'closed' and previous_event is distinct from 'closed') over (partition by issue_id order by created_at, event_id rows unbounded preceding) as span
    from changes
),
from_events as (
    select
        issue_id,
        min(created_at) filter (event = 'closed') as closed_at,
        min(created_at) filter (event = 'reopened') as reopened_at,
        max(created_at) filter (event = 'closed') as last_closed_at,
        max_by(coalesce(account_id, ''), (created_at, event_id)) filter (event = 'closed') as account_id
    from numbered
    where span > 0
    group by issue_id, span
),
last_changes as (
    select issue_id, max_by(event, (created_at, event_id)) as event, max(created_at) as changed_at from changes group by issue_id
),
-- Events may have been read less far than the issue.
from_issues as (
    select
        issues.issue_id, issues.closed_at, null::timestamptz as reopened_at, issues.closed_at as last_closed_at,
        coalesce(issues.closed_by_account_id, '') as account_id
    from staging.github_issues as issues
    left join last_changes on last_changes.issue_id = issues.issue_id
    where issues.closed_at is not null
        and (last_changes.issue_id is null or (last_changes.event = 'reopened' and issues.closed_at > last_changes.changed_at))
),
closings as (
    from from_events union all by name from from_issues
),
machines as (
    select distinct closings.issue_id, closings.closed_at
    from closings
    cross join settings.build as build
    inner join settings.bots as bots
        on bots.account_id = closings.account_id and timezone(build.time_zone, closings.last_closed_at)::date between bots.from_on and bots.to_on
),
by_people as (
    select closings.*, persons.person_id
    from closings
    left join core.accounts as accounts on accounts.account_id = closings.account_id
    left join machines on machines.issue_id = closings.issue_id and machines.closed_at = closings.closed_at
    left join core.persons as persons
        on persons.account_id = closings.account_id and not coalesce(accounts.is_bot, false) and machines.issue_id is null
)
select
    by_people.issue_id as issue_id,
    by_people.closed_at as closed_at,
    by_people.reopened_at as reopened_at,
    by_people.person_id as actor_id,
    team_spans.person_id is not null as is_by_team,
    coalesce(by_people.person_id = authors.person_id, false) as is_by_author
from by_people
left join staging.github_issues as issues on issues.issue_id = by_people.issue_id
left join core.persons as authors on authors.account_id = issues.account_id
left join core.team_spans as team_spans
    on team_spans.person_id = by_people.person_id and by_people.last_closed_at >= team_spans.from_at and by_people.last_closed_at < team_spans.to_at

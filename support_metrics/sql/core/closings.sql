/*
description: Spans in which an issue was closed and who closed it, from its events; where there are none, from the issue itself.
grain: [issue_id, closed_at]
columns:
  issue_id: {type: VARCHAR, says: "github:issue:<id>."}
  closed_at: {type: TIMESTAMP WITH TIME ZONE, says: "Closed from then …"}
  reopened_at: {type: TIMESTAMP WITH TIME ZONE, says: "… until then; null if it still is."}
  actor_id: {type: VARCHAR, says: "Person who closed it; null where a bot, a deleted account or nobody is named."}
  is_by_team: {type: BOOLEAN, required: true, says: "Closed by a team member, on that date."}
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
        max_by(coalesce(account_id, ''), (created_at, event_id)) filter (event = 'closed') as account_id
    from numbered
    where span > 0
    group by issue_id, span
),
from_issues as (
    select issues.issue_id, issues.closed_at, null::timestamptz as reopened_at, coalesce(issues.closed_by_account_id, '') as account_id
    from staging.github_issues as issues
    anti join from_events on from_events.issue_id = issues.issue_id
    where issues.closed_at is not null
),
closings as (
    from from_events union all by name from from_issues
)
select
    closings.issue_id as issue_id,
    closings.closed_at as closed_at,
    closings.reopened_at as reopened_at,
    case when not coalesce(accounts.is_bot, false) then persons.person_id end as actor_id,
    not coalesce(accounts.is_bot, false) and team_spans.person_id is not null as is_by_team
from closings
left join core.accounts as accounts on accounts.account_id = closings.account_id
left join core.persons as persons on persons.account_id = closings.account_id
left join core.team_spans as team_spans
    on team_spans.person_id = persons.person_id and closings.closed_at >= team_spans.from_at and closings.closed_at < team_spans.to_at

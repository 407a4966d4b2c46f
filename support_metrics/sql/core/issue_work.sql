/*
description: Issues the team worked on, with the first sign of it; a single answer is no work yet.
grain: [issue_id]
columns:
  issue_id: {type: VARCHAR, says: "github:issue:<id>."}
  since_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "When the first sign appeared."}
  sign: {type: VARCHAR, required: true, says: "The sign in words."}
*/
with assigned as (
    select issue_id, assigned_at as since_at, 'assigned to ' || assignee as sign from core.assignments where assigned_at is not null
),
referenced as (
    select
        issue_id, created_at as since_at,
        case event when 'connected' then 'linked to a pull request' else 'named by a commit' end as sign
    from staging.github_events
    where event in ('connected', 'referenced') and issue_id is not null
),
team_days as (
    select conversation_id as issue_id, timezone(build.time_zone, sent_at)::date as day, min(sent_at) as first_at
    from core.messages
    cross join settings.build as build
    where channel = 'github' and not is_opening and is_team and not is_bot
    group by all
),
discussed as (
    select issue_id, min(first_at) as since_at, 'discussed by the team on ' || count(*) || ' days' as sign
    from team_days
    group by issue_id
    having count(*) > 1
),
signs as (
    from assigned union all by name from referenced union all by name from discussed
)
select issue_id, min(since_at) as since_at, min_by(sign, (since_at, sign)) as sign
from signs
group by issue_id

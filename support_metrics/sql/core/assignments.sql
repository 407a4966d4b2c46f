/*
description: Who was assigned to each issue, from when until when.
grain: [assignment_id]
columns:
  assignment_id: {type: VARCHAR, says: "Key of the event; of issue and login where no event tells."}
  issue_id: {type: VARCHAR, required: true, says: "github:issue:<id>."}
  assignee: {type: VARCHAR, required: true, says: "Login."}
  assigned_at: {type: TIMESTAMP WITH TIME ZONE, says: "When; null where no event tells."}
  unassigned_at: {type: TIMESTAMP WITH TIME ZONE, says: "Until when; null if still."}
*/
with changes as (
    select
        event_id, issue_id, event, lower(assignee) as login, assignee, created_at,
        min(created_at) filter (event = 'unassigned') over (
            partition by issue_id, lower(assignee) order by created_at, event_id rows between 1 following and unbounded following
        ) as unassigned_at
    from staging.github_events
    where event in ('assigned', 'unassigned') and issue_id is not null and assignee is not null
),
from_issues as (
    select issue_id, unnest(assignees) as assignee from staging.github_issues
)
select event_id as assignment_id, issue_id, assignee, created_at as assigned_at, unassigned_at
from changes
where event = 'assigned'
union all
select distinct issue_id || ':' || lower(assignee), issue_id, assignee, null::timestamptz, null::timestamptz
from from_issues
anti join changes on changes.issue_id = from_issues.issue_id and changes.login = lower(from_issues.assignee)

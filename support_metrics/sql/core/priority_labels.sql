/*
description: Priority labels that issues carry at `as_of`, with when each was put on, from the events where there are any.
grain: [issue_id, label]
columns:
  issue_id: {type: VARCHAR, says: "github:issue:<id>."}
  label: {type: VARCHAR, says: "Label, lower case."}
  priority: {type: VARCHAR, required: true, says: "high or low."}
  prioritised_at: {type: TIMESTAMP WITH TIME ZONE, says: "When it was put on and stayed; null where no event tells."}
*/
with priorities as (
    select lower(label) as label, min(role) as priority from settings.issue_labels where role in ('high', 'low') group by lower(label)
),
changes as (
    select
        events.issue_id, lower(events.label) as label, events.event, events.created_at,
        max(events.created_at) filter (events.event = 'unlabeled') over (partition by events.issue_id, lower(events.label)) as removed_at,
        last_value(events.event) over (partition by events.issue_id, lower(events.label) order by events.created_at, events.event_id rows between unbounded preceding and unbounded following) as last_event
    from staging.github_events as events
    semi join priorities on priorities.label = lower(events.label)
    where events.event in ('labeled', 'unlabeled') and events.issue_id is not null
),
told_by_events as (
    select
        issue_id, label, min(last_event) = 'labeled' as is_carried,
        min(created_at) filter (event = 'labeled' and (removed_at is null or created_at >= removed_at)) as prioritised_at
    from changes
    group by issue_id, label
),
carried as (
    select issue_id, lower(unnest(labels)) as label from core.issue_states
),
known as (
    select issue_id, label, prioritised_at from told_by_events where is_carried
    union all
    select distinct carried.issue_id, carried.label, null::timestamptz
    from carried
    anti join told_by_events on told_by_events.issue_id = carried.issue_id and told_by_events.label = carried.label
)
select known.issue_id as issue_id, known.label as label, priorities.priority as priority, known.prioritised_at as prioritised_at
from known
inner join priorities on priorities.label = known.label

/*
description: Issues that carry a priority label, how soon someone was assigned, and the story that tracks them.
grain: [request_id]
columns:
  request_id: {type: VARCHAR, says: "github:issue:<id>."}
  url: {type: VARCHAR, says: "Address of the issue."}
  title: {type: VARCHAR, says: "Title."}
  priority: {type: VARCHAR, required: true, says: "high, which wants someone at once, or low, which wants a story; high where it carries both."}
  prioritised_at: {type: TIMESTAMP WITH TIME ZONE, says: "When the label was put on and stayed; null where no event tells."}
  assigned_at: {type: TIMESTAMP WITH TIME ZONE, says: "When the first to be assigned then or later was assigned."}
  assignee: {type: VARCHAR, says: "Their login."}
  seconds_to_assigned: {type: BIGINT, says: "Business seconds from the label to the assignment; 0 if someone already was."}
  tracked_url: {type: VARCHAR, says: "The Shortcut story that links it."}
  state: {type: VARCHAR, required: true, says: "open or closed."}
  closed_at: {type: TIMESTAMP WITH TIME ZONE, says: "When it was closed, if it is."}
  label: {type: VARCHAR, required: true, says: "The label, lower case."}
  seconds_waiting: {type: BIGINT, says: "Business seconds from the label to `as_of` while the issue is open and nobody is assigned; else null."}
*/
with prioritised as (
    select * from core.priority_labels
    qualify row_number() over (partition by issue_id order by priority, prioritised_at nulls last, label) = 1
),
issues as (
    select issues.issue_id, issues.repository, issues.number, issues.url, issues.title, issues.state, issues.closed_at, prioritised.priority, prioritised.label, prioritised.prioritised_at
    from core.issue_states as issues
    inner join prioritised on prioritised.issue_id = issues.issue_id
    semi join (select repository from settings.repositories where role = 'support') as chosen on chosen.repository = issues.repository
    where not issues.is_pull_request and issues.deleted_at is null
),
assigned as (
    select issues.issue_id, assignments.assigned_at, assignments.assignee
    from issues
    inner join core.assignments as assignments
        on assignments.issue_id = issues.issue_id and coalesce(assignments.unassigned_at > issues.prioritised_at, true)
    qualify row_number() over (partition by issues.issue_id order by assignments.assigned_at nulls last, assignments.assignment_id) = 1
),
stories as (
    select links.repository, links.number, first(stories.url order by stories.is_archived, stories.labelled_at is null, stories.created_at, stories.number) as url
    from core.story_links as links
    inner join core.stories as stories on stories.story_id = links.story_id
    where links.repository is not null
    group by links.repository, links.number
),
spans as (
    select
        issues.*, assigned.assigned_at, assigned.assignee, calendars.calendar,
        assigned.issue_id is null and issues.state = 'open' as is_waiting,
        case when assigned.assigned_at is not null then greatest(assigned.assigned_at, issues.prioritised_at) when is_waiting then getvariable('as_of') end as stopped_at
    from issues
    cross join settings.build as build
    left join assigned on assigned.issue_id = issues.issue_id
    left join core.team_calendars as calendars
        on timezone(build.time_zone, issues.prioritised_at)::date between calendars.from_on and calendars.to_on
),
started as (
    select spans.*, coalesce(intervals.micros_before + epoch_us(least(spans.prioritised_at, intervals.close_at)) - epoch_us(intervals.open_at), 0) as micros_at_start
    from spans
    asof left join core.open_intervals as intervals on intervals.calendar = spans.calendar and intervals.open_at <= spans.prioritised_at
),
timed as (
    select
        started.*, coalesce(intervals.micros_before + epoch_us(least(started.stopped_at, intervals.close_at)) - epoch_us(intervals.open_at), 0) - micros_at_start as micros,
        case when started.prioritised_at is not null and started.stopped_at is not null and started.calendar is not null then greatest(micros, 0) // 1000000 end::bigint as seconds
    from started
    asof left join core.open_intervals as intervals on intervals.calendar = started.calendar and intervals.open_at <= started.stopped_at
)
select
    timed.issue_id as request_id,
    timed.url as url,
    timed.title as title,
    timed.priority as priority,
    timed.prioritised_at as prioritised_at,
    timed.assigned_at as assigned_at,
    timed.assignee as assignee,
    case when not timed.is_waiting then timed.seconds end as seconds_to_assigned,
    stories.url as tracked_url,
    timed.state as state,
    timed.closed_at as closed_at,
    timed.label as label,
    case when timed.is_waiting then timed.seconds end as seconds_waiting
from timed
left join stories on stories.repository = timed.repository and stories.number = timed.number

/*
description: Shortcut stories that are not deleted, each with its state and with when the exterminator label first appeared on it.
grain: [story_id]
columns:
  story_id: {type: VARCHAR, says: "shortcut:story:<id>."}
  number: {type: BIGINT, required: true, says: "Shortcut's number of the story."}
  url: {type: VARCHAR, says: "Address for people."}
  title: {type: VARCHAR, says: "Name of the story."}
  story_type: {type: VARCHAR, required: true, says: "bug, feature or chore."}
  is_archived: {type: BOOLEAN, required: true, says: "Put out of sight, which is not deleted."}
  state: {type: VARCHAR, says: "Name of the workflow state in which it stands; null where that, or the workflow, is not known."}
  state_type: {type: VARCHAR, says: "backlog, unstarted, started or done, as the workflow has that state."}
  is_done: {type: BOOLEAN, required: true, says: "In a state of type done; where its state is not known, completed by the story's own word."}
  created_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "When it was created."}
  completed_at: {type: TIMESTAMP WITH TIME ZONE, says: "When it was completed, if it was."}
  labelled_at: {type: TIMESTAMP WITH TIME ZONE, says: "created_at where its first known version carried the label; else when the label appeared, gone since or not; null if it never had it."}
  labelled_by: {type: VARCHAR, says: "How that is known: created (it had the label when it was first read), history (the story's history tells the moment), seen (as precisely as it was read)."}
*/
with versions as (
    select
        versions.*,
        list_contains(versions.labels, lower(trim(shortcut.label)))
            or list_has_any(versions.label_ids, (select coalesce(list(label_id), []) from core.ticket_labels)) as is_labelled,
        row_number() over (partition by story_id order by changed_at, observed_at, hash) as number,
        lag(changed_at) over (partition by story_id order by changed_at, observed_at, hash) as previous_at
    from staging.shortcut_story_versions as versions
    cross join settings.shortcut as shortcut
),
-- Where Shortcut's clock did not move with the label, the label was first seen when it was observed.
seen as (
    select
        story_id,
        bool_or(number = 1) as is_labelled_from_the_first,
        min(case when changed_at = previous_at then observed_at else changed_at end) as seen_at
    from versions
    where is_labelled
    group by story_id
),
told as (
    select changes.story_id, min(changes.changed_at) as told_at
    from staging.shortcut_label_changes as changes
    cross join settings.shortcut as shortcut
    left join core.ticket_labels as labels on labels.label_id = changes.label_id
    where labels.label_id is not null or changes.label = lower(trim(shortcut.label))
    group by changes.story_id
),
dated as (
    select
        stories.*,
        case
            when seen.is_labelled_from_the_first then stories.created_at
            else least(told.told_at, seen.seen_at)
        end as appeared_at,
        case
            when seen.is_labelled_from_the_first then 'created'
            when told.told_at <= coalesce(seen.seen_at, told.told_at) then 'history'
            else 'seen'
        end as appeared_by
    from staging.shortcut_stories as stories
    left join seen on seen.story_id = stories.story_id
    left join told on told.story_id = stories.story_id
    where stories.deleted_at is null
)
select
    dated.story_id as story_id,
    dated.number as number,
    dated.url as url,
    dated.title as title,
    dated.story_type as story_type,
    dated.is_archived as is_archived,
    states.state as state,
    states.state_type as state_type,
    coalesce(states.state_type = 'done', dated.is_done) as is_done,
    dated.created_at as created_at,
    dated.completed_at as completed_at,
    case when dated.appeared_at <= getvariable('as_of') then dated.appeared_at end as labelled_at,
    case when dated.appeared_at <= getvariable('as_of') then dated.appeared_by end as labelled_by
from dated
left join staging.shortcut_states as states on states.state_id = dated.state_id

/*
description: Shortcut stories that are not deleted, each with when the exterminator label first appeared on it.
grain: [story_id]
columns:
  story_id: {type: VARCHAR, says: "shortcut:story:<id>."}
  number: {type: BIGINT, required: true, says: "Shortcut's number of the story."}
  url: {type: VARCHAR, says: "Address for people."}
  title: {type: VARCHAR, says: "Name of the story."}
  story_type: {type: VARCHAR, required: true, says: "bug, feature or chore."}
  is_archived: {type: BOOLEAN, required: true, says: "Put out of sight, which is not deleted."}
  is_done: {type: BOOLEAN, required: true, says: "In a state that counts as done."}
  created_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "When it was created."}
  completed_at: {type: TIMESTAMP WITH TIME ZONE, says: "When it was completed, if it was."}
  labelled_at: {type: TIMESTAMP WITH TIME ZONE, says: "created_at where its first known version carried the label; else when the label appeared, gone since or not; null if it never had it."}
*/
with versions as (
    select
        versions.*,
        list_contains(versions.labels, lower(trim(shortcut.label))) as is_labelled,
        row_number() over (partition by story_id order by changed_at, observed_at, hash) as number,
        lag(changed_at) over (partition by story_id order by changed_at, observed_at, hash) as previous_at
    from staging.shortcut_story_versions as versions
    cross join settings.shortcut as shortcut
),
-- Where Shortcut's clock did not move with the label, the label was first seen when it was observed.
labelled as (
    select
        story_id,
        bool_or(number = 1) as is_labelled_from_the_first,
        min(case when changed_at = previous_at then observed_at else changed_at end) as appeared_at
    from versions
    where is_labelled
    group by story_id
),
dated as (
    select
        stories.*,
        case when labelled.is_labelled_from_the_first then stories.created_at else labelled.appeared_at end as appeared_at
    from staging.shortcut_stories as stories
    left join labelled on labelled.story_id = stories.story_id
    where stories.deleted_at is null
)
select
    story_id,
    number,
    url,
    title,
    story_type,
    is_archived,
    is_done,
    created_at,
    completed_at,
    case when appeared_at <= getvariable('as_of') then appeared_at end as labelled_at
from dated

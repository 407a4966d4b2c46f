/*
description: Tickets, that is, Shortcut stories that carry or ever carried the exterminator label, one per GitHub issue linked; a story that links none is one ticket.
grain: [ticket_id]
columns:
  ticket_id: {type: VARCHAR, says: "owner/name#number of the issue, else the story's key."}
  story_id: {type: VARCHAR, required: true, says: "The story that stands for it: one not archived, the earliest labelled."}
  url: {type: VARCHAR, says: "Address of that story."}
  title: {type: VARCHAR, says: "Name of that story."}
  story_type: {type: VARCHAR, required: true, says: "bug, feature or chore, of that story."}
  state: {type: VARCHAR, says: "Workflow state of that story."}
  state_type: {type: VARCHAR, says: "backlog, unstarted, started or done, as the workflow has that state."}
  is_done: {type: BOOLEAN, required: true, says: "That story is done."}
  stories: {type: BIGINT, required: true, says: "Stories for the same issue."}
  labelled_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "When the first of them was labelled."}
  labelled_by: {type: VARCHAR, required: true, says: "How that is known: created, history or seen; see core.stories."}
  week: {type: DATE, required: true, says: "Monday of the local week in which that was."}
*/
with labelled as (
    select
        coalesce(links.target, stories.story_id) as ticket_id,
        stories.*,
        row_number() over (partition by coalesce(links.target, stories.story_id) order by stories.is_archived, stories.labelled_at, stories.number) as rank
    from core.stories as stories
    left join (select story_id, target from core.story_links where repository is not null) as links on links.story_id = stories.story_id
    where stories.labelled_at is not null
),
tickets as (
    select
        ticket_id,
        max(story_id) filter (rank = 1) as story_id,
        max(url) filter (rank = 1) as url,
        max(title) filter (rank = 1) as title,
        max(story_type) filter (rank = 1) as story_type,
        max(state) filter (rank = 1) as state,
        max(state_type) filter (rank = 1) as state_type,
        bool_or(is_done) filter (rank = 1) as is_done,
        count(*) as stories,
        min(labelled_at) as labelled_at,
        first(labelled_by order by labelled_at, number) as labelled_by
    from labelled
    group by ticket_id
)
select tickets.*, date_trunc('week', timezone(build.time_zone, labelled_at))::date as week
from tickets
cross join settings.build as build

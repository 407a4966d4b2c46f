/*
description: The tickets that `weekly_tickets` counts, one row each, with the week they count in, how that is known, and where they stand.
grain: [ticket_id]
columns:
  ticket_id: {type: VARCHAR, says: "owner/name#number of the GitHub issue, else the key of the story."}
  url: {type: VARCHAR, says: "Address of the story that stands for it: one not archived, the earliest labelled."}
  title: {type: VARCHAR, says: "Its name."}
  week: {type: DATE, required: true, says: "Monday of the local week in which the exterminator label appeared."}
  labelled_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "When it appeared."}
  labelled_by: {type: VARCHAR, required: true, says: "How that is known: created (the story had the label when it was first read, so its creation counts), history (the story's history tells the moment), seen (as precisely as the story was read)."}
  story_type: {type: VARCHAR, required: true, says: "bug, feature or chore."}
  state: {type: VARCHAR, says: "Workflow state of the story, as the team calls it; null where it is not known."}
  state_type: {type: VARCHAR, says: "backlog, unstarted, started or done, as the workflow has that state."}
  is_done: {type: BOOLEAN, required: true, says: "Done by now: in a state of type done; where the state is not known, completed by the story's own word."}
  duplicates: {type: BIGINT, required: true, says: "Further stories for the same issue."}
  exterminator: {type: VARCHAR, says: "Who was on duty that week."}
*/
select
    tickets.ticket_id as ticket_id,
    tickets.url as url,
    tickets.title as title,
    tickets.week as week,
    tickets.labelled_at as labelled_at,
    tickets.labelled_by as labelled_by,
    tickets.story_type as story_type,
    tickets.state as state,
    tickets.state_type as state_type,
    tickets.is_done as is_done,
    tickets.stories - 1 as duplicates,
    duty.exterminator as exterminator
from core.tickets as tickets
left join core.duty as duty on duty.week = tickets.week

/*
description: Stories that disagree with the GitHub issues they link, or that a second story repeats.
grain: [kind, story_id]
columns:
  kind: {type: VARCHAR, says: "duplicate_story, story_open_issue_closed or story_done_issue_open."}
  story_id: {type: VARCHAR, says: "The story to mend."}
  url: {type: VARCHAR, says: "Its address."}
  title: {type: VARCHAR, says: "Its name."}
  since_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "Since when it disagrees."}
  why: {type: VARCHAR, required: true, says: "What disagrees, in words."}
*/
with linked as (
    select stories.*, links.target, links.repository, links.number as issue_number
    from core.stories as stories
    inner join core.story_links as links on links.story_id = stories.story_id
    where links.repository is not null
),
-- Archiving a duplicate mends it.
ranked as (
    select
        *,
        row_number() over (partition by target order by labelled_at is null, labelled_at, created_at, number) as rank,
        first_value(number) over (partition by target order by labelled_at is null, labelled_at, created_at, number) as first_number
    from linked
    where not is_archived
),
duplicates as (
    select
        'duplicate_story' as kind, story_id, min(url) as url, min(title) as title, min(created_at) as since_at,
        'links ' || min(target) || ', which story ' || min_by(first_number, target) || ' tracks' as why
    from ranked
    where rank > 1
    group by story_id
),
reopenings as (
    select issue_id, max(reopened_at) as reopened_at from core.closings group by issue_id
),
with_issues as (
    select linked.* exclude (state), linked.state as state_name, issues.state, issues.closed_at, issues.url as issue_url, reopenings.reopened_at,
        bool_or(not linked.is_done and not linked.is_archived) over (partition by linked.target) as is_tracked_elsewhere
    from linked
    inner join core.issue_states as issues on issues.repository = linked.repository and issues.number = linked.issue_number
    left join reopenings on reopenings.issue_id = issues.issue_id
    where not issues.is_pull_request and issues.deleted_at is null
),
open_stories as (
    select
        'story_open_issue_closed' as kind, story_id, min(url) as url, min(title) as title, max(closed_at) as since_at,
        'the story is ' || coalesce('in state "' || min(state_name) || '"', 'open') || '; already closed: ' || string_agg(target, ', ' order by target) as why
    from with_issues
    where not is_done and not is_archived
    group by story_id
    having bool_and(state = 'closed')
),
done_stories as (
    select
        'story_done_issue_open' as kind, story_id, min(url) as url, min(title) as title, max(greatest(coalesce(completed_at, created_at), reopened_at)) as since_at,
        'the story is done; still open: ' || string_agg(target, ', ' order by target) as why
    from with_issues
    where is_done and state = 'open' and not is_tracked_elsewhere
    group by story_id
)
from duplicates union all by name from open_stories union all by name from done_stories

/*
description: Open issues of the support repositories that were worked on and have no story, or that carry no label.
grain: [kind, issue_id]
columns:
  kind: {type: VARCHAR, says: "worked_on_not_tracked or unlabelled_issue."}
  issue_id: {type: VARCHAR, says: "github:issue:<id>."}
  url: {type: VARCHAR, says: "Its address."}
  title: {type: VARCHAR, says: "Its title."}
  since_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "Since when there is a gap."}
  why: {type: VARCHAR, required: true, says: "What is missing, in words."}
*/
with issues as (
    select issues.*
    from core.issue_states as issues
    semi join (select repository from settings.repositories where role = 'support') as chosen on chosen.repository = issues.repository
    where not issues.is_pull_request and issues.deleted_at is null and issues.state = 'open'
),
-- Where stories are not known, nothing can be said to lack one.
stories_known as (
    select min(covered_from_at) as from_at from core.coverage where source = 'shortcut' and stream = 'stories'
)
select 'worked_on_not_tracked' as kind, issues.issue_id as issue_id, issues.url as url, issues.title as title, work.since_at as since_at, work.sign || '; no story links it' as why
from issues
inner join core.issue_work as work on work.issue_id = issues.issue_id
inner join stories_known on work.since_at >= stories_known.from_at
anti join core.story_links as links on links.repository = issues.repository and links.number = issues.number
union all
select 'unlabelled_issue', issue_id, url, title, opened_at, 'open without a label'
from issues
where coalesce(len(labels), 0) = 0

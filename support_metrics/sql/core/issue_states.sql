/*
description: Issues and pull requests with their state at `as_of`, closings taken from events where there are any.
grain: [issue_id]
columns:
  issue_id: {type: VARCHAR, says: "github:issue:<id>."}
  repository: {type: VARCHAR, required: true, says: "owner/name in lower case."}
  number: {type: BIGINT, required: true, says: "Number within the repository."}
  url: {type: VARCHAR, says: "Address for people."}
  title: {type: VARCHAR, says: "Title."}
  account_id: {type: VARCHAR, required: true, says: "Author."}
  person_id: {type: VARCHAR, says: "The author's person."}
  is_pull_request: {type: BOOLEAN, required: true, says: "A pull request and so no issue."}
  opened_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "When it was opened, or transferred in."}
  closed_at: {type: TIMESTAMP WITH TIME ZONE, says: "When it was closed, if it is at `as_of`."}
  closed_as: {type: VARCHAR, says: "GitHub's reason where it is closed: completed, not_planned, duplicate, or null."}
  merged_at: {type: TIMESTAMP WITH TIME ZONE, says: "When a pull request was merged, if it is."}
  closed_by_person_id: {type: VARCHAR, says: "Person who closed it."}
  is_closed_by_team: {type: BOOLEAN, required: true, says: "Closed by a team member, on that date."}
  state: {type: VARCHAR, required: true, says: "open or closed."}
  labels: {type: "VARCHAR[]", says: "Label names."}
  deleted_at: {type: TIMESTAMP WITH TIME ZONE, says: "When it was known to be deleted or moved away."}
*/
with closed_now as (
    select * from core.closings where reopened_at is null
),
transfers as (
    select issue_id, max(created_at) as transferred_at from staging.github_events where event = 'transferred' group by issue_id
)
select
    issues.issue_id as issue_id,
    issues.repository as repository,
    issues.number as number,
    issues.url as url,
    issues.title as title,
    issues.account_id as account_id,
    persons.person_id as person_id,
    issues.is_pull_request as is_pull_request,
    greatest(issues.created_at, transfers.transferred_at) as opened_at,
    closed_now.closed_at as closed_at,
    case when closed_now.issue_id is not null then issues.closed_as end as closed_as,
    issues.merged_at as merged_at,
    closed_now.actor_id as closed_by_person_id,
    coalesce(closed_now.is_by_team, false) as is_closed_by_team,
    case when closed_now.issue_id is null then 'open' else 'closed' end as state,
    issues.labels as labels,
    issues.deleted_at as deleted_at
from staging.github_issues as issues
left join core.persons as persons on persons.account_id = issues.account_id
left join closed_now on closed_now.issue_id = issues.issue_id
left join transfers on transfers.issue_id = issues.issue_id

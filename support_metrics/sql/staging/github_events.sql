/*
description: Events of GitHub issues (closed, reopened, labeled, assigned, transferred, …) up to `as_of`.
grain: [event_id]
columns:
  event_id: {type: VARCHAR, says: "github:event:<id>."}
  repository: {type: VARCHAR, says: "owner/name in lower case, from the event's address."}
  issue_id: {type: VARCHAR, says: "github:issue:<id> of the issue it belongs to, where the event carries it."}
  number: {type: BIGINT, says: "Number of the issue within the repository."}
  event: {type: VARCHAR, required: true, says: "GitHub's name for it."}
  account_id: {type: VARCHAR, says: "Who did it; null where the account was deleted."}
  created_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "When it happened."}
  label: {type: VARCHAR, says: "Label added or removed."}
  assignee: {type: VARCHAR, says: "Login of the person assigned."}
*/
with parsed as (
    select
        key, observed_at, hash, coalesce(version, observed_at) as changed_at,
        from_json(payload, '{"url": "VARCHAR", "event": "VARCHAR", "actor": {"id": "VARCHAR"}, "created_at": "TIMESTAMPTZ", "label": {"name": "VARCHAR"}, "assignee": {"login": "VARCHAR"}, "issue": {"id": "VARCHAR", "number": "BIGINT", "html_url": "VARCHAR"}}') as object
    from landing.github_events
),
newest as (
    select key, first(object order by changed_at desc, observed_at desc, hash desc) as object from parsed group by key
)
select
    key as event_id,
    lower(regexp_extract(object.url, '/repos/([^/]+/[^/]+)/issues/', 1)) as repository,
    'github:issue:' || object.issue.id as issue_id,
    object.issue.number as number,
    object.event as event,
    case when object.actor.id <> '10137' then 'github:user:' || object.actor.id end as account_id,
    object.created_at as created_at,
    object.label.name as label,
    object.assignee.login as assignee
from newest
where object.created_at <= getvariable('as_of')

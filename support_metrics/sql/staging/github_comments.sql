/*
description: Comments on GitHub issues and pull requests; the author comes from the newest version that names one.
grain: [comment_id]
columns:
  comment_id: {type: VARCHAR, says: "github:comment:<id>."}
  repository: {type: VARCHAR, required: true, says: "owner/name in lower case."}
  number: {type: BIGINT, required: true, says: "Number of the issue within the repository."}
  url: {type: VARCHAR, says: "Address for people."}
  account_id: {type: VARCHAR, required: true, says: "Author; github:unknown:… where the account was deleted."}
  created_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "When it was written; edits do not move it."}
  text: {type: VARCHAR, says: "The first 200 characters of what it says, in Markdown."}
  is_deleted: {type: BOOLEAN, required: true, says: "Known to be deleted; what was seen still counts as an answer."}
*/
with parsed as (
    select
        key, observed_at, hash, deleted, coalesce(version, observed_at) as changed_at,
        from_json(payload, '{"issue_url": "VARCHAR", "html_url": "VARCHAR", "user": {"id": "VARCHAR"}, "created_at": "TIMESTAMPTZ", "body": "VARCHAR"}') as object
    from landing.github_comments
),
repeated as (
    select key from landing.github_comments group by key having count(*) > 1
),
several as (
    select
        key,
        first(object order by deleted, changed_at desc, observed_at desc, hash desc) as object,
        first(object.user.id order by object.user.id is null or object.user.id = '10137', changed_at desc, observed_at desc, hash desc) as author,
        last(deleted order by changed_at, observed_at, hash) as is_deleted
    from parsed semi join repeated using (key)
    group by key
),
comments as (
    from several
    union all
    select key, object, object.user.id as author, deleted as is_deleted from parsed anti join repeated using (key)
),
addressed as (
    select *, regexp_extract(object.issue_url, '/repos/([^/]+/[^/]+)/issues/(\d+)', ['repository', 'number']) as issue from comments
)
select
    key as comment_id,
    lower(issue.repository) as repository,
    issue.number::bigint as number,
    object.html_url as url,
    case when author is null or author = '10137' then 'github:unknown:comment-' || split_part(key, ':', 3) else 'github:user:' || author end as account_id,
    object.created_at as created_at,
    left(object.body, 200) as text,
    is_deleted
from addressed
where object.created_at <= getvariable('as_of')

/*
description: GitHub issues and pull requests as they stood at `as_of`; the author comes from the newest version that names one.
grain: [issue_id]
columns:
  issue_id: {type: VARCHAR, says: "github:issue:<id>."}
  repository: {type: VARCHAR, required: true, says: "owner/name in lower case, from the address."}
  number: {type: BIGINT, required: true, says: "Number within the repository."}
  url: {type: VARCHAR, says: "Address for people."}
  title: {type: VARCHAR, says: "Title."}
  account_id: {type: VARCHAR, required: true, says: "Author; github:unknown:… where the account was deleted."}
  is_pull_request: {type: BOOLEAN, required: true, says: "A pull request and so no issue."}
  merged_at: {type: TIMESTAMP WITH TIME ZONE, says: "When a pull request was merged, if by `as_of`."}
  created_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "When it was opened."}
  closed_at: {type: TIMESTAMP WITH TIME ZONE, says: "When it was last closed by `as_of`, as far as versions of the issue tell."}
  closed_as: {type: VARCHAR, says: "GitHub's reason of that closing: completed, not_planned, duplicate; null where it gives none."}
  closed_by_account_id: {type: VARCHAR, says: "Who closed it where the API says so."}
  labels: {type: "VARCHAR[]", says: "Label names."}
  assignees: {type: "VARCHAR[]", says: "Logins of those assigned."}
  comments: {type: BIGINT, says: "Number of comments the API counts."}
  thumbs_up: {type: BIGINT, says: "Number of +1 the API counts."}
  deleted_at: {type: TIMESTAMP WITH TIME ZONE, says: "When it was first known to be deleted or moved away, if by `as_of`."}
*/
with parsed as (
    select
        key, observed_at, hash, deleted, coalesce(version, observed_at) as changed_at,
        from_json(payload, '{"url": "VARCHAR", "html_url": "VARCHAR", "number": "BIGINT", "title": "VARCHAR", "user": {"id": "VARCHAR"}, "pull_request": {"url": "VARCHAR", "merged_at": "TIMESTAMPTZ"}, "created_at": "TIMESTAMPTZ", "closed_at": "TIMESTAMPTZ", "state_reason": "VARCHAR", "closed_by": {"id": "VARCHAR"}, "labels": [{"name": "VARCHAR"}], "assignees": [{"login": "VARCHAR"}], "comments": "BIGINT", "reactions": {"+1": "BIGINT"}}') as object
    from landing.github_issues
),
repeated as (
    select key from landing.github_issues group by key having count(*) > 1
),
several as (
    select
        key,
        first(object order by deleted, changed_at > getvariable('as_of'), abs(epoch_us(changed_at) - epoch_us(getvariable('as_of'))), observed_at desc, hash desc) as object,
        first(object order by deleted, changed_at desc, observed_at desc, hash desc) as newest,
        first(object.user.id order by object.user.id is null or object.user.id = '10137', changed_at desc, observed_at desc, hash desc) as author,
        max(observed_at) filter (not deleted) as seen_living_at,
        list(observed_at) filter (deleted) as deletions
    from parsed semi join repeated using (key)
    group by key
),
-- Of the many that have one version there is nothing to choose.
chosen as (
    from several
    union all
    select
        key, object, object as newest, object.user.id as author,
        case when not deleted then observed_at end as seen_living_at,
        case when deleted then [observed_at] end as deletions
    from parsed anti join repeated using (key)
),
addressed as (
    select
        *,
        coalesce(object.html_url, object.url) as address,
        list_min(list_filter(deletions, lambda seen_at: seen_living_at is null or seen_at > seen_living_at)) as deleted_at,
        -- What a later version knows of a closing by then, else what the version of then says.
        case
            when newest.closed_at <= getvariable('as_of') then newest
            when object.closed_at <= getvariable('as_of') then object
        end as closing
    from chosen
)
select
    key as issue_id,
    lower(regexp_extract(address, '(?:github\.com/|/repos/|://[^/]+/)([^/]+/[^/]+)/(?:issues|pull)/\d+', 1)) as repository,
    object.number as number,
    address as url,
    object.title as title,
    case when author is null or author = '10137' then 'github:unknown:' || split_part(key, ':', 3) else 'github:user:' || author end as account_id,
    object.pull_request is not null as is_pull_request,
    case when newest.pull_request.merged_at <= getvariable('as_of') then newest.pull_request.merged_at end as merged_at,
    object.created_at as created_at,
    closing.closed_at as closed_at,
    closing.state_reason as closed_as,
    case when closing.closed_by.id <> '10137' then 'github:user:' || closing.closed_by.id end as closed_by_account_id,
    list_transform(coalesce(object.labels, []), lambda label: label.name) as labels,
    list_transform(coalesce(object.assignees, []), lambda assignee: assignee.login) as assignees,
    coalesce(object.comments, 0) as comments,
    coalesce(object.reactions."+1", 0) as thumbs_up,
    case when deleted_at <= getvariable('as_of') then deleted_at end as deleted_at
from addressed
where object.created_at <= getvariable('as_of')

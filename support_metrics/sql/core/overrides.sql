/*
description: The overrides by hand, with each request or message they name, by key or by link, as the key it has in the warehouse.
grain: [kind, subject, object]
columns:
  kind: {type: VARCHAR, says: "same, not_same, include, exclude, reattribute or answer."}
  subject: {type: VARCHAR, says: "What it is about, as written: an account, or a request by key or link."}
  object: {type: VARCHAR, says: "The other account, the account that asked or the message that answered, as written; empty where there is none."}
  subject_id: {type: VARCHAR, required: true, says: "Key of the subject."}
  object_id: {type: VARCHAR, says: "Key of the object."}
  why: {type: VARCHAR, required: true, says: "Who decided and why."}
*/
with decisions as (
    select kind, subject, coalesce(object, '') as object, min(who || ': ' || why) as why
    from settings.overrides
    group by all
),
named as (
    select subject as name from decisions
    union
    select object from decisions
),
-- A link in its parts: Slack's archive address, an issue or a comment on GitHub, a post on X, a comment on YouTube.
parts as (
    select
        name,
        regexp_extract(name, '\.slack\.com/archives/([A-Z0-9]+)/p\d{16}', 1) as channel_id,
        regexp_extract(name, '\.slack\.com/archives/[A-Z0-9]+/p(\d{16})', 1) as digits,
        lower(regexp_extract(name, 'github\.com/([^/]+/[^/]+)/issues/\d+', 1)) as repository,
        try_cast(nullif(regexp_extract(name, 'github\.com/[^/]+/[^/]+/issues/(\d+)', 1), '') as bigint) as number,
        regexp_extract(name, '#issuecomment-(\d+)', 1) as comment_number,
        regexp_extract(name, '(?:x|twitter)\.com/[^/]+(?:/web)?/status/(\d+)', 1) as post_number,
        regexp_extract(name, 'youtube\.com/watch.*[?&]lc=([A-Za-z0-9_.-]+)', 1) as video_comment
    from named
    where name like '%://%'
),
keys as (
    select
        parts.name,
        case
            when parts.digits <> '' then channels.channel_key || ':' || left(parts.digits, 10) || '.' || right(parts.digits, 6)
            when parts.comment_number <> '' then 'github:comment:' || parts.comment_number
            when parts.number is not null then issues.issue_id
            when parts.post_number <> '' then 'x:post:' || parts.post_number
            when parts.video_comment <> '' then 'youtube:comment:' || parts.video_comment
        end as key
    from parts
    left join (select channel_id, min(channel_key) as channel_key from staging.slack_channels group by channel_id) as channels on channels.channel_id = parts.channel_id
    left join (select repository, number, min(issue_id) as issue_id from staging.github_issues group by repository, number) as issues
        on issues.repository = parts.repository and issues.number = parts.number
)
select
    decisions.kind as kind,
    decisions.subject as subject,
    decisions.object as object,
    coalesce(subjects.key, decisions.subject) as subject_id,
    coalesce(objects.key, nullif(decisions.object, '')) as object_id,
    decisions.why as why
from decisions
left join keys as subjects on subjects.name = decisions.subject
left join keys as objects on objects.name = decisions.object

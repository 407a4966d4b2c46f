/*
description: Reactions of people to GitHub issues, up to `as_of`.
grain: [reaction_id]
columns:
  reaction_id: {type: VARCHAR, says: "github:reaction:<owner>/<repo>:<issue number>:<id>."}
  repository: {type: VARCHAR, required: true, says: "owner/name in lower case."}
  number: {type: BIGINT, required: true, says: "Number of the issue."}
  account_id: {type: VARCHAR, says: "Who reacted; null where the account was deleted."}
  content: {type: VARCHAR, says: "+1, -1, heart, …"}
  created_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "When."}
*/
with parsed as (
    select key, observed_at, hash, deleted, coalesce(version, observed_at) as changed_at, from_json(payload, '{"user": {"id": "VARCHAR"}, "content": "VARCHAR", "created_at": "TIMESTAMPTZ"}') as object
    from landing.github_reactions
),
chosen as (
    select
        key,
        first(object order by deleted, changed_at > getvariable('as_of'), abs(epoch_us(changed_at) - epoch_us(getvariable('as_of'))), observed_at desc, hash desc) as object,
        max(observed_at) filter (not deleted) as seen_living_at,
        list(observed_at) filter (deleted) as deletions
    from parsed
    group by key
),
known as (
    select *, list_min(list_filter(deletions, lambda seen_at: seen_living_at is null or seen_at > seen_living_at)) as deleted_at from chosen
)
select
    key as reaction_id,
    split_part(key, ':', 3) as repository,
    split_part(key, ':', 4)::bigint as number,
    case when object.user.id <> '10137' then 'github:user:' || object.user.id end as account_id,
    object.content as content,
    object.created_at as created_at
from known
where coalesce(deleted_at > getvariable('as_of'), true) and object.created_at <= getvariable('as_of')

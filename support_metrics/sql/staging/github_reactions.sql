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
with newest as (
    select
        key,
        first(deleted order by coalesce(version, observed_at) desc, observed_at desc, hash desc) as is_deleted,
        first(from_json(payload, '{"user": {"id": "VARCHAR"}, "content": "VARCHAR", "created_at": "TIMESTAMPTZ"}') order by coalesce(version, observed_at) desc, observed_at desc, hash desc) as object
    from landing.github_reactions
    group by key
)
select
    key as reaction_id,
    split_part(key, ':', 3) as repository,
    split_part(key, ':', 4)::bigint as number,
    case when object.user.id <> '10137' then 'github:user:' || object.user.id end as account_id,
    object.content as content,
    object.created_at as created_at
from newest
where not is_deleted and object.created_at <= getvariable('as_of')

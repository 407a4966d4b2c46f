/*
description: Slack channels by id, as they are now, and every name they have borne. A channel that was renamed is found by its present name at any `as_of`, as that is the name the settings use.
grain: [channel_key]
columns:
  channel_key: {type: VARCHAR, says: "slack:<team>:<channel id>."}
  channel_id: {type: VARCHAR, says: "Slack's channel id."}
  name: {type: VARCHAR, says: "Name without the hash sign."}
  names: {type: "VARCHAR[]", required: true, says: "Every name it has been seen with."}
  is_archived: {type: BOOLEAN, required: true, says: "Nobody can post in it any more."}
  archived_at: {type: TIMESTAMP WITH TIME ZONE, says: "When it was first seen archived, if it is."}
*/
with seen as (
    select key, deleted, observed_at, hash, payload ->> '$.name' as name, coalesce(payload ->> '$.is_archived' = 'true', false) as is_archived
    from landing.slack_channels
),
opened as (
    select *, max(observed_at) filter (not is_archived and not deleted) over (partition by key) as open_at from seen
),
newest as (
    select
        key, first(name order by deleted, observed_at desc, hash desc) as name,
        first(is_archived order by deleted, observed_at desc, hash desc) as is_archived,
        min(observed_at) filter (is_archived and not deleted and (open_at is null or observed_at >= open_at)) as archived_at,
        list_sort(list_distinct(list(name) filter (name is not null))) as names
    from opened
    group by key
)
select
    key as channel_key, split_part(key, ':', 3) as channel_id, name, coalesce(names, []) as names, is_archived,
    case when is_archived then archived_at end as archived_at
from newest

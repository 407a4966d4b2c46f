/*
description: Slack channels by id, as they are now, and every name they have borne. A channel that was renamed is found by its present name at any `as_of`, as that is the name the settings use.
grain: [channel_key]
columns:
  channel_key: {type: VARCHAR, says: "slack:<team>:<channel id>."}
  channel_id: {type: VARCHAR, says: "Slack's channel id."}
  name: {type: VARCHAR, says: "Name without the hash sign."}
  names: {type: "VARCHAR[]", required: true, says: "Every name it has been seen with."}
  is_archived: {type: BOOLEAN, required: true, says: "Nobody can post in it any more."}
*/
with newest as (
    select
        key, first(payload ->> '$.name' order by deleted, observed_at desc, hash desc) as name,
        first(payload ->> '$.is_archived' order by deleted, observed_at desc, hash desc) as is_archived,
        list_sort(list_distinct(list(payload ->> '$.name') filter (payload ->> '$.name' is not null))) as names
    from landing.slack_channels
    group by key
)
select key as channel_key, split_part(key, ':', 3) as channel_id, name, coalesce(names, []) as names, coalesce(is_archived = 'true', false) as is_archived
from newest

/*
description: Slack channels by id and newest name. A channel that was renamed is found by its present name at any `as_of`, as that is the name the settings use.
grain: [channel_key]
columns:
  channel_key: {type: VARCHAR, says: "slack:<team>:<channel id>."}
  channel_id: {type: VARCHAR, says: "Slack's channel id."}
  name: {type: VARCHAR, says: "Name without the hash sign."}
*/
with newest as (
    select key, first(payload order by deleted, observed_at desc, hash desc) as payload
    from landing.slack_channels
    group by key
)
select key as channel_key, split_part(key, ':', 3) as channel_id, payload ->> '$.name' as name
from newest

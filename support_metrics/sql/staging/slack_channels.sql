/*
description: Slack channels by id and name.
grain: [channel_key]
columns:
  channel_key: {type: VARCHAR, says: "slack:<team>:<channel id>."}
  channel_id: {type: VARCHAR, says: "Slack's channel id."}
  name: {type: VARCHAR, says: "Name without the hash sign."}
*/
with versions as (
    select *, coalesce(version, observed_at) as changed_at from landing.slack_channels
),
current_versions as (
    select * from versions
    qualify row_number() over (partition by key order by changed_at > getvariable('as_of'), abs(epoch_us(changed_at) - epoch_us(getvariable('as_of'))), observed_at desc, hash desc) = 1
)
select key as channel_key, split_part(key, ':', 3) as channel_id, payload ->> '$.name' as name
from current_versions

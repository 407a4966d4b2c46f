/*
description: Records that were set aside because they could not be used, once for every time their unit was read.
grain: [damaged_id]
columns:
  damaged_id: {type: VARCHAR, says: "Key in landing."}
  source: {type: VARCHAR, required: true, says: "slack, github, …"}
  stream: {type: VARCHAR, required: true, says: "Stream of the source."}
  unit: {type: VARCHAR, required: true, says: "The file or page it stands in."}
  digest: {type: VARCHAR, required: true, says: "What that file was recognised by; for a page, when it was read."}
  place: {type: VARCHAR, required: true, says: "File and line or item."}
  reason: {type: VARCHAR, required: true, says: "Why it cannot be used."}
*/
with newest as (
    select key, first(from_json(payload, '{"source": "VARCHAR", "stream": "VARCHAR", "unit": "VARCHAR", "place": "VARCHAR", "reason": "VARCHAR"}') order by observed_at, hash) as object
    from landing.support_metrics_damaged
    group by key
)
select
    key as damaged_id,
    object.source as source,
    object.stream as stream,
    object.unit as unit,
    regexp_extract(key, '^damaged:[^:]+:(.+):\d+$', 1) as digest,
    object.place as place,
    object.reason as reason
from newest

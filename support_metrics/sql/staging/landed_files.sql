/*
description: Files that were read, recognised by their content.
grain: [file_id]
columns:
  file_id: {type: VARCHAR, says: "Key in landing."}
  source: {type: VARCHAR, required: true, says: "slack, github, …"}
  name: {type: VARCHAR, required: true, says: "Its path as seen from the settings file's folder."}
  digest: {type: VARCHAR, required: true, says: "What it is recognised by."}
  observed_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "When what it says was so."}
  landed_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "When it was first read."}
*/
with newest as (
    select key, first(from_json(payload, '{"source": "VARCHAR", "name": "VARCHAR", "digest": "VARCHAR", "observed_at": "TIMESTAMPTZ"}') order by observed_at, hash) as object, min(landed_at) as landed_at
    from landing.support_metrics_files
    group by key
)
select
    key as file_id,
    object.source as source,
    object.name as name,
    object.digest as digest,
    object.observed_at as observed_at,
    landed_at
from newest

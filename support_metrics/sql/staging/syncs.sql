/*
description: Finished syncs and imports, with the span of time each covered.
grain: [sync_id]
columns:
  sync_id: {type: VARCHAR, says: "Key in landing."}
  source: {type: VARCHAR, required: true, says: "slack, github, …"}
  stream: {type: VARCHAR, required: true, says: "Stream of the source."}
  scope: {type: VARCHAR, required: true, says: "Slack channel id, repository, or *."}
  covered_from_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "Everything since then had been seen …"}
  covered_until_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "… until then."}
  finished_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "When it finished."}
*/
with newest as (
    select key, first(from_json(payload, '{"source": "VARCHAR", "stream": "VARCHAR", "scope": "VARCHAR", "covered_from_at": "TIMESTAMPTZ", "covered_until_at": "TIMESTAMPTZ", "finished_at": "TIMESTAMPTZ"}') order by observed_at, hash) as object
    from landing.support_metrics_syncs
    group by key
)
select
    key as sync_id,
    object.source as source,
    object.stream as stream,
    object.scope as scope,
    object.covered_from_at as covered_from_at,
    object.covered_until_at as covered_until_at,
    object.finished_at as finished_at
from newest

/*
description: Finished syncs and imports, for the readers' table of sources.
grain: [source, stream, scope]
columns:
  source: {type: VARCHAR, says: "slack, github, …"}
  stream: {type: VARCHAR, says: "Stream of the source."}
  scope: {type: VARCHAR, says: "Slack channel id, repository, or *."}
  finished_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "When the last one finished."}
  covered_until_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "Until when the furthest reaches."}
*/
select source, stream, scope, max(finished_at) as finished_at, max(covered_until_at) as covered_until_at
from staging.syncs
group by source, stream, scope

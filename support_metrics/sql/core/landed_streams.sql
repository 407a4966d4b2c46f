/*
description: Objects and versions of every stream that has been landed or synced, with zeros for a stream synced empty.
grain: [source, stream]
columns:
  source: {type: VARCHAR, says: "slack, github, …"}
  stream: {type: VARCHAR, says: "Stream of the source."}
  objects: {type: BIGINT, required: true, says: "Distinct objects."}
  versions: {type: BIGINT, required: true, says: "Distinct versions of them."}
*/
select
    coalesce(landed.source, synced.source) as source,
    coalesce(landed.stream, synced.stream) as stream,
    coalesce(landed.objects, 0) as objects,
    coalesce(landed.versions, 0) as versions
from staging.landed_streams as landed
full join (select distinct source, stream from staging.syncs) as synced on synced.source = landed.source and synced.stream = landed.stream

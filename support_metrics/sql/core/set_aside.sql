/*
description: Records that could not be used and are not in the numbers, in the newest content of every file and page; a file that was mended drops out.
grain: [source, stream, unit, place]
columns:
  source: {type: VARCHAR, says: "slack, github, …"}
  stream: {type: VARCHAR, says: "Stream of the source."}
  unit: {type: VARCHAR, says: "The file or page it stands in."}
  place: {type: VARCHAR, says: "File and line or item."}
  reason: {type: VARCHAR, required: true, says: "Why it cannot be used."}
*/
with current_files as (
    select source, name, max_by(digest, (observed_at, landed_at, file_id)) as digest from staging.landed_files group by source, name
)
select damaged.source, damaged.stream, damaged.unit, damaged.place, min(damaged.reason) as reason
from staging.damaged_records as damaged
left join current_files as files on files.source = damaged.source and files.name = damaged.unit
where files.digest is null or files.digest = damaged.digest
group by damaged.source, damaged.stream, damaged.unit, damaged.place

/*
description: What each source stream covers and holds; the one table that speaks of syncing.
grain: [source, stream]
columns:
  source: {type: VARCHAR, says: "slack, github, shortcut, handoff, email, x or youtube."}
  stream: {type: VARCHAR, says: "Stream of the source."}
  last_complete_sync_at: {type: TIMESTAMP WITH TIME ZONE, says: "When a sync or an import last finished."}
  covered_from_at: {type: TIMESTAMP WITH TIME ZONE, says: "Start of the newest span in which it is covered as a whole …"}
  covered_until_at: {type: TIMESTAMP WITH TIME ZONE, says: "… and its end, at most `as_of`; what happened later is not judged."}
  objects: {type: BIGINT, required: true, says: "Distinct objects landed."}
  versions: {type: BIGINT, required: true, says: "Distinct versions of them."}
  is_stale: {type: BOOLEAN, required: true, says: "Its coverage ends longer before `as_of` than the settings allow, for what only a sweep covers (reactions of GitHub live) longer by the time between two of them; null coverage is stale where the stream is one that coverage is kept for."}
  set_aside: {type: BIGINT, required: true, says: "Records that could not be used and are in no number; `support-metrics doctor` and the run that met them say which."}
*/
with synced as (
    select source, stream, max(finished_at) as last_complete_sync_at, max(covered_until_at) as newest_until_at from core.syncs group by source, stream
),
newest_spans as (
    select source, stream, max(struct_pack(until_at := covered_until_at, from_at := covered_from_at)) as span
    from core.coverage
    group by source, stream
),
-- A source as a whole is as old as the import that brought its streams.
sources as (
    select source, max(last_complete_sync_at) as last_complete_sync_at from synced group by source
)
select
    landed.source as source,
    landed.stream as stream,
    coalesce(synced.last_complete_sync_at, sources.last_complete_sync_at) as last_complete_sync_at,
    newest_spans.span.from_at as covered_from_at,
    newest_spans.span.until_at as covered_until_at,
    landed.objects as objects,
    landed.versions as versions,
    coalesce(
        epoch(getvariable('as_of')) - epoch(newest_spans.span.until_at) > build.freshness_seconds + coalesce(swept.every_seconds, 0),
        synced.source is not null
    ) as is_stale,
    coalesce(aside.records, 0) as set_aside
from core.landed_streams as landed
left join synced on synced.source = landed.source and synced.stream = landed.stream
left join newest_spans on newest_spans.source = landed.source and newest_spans.stream = landed.stream
left join settings.swept_streams as swept on swept.source = landed.source and swept.stream = landed.stream
left join sources on sources.source = landed.source
left join (select source, stream, count(*) as records from core.set_aside group by source, stream) as aside on aside.source = landed.source and aside.stream = landed.stream
cross join settings.build as build

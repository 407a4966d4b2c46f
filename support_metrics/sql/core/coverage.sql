/*
description: Spans in which a stream is covered as a whole, that is, by every scope whose history had begun.
grain: [source, stream, covered_from_at]
columns:
  source: {type: VARCHAR, says: "slack, github, …"}
  stream: {type: VARCHAR, says: "Stream of the source."}
  covered_from_at: {type: TIMESTAMP WITH TIME ZONE, says: "Covered from then …"}
  covered_until_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "… until then, at most `as_of`."}
*/
with chosen_channels as (
    select channel_id from core.slack_channel_roles where role = 'support'
),
-- Spans are closed, one may be a single instant: half-open ones end a microsecond later.
chosen as (
    select spans.* replace (spans.covered_until_at + interval 1 microsecond as covered_until_at)
    from core.coverage_spans as spans
    where (spans.source <> 'slack' or spans.stream <> 'messages' or spans.scope in (select channel_id from chosen_channels))
        and (spans.source <> 'github' or spans.scope in (select repository from settings.repositories where role = case when spans.stream = 'releases' then 'release' else 'support' end))
),
-- A scope adds one while covered; after its first span it is missing while it is not.
changes as (
    select source, stream, covered_from_at as changed_at, 1 as covering, 0 as missing from chosen
    union all
    select source, stream, covered_until_at, -1, 0 from chosen
    union all
    select source, stream, covered_until_at, 0, 1 from chosen
    union all
    select source, stream, covered_from_at, 0, case when number = 1 then 0 else -1 end
    from (select *, row_number() over (partition by source, stream, scope order by covered_from_at) as number from chosen)
),
summed as (
    select source, stream, changed_at, sum(covering) as covering, sum(missing) as missing
    from changes
    group by source, stream, changed_at
),
running as (
    select
        source, stream, changed_at,
        sum(covering) over (partition by source, stream order by changed_at) > 0
        and sum(missing) over (partition by source, stream order by changed_at) = 0 as is_covered,
        lead(changed_at) over (partition by source, stream order by changed_at) as next_at
    from summed
),
numbered as (
    select *, count_if(not is_covered) over (partition by source, stream order by changed_at rows unbounded preceding) as number
    from running
)
select source, stream, min(changed_at) as covered_from_at, max(next_at) - interval 1 microsecond as covered_until_at
from numbered
where is_covered and next_at is not null
group by source, stream, number

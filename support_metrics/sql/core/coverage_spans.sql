/*
description: Spans of time of which everything was seen, by source, stream and scope; overlapping syncs made one. Of an archived Slack channel the last reaches until `as_of`, since nobody can post there any more.
grain: [source, stream, scope, covered_from_at]
columns:
  source: {type: VARCHAR, says: "slack, github, …"}
  stream: {type: VARCHAR, says: "Stream of the source."}
  scope: {type: VARCHAR, says: "Slack channel id, repository, or *."}
  covered_from_at: {type: TIMESTAMP WITH TIME ZONE, says: "Everything since then was seen …"}
  covered_until_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "… until then, at most `as_of`."}
*/
with spans as (
    select source, stream, scope, covered_from_at, least(covered_until_at, getvariable('as_of')) as covered_until_at
    from staging.syncs
    where covered_from_at <= getvariable('as_of')
),
finished as (
    select spans.source, spans.stream, spans.scope, max(spans.covered_until_at) as covered_from_at, getvariable('as_of') as covered_until_at
    from spans
    semi join staging.slack_channels as channels on channels.channel_id = spans.scope and channels.is_archived
    where spans.source = 'slack' and spans.stream = 'messages'
    group by spans.source, spans.stream, spans.scope
),
with_reach as (
    select
        *,
        max(covered_until_at) over (partition by source, stream, scope order by covered_from_at, covered_until_at rows between unbounded preceding and 1 preceding) as reached_at
    from (from spans union all by name from finished)
),
numbered as (
    select
        *,
        count_if(reached_at is null or reached_at < covered_from_at) over (partition by source, stream, scope order by covered_from_at, covered_until_at rows unbounded preceding) as number
    from with_reach
)
select source, stream, scope, min(covered_from_at) as covered_from_at, max(covered_until_at) as covered_until_at
from numbered
group by source, stream, scope, number

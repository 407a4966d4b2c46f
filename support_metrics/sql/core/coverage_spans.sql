/*
description: Spans of time of which everything was seen, by source, stream and scope; overlapping syncs made one. An archived Slack channel is covered from when it was first seen archived, since nobody can post there any more; if it was last read within three days before, without a gap.
grain: [source, stream, scope, covered_from_at]
columns:
  source: {type: VARCHAR, says: "slack, github, …"}
  stream: {type: VARCHAR, says: "Stream of the source."}
  scope: {type: VARCHAR, says: "Slack channel id, repository, or *."}
  covered_from_at: {type: TIMESTAMP WITH TIME ZONE, says: "Everything since then was seen …"}
  covered_until_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "… until then, at most `as_of`."}
  is_read: {type: BOOLEAN, required: true, says: "Some of it was read, so that what was asked in it can be judged; false where a channel is covered for being archived alone."}
*/
with spans as (
    select source, stream, scope, covered_from_at, least(covered_until_at, getvariable('as_of')) as covered_until_at, true as is_read
    from staging.syncs
    where covered_from_at <= getvariable('as_of')
),
archived as (
    select spans.source, spans.stream, spans.scope, max(spans.covered_until_at) as read_until_at, max(channels.archived_at) as archived_at
    from spans
    inner join staging.slack_channels as channels on channels.channel_id = spans.scope
    where spans.source = 'slack' and spans.stream = 'messages' and channels.archived_at <= getvariable('as_of')
    group by spans.source, spans.stream, spans.scope
),
finished as (
    select
        source, stream, scope,
        case when archived_at <= read_until_at + interval 3 days then read_until_at else archived_at end as covered_from_at,
        getvariable('as_of') as covered_until_at, false as is_read
    from archived
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
select source, stream, scope, min(covered_from_at) as covered_from_at, max(covered_until_at) as covered_until_at, bool_or(is_read) as is_read
from numbered
group by source, stream, scope, number

/*
description: Until when each place of each channel is covered by all the streams that judge it.
grain: [source, scope]
columns:
  source: {type: VARCHAR, says: "Channel."}
  scope: {type: VARCHAR, says: "Slack channel id, repository, or *."}
  covered_until_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "What happens after it cannot be known yet."}
*/
with reached as (
    select source, stream, scope, max(covered_until_at) as covered_until_at
    from core.coverage_spans
    where (source, stream) in (('github', 'issues'), ('github', 'comments'), ('slack', 'messages'), ('email', 'messages'), ('x', 'posts'), ('x', 'direct_messages'), ('youtube', 'comment_threads'))
    group by source, stream, scope
)
select source, scope, min(covered_until_at) as covered_until_at
from reached
group by source, scope

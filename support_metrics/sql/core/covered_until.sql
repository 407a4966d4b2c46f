/*
description: Until when each place of each channel is covered by all the streams that judge its requests.
grain: [source, stream, scope]
columns:
  source: {type: VARCHAR, says: "Channel."}
  stream: {type: VARCHAR, says: "Stream by which requests come."}
  scope: {type: VARCHAR, says: "Slack channel id, repository, or *."}
  covered_until_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "What happens after it cannot be known yet."}
*/
with needed as (
    select * from (values
        ('github', 'issues', 'issues'), ('github', 'issues', 'comments'), ('slack', 'messages', 'messages'), ('email', 'messages', 'messages'),
        ('x', 'posts', 'posts'), ('x', 'direct_messages', 'direct_messages'), ('youtube', 'comment_threads', 'comment_threads')
    ) as needed(source, stream, judged_by)
),
reached as (
    select needed.source, needed.stream, spans.scope, needed.judged_by, max(spans.covered_until_at) as covered_until_at
    from needed
    inner join core.coverage_spans as spans on spans.source = needed.source and spans.stream = needed.judged_by and spans.is_read
    group by needed.source, needed.stream, spans.scope, needed.judged_by
)
select source, stream, scope, min(covered_until_at) as covered_until_at
from reached
group by source, stream, scope

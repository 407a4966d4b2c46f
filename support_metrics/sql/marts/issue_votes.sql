/*
description: How many different external people want each issue of the support repositories, whoever opened it.
grain: [request_id]
columns:
  request_id: {type: VARCHAR, says: "github:issue:<id>."}
  url: {type: VARCHAR, says: "Address of the issue."}
  title: {type: VARCHAR, says: "Title."}
  voters: {type: BIGINT, required: true, says: "Different external people who reacted +1 or commented, each once."}
  comments: {type: BIGINT, required: true, says: "Comments by external people."}
  first_vote_at: {type: TIMESTAMP WITH TIME ZONE, says: "When the first of them spoke."}
  last_vote_at: {type: TIMESTAMP WITH TIME ZONE, says: "When one of them last spoke."}
  state: {type: VARCHAR, required: true, says: "open or closed."}
  reactions: {type: BIGINT, required: true, says: "Reactions of +1 by external people."}
*/
with votes as (
    select
        issue_id,
        count(distinct person_id) as voters,
        count_if(kind = 'comment') as comments,
        count_if(kind = 'reaction') as reactions,
        min(voiced_at) as first_vote_at,
        max(voiced_at) as last_vote_at
    from core.issue_voices
    group by issue_id
)
select
    issues.issue_id as request_id,
    issues.url as url,
    issues.title as title,
    coalesce(votes.voters, 0)::bigint as voters,
    coalesce(votes.comments, 0)::bigint as comments,
    votes.first_vote_at as first_vote_at,
    votes.last_vote_at as last_vote_at,
    issues.state as state,
    coalesce(votes.reactions, 0)::bigint as reactions
from core.issue_states as issues
semi join (select repository from settings.repositories where role = 'support') as chosen on chosen.repository = issues.repository
left join votes on votes.issue_id = issues.issue_id
where not issues.is_pull_request and issues.deleted_at is null

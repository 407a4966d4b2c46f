/*
description: What external people said for an issue, a +1 or a comment each; neither the team, on that date, nor bots.
grain: [voice_id]
columns:
  voice_id: {type: VARCHAR, says: "Key of the comment or reaction."}
  issue_id: {type: VARCHAR, required: true, says: "github:issue:<id>."}
  person_id: {type: VARCHAR, required: true, says: "Who; a deleted account is a person of its own each time."}
  kind: {type: VARCHAR, required: true, says: "comment or reaction."}
  voiced_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "When."}
*/
with comments as (
    select message_id as voice_id, conversation_id as issue_id, coalesce(person_id, account_id, message_id) as person_id, 'comment' as kind, sent_at as voiced_at
    from core.messages
    anti join (select comment_id from staging.github_comments where is_deleted) as deleted on deleted.comment_id = core.messages.message_id
    where channel = 'github' and not is_opening and not is_bot and not is_team
),
reactions as (
    select
        reactions.reaction_id as voice_id, issues.issue_id, coalesce(persons.person_id, reactions.account_id, reactions.reaction_id) as person_id,
        'reaction' as kind, reactions.created_at as voiced_at, reactions.account_id, timezone(build.time_zone, reactions.created_at)::date as voiced_on
    from staging.github_reactions as reactions
    inner join core.issue_states as issues on issues.repository = reactions.repository and issues.number = reactions.number
    left join core.persons as persons on persons.account_id = reactions.account_id
    cross join settings.build as build
    where reactions.content = '+1'
),
external_reactions as (
    select reactions.* exclude (account_id, voiced_on)
    from reactions
    anti join core.team_spans as team_spans
        on team_spans.person_id = reactions.person_id and reactions.voiced_at >= team_spans.from_at and reactions.voiced_at < team_spans.to_at
    anti join (select account_id from core.accounts where is_bot) as bots on bots.account_id = reactions.account_id
    anti join settings.bots as listed
        on listed.account_id = reactions.account_id
        and reactions.voiced_on between listed.from_on and listed.to_on
)
from comments
union all by name
from external_reactions

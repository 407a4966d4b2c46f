/*
description: The first answers in every issue, thread and conversation, before it is asked which of them are requests. Filtered first, then the minimum taken, so a bot's greeting hides nobody.
grain: [conversation_id]
columns:
  conversation_id: {type: VARCHAR, says: "Issue, thread or conversation."}
  opener_id: {type: VARCHAR, says: "Person who opened it."}
  opened_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "When it was opened."}
  first_human_at: {type: TIMESTAMP WITH TIME ZONE, says: "First message by any other person."}
  first_human_id: {type: VARCHAR, says: "That person."}
  first_response_at: {type: TIMESTAMP WITH TIME ZONE, says: "First message by another person of the team, on that date, or a shared account."}
  first_response_message_id: {type: VARCHAR, says: "That message."}
  responder_account_id: {type: VARCHAR, says: "The account it was written with."}
  responder_id: {type: VARCHAR, says: "The person who wrote it."}
*/
-- Openings get numbers, since a million keys are compared and kept several times here.
with openings as materialized (
    select row_number() over () as number, conversation_id, person_id, sent_at from core.messages where is_opening
),
answers as (
    select openings.number, messages.is_team, messages.sent_at, messages.message_id, messages.account_id, messages.person_id
    from core.messages as messages
    inner join openings on openings.conversation_id = messages.conversation_id
    where not messages.is_opening and not messages.is_bot and messages.account_id is not null
        and messages.sent_at >= openings.sent_at and messages.person_id is distinct from openings.person_id
),
moments as (
    select number, min(sent_at) as first_human_at, min(sent_at) filter (is_team) as first_response_at
    from answers
    group by number
),
firsts as (
    select
        moments.number, min(answers.sent_at) as first_human_at, min(answers.sent_at) filter (answers.is_team) as first_response_at,
        arg_min(answers.person_id, answers.message_id) filter (answers.sent_at = moments.first_human_at) as first_human_id,
        min(struct_pack(message_id := answers.message_id, account_id := answers.account_id, person_id := answers.person_id)) filter (answers.is_team and answers.sent_at = moments.first_response_at) as response
    from moments
    inner join answers on answers.number = moments.number and answers.sent_at in (moments.first_human_at, moments.first_response_at)
    group by moments.number
)
select
    openings.conversation_id as conversation_id,
    openings.person_id as opener_id,
    openings.sent_at as opened_at,
    firsts.first_human_at as first_human_at,
    firsts.first_human_id as first_human_id,
    firsts.first_response_at as first_response_at,
    firsts.response.message_id as first_response_message_id,
    firsts.response.account_id as responder_account_id,
    firsts.response.person_id as responder_id
from openings
left join firsts on firsts.number = openings.number

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
with openings as (
    select conversation_id, person_id, sent_at from core.messages where is_opening
),
answers as (
    select
        messages.conversation_id, messages.is_team,
        struct_pack(sent_at := messages.sent_at, message_id := messages.message_id, account_id := messages.account_id, person_id := messages.person_id) as answer
    from core.messages as messages
    inner join openings on openings.conversation_id = messages.conversation_id
    where not messages.is_opening and not messages.is_bot and messages.account_id is not null
        and messages.sent_at >= openings.sent_at and messages.person_id is distinct from openings.person_id
),
first_answers as (
    select conversation_id, min(answer) as first_human, min(answer) filter (is_team) as first_response
    from answers
    group by conversation_id
)
select
    openings.conversation_id as conversation_id,
    openings.person_id as opener_id,
    openings.sent_at as opened_at,
    first_answers.first_human.sent_at as first_human_at,
    first_answers.first_human.person_id as first_human_id,
    first_answers.first_response.sent_at as first_response_at,
    first_answers.first_response.message_id as first_response_message_id,
    first_answers.first_response.account_id as responder_account_id,
    first_answers.first_response.person_id as responder_id
from openings
left join first_answers on first_answers.conversation_id = openings.conversation_id

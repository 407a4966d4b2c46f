/*
description: The first answers to each Slack request, from the threads of its messages and from unthreaded team messages.
grain: [request_id]
columns:
  request_id: {type: VARCHAR, says: "The request."}
  first_human_at: {type: TIMESTAMP WITH TIME ZONE, says: "First answer by any other person that can be told to be one."}
  first_response_at: {type: TIMESTAMP WITH TIME ZONE, says: "First answer by the team."}
  response_message_id: {type: VARCHAR, says: "That message."}
  responder_account_id: {type: VARCHAR, says: "The account it was written with."}
  responder_id: {type: VARCHAR, says: "The person who wrote it."}
  response_rule: {type: VARCHAR, says: "thread, mention, only_request or by_hand."}
  possible_answer_ids: {type: "VARCHAR[]", says: "Team messages that could answer one of several requests and so count for none."}
*/
with in_threads as (
    select
        requests.request_id,
        min(responses.first_human_at) filter (responses.first_human_at >= requests.opened_at) as first_human_at,
        min(struct_pack(
            sent_at := responses.first_response_at, message_id := responses.first_response_message_id,
            account_id := responses.responder_account_id, person_id := responses.responder_id, rule := 'thread'
        )) filter (responses.first_response_at >= requests.opened_at) as answer
    from core.slack_requests as requests
    left join core.responses as responses on responses.conversation_id = requests.message_id
    group by requests.request_id
),
-- A reply that was included by hand is answered later in the thread it lies in.
after_replies as (
    select
        questions.message_id as request_id,
        min(messages.sent_at) as first_human_at,
        min(struct_pack(sent_at := messages.sent_at, message_id := messages.message_id, account_id := messages.account_id, person_id := messages.person_id, rule := 'thread')) filter (messages.is_team) as answer
    from core.slack_questions as questions
    inner join core.messages as messages on messages.conversation_id = questions.thread_id
    where questions.thread_id is not null and not messages.is_bot and messages.account_id is not null
        and messages.sent_at >= questions.sent_at and messages.person_id is distinct from questions.person_id
    group by questions.message_id
),
decided as (
    select subject_id, object_id from core.overrides where kind = 'answer'
),
unthreaded as (
    select
        request_id,
        min(struct_pack(sent_at := sent_at, message_id := message_id, account_id := account_id, person_id := person_id, rule := rule)) filter (rule = 'mention') as mention,
        min(struct_pack(sent_at := sent_at, message_id := message_id, account_id := account_id, person_id := person_id, rule := rule)) filter (rule = 'only_request') as inferred,
        list(message_id order by sent_at, message_id) filter (rule = 'one_of_several' and message_id not in (select object_id from decided)) as possible_answer_ids
    from core.slack_loose_answers
    group by request_id
),
by_hand as (
    select
        decided.subject_id as request_id,
        min(struct_pack(sent_at := messages.sent_at, message_id := messages.message_id, account_id := messages.account_id, person_id := messages.person_id, rule := 'by_hand')) as answer
    from decided
    inner join core.messages as messages on messages.message_id = decided.object_id
    group by decided.subject_id
),
-- The first of them all; what was decided by hand stands in for what would be inferred.
answers as (
    select
        in_threads.request_id,
        coalesce(in_threads.first_human_at, after_replies.first_human_at) as first_human_at,
        case
            when coalesce(after_replies.answer, unthreaded.mention, by_hand.answer, unthreaded.inferred) is null then in_threads.answer
            else list_min(list_filter(
                [in_threads.answer, after_replies.answer, unthreaded.mention, coalesce(by_hand.answer, unthreaded.inferred)],
                lambda answer: answer is not null
            ))
        end as answer,
        unthreaded.possible_answer_ids
    from in_threads
    left join after_replies on after_replies.request_id = in_threads.request_id
    left join unthreaded on unthreaded.request_id = in_threads.request_id
    left join by_hand on by_hand.request_id = in_threads.request_id
)
select
    request_id,
    least(first_human_at, answer.sent_at) as first_human_at,
    answer.sent_at as first_response_at,
    answer.message_id as response_message_id,
    answer.account_id as responder_account_id,
    answer.person_id as responder_id,
    answer.rule as response_rule,
    coalesce(possible_answer_ids, []) as possible_answer_ids
from answers

/*
description: Requests in Slack, with the messages each is made of. One person's messages, each within the grouping time of the last and with nobody from the team answering in between, are one request, opened at the first that asks; what they wrote just before, such as a greeting, belongs to it as well. A reply included by hand stands alone.
grain: [message_id]
columns:
  message_id: {type: VARCHAR, says: "A message of the request."}
  request_id: {type: VARCHAR, required: true, says: "Key of the message that opened it."}
  place: {type: VARCHAR, required: true, says: "Slack channel id."}
  person_id: {type: VARCHAR, required: true, says: "Who asked."}
  sent_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "When this message was sent."}
  opened_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "When the request was opened."}
  reason: {type: VARCHAR, required: true, says: "The classifier's reason for the opening message."}
*/
with team_messages as (
    select place, sent_at from core.messages where channel = 'slack' and is_opening and is_team and not is_bot
),
-- A team answer in the thread of any message of the person ends the grouping too.
team_thread_answers as (
    select replies.place, openings.person_id, replies.sent_at
    from core.messages as replies
    inner join core.messages as openings on openings.message_id = replies.conversation_id
    where replies.channel = 'slack' and not replies.is_opening and replies.is_team and not replies.is_bot
),
ordered as (
    select *, lag(sent_at) over (partition by place, person_id, thread_id order by sent_at, message_id) as previous_at
    from core.slack_questions
),
with_team_messages as (
    select ordered.*, team_messages.sent_at as team_message_at
    from ordered
    asof left join team_messages on team_messages.place = ordered.place and team_messages.sent_at <= ordered.sent_at
),
with_thread_answers as (
    select messages.*, answers.sent_at as thread_answer_at
    from with_team_messages as messages
    asof left join team_thread_answers as answers
        on answers.place = messages.place and answers.person_id = messages.person_id and answers.sent_at <= messages.sent_at
),
numbered as (
    select
        *,
        count_if(
            previous_at is null
            or thread_id is not null
            or epoch_us(sent_at) - epoch_us(previous_at) > (select group_seconds from settings.slack) * 1000000
            or coalesce(team_message_at > previous_at, false)
            or coalesce(thread_answer_at > previous_at, false)
        ) over (partition by place, person_id, thread_id order by sent_at, message_id rows unbounded preceding) as talk
    from with_thread_answers
),
asked as (
    select
        place, person_id, coalesce(thread_id, '') as thread_id, talk,
        min(struct_pack(sent_at := sent_at, message_id := message_id, reason := reason)) as opening
    from numbered
    where asks
    group by place, person_id, coalesce(thread_id, ''), talk
)
select
    numbered.message_id as message_id,
    asked.opening.message_id as request_id,
    numbered.place as place,
    numbered.person_id as person_id,
    numbered.sent_at as sent_at,
    asked.opening.sent_at as opened_at,
    asked.opening.reason as reason
from numbered
inner join asked
    on asked.place = numbered.place and asked.person_id = numbered.person_id
    and asked.thread_id = coalesce(numbered.thread_id, '') and asked.talk = numbered.talk
where numbered.sent_at >= asked.opening.sent_at
    or numbered.leads_up

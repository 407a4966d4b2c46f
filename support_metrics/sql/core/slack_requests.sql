/*
description: Requests in Slack, with the messages each is made of. One person's messages, each within the grouping time of the last and with nobody from the team answering in between, are one request, opened at the first that asks; what they wrote just before, such as a greeting, belongs to it as well. A reply included by hand stands alone.
grain: [message_id]
columns:
  message_id: {type: VARCHAR, says: "A message of the request."}
  request_id: {type: VARCHAR, required: true, says: "Key of the message that opened it."}
  place: {type: VARCHAR, required: true, says: "Slack channel id."}
  account_id: {type: VARCHAR, says: "Who wrote this message, by account."}
  person_id: {type: VARCHAR, required: true, says: "Who asked."}
  sent_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "When this message was sent."}
  opened_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "When the request was opened."}
  reason: {type: VARCHAR, required: true, says: "The classifier's reason for the opening message."}
  title: {type: VARCHAR, says: "The beginning of this message as plain text, where it asks."}
  deleted_at: {type: TIMESTAMP WITH TIME ZONE, says: "When this message was known to be deleted, if it is."}
*/
-- Who never went on with what they had written stands alone with every message, and need not be put in order.
with followers as (
    select distinct place, person_id from core.slack_questions where goes_on
),
ordered as (
    select
        message_id, questions.place, account_id, questions.person_id, sent_at, asks, leads_up, reason, title, deleted_at,
        lag(sent_at) over talk as previous_at,
        lead(sent_at) over talk as next_at
    from core.slack_questions as questions
    semi join followers on followers.place = questions.place and followers.person_id = questions.person_id
    where thread_id is null
    window talk as (partition by questions.place, questions.person_id order by sent_at, message_id)
),
-- Most messages have none of their author's within the grouping time before or after, and need no look at what the team said.
near as (
    select *
    from ordered
    where epoch_us(sent_at) - epoch_us(previous_at) <= (select group_seconds from settings.slack) * 1000000
        or epoch_us(next_at) - epoch_us(sent_at) <= (select group_seconds from settings.slack) * 1000000
),
talks as (
    select message_id, place, account_id, person_id, sent_at, asks, leads_up, reason, title, deleted_at from near
),
talkers as (
    select distinct place, person_id from talks
),
team_messages as (
    select messages.place, messages.sent_at
    from core.messages as messages
    semi join talkers on talkers.place = messages.place
    where channel = 'slack' and is_opening and is_team and not is_bot
),
-- A team answer in the thread of any message of the person ends the grouping too.
openings as (
    select messages.message_id, messages.person_id
    from core.messages as messages
    semi join talkers on talkers.place = messages.place and talkers.person_id = messages.person_id
    where messages.channel = 'slack' and messages.is_opening
),
team_thread_answers as (
    select replies.place, openings.person_id, replies.sent_at
    from core.messages as replies
    inner join openings on openings.message_id = replies.conversation_id
    where replies.channel = 'slack' and not replies.is_opening and replies.is_team and not replies.is_bot
),
with_previous as (
    select *, lag(sent_at) over (partition by place, person_id order by sent_at, message_id) as previous_at
    from talks
),
with_team_messages as (
    select messages.*, team_messages.sent_at as team_message_at
    from with_previous as messages
    asof left join team_messages on team_messages.place = messages.place and team_messages.sent_at <= messages.sent_at
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
            or epoch_us(sent_at) - epoch_us(previous_at) > (select group_seconds from settings.slack) * 1000000
            or coalesce(team_message_at > previous_at, false)
            or coalesce(thread_answer_at > previous_at, false)
        ) over (partition by place, person_id order by sent_at, message_id rows unbounded preceding) as talk
    from with_thread_answers
),
asked as (
    select place, person_id, talk, min(struct_pack(sent_at := sent_at, message_id := message_id, reason := reason)) as opening
    from numbered
    where asks
    group by place, person_id, talk
)
select
    questions.message_id, questions.message_id as request_id, place, account_id, person_id, sent_at, sent_at as opened_at, reason, title, deleted_at
from core.slack_questions as questions
anti join near on near.message_id = questions.message_id
where asks
union all
select
    numbered.message_id as message_id,
    asked.opening.message_id as request_id,
    numbered.place as place,
    numbered.account_id as account_id,
    numbered.person_id as person_id,
    numbered.sent_at as sent_at,
    asked.opening.sent_at as opened_at,
    asked.opening.reason as reason,
    numbered.title as title,
    numbered.deleted_at as deleted_at
from numbered
inner join asked on asked.place = numbered.place and asked.person_id = numbered.person_id and asked.talk = numbered.talk
where numbered.sent_at >= asked.opening.sent_at
    or numbered.leads_up

/*
description: Unthreaded team messages in Slack and the requests they answer or could answer, with the rule.
grain: [request_id, message_id, rule]
columns:
  request_id: {type: VARCHAR, says: "The request."}
  message_id: {type: VARCHAR, says: "The team's message."}
  rule: {type: VARCHAR, says: "mention; only_request: inferred, as exactly one was opened since the last team message and it names no other requester; one_of_several: could answer any of several, counts for none."}
  sent_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "When the team's message was sent."}
  account_id: {type: VARCHAR, says: "Who wrote it."}
  person_id: {type: VARCHAR, says: "Their person."}
*/
-- A request excluded by hand is no candidate, so that excluding it settles whom an answer was for.
with excluded as (
    select distinct subject_id from core.overrides where kind = 'exclude'
),
requests as (
    select
        request_id, place, person_id, opened_at,
        row_number() over (partition by place order by opened_at, request_id) as number
    from core.slack_requests
    anti join excluded on excluded.subject_id = request_id
    where message_id = request_id
),
team_messages as (
    select
        message_id, place, sent_at, account_id, person_id,
        greatest(
            lag(sent_at) over (partition by place order by sent_at, message_id),
            sent_at - to_microseconds((select inference_seconds from settings.slack) * 1000000 + 1)
        ) as after_at
    from core.messages
    where channel = 'slack' and is_opening and is_team and not is_bot
),
with_newest as (
    select team_messages.*, coalesce(requests.number, 0) as newest
    from team_messages
    asof left join requests on requests.place = team_messages.place and requests.opened_at <= team_messages.sent_at
),
with_older as (
    select with_newest.*, coalesce(requests.number, 0) as older
    from with_newest
    asof left join requests on requests.place = with_newest.place and requests.opened_at <= with_newest.after_at
),
numbered as (
    select *, newest - older as candidates, unnest(range(older + 1, newest + 1)) as number
    from with_older
    where newest > older
),
mentions_of_users as (
    select
        team_messages.message_id, team_messages.place, team_messages.sent_at, team_messages.account_id, team_messages.person_id,
        unnest(list_distinct(regexp_extract_all(staged.text, '<@([A-Z0-9]+)', 1))) as user_id, staged.team_id
    from team_messages
    inner join staging.slack_messages as staged on staged.message_id = team_messages.message_id
),
mentioned_people as (
    select mentions.*, persons.person_id as mentioned_id
    from mentions_of_users as mentions
    inner join core.persons as persons on persons.account_id = 'slack:' || mentions.team_id || ':' || mentions.user_id
    where persons.person_id <> mentions.person_id
),
-- Whoever names a requester speaks to them, and is not guessed to answer somebody else.
named_answers as (
    select distinct mentioned.message_id
    from mentioned_people as mentioned
    semi join requests on requests.place = mentioned.place and requests.person_id = mentioned.mentioned_id and requests.opened_at <= mentioned.sent_at
),
inferred as (
    select
        requests.request_id, numbered.message_id,
        case when numbered.candidates = 1 then 'only_request' else 'one_of_several' end as rule,
        numbered.sent_at, numbered.account_id, numbered.person_id
    from numbered
    inner join requests on requests.place = numbered.place and requests.number = numbered.number and requests.person_id <> numbered.person_id
    anti join named_answers on named_answers.message_id = numbered.message_id
),
first_mentions as (
    select requests.request_id, mentioned.message_id, 'mention' as rule, mentioned.sent_at, mentioned.account_id, mentioned.person_id
    from (from requests semi join mentioned_people as mentioned on mentioned.place = requests.place and mentioned.mentioned_id = requests.person_id) as requests
    asof inner join mentioned_people as mentioned
        on mentioned.place = requests.place and mentioned.mentioned_id = requests.person_id and requests.opened_at <= mentioned.sent_at
)
select request_id, message_id, rule, sent_at, account_id, person_id from first_mentions
union all
select request_id, message_id, rule, sent_at, account_id, person_id from inferred

/*
description: Top-level messages of external people in the support channels, and replies included by hand, each with the verdict whether it asks for help and the reason. A message asks if it is about help and starts a conversation, or goes on where its author has just started one.
grain: [message_id]
columns:
  message_id: {type: VARCHAR, says: "The message."}
  place: {type: VARCHAR, required: true, says: "Slack channel id."}
  thread_id: {type: VARCHAR, says: "Thread it lies in, if it is a reply included by hand; such a reply stands alone."}
  account_id: {type: VARCHAR, required: true, says: "Author."}
  person_id: {type: VARCHAR, required: true, says: "The author's person."}
  sent_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "When."}
  asks: {type: BOOLEAN, required: true, says: "Asks for help, by the classifier or by hand."}
  reason: {type: VARCHAR, required: true, says: "What decided, in words."}
  title: {type: VARCHAR, says: "The beginning of the text as plain text, where it asks."}
  deleted_at: {type: TIMESTAMP WITH TIME ZONE, says: "When it was deleted, if by `as_of`."}
  starts: {type: BOOLEAN, required: true, says: "Starts a conversation: the weights of its signs add up to zero or more."}
  start_score: {type: DOUBLE, required: true, says: "That sum: log-odds, from the point where the classifier decides."}
  goes_on: {type: BOOLEAN, required: true, says: "Its author wrote at top level there within the grouping time before."}
  leads_up: {type: BOOLEAN, required: true, says: "May belong to a request its author opens next: a greeting, or what starts a conversation and is no thanks, news or answer."}
*/
with included as (
    select subject_id as message_id, min('included by hand by ' || why) as reason from core.overrides where kind = 'include' group by subject_id
),
-- Each combination of signs is weighed and worded once.
patterns as (
    select distinct
        pattern, is_at_once, is_after_ten_minutes, is_after_half_an_hour, is_soon_again, is_first_in_two_days, is_among_threads, speaks_to_somebody, greets, reacts,
        says_you, has_question_mark, has_question_words, is_long
    from core.slack_signs
),
held as (
    select pattern, sign
    from patterns
    unpivot (holds for sign in (
        is_at_once, is_after_ten_minutes, is_after_half_an_hour, is_soon_again, is_first_in_two_days, is_among_threads, speaks_to_somebody, greets, reacts,
        says_you, has_question_mark, has_question_words, is_long
    ))
    where holds
    union all
    select pattern, 'base' as sign from patterns
),
weighed as (
    select
        held.pattern,
        sum(weights.weight) as score,
        coalesce(string_agg(weights.says, ', ' order by weights.weight desc, weights.says) filter (weights.weight > 0 and held.sign <> 'base'), 'nothing speaks against it') as signs_for,
        string_agg(weights.says, ', ' order by weights.weight, weights.says) filter (weights.weight < 0 and held.sign <> 'base') as signs_opposed
    from held
    inner join core.slack_start_weights as weights on weights.sign = held.sign
    group by held.pattern
),
scored as not materialized (
    select signs.*, weighed.score, weighed.signs_for, weighed.signs_opposed, weighed.score >= 0 or forms.message_id is not null as starts, forms.message_id is not null as is_form
    from core.slack_signs as signs
    inner join weighed on weighed.pattern = signs.pattern
    left join core.slack_forms as forms on forms.message_id = signs.message_id
),
-- Whoever says hello first and asks then goes on with what they started.
followers as (
    select distinct place, person_id from core.slack_signs where goes_on
),
runs as (
    select
        message_id, starts,
        count_if(not goes_on) over (partition by place, person_id order by sent_at rows unbounded preceding) as run,
        place, person_id, sent_at
    from scored
    semi join followers on followers.place = scored.place and followers.person_id = scored.person_id
    where thread_id is null
),
started as (
    select message_id
    from runs
    qualify bool_or(starts) over (partition by place, person_id, run order by sent_at rows unbounded preceding) and not starts
),
judged as (
    select
        scored.*, included.reason as by_hand, started.message_id is not null as has_started,
        scored.is_form or scored.is_about_help and (scored.starts or started.message_id is not null) as is_asking
    from scored
    left join started on started.message_id = scored.message_id
    left join included on included.message_id = scored.message_id
)
select
    message_id, place, thread_id, account_id, person_id, sent_at,
    is_asking or by_hand is not null as asks,
    case
        when by_hand is not null then by_hand
        when is_form then 'posted by a form for the person it names'
        when not is_about_help then content
        when starts then content || '; starts a conversation (' || signs_for || ')'
        when has_started then content || '; its author had just started a conversation'
        when is_after_half_an_hour then 'too little tells that it starts a conversation (' || signs_for || coalesce('; against: ' || signs_opposed, '') || ')'
        else 'goes on with a conversation (' || coalesce(signs_opposed, 'too little speaks for a new one') || ')'
    end as reason,
    case when is_asking or by_hand is not null then title end as title,
    deleted_at,
    starts,
    score::double as start_score,
    goes_on,
    content = 'greets' or (starts or has_started) and content not in ('thanks, agrees or reacts', 'tells what solved it', 'announces', 'gives advice', 'speaks to a fellow user by name', 'makes small talk') as leads_up
from judged

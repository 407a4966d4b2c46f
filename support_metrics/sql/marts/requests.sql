/*
description: Every support request of an external human, judged at `as_of`, with the reason in words.
grain: [request_id]
columns:
  request_id: {type: VARCHAR, says: "Key of the object that opened it, such as github:issue:1234 or slack:T1:C1:1700000000.000100."}
  channel: {type: VARCHAR, required: true, says: "github, slack, email, x or youtube."}
  url: {type: VARCHAR, says: "Address for people."}
  title: {type: VARCHAR, says: "Title, subject, or the text; what is not a title ends in an ellipsis beyond 120 characters."}
  person_id: {type: VARCHAR, required: true, says: "Who asked, the least of their account keys."}
  person_name: {type: VARCHAR, required: true, says: "Their name."}
  opened_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "When."}
  opened_on: {type: DATE, required: true, says: "Local date of the team's zone."}
  week: {type: DATE, required: true, says: "Monday of that week."}
  first_human_at: {type: TIMESTAMP WITH TIME ZONE, says: "First answer by any other person."}
  first_response_at: {type: TIMESTAMP WITH TIME ZONE, says: "First answer by the team."}
  responder_id: {type: VARCHAR, says: "Who gave it."}
  responder_name: {type: VARCHAR, says: "Their name."}
  response_inferred: {type: BOOLEAN, required: true, says: "The answer stands outside the thread and was inferred from being alone with the question."}
  closed_at: {type: TIMESTAMP WITH TIME ZONE, says: "When it was closed, if it is."}
  policy: {type: VARCHAR, says: "Name of the target."}
  target_seconds: {type: BIGINT, says: "Seconds within which an answer is promised."}
  due_at: {type: TIMESTAMP WITH TIME ZONE, says: "The earliest instant at which the target is reached."}
  business_seconds: {type: BIGINT, says: "Open seconds to the response, or to `as_of` (to the end of coverage, where that is earlier)."}
  calendar_seconds: {type: BIGINT, required: true, says: "Plain seconds likewise."}
  state: {type: VARCHAR, required: true, says: "met, late, overdue, pending, closed_silently, withdrawn or excluded."}
  why: {type: VARCHAR, required: true, says: "The state in words a person can check; times in the team's zone."}
  verdict: {type: VARCHAR, required: true, says: "Why it counts as a request."}
  possible_answer_urls: {type: "VARCHAR[]", says: "Unthreaded team messages that could answer one of several requests, for a human to settle by an override."}
  lateness_seconds: {type: BIGINT, says: "Seconds beyond the target, on its clock; null unless late or overdue."}
  is_counted: {type: BOOLEAN, required: true, says: "Counts for users and requests, that is, is not excluded."}
  clock: {type: VARCHAR, says: "business or calendar, the clock of the target; null where none is set."}
  elapsed_seconds: {type: BIGINT, required: true, says: "business_seconds or calendar_seconds, whichever the target is measured in."}
  calendar: {type: VARCHAR, says: "Version of the calendar that judges it; its hours are in marts.business_hours."}
  exterminator: {type: VARCHAR, says: "Who was on duty in the week it was opened."}
  message_ids: {type: "VARCHAR[]", says: "Keys of the messages it is made of, where they are several, as in Slack: an answer in the thread of any of them counts. Null where it is one."}
*/
with judged as (
    select
        requests.* replace (
            judgements.first_response_at as first_response_at,
            case when requests.first_human_at <= judgements.judged_at then requests.first_human_at end as first_human_at,
            case when judgements.first_response_at is not null then requests.responder_id end as responder_id,
            case when judgements.first_response_at is not null then requests.responder_name end as responder_name,
            coalesce(requests.response_inferred and judgements.first_response_at is not null, false) as response_inferred,
            case when requests.closed_at <= judgements.judged_at then requests.closed_at end as closed_at
        ),
        judgements.* exclude (request_id, moment_at, moment_week, first_response_at),
        deadlines.policy, deadlines.target_seconds, deadlines.due_at, deadlines.clock, deadlines.calendar
    from core.requests as requests
    inner join core.judgements as judgements
        on judgements.request_id = requests.request_id and judgements.moment_week = date '0001-01-01'
    inner join core.deadlines as deadlines on deadlines.request_id = requests.request_id
),
worded as (
    select
        *,
        case when clock = 'business' then ' of business time' else '' end as on_clock,
        case
            when elapsed_seconds < 60 then elapsed_seconds || ' s'
            when elapsed_seconds < 3600 then elapsed_seconds // 60 || ' min'
            else elapsed_seconds // 3600 || ' h' || case when elapsed_seconds % 3600 >= 60 then ' ' || elapsed_seconds % 3600 // 60 || ' min' else '' end
        end as elapsed_words,
        case
            when target_seconds < 60 then target_seconds || ' s'
            when target_seconds % 3600 = 0 then target_seconds // 3600 || ' h'
            when target_seconds < 3600 then target_seconds // 60 || ' min'
            else target_seconds // 3600 || ' h ' || target_seconds % 3600 // 60 || ' min'
        end as target_words,
        elapsed_seconds - target_seconds as beyond_seconds,
        clock = 'business' and elapsed_seconds = 0 as is_before_business_time
    from judged
),
counted as (
    select
        *,
        case
            when beyond_seconds < 60 then beyond_seconds || ' s'
            when beyond_seconds < 3600 then beyond_seconds // 60 || ' min'
            else beyond_seconds // 3600 || ' h' || case when beyond_seconds % 3600 >= 60 then ' ' || beyond_seconds % 3600 // 60 || ' min' else '' end
        end as beyond_words,
        case when is_before_business_time then 'before any business time had passed' else elapsed_words || on_clock || ' after opening' end as answered_words,
        case when is_before_business_time then 'unanswered, no business time yet' else 'unanswered for ' || elapsed_words || on_clock end as unanswered_words
    from worded
),
-- Who closed what was never answered, as far as it was judged.
silent_closings as (
    select judged.request_id, closings.closed_at, min(persons.person_name) as closer_name
    from core.judgements as judged
    inner join core.closings as closings
        on closings.issue_id = judged.request_id and closings.closed_at <= judged.judged_at
        and (closings.reopened_at is null or closings.reopened_at > judged.judged_at)
    left join core.persons as persons on persons.person_id = closings.actor_id
    where judged.moment_week = date '0001-01-01' and judged.state = 'closed_silently'
    group by judged.request_id, closings.closed_at
),
-- Few are made of several messages, so only these are gathered.
several as (
    select request_id, list(message_id order by sent_at, message_id) as message_ids
    from core.slack_requests
    where request_id in (select request_id from core.slack_requests where message_id <> request_id)
    group by request_id
),
possible_answers as (
    select
        wanted.request_id,
        list('https://' || slack.domain || '.slack.com/archives/' || split_part(wanted.message_id, ':', 3) || '/p' || replace(split_part(wanted.message_id, ':', 4), '.', '') order by wanted.message_id) as urls
    from (select request_id, unnest(possible_answer_ids) as message_id from core.requests where len(possible_answer_ids) > 0) as wanted
    cross join settings.slack as slack
    group by wanted.request_id
)
select
    counted.request_id as request_id,
    counted.channel as channel,
    counted.url as url,
    counted.title as title,
    counted.person_id as person_id,
    counted.person_name as person_name,
    counted.opened_at as opened_at,
    counted.opened_on as opened_on,
    counted.week as week,
    counted.first_human_at as first_human_at,
    counted.first_response_at as first_response_at,
    counted.responder_id as responder_id,
    counted.responder_name as responder_name,
    counted.response_inferred as response_inferred,
    counted.closed_at as closed_at,
    counted.policy as policy,
    counted.target_seconds as target_seconds,
    counted.due_at as due_at,
    counted.business_seconds as business_seconds,
    counted.calendar_seconds as calendar_seconds,
    counted.state as state,
    case counted.state
        when 'excluded' then 'not counted: ' || counted.excluded_why
        when 'withdrawn' then
            -- Nobody says when a message was deleted, only since when it is known to be gone.
            case when counted.channel = 'github' then 'closed by its author' else 'deleted by its author' end
            || coalesce(case when counted.channel = 'github' then ' on ' else ', known since ' end || strftime(timezone(build.time_zone, counted.withdrawn_at), '%Y-%m-%d at %H:%M'), '')
            || ', before it was due and answered'
        when 'closed_silently' then
            'closed by ' || coalesce(silent_closings.closer_name, 'a team member')
            || coalesce(' on ' || strftime(timezone(build.time_zone, silent_closings.closed_at), '%Y-%m-%d at %H:%M'), '') || ' without a word in answer'
        when 'met' then 'answered by ' || coalesce(counted.responder_name, 'the team') || ' ' || counted.answered_words || coalesce('; target ' || counted.target_words, '; no target is set')
        when 'late' then 'answered by ' || coalesce(counted.responder_name, 'the team') || ' ' || counted.answered_words || '; target ' || counted.target_words || '; late by ' || counted.beyond_words
        when 'overdue' then counted.unanswered_words || '; target ' || counted.target_words || '; overdue by ' || counted.beyond_words
        else counted.unanswered_words || coalesce('; target ' || counted.target_words || ', not yet due', '; no target is set')
    end
    || case when counted.response_inferred and counted.state in ('met', 'late') then '; the answer stands outside the thread and is inferred' else '' end
    || case when len(counted.possible_answer_ids) > 0 and counted.first_response_at is null then '; a team message outside the thread could answer this or another request' else '' end
    || case when counted.judged_at < getvariable('as_of') and counted.first_response_at is null then '; judged up to ' || strftime(timezone(build.time_zone, counted.judged_at), '%Y-%m-%d at %H:%M') || ', since its source is not covered further' else '' end as why,
    counted.verdict as verdict,
    coalesce(possible_answers.urls, []) as possible_answer_urls,
    case when counted.state in ('late', 'overdue') then counted.beyond_seconds end as lateness_seconds,
    counted.state <> 'excluded' as is_counted,
    counted.clock as clock,
    counted.elapsed_seconds as elapsed_seconds,
    counted.calendar as calendar,
    duty.exterminator as exterminator,
    several.message_ids as message_ids
from counted
cross join settings.build as build
left join core.duty as duty on duty.week = counted.week
left join several on several.request_id = counted.request_id
left join possible_answers on possible_answers.request_id = counted.request_id
left join silent_closings on silent_closings.request_id = counted.request_id

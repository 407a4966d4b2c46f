/*
description: The requests behind each delivered report, as they were then and as they are now at the same moment; the states of one that is known at one of the two times only are null at the other.
grain: [report_id, request_id]
columns:
  report_id: {type: VARCHAR, says: "Key of the report in landing."}
  request_id: {type: VARCHAR, says: "The request."}
  channel: {type: VARCHAR, required: true, says: "Its channel."}
  opened_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "When it was opened."}
  opened_on: {type: DATE, required: true, says: "Local date of that."}
  account_id: {type: VARCHAR, says: "The account that asked; null for one that is none any more."}
  was_person_id: {type: VARCHAR, says: "Who asked as it was then."}
  person_id: {type: VARCHAR, says: "Who asks as it is now."}
  present_person_id: {type: VARCHAR, required: true, says: "Likewise, and of one that is none any more whose person whoever asked is now."}
  was_state: {type: VARCHAR, says: "State shown then."}
  state: {type: VARCHAR, says: "State now."}
  was_answered_at: {type: TIMESTAMP WITH TIME ZONE, says: "First answer as it was known then."}
  first_response_at: {type: TIMESTAMP WITH TIME ZONE, says: "First answer as it is known now."}
  was_counted: {type: BOOLEAN, required: true, says: "Whether it counted then: it was known and not excluded."}
  is_counted: {type: BOOLEAN, required: true, says: "Whether it counts now."}
  was_first: {type: BOOLEAN, required: true, says: "Whether whoever asked counted as new by it then, as far as the accounts that they asked from tell."}
  is_first: {type: BOOLEAN, required: true, says: "Whether whoever asks counts as new by it now."}
*/
with reports as (
    select report_id, min(as_of_at) as as_of_at, min(week) as week from staging.published_figures group by report_id
),
now_judged as (
    select
        reports.report_id, judgements.request_id, requests.channel, requests.opened_at, judgements.opened_on, requests.account_id, requests.person_id,
        judgements.state, judgements.first_response_at
    from reports
    inner join core.judgements as judgements on judgements.moment_at = reports.as_of_at and judgements.moment_week = reports.week
    inner join core.requests as requests on requests.request_id = judgements.request_id
),
then_judged as (
    select
        published.report_id, published.request_id, split_part(published.request_id, ':', 1) as channel, published.opened_at,
        timezone(build.time_zone, published.opened_at)::date as opened_on, published.person_id, published.state, published.first_response_at
    from staging.published_requests as published
    cross join settings.build as build
),
compared as (
    select
        coalesce(now_judged.report_id, then_judged.report_id) as report_id, coalesce(now_judged.request_id, then_judged.request_id) as request_id,
        coalesce(now_judged.channel, then_judged.channel) as channel, coalesce(now_judged.opened_at, then_judged.opened_at) as opened_at,
        coalesce(now_judged.opened_on, then_judged.opened_on) as opened_on, now_judged.account_id,
        then_judged.person_id as was_person_id, now_judged.person_id, coalesce(now_judged.person_id, former.person_id, then_judged.person_id) as present_person_id,
        then_judged.state as was_state, now_judged.state, then_judged.first_response_at as was_answered_at, now_judged.first_response_at,
        coalesce(then_judged.state <> 'excluded', false) as was_counted, coalesce(now_judged.state <> 'excluded', false) as is_counted
    from now_judged
    full join then_judged on then_judged.report_id = now_judged.report_id and then_judged.request_id = now_judged.request_id
    left join core.persons as former on former.account_id = then_judged.person_id
),
-- 1. Who is new now: the first request ever of each, of those that count at the moment.
firsts_now as (
    select askers.report_id, min(struct_pack(opened_at := requests.opened_at, request_id := requests.request_id)).request_id as request_id
    from (select distinct report_id, person_id from compared where is_counted) as askers
    inner join reports on reports.report_id = askers.report_id
    inner join core.requests as requests
        on requests.person_id = askers.person_id and (requests.excluded_why is null or requests.excluded_at > reports.as_of_at)
    group by askers.report_id, askers.person_id
),
-- 2. Who was new then: the first of each in the report, unless one of their accounts of then had asked before the week.
firsts_then as (
    select report_id, was_person_id, min(struct_pack(opened_at := opened_at, request_id := request_id)) as request
    from compared
    where was_counted
    group by report_id, was_person_id
),
accounts_then as (
    select report_id, was_person_id, was_person_id as account_id from firsts_then
    union
    select compared.report_id, compared.was_person_id, compared.account_id
    from compared
    anti join (from core.overrides where kind = 'reattribute') as reattributed on reattributed.subject_id = compared.request_id
    where compared.was_counted and compared.account_id is not null
),
had_asked as (
    select distinct accounts.report_id, accounts.was_person_id
    from accounts_then as accounts
    inner join reports on reports.report_id = accounts.report_id
    cross join settings.build as build
    inner join core.requests as requests
        on requests.account_id = accounts.account_id and (requests.excluded_why is null or requests.excluded_at > reports.as_of_at)
        and timezone(build.time_zone, requests.opened_at)::date < reports.week
)
select
    compared.report_id as report_id,
    compared.request_id as request_id,
    compared.channel as channel,
    compared.opened_at as opened_at,
    compared.opened_on as opened_on,
    compared.account_id as account_id,
    compared.was_person_id as was_person_id,
    compared.person_id as person_id,
    compared.present_person_id as present_person_id,
    compared.was_state as was_state,
    compared.state as state,
    compared.was_answered_at as was_answered_at,
    compared.first_response_at as first_response_at,
    compared.was_counted as was_counted,
    compared.is_counted as is_counted,
    firsts_then.request is not null and had_asked.was_person_id is null as was_first,
    firsts_now.request_id is not null and compared.is_counted as is_first
from compared
left join firsts_then on firsts_then.report_id = compared.report_id and firsts_then.request.request_id = compared.request_id
left join had_asked on had_asked.report_id = compared.report_id and had_asked.was_person_id = compared.was_person_id
left join firsts_now on firsts_now.report_id = compared.report_id and firsts_now.request_id = compared.request_id

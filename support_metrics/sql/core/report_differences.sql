/*
description: How the requests behind a delivered report differ from those of the present build at the same moment, and how its settings do.
grain: [report_id, subject, kind]
columns:
  report_id: {type: VARCHAR, says: "Key of the report in landing."}
  subject: {type: VARCHAR, says: "The request; or settings, roster, overrides."}
  kind: {type: VARCHAR, says: "late_record, gone, merged, restated_state or changed_settings."}
  channel: {type: VARCHAR, says: "Channel of the request; null where it concerns all."}
  opened_on: {type: DATE, says: "Local date of the request; null where it concerns all."}
  why: {type: VARCHAR, required: true, says: "The cause in words."}
*/
with reports as (
    select report_id, min(as_of_at) as as_of_at, min(week) as week, min(settings_hash) as settings_hash, min(roster_hash) as roster_hash, min(overrides_hash) as overrides_hash
    from staging.published_figures
    group by report_id
),
now_judged as (
    select reports.report_id, judgements.request_id, requests.channel, judgements.opened_on, requests.person_id, judgements.state
    from reports
    inner join core.judgements as judgements on judgements.moment_at = reports.as_of_at and judgements.moment_week = reports.week
    inner join core.requests as requests on requests.request_id = judgements.request_id
),
then_judged as (
    select
        published.report_id, published.request_id, split_part(published.request_id, ':', 1) as channel,
        timezone(build.time_zone, published.opened_at)::date as opened_on, published.person_id, published.state
    from staging.published_requests as published
    cross join settings.build as build
),
compared as (
    select
        coalesce(now_judged.report_id, then_judged.report_id) as report_id,
        coalesce(now_judged.request_id, then_judged.request_id) as request_id,
        coalesce(now_judged.channel, then_judged.channel) as channel,
        coalesce(now_judged.opened_on, then_judged.opened_on) as opened_on,
        then_judged.request_id is null as is_new, now_judged.request_id is null as is_gone,
        then_judged.person_id as was_person_id, now_judged.person_id as person_id, then_judged.state as was_state, now_judged.state as state
    from now_judged
    full join then_judged on then_judged.report_id = now_judged.report_id and then_judged.request_id = now_judged.request_id
),
request_differences as (
    select report_id, request_id as subject, channel, opened_on, unnest(list_filter([
        case when is_new then {kind: 'late_record', why: 'a request that was not known then: ' || request_id} end,
        case when is_gone then {kind: 'gone', why: 'no longer a request: ' || request_id} end,
        case when was_person_id <> person_id then {kind: 'merged', why: request_id || ' belongs to ' || person_id || ', not ' || was_person_id} end,
        case when was_state <> state then {kind: 'restated_state', why: request_id || ' was ' || was_state || ', is ' || state} end
    ], lambda difference: difference is not null)) as difference
    from compared
),
settings_differences as (
    select report_id, unnest(list_filter([
        case when reports.settings_hash <> build.settings_hash then 'settings' end,
        case when reports.roster_hash <> build.roster_hash then 'roster' end,
        case when reports.overrides_hash <> build.overrides_hash then 'overrides' end
    ], lambda part: part is not null)) as subject
    from reports
    cross join settings.build as build
)
select report_id, subject, difference.kind as kind, channel, opened_on, difference.why as why from request_differences
union all
select report_id, subject, 'changed_settings', null::varchar, null::date, 'the ' || subject || ' changed since' from settings_differences

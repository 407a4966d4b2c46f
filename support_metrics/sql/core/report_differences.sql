/*
description: How the requests behind a delivered report differ from those of the present build at the same moment, and how its settings do.
grain: [report_id, subject, kind]
columns:
  report_id: {type: VARCHAR, says: "Key of the report in landing."}
  subject: {type: VARCHAR, says: "The request; or settings, roster, overrides, version."}
  kind: {type: VARCHAR, says: "late_record, gone, merged, override, restated_state, changed_settings or changed_version."}
  channel: {type: VARCHAR, says: "Channel of the request; null where it concerns all."}
  opened_on: {type: DATE, says: "Local date of the request; null where it concerns all."}
  touches: {type: VARCHAR, required: true, says: "Which figures it can change: people (users), promises (met, late and what follows from them) or everything."}
  why: {type: VARCHAR, required: true, says: "The cause in words, requests and people by their keys."}
  detail: {type: VARCHAR, says: "What is to be said of it beyond its kind, without keys; null for nothing."}
  person_id: {type: VARCHAR, says: "Who asks as it is now."}
  was_person_id: {type: VARCHAR, says: "Who asked as it was then."}
*/
with recursive reports as (
    select
        report_id, min(version) as version,
        min(settings_hash) as settings_hash, min(roster_hash) as roster_hash, min(overrides_hash) as overrides_hash
    from staging.published_figures
    group by report_id
),
-- 1. What the report was made from, where it is not the same any more.
parts as (
    select reports.report_id, unnest([
        {name: 'settings', was: reports.settings_hash, is_now: build.settings_hash}, {name: 'roster', was: reports.roster_hash, is_now: build.roster_hash},
        {name: 'overrides', was: reports.overrides_hash, is_now: build.overrides_hash}, {name: 'version', was: reports.version, is_now: build.version}
    ]) as part
    from reports
    cross join settings.build as build
),
changed_parts as (
    select
        report_id, part.name as subject,
        case when part.name = 'version' then 'made by version ' || part.was || ', counted anew by ' || part.is_now else 'the ' || part.name || ' changed since' end as why
    from parts
    where part.was <> part.is_now
),
-- 2. The requests of then and of now, at the same moment.
reattributed as (
    select subject_id as request_id, min('attributed by hand by ' || why) as why from core.overrides where kind = 'reattribute' group by subject_id
),
compared as (
    select
        requests.*, requests.was_state is null as is_new, requests.state is null as is_gone,
        judged.excluded_why, case when judged.verdict like 'included by hand%' then judged.verdict end as included_why, reattributed.why as reattributed_why
    from core.reported_requests as requests
    left join core.requests as judged on judged.request_id = requests.request_id and requests.state is not null
    left join reattributed on reattributed.request_id = requests.request_id
),
kept_apart as (
    select subjects.person_id, objects.person_id as other_person_id, min('declared not the same by ' || overrides.why) as why
    from core.overrides as overrides
    inner join core.persons as subjects on overrides.subject_id = subjects.account_id or overrides.object_id = subjects.account_id
    inner join core.persons as objects on objects.account_id = case when overrides.subject_id = subjects.account_id then overrides.object_id else overrides.subject_id end
    where overrides.kind = 'not_same'
    group by subjects.person_id, objects.person_id
),
-- 3. Why whoever asked is someone else's person now, or on the team: the shortest way from account to account that joins them, or that nothing does any more.
team_accounts as (
    select persons.person_id, min(roster.account_id) as account_id
    from core.roster_accounts as roster
    inner join core.persons as persons on persons.account_id = roster.account_id
    group by persons.person_id
),
moved as (
    select
        compared.report_id, compared.request_id, compared.was_person_id as account_id,
        case when compared.is_gone then team_accounts.account_id when former.person_id = compared.person_id then compared.person_id end as joined_id,
        kept_apart.why as apart_why
    from compared
    left join core.persons as former on former.account_id = compared.was_person_id
    left join team_accounts on team_accounts.person_id = former.person_id
    left join kept_apart on kept_apart.person_id = compared.person_id and kept_apart.other_person_id = compared.was_person_id
    where compared.is_gone or compared.was_person_id <> compared.person_id
),
neighbours as (
    select links.account_id, links.other_account_id, min(links.why) as why
    from (
        select account_id, other_account_id, why from core.account_links
        union
        select other_account_id, account_id, why from core.account_links
    ) as links
    inner join core.persons as persons on persons.account_id = links.account_id
    inner join core.persons as others on others.account_id = links.other_account_id and others.person_id = persons.person_id
    group by links.account_id, links.other_account_id
),
walks(account_id, reached_id, whys) using key (account_id, reached_id) as (
    select distinct account_id, account_id, []::varchar[] from moved where joined_id is not null
    union
    select walks.account_id, neighbours.other_account_id, min(list_append(walks.whys, neighbours.why))
    from walks
    inner join neighbours on neighbours.account_id = walks.reached_id
    anti join recurring.walks as known on known.account_id = walks.account_id and known.reached_id = neighbours.other_account_id
    group by walks.account_id, neighbours.other_account_id
),
joined as (
    select
        moved.report_id, moved.request_id, moved.joined_id is not null as is_joined,
        case when moved.joined_id is not null then list_aggregate(list_sort(list_distinct(walks.whys)), 'string_agg', '; ') else 'no longer merged' || coalesce(', ' || min(moved.apart_why), '') end as why
    from moved
    left join walks on walks.account_id = moved.account_id and walks.reached_id = moved.joined_id
    group by moved.report_id, moved.request_id, moved.joined_id, walks.whys
),
judged as (
    select
        *,
        case when was_state <> state then 'was ' || was_state || ', is ' || case
            when state = 'excluded' then coalesce(excluded_why, state)
            when was_state = 'excluded' then state
            when first_response_at < coalesce(was_answered_at, 'infinity'::timestamptz) then state || ': an answer that was not known, or did not count, then'
            when was_answered_at < coalesce(first_response_at, 'infinity'::timestamptz) then state || ': the answer of then does not count any more'
            else state
        end end as judged_otherwise
    from compared
),
request_differences as (
    select report_id, request_id as subject, channel, opened_on, person_id, was_person_id, unnest(list_filter([
        case
            when is_new and included_why is not null then {kind: 'override', touches: 'everything', detail: included_why, why: request_id || ' ' || included_why}
            when is_new and changed.report_id is null then {kind: 'late_record', touches: 'everything', detail: null, why: 'a request that was not known then: ' || request_id}
            when is_new then {kind: 'late_record', touches: 'everything', detail: null, why: 'not known, or not counted as a request, then: ' || request_id}
        end,
        case when is_gone then {
            kind: 'gone', touches: 'everything', detail: case when joined.is_joined then 'whoever asked is of the team' || coalesce(': ' || joined.why, '') end,
            why: 'no longer a request: ' || request_id || case when joined.is_joined then '; ' || was_person_id || ' is of the team' || coalesce(': ' || joined.why, '') else '' end
        } end,
        case
            when was_person_id <> person_id and reattributed_why is not null then {kind: 'override', touches: 'people', detail: reattributed_why, why: request_id || ' ' || reattributed_why}
            when was_person_id <> person_id then {kind: 'merged', touches: 'people', detail: joined.why, why: request_id || ' belongs to ' || person_id || ', not ' || was_person_id || coalesce(': ' || joined.why, '')}
        end,
        case when judged_otherwise is not null then {
            kind: 'restated_state', touches: case when 'excluded' in (state, was_state) then 'everything' else 'promises' end,
            detail: judged_otherwise, why: request_id || ' ' || judged_otherwise
        } end
    ], lambda difference: difference is not null)) as difference
    from judged
    left join joined using (report_id, request_id)
    left join (select distinct report_id from changed_parts) as changed using (report_id)
)
select report_id, subject, difference.kind as kind, channel, opened_on, difference.touches as touches, difference.why as why, difference.detail as detail, person_id, was_person_id
from request_differences
union all
select report_id, subject, case when subject = 'version' then 'changed_version' else 'changed_settings' end, null::varchar, null::date, 'everything', why, why, null::varchar, null::varchar
from changed_parts

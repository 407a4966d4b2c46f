/*
description: Which differences behind a delivered report bear on which of its figures that the present build gives differently, each only where it can have changed the figure.
grain: [as_of_at, week, table_name, key, column_name, kind, subject]
columns:
  as_of_at: {type: TIMESTAMP WITH TIME ZONE, says: "The moment the report was judged at."}
  week: {type: DATE, says: "Monday of the week reported."}
  table_name: {type: VARCHAR, says: "Mart the figure stands in."}
  key: {type: VARCHAR, says: "The row's grain, parts joined by |."}
  column_name: {type: VARCHAR, says: "Column."}
  kind: {type: VARCHAR, says: "Kind of difference, as in core.report_differences."}
  subject: {type: VARCHAR, says: "The request; or settings, roster, overrides, version."}
  report_id: {type: VARCHAR, required: true, says: "The report that showed the figure first."}
  why: {type: VARCHAR, required: true, says: "The cause in words."}
*/
with pairs as (
    select figures.*, differences.* exclude (report_id, channel), differences.channel as request_channel
    from core.restated_figures as figures
    inner join core.report_differences as differences on differences.report_id = figures.report_id
),
-- 1. Settings and another version can change all; the roster and overrides no ticket.
of_all as (
    select as_of_at, week, table_name, key, column_name, kind, subject, report_id, why
    from pairs
    where request_channel is null and (subject not in ('roster', 'overrides') or channel <> 'shortcut')
),
of_requests as (
    select
        pairs.*, requests.was_counted, requests.is_counted, coalesce(requests.was_state, '') as was_state, coalesce(requests.state, '') as state,
        coalesce(requests.was_state in ('met', 'late', 'overdue', 'closed_silently'), false) as was_judged, coalesce(requests.state in ('met', 'late', 'overdue', 'closed_silently'), false) as is_judged
    from pairs
    inner join core.reported_requests as requests on requests.report_id = pairs.report_id and requests.request_id = pairs.subject
    where pairs.request_channel is not null
),
-- 2. People: by a request that came or went, or by one that is somebody else's now.
of_people as (
    select requests.as_of_at, requests.week, requests.table_name, requests.key, requests.column_name, requests.kind, requests.subject, requests.report_id, requests.why
    from of_requests as requests
    inner join core.restated_askers as askers
        on askers.as_of_at = requests.as_of_at and askers.week = requests.week and askers.table_name = requests.table_name and askers.key = requests.key
        and askers.column_name = requests.column_name and askers.request_id = requests.subject
    where requests.touches = case when askers.is_moved then 'people' else 'everything' end
),
-- 3. Requests and promises: what the request adds to the figure is not what it added then.
of_counts as (
    select as_of_at, week, table_name, key, column_name, kind, subject, report_id, why
    from of_requests
    where touches <> 'people' and channel in ('all', request_channel) and (day is null or day = opened_on)
        and case column_name
            when 'users' then false
            when 'new_users' then false
            when 'requests' then was_counted <> is_counted
            when 'judged' then was_judged <> is_judged
            when 'compliance' then was_judged <> is_judged or (was_state = 'met') <> (state = 'met')
            when 'compliance_lenient' then was_judged <> is_judged or (was_state in ('met', 'closed_silently')) <> (state in ('met', 'closed_silently'))
            else (was_state = column_name) <> (state = column_name)
        end
),
causes as (
    from of_all union all from of_people union all from of_counts
)
select
    as_of_at as as_of_at,
    week as week,
    table_name as table_name,
    key as key,
    column_name as column_name,
    kind as kind,
    subject as subject,
    report_id as report_id,
    why as why
from causes

/*
description: Users per day as the exterminator typed them beside users as measured, so that both can be trusted or questioned.
grain: [day]
columns:
  day: {type: DATE, says: "Local date."}
  reported_users: {type: BIGINT, says: "Number in the week's handoff form; null where none was given."}
  measured_users: {type: BIGINT, says: "Different people in GitHub and Slack together, which is what the form asks; null where either is not covered."}
  difference: {type: BIGINT, says: "Reported less measured."}
  exterminator: {type: VARCHAR, says: "Who was on duty."}
chart: {kind: line, x: day, y: [reported_users, measured_users], title: Users per day as reported and as measured}
*/
with days as (
    select day, date_trunc('week', day)::date as week from core.covered_days where source = 'github'
),
reported as (
    unpivot (
        select week, mon as "1", tue as "2", wed as "3", thu as "4", fri as "5", sat as "6", sun as "7" from core.handoffs
    )
    on "1", "2", "3", "4", "5", "6", "7" into name weekday value users
),
begun_sources as (
    select source from core.covered_days where source in ('github', 'slack') and is_covered group by source
),
-- A source that is not in use takes nothing away; one in use must cover the day.
measurable as (
    select days.day, bool_and(days.is_covered) as is_covered
    from core.covered_days as days
    semi join begun_sources on begun_sources.source = days.source
    group by days.day
),
measured as (
    select opened_on, count(distinct person_id) as users
    from marts.requests
    where channel in ('github', 'slack') and state <> 'excluded'
    group by opened_on
),
compared as (
    select
        days.day, days.week,
        reported.users as reported_users,
        case when measurable.is_covered then coalesce(measured.users, 0) end as measured_users
    from days
    left join reported on reported.week = days.week and reported.weekday::bigint = isodow(days.day)
    left join measurable on measurable.day = days.day
    left join measured on measured.opened_on = days.day
)
select
    compared.day as day,
    compared.reported_users::bigint as reported_users,
    compared.measured_users::bigint as measured_users,
    (compared.reported_users - compared.measured_users)::bigint as difference,
    duty.exterminator as exterminator
from compared
left join core.duty as duty on duty.week = compared.week

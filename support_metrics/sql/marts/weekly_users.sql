/*
description: Different external people who asked for help, per ISO week and channel; distinct over the week, so days cannot be added up.
grain: [week, channel]
columns:
  week: {type: DATE, says: "Monday."}
  channel: {type: VARCHAR, says: "github, slack, email, x, youtube, or all."}
  users: {type: BIGINT, says: "Distinct people; null where the source does not cover the week."}
  new_users: {type: BIGINT, says: "Those whose first request ever it was; null in a source's first 28 days."}
  requests: {type: BIGINT, says: "Requests opened, excluded ones left out."}
  exterminator: {type: VARCHAR, says: "Who was on duty."}
*/
with counted as (
    select
        judgements.week, requests.channel, requests.person_id, requests.request_id,
        first_requests.request_id is not null as is_first
    from core.judgements as judgements
    inner join core.requests as requests on requests.request_id = judgements.request_id
    left join core.first_requests as first_requests on first_requests.request_id = judgements.request_id
    where judgements.moment_week = date '0001-01-01' and judgements.state <> 'excluded'
),
in_each_and_all as (
    from counted
    union all by name
    select * replace ('all' as channel) from counted
),
per_week as (
    select week, channel, count(distinct person_id) as users, count_if(is_first) as new_users, count(*) as requests
    from in_each_and_all
    group by week, channel
)
select
    weeks.week as week,
    weeks.source as channel,
    case when weeks.is_covered then coalesce(per_week.users, 0) end as users,
    case when weeks.is_covered and weeks.is_warm then coalesce(per_week.new_users, 0)::bigint end as new_users,
    case when weeks.is_covered then coalesce(per_week.requests, 0) end as requests,
    duty.exterminator as exterminator
from core.covered_weeks as weeks
left join core.duty as duty on duty.week = weeks.week
left join per_week on per_week.week = weeks.week and per_week.channel = weeks.source
where weeks.source in ('github', 'slack', 'email', 'x', 'youtube', 'all')

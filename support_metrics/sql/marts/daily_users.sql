/*
description: Different external people who asked for help, per local day and channel.
grain: [day, channel]
columns:
  day: {type: DATE, says: "Local date of the team's time zone."}
  channel: {type: VARCHAR, says: "github, slack, email, x, youtube, or all."}
  users: {type: BIGINT, says: "Distinct people; in all, someone who asked in two channels counts once. Null where the source does not cover the day."}
  new_users: {type: BIGINT, says: "Those whose first request ever it was, in the channel they made it in; null in a source's first 28 days, when nobody can be known to be new."}
  requests: {type: BIGINT, says: "Requests opened, excluded ones left out."}
  exterminator: {type: VARCHAR, says: "Who was on duty."}
chart: {kind: line, x: day, y: users, color: channel, title: "Users per day"}
*/
with counted as (
    select
        judgements.opened_on as day, requests.channel, requests.person_id, requests.request_id,
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
per_day as (
    select day, channel, count(distinct person_id) as users, count_if(is_first) as new_users, count(*) as requests
    from in_each_and_all
    group by day, channel
)
select
    days.day as day,
    days.source as channel,
    case when days.is_covered then coalesce(per_day.users, 0) end as users,
    case when days.is_covered and days.is_warm then coalesce(per_day.new_users, 0)::bigint end as new_users,
    case when days.is_covered then coalesce(per_day.requests, 0) end as requests,
    duty.exterminator as exterminator
from core.covered_days as days
left join core.duty as duty on duty.week = date_trunc('week', days.day)::date
left join per_day on per_day.day = days.day and per_day.channel = days.source
where days.source in ('github', 'slack', 'email', 'x', 'youtube', 'all')

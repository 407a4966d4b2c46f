/*
description: Kaplan–Meier median and 90th percentile of the time to the first response, per week and channel; a request unanswered is censored at the moment of judgement, so ignoring people cannot improve the figure.
grain: [week, channel]
columns:
  week: {type: DATE, says: "Monday of the week in which the requests were opened."}
  channel: {type: VARCHAR, says: "github, slack, email, x, youtube, or all."}
  median_seconds: {type: BIGINT, says: "Least time by which at least half are answered; null if that is not reached. Business seconds, or plain where the target says so."}
  p90_seconds: {type: BIGINT, says: "Likewise nine tenths."}
*/
with waits as (
    select
        judgements.week, requests.channel,
        coalesce(judgements.elapsed_seconds, judgements.calendar_seconds) as seconds, judgements.first_response_at is not null as is_answered
    from core.judgements as judgements
    inner join core.requests as requests on requests.request_id = judgements.request_id
    where judgements.moment_week = date '0001-01-01' and judgements.state not in ('excluded', 'withdrawn')
),
in_each_and_all as (
    from waits
    union all by name
    select * replace ('all' as channel) from waits
),
-- The product-limit estimator: at each time, of those still waiting the share answered then (Kaplan and Meier 1958).
at_each_time as (
    select week, channel, seconds, count_if(is_answered) as answered, count(*) as leaving
    from in_each_and_all
    group by week, channel, seconds
),
at_risk as (
    select
        *, sum(leaving) over (partition by week, channel order by seconds desc rows unbounded preceding) as waiting
    from at_each_time
),
surviving as (
    select
        *,
        exp(sum(case when answered = waiting then -1e9 else ln(1 - answered / waiting) end) over (partition by week, channel order by seconds rows unbounded preceding)) as unanswered
    from at_risk
)
select
    week,
    channel,
    min(seconds) filter (unanswered <= 0.5 + 1e-9) as median_seconds,
    min(seconds) filter (unanswered <= 0.1 + 1e-9) as p90_seconds
from surviving
group by week, channel

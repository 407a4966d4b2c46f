/*
description: The target and the calendar in force when each request was opened, and when it falls due.
grain: [request_id]
columns:
  request_id: {type: VARCHAR, says: "The request."}
  opened_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "When it was opened."}
  policy: {type: VARCHAR, says: "Name of the target; null where none is set for the channel."}
  target_seconds: {type: BIGINT, says: "Seconds within which an answer is promised, on the target's clock."}
  clock: {type: VARCHAR, says: "business or calendar."}
  calendar: {type: VARCHAR, says: "Version of the calendar that judges it, whatever changes later."}
  open_micros: {type: BIGINT, says: "Open microseconds of that calendar before the request was opened."}
  due_at: {type: TIMESTAMP WITH TIME ZONE, says: "The earliest instant at which the target is reached; for display."}
*/
with promised as (
    select
        requests.request_id, requests.opened_at, targets.policy, targets.within_seconds as target_seconds, targets.clock, targets.calendar
    from core.requests as requests
    cross join settings.build as build
    left join settings.targets as targets
        on targets.channel = requests.channel
        and timezone(build.time_zone, requests.opened_at)::date between targets.valid_from and targets.valid_to
),
clocked as (
    select
        promised.*,
        coalesce(intervals.micros_before + epoch_us(least(promised.opened_at, intervals.close_at)) - epoch_us(intervals.open_at), 0) as open_micros
    from promised
    asof left join core.open_intervals as intervals
        on intervals.calendar = promised.calendar and intervals.open_at <= promised.opened_at
),
wanted as (
    select *, open_micros + target_seconds * 1000000 as wanted_micros from clocked
)
select
    wanted.request_id as request_id,
    wanted.opened_at as opened_at,
    wanted.policy as policy,
    wanted.target_seconds as target_seconds,
    wanted.clock as clock,
    wanted.calendar as calendar,
    wanted.open_micros as open_micros,
    case
        when wanted.clock = 'calendar' then wanted.opened_at + to_microseconds(wanted.target_seconds * 1000000)
        when wanted.target_seconds = 0 then wanted.opened_at
        when wanted.wanted_micros - intervals.micros_before <= epoch_us(intervals.close_at) - epoch_us(intervals.open_at)
            then intervals.open_at + to_microseconds(wanted.wanted_micros - intervals.micros_before)
    end as due_at
from wanted
asof left join core.open_intervals as intervals
    on intervals.calendar = wanted.calendar and intervals.micros_before < wanted.wanted_micros

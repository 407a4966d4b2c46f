/*
description: The state of each request at each moment of judgement, on the clock and calendar of its target, and only up to where its source is covered.
grain: [request_id, moment_at, moment_week]
columns:
  request_id: {type: VARCHAR, says: "The request."}
  moment_at: {type: TIMESTAMP WITH TIME ZONE, says: "The moment of judgement."}
  moment_week: {type: DATE, says: "Monday of the week reported then; 0001-01-01 for the present build, which judges all."}
  week: {type: DATE, required: true, says: "Monday of the local week in which it was opened."}
  opened_on: {type: DATE, required: true, says: "Local date on which it was opened."}
  judged_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "The moment, or when its source was covered last if that is earlier."}
  first_response_at: {type: TIMESTAMP WITH TIME ZONE, says: "First answer by the team, if by then."}
  business_seconds: {type: BIGINT, says: "Open seconds from opening to the answer, or to judged_at; null where no target names a calendar."}
  calendar_seconds: {type: BIGINT, required: true, says: "Plain seconds from opening to the answer, or to judged_at."}
  elapsed_seconds: {type: BIGINT, required: true, says: "Whichever of the two the target is measured in; plain where there is none."}
  state: {type: VARCHAR, required: true, says: "met, late, overdue, pending, closed_silently, withdrawn or excluded."}
*/
with dated as (
    select
        requests.*,
        timezone(build.time_zone, requests.opened_at)::date as opened_on,
        date_trunc('week', timezone(build.time_zone, requests.opened_at)::date)::date as week
    from core.requests as requests
    cross join settings.build as build
),
at_each_moment as (
    select dated.*, moments.moment_at, moments.week as moment_week
    from dated
    cross join core.moments as moments
    where moments.week = date '0001-01-01' and dated.opened_at <= moments.moment_at
    union all by name
    select dated.*, moments.moment_at, moments.week as moment_week
    from dated
    inner join core.moments as moments on moments.week = dated.week and moments.moment_at >= dated.opened_at
),
placed as (
    select requests.*, least(requests.moment_at, covered.covered_until_at) as judged_at
    from at_each_moment as requests
    left join core.covered_until as covered
        on covered.source = requests.channel and covered.stream = requests.stream and covered.scope = requests.place
),
ended as (
    select
        placed.* exclude (first_response_at, withdrawn_at),
        case when first_response_at <= judged_at then first_response_at end as first_response_at,
        case
            when channel = 'github' then case when closings.is_by_author then closings.closed_at end
            when withdrawn_at <= judged_at then withdrawn_at
        end as withdrawn_at,
        closings.is_by_team as is_closed_by_team
    from placed
    left join core.closings as closings
        on closings.issue_id = placed.request_id and closings.closed_at <= placed.judged_at
        and (closings.reopened_at is null or closings.reopened_at > placed.judged_at)
),
-- The clock stops at the answer, else at withdrawal for the question whether that came in time, else at judged_at.
stopped as (
    select
        ended.*, deadlines.target_seconds, deadlines.clock, deadlines.calendar, deadlines.open_micros,
        coalesce(first_response_at, judged_at) as stopped_at
    from ended
    inner join core.deadlines as deadlines on deadlines.request_id = ended.request_id
),
clocked as (
    select
        stopped.*,
        case when stopped.calendar is not null then
            greatest(coalesce(intervals.micros_before + epoch_us(least(stopped.stopped_at, intervals.close_at)) - epoch_us(intervals.open_at), 0) - stopped.open_micros, 0) // 1000000
        end as business_seconds,
        greatest(epoch_us(stopped.stopped_at) - epoch_us(stopped.opened_at), 0) // 1000000 as calendar_seconds
    from stopped
    asof left join core.open_intervals as intervals on intervals.calendar = stopped.calendar and intervals.open_at <= stopped.stopped_at
),
-- Few are withdrawn, so only these are looked up again.
withdrawn as (
    select
        clocked.request_id, clocked.moment_at, clocked.moment_week,
        case clocked.clock
            when 'calendar' then greatest(epoch_us(clocked.withdrawn_at) - epoch_us(clocked.opened_at), 0) // 1000000
            else greatest(coalesce(intervals.micros_before + epoch_us(least(clocked.withdrawn_at, intervals.close_at)) - epoch_us(intervals.open_at), 0) - clocked.open_micros, 0) // 1000000
        end as given_up_seconds
    from clocked
    asof left join core.open_intervals as intervals on intervals.calendar = clocked.calendar and intervals.open_at <= clocked.withdrawn_at
    where clocked.withdrawn_at is not null
),
given_up as (
    select
        clocked.*,
        case clocked.clock when 'business' then clocked.business_seconds else clocked.calendar_seconds end as elapsed_seconds,
        withdrawn.given_up_seconds
    from clocked
    left join withdrawn
        on withdrawn.request_id = clocked.request_id and withdrawn.moment_at = clocked.moment_at and withdrawn.moment_week = clocked.moment_week
)
select
    request_id,
    moment_at,
    moment_week,
    week,
    opened_on,
    judged_at,
    first_response_at,
    business_seconds::bigint as business_seconds,
    calendar_seconds::bigint as calendar_seconds,
    elapsed_seconds::bigint as elapsed_seconds,
    case
        when excluded_why is not null and coalesce(excluded_at <= moment_at, true) then 'excluded'
        when withdrawn_at is not null and coalesce(first_response_at > withdrawn_at, true) and coalesce(given_up_seconds <= target_seconds, true) then 'withdrawn'
        when first_response_at is not null and coalesce(elapsed_seconds <= target_seconds, true) then 'met'
        when first_response_at is not null then 'late'
        when coalesce(is_closed_by_team, false) then 'closed_silently'
        when elapsed_seconds > target_seconds then 'overdue'
        else 'pending'
    end as state
from given_up

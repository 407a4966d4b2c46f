/*
description: Business time as half-open UTC intervals, cumulative per version of a calendar. An interval is open while the local wall clock stands within the calendar's hours, so daylight saving takes care of itself.
grain: [calendar, open_at]
columns:
  calendar: {type: VARCHAR, says: "Version of a calendar, <name>@<first day>."}
  open_at: {type: TIMESTAMP WITH TIME ZONE, says: "Open from then …"}
  close_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "… until before then."}
  micros_before: {type: BIGINT, required: true, says: "Open microseconds of the calendar before open_at."}
*/
with first_days as (
    select coalesce(min(sent_at)::date - 8, getvariable('as_of')::date - 8) as first_day from core.messages
),
-- Far enough past as_of for every target to fall due, with room for holidays.
last_days as (
    select getvariable('as_of')::date + 90 + 2 * max(targets.within_seconds // greatest(weekly.open_seconds, 3600) * 7)::integer as last_day
    from settings.targets as targets
    left join (select calendar, sum(closes_seconds - opens_seconds) as open_seconds from settings.business_hours group by calendar) as weekly
        on weekly.calendar = targets.calendar
),
days as (
    select calendars.calendar, calendars.time_zone, unnest(generate_series(first_days.first_day, coalesce(last_days.last_day, getvariable('as_of')::date + 90), interval 1 day))::date as day
    from settings.calendars as calendars
    cross join first_days
    cross join last_days
),
regular_hours as (
    select days.calendar, days.time_zone, days.day, hours.opens_seconds, hours.closes_seconds
    from days
    inner join settings.business_hours as hours on hours.calendar = days.calendar and hours.weekday = isodow(days.day)
    anti join settings.special_days as special on special.calendar = days.calendar and special.day = days.day
),
special_hours as (
    select days.calendar, days.time_zone, days.day, hours.opens_seconds, hours.closes_seconds
    from days
    inner join settings.special_hours as hours on hours.calendar = days.calendar and hours.day = days.day
),
local_hours as (
    select
        calendar, time_zone,
        epoch(day::timestamp)::bigint + opens_seconds as opens_local,
        epoch(day::timestamp)::bigint + closes_seconds as closes_local
    from (from regular_hours union all by name from special_hours)
),
-- In each span of constant offset from UTC, local and UTC differ by that offset: gaps vanish, repeated hours count twice.
utc_hours as (
    select
        local_hours.calendar,
        greatest(opens_local - offsets.offset_seconds, epoch(offsets.starts_at)::bigint) as opens,
        least(closes_local - offsets.offset_seconds, epoch(offsets.ends_at)::bigint) as closes
    from local_hours
    inner join settings.zone_offsets as offsets
        on offsets.time_zone = local_hours.time_zone
        and opens_local - offsets.offset_seconds < epoch(offsets.ends_at) and closes_local - offsets.offset_seconds > epoch(offsets.starts_at)
),
with_reach as (
    select *, max(closes) over (partition by calendar order by opens, closes rows between unbounded preceding and 1 preceding) as reached
    from utc_hours
    where closes > opens
),
numbered as (
    select *, count_if(reached is null or reached < opens) over (partition by calendar order by opens, closes rows unbounded preceding) as number
    from with_reach
),
intervals as (
    select calendar, min(opens) as opens, max(closes) as closes
    from numbered
    group by calendar, number
)
select
    calendar,
    make_timestamptz(opens * 1000000) as open_at,
    make_timestamptz(closes * 1000000) as close_at,
    (1000000 * coalesce(sum(closes - opens) over (partition by calendar order by opens rows between unbounded preceding and 1 preceding), 0))::bigint as micros_before
from intervals

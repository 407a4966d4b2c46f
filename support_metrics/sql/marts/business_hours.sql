/*
description: When the business clock runs, so that readers can measure time left to a promise or draw the hours.
grain: [calendar, open_at]
columns:
  calendar: {type: VARCHAR, says: "Version of a calendar, <name>@<first day>."}
  open_at: {type: TIMESTAMP WITH TIME ZONE, says: "The clock runs from then …"}
  close_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "… until before then."}
  seconds_before: {type: DOUBLE, required: true, says: "Seconds the clock had run before open_at, since the calendar's first interval; the difference of two is the time between."}
  channels: {type: "VARCHAR[]", required: true, says: "Channels whose requests opened on that day are judged by it; none where another version is in force."}
*/
with judged as (
    select
        hours.calendar, hours.open_at, list(distinct targets.channel order by targets.channel) as channels
    from core.open_intervals as hours
    cross join settings.build as build
    inner join settings.targets as targets
        on targets.calendar = hours.calendar and targets.clock = 'business'
        and timezone(build.time_zone, hours.open_at)::date between targets.valid_from and targets.valid_to
    group by hours.calendar, hours.open_at
)
select
    hours.calendar as calendar,
    hours.open_at as open_at,
    hours.close_at as close_at,
    hours.micros_before / 1000000 as seconds_before,
    coalesce(judged.channels, []) as channels
from core.open_intervals as hours
left join judged on judged.calendar = hours.calendar and judged.open_at = hours.open_at

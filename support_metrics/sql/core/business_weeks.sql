/*
description: Weeks with their regular business days, how many of them are holidays, and when the last business day ends.
grain: [week]
columns:
  week: {type: DATE, says: "Monday."}
  regular_days: {type: BIGINT, required: true, says: "Days on which the calendar's regular hours would open."}
  holidays: {type: BIGINT, required: true, says: "Those of them that are holidays."}
  is_holiday_week: {type: BOOLEAN, required: true, says: "Holidays on enough regular business days, or named in the settings."}
  last_business_on: {type: DATE, says: "The last day with open hours; null where all were closed."}
  ends_at: {type: TIMESTAMP WITH TIME ZONE, says: "The end of that day in the calendar's zone, or of its hours where they run past midnight."}
*/
with weeks as (
    select distinct week from core.covered_weeks
),
days as (
    select weeks.week, unnest(generate_series(weeks.week, weeks.week + 6, interval 1 day))::date as day from weeks
),
calendar_days as (
    select days.week, days.day, chosen.calendar, calendars.time_zone
    from days
    left join core.team_calendars as chosen on days.day between chosen.from_on and chosen.to_on
    left join settings.calendars as calendars on calendars.calendar = chosen.calendar
),
regular_hours as (
    select calendar, weekday, max(closes_seconds) as closes_seconds from settings.business_hours group by calendar, weekday
),
special_hours as (
    select calendar, day, max(closes_seconds) as closes_seconds from settings.special_hours group by calendar, day
),
hours as (
    select
        days.week, days.day, days.time_zone,
        regular.closes_seconds is not null as is_regular,
        coalesce(special.is_holiday, false) as is_holiday,
        case when special.day is null then regular.closes_seconds else special_hours.closes_seconds end as closes_seconds
    from calendar_days as days
    left join regular_hours as regular on regular.calendar = days.calendar and regular.weekday = isodow(days.day)
    left join settings.special_days as special on special.calendar = days.calendar and special.day = days.day
    left join special_hours on special_hours.calendar = days.calendar and special_hours.day = days.day
),
counted as (
    select
        week,
        count_if(is_regular) as regular_days,
        count_if(is_regular and is_holiday) as holidays,
        max(day) filter (closes_seconds is not null) as last_business_on,
        max(timezone(time_zone, day::timestamp + to_seconds(greatest(closes_seconds, 86400)))) filter (closes_seconds is not null) as ends_at
    from hours
    group by week
)
select
    counted.week as week,
    counted.regular_days::bigint as regular_days,
    counted.holidays::bigint as holidays,
    counted.holidays >= build.holiday_week_days or named.week is not null as is_holiday_week,
    counted.last_business_on as last_business_on,
    counted.ends_at as ends_at
from counted
cross join settings.build as build
left join (select distinct week from settings.holiday_weeks) as named on named.week = counted.week

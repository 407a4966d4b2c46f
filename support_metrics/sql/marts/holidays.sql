/*
description: Days on which the team's calendar would open by its weekday and is closed, so that readers can mark them or leave them out of a mean.
grain: [day]
columns:
  day: {type: DATE, says: "Local date of the calendar."}
  name: {type: VARCHAR, required: true, says: "The public holiday; `team holiday` for a day of the team's own, `closed` for one with hours of its own that has none."}
*/
with regular_days as (
    select special.day, special.name, special.is_holiday
    from settings.special_days as special
    inner join core.team_calendars as chosen
        on chosen.calendar = special.calendar and special.day between chosen.from_on and chosen.to_on
    where exists (
        from settings.business_hours as hours
        where hours.calendar = special.calendar and hours.weekday = isodow(special.day)
    )
    and not exists (from settings.special_hours as hours where hours.calendar = special.calendar and hours.day = special.day)
)
select day, min(case when is_holiday then name else 'closed' end) as name
from regular_days
group by day

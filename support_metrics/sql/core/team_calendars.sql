/*
description: The calendar of the team's own weeks, that of the promise on GitHub, in each span of days; without such a promise the first calendar.
grain: [from_on]
columns:
  from_on: {type: DATE, says: "In force from then …"}
  to_on: {type: DATE, required: true, says: "… to then, inclusive."}
  calendar: {type: VARCHAR, required: true, says: "Version of the calendar."}
*/
with promised as (
    select valid_from as from_on, valid_to as to_on, calendar from settings.targets where channel = 'github'
)
from promised
union all by name
select valid_from as from_on, valid_to as to_on, calendar
from settings.calendars
where not exists (from promised) and split_part(calendar, '@', 1) = (select min(split_part(calendar, '@', 1)) from settings.calendars)

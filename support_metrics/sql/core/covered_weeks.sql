/*
description: For each local week and source, whether the source covers it as far as it has passed.
grain: [week, source]
columns:
  week: {type: DATE, says: "Monday."}
  source: {type: VARCHAR, says: "As in covered_days."}
  is_covered: {type: BOOLEAN, required: true, says: "Every day of it from the source's first on is covered."}
  is_warm: {type: BOOLEAN, required: true, says: "Enough history lies before it to know who is new."}
*/
with first_days as (
    select source, min(day) as first_day from core.covered_days where is_covered group by source
)
select
    date_trunc('week', days.day)::date as week,
    days.source as source,
    bool_and(days.is_covered or days.day < first_days.first_day) and bool_or(days.is_covered) as is_covered,
    bool_and(days.is_warm) as is_warm
from core.covered_days as days
left join first_days on first_days.source = days.source
group by all

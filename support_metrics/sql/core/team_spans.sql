/*
description: When each person was on the team, overlapping spans of their accounts made one.
grain: [person_id, from_at]
columns:
  person_id: {type: VARCHAR, says: "The person."}
  from_at: {type: TIMESTAMP WITH TIME ZONE, says: "From then …"}
  to_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "… until before then."}
*/
with ordered as (
    select
        person_id, from_at, to_at,
        max(to_at) over (partition by person_id order by from_at, to_at rows between unbounded preceding and 1 preceding) as reached_at
    from core.employment
),
numbered as (
    select *, sum(case when reached_at >= from_at then 0 else 1 end) over (partition by person_id order by from_at, to_at rows unbounded preceding) as span
    from ordered
)
select person_id, min(from_at) as from_at, max(to_at) as to_at
from numbered
group by person_id, span

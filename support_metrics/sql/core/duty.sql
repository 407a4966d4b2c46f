/*
description: Who is the exterminator of each week, from the rota, else from the week's handoff, else as the handoff before named them.
grain: [week]
columns:
  week: {type: DATE, says: "Monday."}
  exterminator: {type: VARCHAR, required: true, says: "Name; the roster's where it is known."}
  known_from: {type: VARCHAR, required: true, says: "rota, handoff, or named by the handoff before."}
*/
with from_rota as (
    select rota.week, string_agg(distinct coalesce(names.name, trim(rota.exterminator)), ' and ' order by coalesce(names.name, trim(rota.exterminator))) as exterminator
    from settings.rota as rota
    left join core.roster_names as names on names.alias = lower(trim(rota.exterminator))
    group by rota.week
),
claims as (
    select week, exterminator, 'rota' as known_from, 1 as rank from from_rota
    union all
    select week, exterminator, 'handoff', 2 from core.handoffs
    union all
    select week + 7, next_exterminator, 'named by the handoff before', 3 from core.handoffs
)
select week, exterminator, known_from
from claims
where exterminator is not null
qualify row_number() over (partition by week order by rank) = 1

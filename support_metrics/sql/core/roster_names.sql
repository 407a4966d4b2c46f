/*
description: Names by which a form or a rota may call a team member, each leading to one name in the roster; ambiguous ones lead nowhere.
grain: [alias]
columns:
  alias: {type: VARCHAR, says: "Full name, first name, login or address, lower case."}
  name: {type: VARCHAR, required: true, says: "Name in the roster."}
*/
with members as (
    select name, source, identity from settings.roster where not is_shared
),
aliases as (
    select name, lower(trim(name)) as alias, 1 as rank from members
    union all
    select name, lower(regexp_extract(identity, '^(?:email|github:login):(.+)$', 1)), 1 from members
    union all
    select name, lower(split_part(trim(name), ' ', 1)), 2 from members
),
-- A first name that is somebody else's full name or login means that one.
ranked as (
    select alias, name, rank, min(rank) over (partition by alias) as best_rank from aliases where alias <> ''
)
select alias, min(name) as name
from ranked
where rank = best_rank
group by alias
having count(distinct name) = 1

/*
description: States of Shortcut's workflows as they were called at `as_of`; one that a workflow has no more is called as it was last.
grain: [state_id]
columns:
  state_id: {type: BIGINT, says: "Shortcut's id of the state."}
  state: {type: VARCHAR, says: "Its name."}
  state_type: {type: VARCHAR, says: "backlog, unstarted, started or done: what the workflow says a story in it is."}
*/
with versions as (
    select
        coalesce(version, observed_at) as changed_at, observed_at, hash,
        unnest(from_json(payload, '{"states": [{"id": "BIGINT", "name": "VARCHAR", "type": "VARCHAR"}]}').states) as state
    from landing.shortcut_workflows
    where not deleted
),
current_versions as (
    select * from versions
    where state.id is not null
    qualify row_number() over (partition by state.id order by changed_at > getvariable('as_of'), abs(epoch_us(changed_at) - epoch_us(getvariable('as_of'))), observed_at desc, hash desc) = 1
)
select state.id as state_id, nullif(trim(state.name), '') as state, lower(state.type) as state_type
from current_versions

/*
description: Labels of the Shortcut workspace by the id that stays, with every name they have borne.
grain: [label_id]
columns:
  label_id: {type: BIGINT, says: "Shortcut's id of the label."}
  name: {type: VARCHAR, says: "What it was called at `as_of`, lower case."}
  names: {type: "VARCHAR[]", required: true, says: "Every name it has been seen with, later ones too, lower case."}
*/
with versions as (
    select
        *, split_part(key, ':', 3)::bigint as label_id, coalesce(version, observed_at) as changed_at,
        lower(trim(from_json(payload, '{"name": "VARCHAR"}').name)) as name
    from landing.shortcut_labels
    where not deleted
)
select
    label_id,
    first(name order by changed_at > getvariable('as_of'), abs(epoch_us(changed_at) - epoch_us(getvariable('as_of'))), observed_at desc, hash desc) as name,
    list_sort(list_distinct(list(name) filter (name is not null))) as names
from versions
group by label_id

/*
description: When labels were put on Shortcut stories, as far as their histories were read; a story created with a label got it then.
grain: [story_id, label_id, changed_at]
columns:
  story_id: {type: VARCHAR, says: "shortcut:story:<id>."}
  label_id: {type: BIGINT, says: "Shortcut's id of the label."}
  changed_at: {type: TIMESTAMP WITH TIME ZONE, says: "When it was put on."}
  label: {type: VARCHAR, says: "Its name as the history gives it, lower case; null where the history does not."}
*/
with changes as (
    select
        split_part(key, ':', 3)::bigint as number, version as changed_at,
        from_json(payload, '{"actions": [{"id": "BIGINT", "entity_type": "VARCHAR", "action": "VARCHAR", "label_ids": ["BIGINT"], "changes": {"label_ids": {"adds": ["BIGINT"]}}}], "references": [{"id": "BIGINT", "entity_type": "VARCHAR", "name": "VARCHAR"}]}') as object
    from landing.shortcut_history
    where not deleted and version is not null
),
actions as (
    select number, changed_at, object.references as named, unnest(object.actions) as action from changes
),
-- One change may touch several stories, each with an action of its own.
put_on as (
    select
        number, changed_at, named,
        unnest(case when action.action = 'create' then action.label_ids else action.changes.label_ids.adds end) as label_id
    from actions
    where action.entity_type = 'story' and action.id = number and action.action in ('create', 'update')
)
select
    'shortcut:story:' || number as story_id,
    label_id,
    changed_at,
    lower(trim(min(list_filter(named, lambda reference: reference.entity_type = 'label' and reference.id = label_id)[1].name))) as label
from put_on
where label_id is not null
group by number, label_id, changed_at

/*
description: Every living version of every Shortcut story with the labels it carried, later ones too, so that labels that come and go are known.
grain: [story_id, changed_at, hash]
columns:
  story_id: {type: VARCHAR, says: "shortcut:story:<id>."}
  changed_at: {type: TIMESTAMP WITH TIME ZONE, says: "Shortcut's own clock for the version, else when it was observed."}
  hash: {type: VARCHAR, says: "Hash of the payload."}
  observed_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "When Shortcut first said so."}
  created_at: {type: TIMESTAMP WITH TIME ZONE, says: "When the story was created."}
  labels: {type: "VARCHAR[]", required: true, says: "Label names, lower case."}
  label_ids: {type: "BIGINT[]", required: true, says: "Shortcut's ids of the labels, as far as they were given."}
*/
with versions as (
    select
        key, coalesce(version, observed_at) as changed_at, hash, min(observed_at) as observed_at,
        from_json(min(payload), '{"created_at": "TIMESTAMPTZ", "labels": [{"id": "BIGINT", "name": "VARCHAR"}], "label_ids": ["BIGINT"]}') as object
    from landing.shortcut_stories
    where not deleted
    group by all
)
select
    key as story_id,
    changed_at,
    hash,
    observed_at,
    object.created_at as created_at,
    list_filter(list_transform(coalesce(object.labels, []), lambda label: lower(trim(label.name))), lambda name: name is not null) as labels,
    list_filter(list_concat(coalesce(object.label_ids, []), list_transform(coalesce(object.labels, []), lambda label: label.id)), lambda id: id is not null) as label_ids
from versions

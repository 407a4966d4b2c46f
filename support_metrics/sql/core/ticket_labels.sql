/*
description: The labels that make a story a ticket, by id, so that a renamed one stays what it was. The setting names whichever label bears the name; where none does any more, those that bore it.
grain: [label_id]
columns:
  label_id: {type: BIGINT, says: "Shortcut's id of the label."}
  name: {type: VARCHAR, says: "What it is called, lower case."}
*/
select labels.label_id as label_id, labels.name as name
from staging.shortcut_labels as labels
cross join settings.shortcut as shortcut
where list_contains(labels.names, lower(trim(shortcut.label)))
qualify labels.name = lower(trim(shortcut.label)) or not bool_or(labels.name = lower(trim(shortcut.label))) over ()

/*
description: Every figure that a delivered report showed.
grain: [report_id, table_name, key, column_name]
columns:
  report_id: {type: VARCHAR, says: "Key of the report in landing."}
  week: {type: DATE, required: true, says: "Monday of the week reported."}
  as_of_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "The moment it was judged at."}
  delivered_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "When it was delivered."}
  settings_hash: {type: VARCHAR, says: "Fingerprint of the settings then."}
  roster_hash: {type: VARCHAR, says: "Fingerprint of the roster then."}
  overrides_hash: {type: VARCHAR, says: "Fingerprint of the overrides then."}
  table_name: {type: VARCHAR, says: "Mart the figure stands in."}
  key: {type: VARCHAR, says: "The row's grain, parts joined by |."}
  column_name: {type: VARCHAR, says: "Column."}
  value: {type: VARCHAR, says: "The figure as text; null for null."}
  version: {type: VARCHAR, says: "Version of support_metrics then."}
*/
with reports as (
    select key as report_id, first(from_json(payload, '{"week": "DATE", "as_of": "TIMESTAMPTZ", "delivered_at": "TIMESTAMPTZ", "version": "VARCHAR", "settings_hash": "VARCHAR", "roster_hash": "VARCHAR", "overrides_hash": "VARCHAR", "figures": [{"table": "VARCHAR", "key": "VARCHAR", "column": "VARCHAR", "value": "VARCHAR"}]}') order by observed_at, hash) as object
    from landing.support_metrics_reports
    group by key
),
figures as (
    select report_id, object, unnest(object.figures) as figure from reports
)
select
    report_id,
    object.week as week,
    object.as_of as as_of_at,
    object.delivered_at as delivered_at,
    object.settings_hash as settings_hash,
    object.roster_hash as roster_hash,
    object.overrides_hash as overrides_hash,
    figure."table" as table_name,
    figure.key as key,
    figure."column" as column_name,
    figure.value as value,
    object.version as version
from figures
where object.as_of <= getvariable('as_of')

/*
description: Each figure as a delivered report first showed it at a moment.
grain: [as_of_at, week, table_name, key, column_name]
columns:
  as_of_at: {type: TIMESTAMP WITH TIME ZONE, says: "The moment the report was judged at."}
  week: {type: DATE, says: "Monday of the week reported."}
  table_name: {type: VARCHAR, says: "Mart the figure stands in."}
  key: {type: VARCHAR, says: "The row's grain, parts joined by |."}
  column_name: {type: VARCHAR, says: "Column."}
  report_id: {type: VARCHAR, required: true, says: "The report that showed it first."}
  first_published_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "When."}
  value: {type: DOUBLE, says: "The figure; null where it was shown as unknown."}
*/
with firsts as (
    select
        as_of_at, week, table_name, key, column_name,
        min(struct_pack(delivered_at := delivered_at, report_id := report_id, value := try_cast(value as double))) as first_shown
    from staging.published_figures
    group by as_of_at, week, table_name, key, column_name
)
select as_of_at, week, table_name, key, column_name, first_shown.report_id as report_id, first_shown.delivered_at as first_published_at, first_shown.value as value
from firsts

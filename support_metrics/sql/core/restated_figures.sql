/*
description: Figures of delivered reports that the present build gives differently at the same moment.
grain: [as_of_at, week, table_name, key, column_name]
columns:
  as_of_at: {type: TIMESTAMP WITH TIME ZONE, says: "The moment both are judged at."}
  week: {type: DATE, says: "Monday of the week reported."}
  table_name: {type: VARCHAR, says: "Mart the figure stands in."}
  key: {type: VARCHAR, says: "The row's grain, parts joined by |."}
  column_name: {type: VARCHAR, says: "Column."}
  report_id: {type: VARCHAR, required: true, says: "The report that showed it first."}
  first_published_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "When."}
  was: {type: DOUBLE, says: "As first published; null where it was shown as unknown."}
  now: {type: DOUBLE, says: "As it is now; null where there is nothing to judge."}
  channel: {type: VARCHAR, required: true, says: "Its channel, or all; shortcut for tickets."}
  day: {type: DATE, says: "The day, for a figure of a day."}
*/
select
    published.as_of_at as as_of_at,
    published.week as week,
    published.table_name as table_name,
    published.key as key,
    published.column_name as column_name,
    published.report_id as report_id,
    published.first_published_at as first_published_at,
    published.value as was,
    refigured.value as now,
    refigured.channel as channel,
    refigured.day as day
from core.published_figures as published
inner join core.refigured as refigured
    on refigured.moment_at = published.as_of_at and refigured.week = published.week and refigured.table_name = published.table_name
    and refigured.key = published.key and refigured.column_name = published.column_name
where (published.value is null) <> (refigured.value is null) or abs(published.value - refigured.value) > 1e-9

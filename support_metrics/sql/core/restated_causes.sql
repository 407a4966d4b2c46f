/*
description: Which differences behind a delivered report bear on which of its figures that the present build gives differently.
grain: [as_of_at, week, table_name, key, column_name, kind, subject]
columns:
  as_of_at: {type: TIMESTAMP WITH TIME ZONE, says: "The moment the report was judged at."}
  week: {type: DATE, says: "Monday of the week reported."}
  table_name: {type: VARCHAR, says: "Mart the figure stands in."}
  key: {type: VARCHAR, says: "The row's grain, parts joined by |."}
  column_name: {type: VARCHAR, says: "Column."}
  kind: {type: VARCHAR, says: "Kind of difference, as in core.report_differences."}
  subject: {type: VARCHAR, says: "The request; or settings, roster, overrides, version."}
  report_id: {type: VARCHAR, required: true, says: "The report that showed the figure first."}
  why: {type: VARCHAR, required: true, says: "The cause in words."}
*/
select
    figures.as_of_at as as_of_at,
    figures.week as week,
    figures.table_name as table_name,
    figures.key as key,
    figures.column_name as column_name,
    differences.kind as kind,
    differences.subject as subject,
    figures.report_id as report_id,
    differences.why as why
from core.restated_figures as figures
inner join core.report_differences as differences
    on differences.report_id = figures.report_id
    -- Whether someone is new depends on what they asked in any channel.
    and (differences.channel is null or figures.channel in ('all', differences.channel) or figures.column_name = 'new_users')
    and (differences.touches = 'everything' or differences.touches = case
        when figures.column_name in ('users', 'new_users') then 'people' when figures.column_name <> 'requests' then 'promises'
    end)
    and (differences.opened_on is null or figures.day is null or figures.day = differences.opened_on)

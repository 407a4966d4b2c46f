/*
description: Figures of delivered reports that the present build gives differently at the same moment, with the cause. What merely settled later is none.
grain: [table_name, key, column_name, first_published_at]
columns:
  table_name: {type: VARCHAR, says: "Mart the figure stands in."}
  key: {type: VARCHAR, says: "The row's grain, parts joined by |."}
  column_name: {type: VARCHAR, says: "Column."}
  was: {type: DOUBLE, says: "As first published; null where it was shown as unknown."}
  now: {type: DOUBLE, says: "As it is now; null where there is nothing to judge."}
  first_published_at: {type: TIMESTAMP WITH TIME ZONE, says: "When it was first published."}
  why: {type: VARCHAR, required: true, says: "The causes that bear on it: late records, merges, overrides, changed settings or roster, another version."}
  week: {type: DATE, required: true, says: "Monday of the week reported."}
  as_of_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "The moment both are judged at."}
  kinds: {type: "VARCHAR[]", required: true, says: "Kinds of the causes, as in restatement_causes; empty where no request and no setting tells of it."}
*/
with causes_of_a_kind as (
    select
        as_of_at, week, table_name, key, column_name, kind,
        bool_or(contains(why, ' by hand by ')) as is_by_hand,
        -- What was decided by hand is said first, so that it is never among those cut short.
        list(why order by not contains(why, ' by hand by '), why) as why
    from core.restated_causes
    group by as_of_at, week, table_name, key, column_name, kind
),
-- Cut short within a kind only, so that many late records hide no merge.
causes as (
    select
        as_of_at, week, table_name, key, column_name,
        list(kind order by kind in ('changed_settings', 'changed_version'), not is_by_hand, kind) as kinds,
        string_agg(
            list_aggregate(why[1:5], 'string_agg', '; ')
            || case when len(why) > 5 then '; and ' || (len(why) - 5) || case kind when 'late_record' then ' more late records' when 'merged' then ' more that belong to others now' when 'gone' then ' more that are gone' else ' more of this kind' end else '' end,
            '; ' order by kind in ('changed_settings', 'changed_version'), not is_by_hand, kind
        ) as why
    from causes_of_a_kind
    group by as_of_at, week, table_name, key, column_name
)
select
    changed.table_name as table_name,
    changed.key as key,
    changed.column_name as column_name,
    changed.was as was,
    changed.now as now,
    changed.first_published_at as first_published_at,
    coalesce(
        causes.why,
        case
            when changed.was is null then 'it was not known then'
            when changed.now is null then 'it is no longer known'
            when changed.channel = 'shortcut' then 'a story came to be known, or was deleted, linked or labelled otherwise'
            when changed.column_name = 'new_users' then 'an earlier request of theirs came to be known, or they were merged with someone who had asked before, or no longer are'
            else 'what is covered, or a record that no request of the week tells of, changed since'
        end
    ) as why,
    changed.week as week,
    changed.as_of_at as as_of_at,
    coalesce(causes.kinds, []) as kinds
from core.restated_figures as changed
left join causes
    on causes.as_of_at = changed.as_of_at and causes.week = changed.week and causes.table_name = changed.table_name
    and causes.key = changed.key and causes.column_name = changed.column_name

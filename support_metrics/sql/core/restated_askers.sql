/*
description: The requests through which the people of a restated figure are more or fewer than they were. Somebody who counts in it by another request, then and now, changes nothing by one that came or went.
grain: [as_of_at, week, table_name, key, column_name, request_id]
columns:
  as_of_at: {type: TIMESTAMP WITH TIME ZONE, says: "The moment the report was judged at."}
  week: {type: DATE, says: "Monday of the week reported."}
  table_name: {type: VARCHAR, says: "Mart the figure stands in."}
  key: {type: VARCHAR, says: "The row's grain, parts joined by |."}
  column_name: {type: VARCHAR, says: "users or new_users."}
  request_id: {type: VARCHAR, says: "The request."}
  is_moved: {type: BOOLEAN, required: true, says: "Whether by being somebody else's now; else by counting at one of the two times only."}
*/
with asked as (
    select
        figures.as_of_at, figures.week, figures.table_name, figures.key, figures.column_name, requests.*,
        figures.channel in ('all', requests.channel) and (figures.day is null or figures.day = requests.opened_on) as is_inside,
        was_counted and is_counted as is_lasting
    from core.restated_figures as figures
    inner join core.reported_requests as requests on requests.report_id = figures.report_id
    where figures.column_name in ('users', 'new_users') and (was_counted or is_counted)
),
-- 1. Users: who still counts by a request that lasted. One that is somebody else's now makes them fewer where all of whoever asked then went to
-- somebody who had others, and more where all of whoever asks now came from somebody who has others left; both at once is another name alone.
weighed as (
    select
        *,
        coalesce(bool_or(is_lasting) over then_same, false) as is_still_counted, coalesce(bool_or(is_lasting) over now_same, false) as was_already_counted,
        (min(present_person_id) filter (is_lasting) over then_same = max(present_person_id) filter (is_lasting) over then_same)
        <> (min(was_person_id) filter (is_lasting) over now_same = max(was_person_id) filter (is_lasting) over now_same) as is_regrouped
    from asked
    where column_name = 'users' and is_inside
    window
        then_same as (partition by as_of_at, week, table_name, key, column_name, was_person_id),
        now_same as (partition by as_of_at, week, table_name, key, column_name, present_person_id)
),
-- Somebody one of whose requests went while another came counts as before.
replaced as (
    select
        *,
        bool_or(was_counted and not is_still_counted) over now_same and bool_or(is_counted and not was_counted and not was_already_counted) over now_same as is_replaced
    from weighed
    window now_same as (partition by as_of_at, week, table_name, key, column_name, present_person_id)
),
-- 2. New users: whoever is new in this channel now and was not then, or the other way round.
renewed as (
    select
        *,
        count(*) filter (is_inside and was_first) over now_same <> count(*) filter (is_inside and is_first) over now_same as is_renewed
    from asked
    where column_name = 'new_users'
    window now_same as (partition by as_of_at, week, table_name, key, column_name, present_person_id)
),
bearing as (
    select as_of_at, week, table_name, key, column_name, request_id, is_lasting as is_moved
    from replaced
    where case
        when is_lasting then was_person_id <> person_id and is_regrouped
        when was_counted then not is_still_counted and not is_replaced
        else not was_already_counted and not is_replaced
    end
    union all
    select as_of_at, week, table_name, key, column_name, request_id, is_lasting
    from renewed
    where is_renewed and case when is_lasting then was_person_id <> person_id else was_first or is_first end
)
select
    as_of_at as as_of_at,
    week as week,
    table_name as table_name,
    key as key,
    column_name as column_name,
    request_id as request_id,
    is_moved as is_moved
from bearing

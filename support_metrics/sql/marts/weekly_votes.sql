/*
description: How many more external people wanted an issue from one week to the next; a row for each week in which somebody did for the first time.
grain: [week, request_id]
columns:
  week: {type: DATE, says: "Monday of the local week."}
  request_id: {type: VARCHAR, says: "github:issue:<id>."}
  url: {type: VARCHAR, says: "Address of the issue."}
  title: {type: VARCHAR, says: "Title."}
  new_voters: {type: BIGINT, required: true, says: "People whose first +1 or comment fell in the week."}
  voters: {type: BIGINT, required: true, says: "People up to and in that week."}
*/
with first_voices as (
    select voices.issue_id, voices.person_id, min(voices.voiced_at) as voiced_at
    from core.issue_voices as voices
    group by voices.issue_id, voices.person_id
),
weekly as (
    select
        date_trunc('week', timezone(build.time_zone, first_voices.voiced_at)::date)::date as week, first_voices.issue_id, count(*) as new_voters
    from first_voices
    cross join settings.build as build
    group by week, first_voices.issue_id
)
select
    weekly.week as week,
    issues.request_id as request_id,
    issues.url as url,
    issues.title as title,
    weekly.new_voters as new_voters,
    (sum(weekly.new_voters) over (partition by issues.request_id order by weekly.week))::bigint as voters
from weekly
inner join marts.issue_votes as issues on issues.request_id = weekly.issue_id

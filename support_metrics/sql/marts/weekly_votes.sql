/*
description: How many more external people wanted an issue from one week to the next; a row for each week in which somebody did for the first time.
grain: [week, request_id]
columns:
  week: {type: DATE, says: "Monday of the local week."}
  request_id: {type: VARCHAR, says: "github:issue:<id>."}
  url: {type: VARCHAR, says: "Address of the issue."}
  title: {type: VARCHAR, says: "Title."}
  new_voters: {type: BIGINT, required: true, says: "People whose first +1 or comment fell in the week, as far as it is covered."}
  voters: {type: BIGINT, required: true, says: "People up to and in that week."}
  is_covered: {type: BOOLEAN, required: true, says: "Reactions and comments of the whole week have been seen, as far as it has passed; else there may be more, and a week without a row is not one without votes."}
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
),
spans as (
    select
        stream,
        timezone(build.time_zone, covered_from_at) as from_at,
        timezone(build.time_zone, covered_until_at) as until_at,
        covered_from_at = min(covered_from_at) over (partition by stream) as is_first,
        timezone(build.time_zone, (select max(covered_until_at) from core.coverage))::date as reached_on
    from core.coverage
    cross join settings.build as build
    where source = 'github' and stream in ('comments', 'reactions')
),
-- As with days: where nothing came before, a span may begin within the week; the last day that anything covers counts as far as it is covered.
covered_weeks as (
    select weeks.week
    from (select distinct week from weekly) as weeks
    inner join spans
        on (spans.from_at <= weeks.week or (spans.is_first and spans.from_at < weeks.week + 7))
        and (spans.until_at >= weeks.week + 7 or (spans.until_at >= weeks.week and spans.until_at::date = spans.reached_on))
    group by weeks.week
    having count(distinct spans.stream) = 2
)
select
    weekly.week as week,
    issues.request_id as request_id,
    issues.url as url,
    issues.title as title,
    weekly.new_voters as new_voters,
    (sum(weekly.new_voters) over (partition by issues.request_id order by weekly.week))::bigint as voters,
    covered_weeks.week is not null as is_covered
from weekly
inner join marts.issue_votes as issues on issues.request_id = weekly.issue_id
left join covered_weeks on covered_weeks.week = weekly.week

/*
description: The handoff of each week, by its latest submission. The form's week field decides which week it is for; else its timestamp, where a submission before Tuesday noon by last week's exterminator is last week's.
grain: [week]
columns:
  week: {type: DATE, says: "Monday of the week handed over."}
  response_id: {type: VARCHAR, required: true, says: "The submission that counts."}
  submitted_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "When it was submitted."}
  first_submitted_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "When the week was first handed over; later submissions correct it."}
  submissions: {type: BIGINT, required: true, says: "How many there were for the week."}
  week_rule: {type: VARCHAR, required: true, says: "week field, early in the next week, or timestamp."}
  exterminator: {type: VARCHAR, says: "Who handed over; the roster's name where it is known."}
  next_exterminator: {type: VARCHAR, says: "Who was named as next; the roster's name where it is known."}
  mon: {type: BIGINT, says: "Users reported on Monday."}
  tue: {type: BIGINT, says: "Users reported on Tuesday."}
  wed: {type: BIGINT, says: "Users reported on Wednesday."}
  thu: {type: BIGINT, says: "Users reported on Thursday."}
  fri: {type: BIGINT, says: "Users reported on Friday."}
  sat: {type: BIGINT, says: "Users reported on Saturday."}
  sun: {type: BIGINT, says: "Users reported on Sunday."}
  notes: {type: VARCHAR, says: "Context worth passing on."}
*/
with submissions as (
    select
        responses.* replace (
            coalesce(names.name, responses.exterminator) as exterminator,
            coalesce(next_names.name, responses.next_exterminator) as next_exterminator
        ),
        date_trunc('week', timezone(build.time_zone, submitted_at))::date as submitted_week,
        isodow(timezone(build.time_zone, submitted_at)) * 24 + hour(timezone(build.time_zone, submitted_at)) < 2 * 24 + 12 as is_early
    from staging.handoff_responses as responses
    cross join settings.build as build
    left join core.roster_names as names on names.alias = lower(responses.exterminator)
    left join core.roster_names as next_names on next_names.alias = lower(responses.next_exterminator)
),
-- Who had a week, as far as it can be known without the submissions in question: the rota, those who handed it over, whoever was named for it.
rota as (
    select rota.week, list(lower(coalesce(names.name, trim(rota.exterminator)))) as people
    from settings.rota as rota
    left join core.roster_names as names on names.alias = lower(trim(rota.exterminator))
    group by rota.week
),
handed_over as (
    select coalesce(week, submitted_week) as week, list(lower(exterminator)) as people
    from submissions
    where exterminator is not null and (week is not null or not is_early)
    group by all
),
named as (
    select coalesce(week, submitted_week - case when is_early then 7 else 0 end) + 7 as week, [lower(max_by(next_exterminator, (submitted_at, response_id)))] as people
    from submissions
    where next_exterminator is not null
    group by all
),
placed as (
    select
        submissions.* exclude (week),
        case
            when submissions.week is not null then 'week field'
            when is_early and coalesce(list_contains(coalesce(rota.people, handed_over.people, named.people), lower(submissions.exterminator)), true) then 'early in the next week'
            else 'timestamp'
        end as week_rule,
        submissions.week as named_week
    from submissions
    left join rota on rota.week = submissions.submitted_week - 7
    left join handed_over on handed_over.week = submissions.submitted_week - 7
    left join named on named.week = submissions.submitted_week - 7
),
weekly as (
    select *, case week_rule when 'week field' then named_week when 'timestamp' then submitted_week else submitted_week - 7 end as week
    from placed
)
select
    week,
    response_id,
    submitted_at,
    min(submitted_at) over (partition by week) as first_submitted_at,
    count(*) over (partition by week) as submissions,
    week_rule,
    exterminator,
    next_exterminator,
    mon, tue, wed, thu, fri, sat, sun,
    notes
from weekly
qualify row_number() over (partition by week order by submitted_at desc, response_id desc) = 1

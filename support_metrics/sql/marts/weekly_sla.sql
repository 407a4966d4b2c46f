/*
description: Whether requests were answered in time, per ISO week in which they were opened and channel.
grain: [week, channel]
columns:
  week: {type: DATE, says: "Monday."}
  channel: {type: VARCHAR, says: "github, slack, email, x, youtube, or all."}
  requests: {type: BIGINT, says: "Requests opened, excluded ones left out; null where the source does not cover the week."}
  met: {type: BIGINT, says: "Answered within the target."}
  late: {type: BIGINT, says: "Answered after it."}
  overdue: {type: BIGINT, says: "Unanswered, and the target has passed."}
  pending: {type: BIGINT, says: "Unanswered, and not yet due."}
  closed_silently: {type: BIGINT, says: "Closed by the team without a word."}
  withdrawn: {type: BIGINT, says: "Closed or deleted by the author before it was due and answered."}
  judged: {type: BIGINT, says: "met + late + overdue + closed_silently, the denominator."}
  compliance: {type: DOUBLE, says: "met ÷ judged, 0 to 1; null when there is nothing to judge."}
  compliance_lenient: {type: DOUBLE, says: "(met + closed_silently) ÷ judged."}
  median_seconds: {type: BIGINT, says: "Kaplan–Meier median time to the first response, on the target's clock; null if not reached."}
  p90_seconds: {type: BIGINT, says: "90th percentile likewise."}
  exterminator: {type: VARCHAR, says: "Who was on duty."}
  goal: {type: DOUBLE, says: "The share to be answered in time by the target in force on the Monday, 0 to 1; null where none was set, and for all."}
chart: {kind: line, x: week, y: compliance, color: channel, title: "Answered in time"}
*/
with states as (
    select judgements.week, requests.channel, judgements.state
    from core.judgements as judgements
    inner join core.requests as requests on requests.request_id = judgements.request_id
    where judgements.moment_week = date '0001-01-01' and judgements.state <> 'excluded'
),
in_each_and_all as (
    from states
    union all by name
    select * replace ('all' as channel) from states
),
counted as (
    select
        week, channel, count(*) as requests,
        count_if(state = 'met') as met, count_if(state = 'late') as late, count_if(state = 'overdue') as overdue,
        count_if(state = 'pending') as pending, count_if(state = 'closed_silently') as closed_silently, count_if(state = 'withdrawn') as withdrawn
    from in_each_and_all
    group by week, channel
),
filled as (
    select
        weeks.week, weeks.source as channel,
        case when weeks.is_covered then coalesce(counted.requests, 0) end::bigint as requests,
        case when weeks.is_covered then coalesce(counted.met, 0) end::bigint as met,
        case when weeks.is_covered then coalesce(counted.late, 0) end::bigint as late,
        case when weeks.is_covered then coalesce(counted.overdue, 0) end::bigint as overdue,
        case when weeks.is_covered then coalesce(counted.pending, 0) end::bigint as pending,
        case when weeks.is_covered then coalesce(counted.closed_silently, 0) end::bigint as closed_silently,
        case when weeks.is_covered then coalesce(counted.withdrawn, 0) end::bigint as withdrawn,
        weeks.is_covered
    from core.covered_weeks as weeks
    left join counted on counted.week = weeks.week and counted.channel = weeks.source
    where weeks.source in ('github', 'slack', 'email', 'x', 'youtube', 'all')
),
judged as (
    select *, met + late + overdue + closed_silently as judged from filled
)
select
    judged.week as week,
    judged.channel as channel,
    judged.requests as requests,
    judged.met as met,
    judged.late as late,
    judged.overdue as overdue,
    judged.pending as pending,
    judged.closed_silently as closed_silently,
    judged.withdrawn as withdrawn,
    judged.judged as judged,
    judged.met / nullif(judged.judged, 0) as compliance,
    (judged.met + judged.closed_silently) / nullif(judged.judged, 0) as compliance_lenient,
    case when judged.is_covered then quantiles.median_seconds end as median_seconds,
    case when judged.is_covered then quantiles.p90_seconds end as p90_seconds,
    duty.exterminator as exterminator,
    targets.goal as goal
from judged
left join core.duty as duty on duty.week = judged.week
left join settings.targets as targets on targets.channel = judged.channel and judged.week between targets.valid_from and targets.valid_to
left join core.response_quantiles as quantiles on quantiles.week = judged.week and quantiles.channel = judged.channel

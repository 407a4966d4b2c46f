/*
description: Who had each week, how much it was, and whether it was handed over in time.
grain: [week]
columns:
  week: {type: DATE, says: "Monday."}
  exterminator: {type: VARCHAR, says: "Who was on duty, by the rota, else by the handoff form."}
  next_exterminator: {type: VARCHAR, says: "Who is on duty the week after."}
  handed_off_at: {type: TIMESTAMP WITH TIME ZONE, says: "When the handoff form was submitted; of several submissions the latest, whose answers count."}
  is_on_time: {type: BOOLEAN, says: "First submitted by the end of the week's last business day; null while that has not come or is not covered."}
  users: {type: BIGINT, says: "Different people who asked, in all channels."}
  requests: {type: BIGINT, says: "Their requests."}
  tickets: {type: BIGINT, says: "Tickets of the week."}
  compliance: {type: DOUBLE, says: "Share of judged requests answered in time, in all channels; null when there is nothing to judge."}
  notes: {type: VARCHAR, says: "What the exterminator passed on."}
  judged: {type: BIGINT, says: "Requests judged, the denominator of compliance."}
  first_handed_off_at: {type: TIMESTAMP WITH TIME ZONE, says: "When the form was first submitted; a later correction makes nobody late."}
  due_at: {type: TIMESTAMP WITH TIME ZONE, says: "By when the handoff was due; null in a week without a business day."}
*/
with weeks as (
    select week from core.covered_weeks where source = 'handoff'
),
handed_over as (
    select
        weeks.week, handoffs.submitted_at, handoffs.first_submitted_at, handoffs.notes, calendar.ends_at,
        exists (
            from core.coverage as coverage
            where coverage.source = 'handoff' and calendar.ends_at >= coverage.covered_from_at and calendar.ends_at <= coverage.covered_until_at
        ) as is_due_covered
    from weeks
    left join core.handoffs as handoffs on handoffs.week = weeks.week
    left join core.business_weeks as calendar on calendar.week = weeks.week
)
select
    handoff.week as week,
    duty.exterminator as exterminator,
    next_duty.exterminator as next_exterminator,
    handoff.submitted_at as handed_off_at,
    case
        when handoff.first_submitted_at is not null then coalesce(handoff.first_submitted_at < handoff.ends_at, true)
        when handoff.is_due_covered and handoff.ends_at <= getvariable('as_of') then false
    end as is_on_time,
    users.users as users,
    users.requests as requests,
    tickets.tickets as tickets,
    sla.compliance as compliance,
    handoff.notes as notes,
    sla.judged as judged,
    handoff.first_submitted_at as first_handed_off_at,
    handoff.ends_at as due_at
from handed_over as handoff
left join core.duty as duty on duty.week = handoff.week
left join core.duty as next_duty on next_duty.week = handoff.week + 7
left join marts.weekly_users as users on users.week = handoff.week and users.channel = 'all'
left join marts.weekly_sla as sla on sla.week = handoff.week and sla.channel = 'all'
left join marts.weekly_tickets as tickets on tickets.week = handoff.week

/*
description: The figures of every week that a delivered report showed, computed anew at the moment that report was judged at.
grain: [moment_at, week, table_name, key, column_name]
columns:
  moment_at: {type: TIMESTAMP WITH TIME ZONE, says: "The report's moment."}
  week: {type: DATE, says: "Monday of the week reported."}
  table_name: {type: VARCHAR, says: "Mart the figure stands in."}
  key: {type: VARCHAR, says: "The row's grain, parts joined by |."}
  column_name: {type: VARCHAR, says: "Column."}
  value: {type: DOUBLE, says: "The figure; null where there is nothing to judge or its source does not cover it."}
  channel: {type: VARCHAR, required: true, says: "Channel, or all; shortcut for tickets."}
  day: {type: DATE, says: "The day, for a figure of a day."}
*/
with moments as (
    select moment_at, week from core.moments where week <> date '0001-01-01'
),
asked_then as (
    select
        judgements.moment_at, judgements.week, judgements.opened_on, judgements.state,
        requests.channel, requests.person_id, requests.request_id, requests.opened_at
    from core.judgements as judgements
    inner join core.requests as requests on requests.request_id = judgements.request_id
    where judgements.moment_week <> date '0001-01-01' and judgements.state <> 'excluded'
),
-- The first request ever of each of these people, of those that counted at the moment.
first_then as (
    select people.moment_at, people.person_id, min(struct_pack(opened_at := requests.opened_at, request_id := requests.request_id)) as request
    from (select distinct moment_at, person_id from asked_then) as people
    inner join core.requests as requests
        on requests.person_id = people.person_id and (requests.excluded_why is null or requests.excluded_at > people.moment_at)
    group by people.moment_at, people.person_id
),
judged as (
    select asked_then.*, first_then.request.request_id = asked_then.request_id as is_first
    from asked_then
    inner join first_then on first_then.moment_at = asked_then.moment_at and first_then.person_id = asked_then.person_id
),
in_each_and_all as (
    from judged
    union all by name
    select * replace ('all' as channel) from judged
),
channels as (
    select unnest(['github', 'slack', 'email', 'x', 'youtube', 'all']) as channel
),
counted_weeks as (
    select
        moments.moment_at, moments.week, channels.channel,
        count(distinct person_id) as users, count(*) filter (is_first) as new_users, count(request_id) as requests,
        count(*) filter (state = 'met') as met, count(*) filter (state = 'late') as late, count(*) filter (state = 'overdue') as overdue, count(*) filter (state = 'pending') as pending,
        count(*) filter (state = 'closed_silently') as closed_silently, count(*) filter (state = 'withdrawn') as withdrawn
    from moments
    cross join channels
    left join in_each_and_all as asked on asked.moment_at = moments.moment_at and asked.week = moments.week and asked.channel = channels.channel
    group by moments.moment_at, moments.week, channels.channel
),
week_figures as (
    select moment_at, week, channel, 'weekly_users' as table_name, unnest([
        {name: 'users', value: users::double}, {name: 'new_users', value: new_users::double}, {name: 'requests', value: requests::double}
    ]) as figure
    from counted_weeks
    union all
    select moment_at, week, channel, 'weekly_sla', unnest([
        {name: 'requests', value: requests::double}, {name: 'met', value: met::double}, {name: 'late', value: late::double}, {name: 'overdue', value: overdue::double},
        {name: 'pending', value: pending::double}, {name: 'closed_silently', value: closed_silently::double}, {name: 'withdrawn', value: withdrawn::double},
        {name: 'judged', value: (met + late + overdue + closed_silently)::double},
        {name: 'compliance', value: met / nullif(met + late + overdue + closed_silently, 0)},
        {name: 'compliance_lenient', value: (met + closed_silently) / nullif(met + late + overdue + closed_silently, 0)}
    ])
    from counted_weeks
),
counted_days as (
    select
        moments.moment_at, moments.week, moments.week + days.number::integer as day, channels.channel,
        count(distinct asked.person_id)::double as users, count(asked.request_id)::double as requests
    from moments
    cross join channels
    cross join range(7) as days(number)
    left join in_each_and_all as asked
        on asked.moment_at = moments.moment_at and asked.week = moments.week and asked.channel = channels.channel and asked.opened_on = moments.week + days.number::integer
    group by moments.moment_at, moments.week, days.number, channels.channel
),
day_figures as (
    select moment_at, week, day, channel, 'daily_users' as table_name, unnest([{name: 'users', value: users}, {name: 'requests', value: requests}]) as figure
    from counted_days
),
counted_tickets as (
    select moments.moment_at, moments.week, count(tickets.ticket_id)::double as tickets
    from moments
    left join core.tickets as tickets on tickets.week = moments.week and tickets.labelled_at <= moments.moment_at
    group by moments.moment_at, moments.week
)
select
    figures.moment_at as moment_at, figures.week as week, figures.table_name as table_name, strftime(figures.week, '%Y-%m-%d') || '|' || figures.channel as key,
    figures.figure.name as column_name, case when weeks.is_covered and (weeks.is_warm or figures.figure.name <> 'new_users') then figures.figure.value end as value, figures.channel as channel, null::date as day
from week_figures as figures
left join core.covered_weeks as weeks on weeks.week = figures.week and weeks.source = figures.channel
union all
select
    figures.moment_at, figures.week, figures.table_name, strftime(figures.day, '%Y-%m-%d') || '|' || figures.channel,
    figures.figure.name, case when days.is_covered then figures.figure.value end, figures.channel, figures.day
from day_figures as figures
left join core.covered_days as days on days.day = figures.day and days.source = figures.channel
union all
select
    counted.moment_at, counted.week, 'weekly_tickets', strftime(counted.week, '%Y-%m-%d'), 'tickets', case when weeks.is_covered then counted.tickets end, 'shortcut', null
from counted_tickets as counted
left join core.covered_weeks as weeks on weeks.week = counted.week and weeks.source = 'shortcut'

/*
description: Tickets per week, that is, GitHub issues (and other asks) that became work in Shortcut; null where Shortcut is not covered.
grain: [week]
columns:
  week: {type: DATE, says: "Monday of the local week in which the exterminator label appeared."}
  tickets: {type: BIGINT, says: "Labelled stories, one per GitHub issue linked, archived ones among them."}
  bugs: {type: BIGINT, says: "Those of type bug."}
  features: {type: BIGINT, says: "Those of type feature."}
  chores: {type: BIGINT, says: "Those of type chore."}
  done: {type: BIGINT, says: "Those of the week's tickets that are done by now."}
  exterminator: {type: VARCHAR, says: "Who was on duty."}
  duplicates: {type: BIGINT, says: "Further stories for the same issues, counted in none of the above."}
chart: {kind: bar, x: week, y: tickets, title: Tickets per week}
*/
with weekly as (
    select
        week,
        count(*) as tickets,
        count_if(story_type = 'bug') as bugs,
        count_if(story_type = 'feature') as features,
        count_if(story_type = 'chore') as chores,
        count_if(is_done) as done,
        sum(stories - 1) as duplicates
    from core.tickets
    group by week
)
select
    weeks.week as week,
    case when weeks.is_covered then coalesce(weekly.tickets, 0) end::bigint as tickets,
    case when weeks.is_covered then coalesce(weekly.bugs, 0) end::bigint as bugs,
    case when weeks.is_covered then coalesce(weekly.features, 0) end::bigint as features,
    case when weeks.is_covered then coalesce(weekly.chores, 0) end::bigint as chores,
    case when weeks.is_covered then coalesce(weekly.done, 0) end::bigint as done,
    duty.exterminator as exterminator,
    case when weeks.is_covered then coalesce(weekly.duplicates, 0) end::bigint as duplicates
from core.covered_weeks as weeks
left join weekly on weekly.week = weeks.week
left join core.duty as duty on duty.week = weeks.week
where weeks.source = 'shortcut'

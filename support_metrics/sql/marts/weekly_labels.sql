/*
description: Labels on the GitHub issues that users opened in a week, as the issues carry them now; an issue with several labels counts under each.
grain: [week, label]
columns:
  week: {type: DATE, says: "Monday of the local week in which the issues were opened."}
  label: {type: VARCHAR, required: true, says: "Label as GitHub writes it; (none) for issues without one."}
  issues: {type: BIGINT, required: true, says: "Issues."}
  open_issues: {type: BIGINT, required: true, says: "Those of them that are still open."}
*/
with labelled as (
    select requests.week, requests.request_id, issues.state, unnest(coalesce(nullif(issues.labels, []), ['(none)'])) as label
    from marts.requests as requests
    inner join core.issue_states as issues on issues.issue_id = requests.request_id
    where requests.channel = 'github' and requests.is_counted
)
select
    labelled.week as week,
    labelled.label as label,
    count(distinct labelled.request_id) as issues,
    count(distinct labelled.request_id) filter (labelled.state = 'open') as open_issues
from labelled
group by labelled.week, labelled.label

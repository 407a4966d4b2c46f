/*
description: What changed behind delivered reports whose figures are given differently now, one row per request or other cause, with its title, its people and how many figures it bears on.
grain: [as_of_at, week, kind, subject]
columns:
  as_of_at: {type: TIMESTAMP WITH TIME ZONE, says: "The moment the report was judged at."}
  week: {type: DATE, says: "Monday of the week reported."}
  kind: {type: VARCHAR, says: "late_record, gone, merged, override, restated_state, changed_settings or changed_version."}
  subject: {type: VARCHAR, says: "The request; or settings, roster, overrides, version."}
  title: {type: VARCHAR, says: "Title of the request, as far as it is still known."}
  url: {type: VARCHAR, says: "Its address."}
  channel: {type: VARCHAR, says: "Its channel; null where the cause is no request."}
  opened_on: {type: DATE, says: "Its local date."}
  person_name: {type: VARCHAR, says: "Who asks as it is now; where it is no request any more, who asked."}
  former_name: {type: VARCHAR, says: "The account that stood for whoever asked then, where that is another one now."}
  present_name: {type: VARCHAR, says: "The account that does now, likewise."}
  detail: {type: VARCHAR, says: "What else is to be said of it; null for nothing."}
  figures: {type: BIGINT, required: true, says: "Restated figures it bears on."}
*/
with borne as (
    select as_of_at, week, kind, subject, min(report_id) as report_id, count(*) as figures
    from core.restated_causes
    group by as_of_at, week, kind, subject
),
differing as (
    select borne.*, differences.channel, differences.opened_on, differences.detail, differences.person_id, differences.was_person_id
    from borne
    inner join core.report_differences as differences
        on differences.report_id = borne.report_id and differences.kind = borne.kind and differences.subject = borne.subject
),
-- An account by its own name, which a merge leaves as it is, and by where it is.
accounts as (
    select account_id, coalesce(name, handle) || case source when 'github' then ' on GitHub' when 'slack' then ' in Slack' when 'email' then ' by e-mail' when 'x' then ' on X' when 'youtube' then ' on YouTube' else '' end as account_name
    from core.accounts
)
select
    differing.as_of_at as as_of_at,
    differing.week as week,
    differing.kind as kind,
    differing.subject as subject,
    coalesce(requests.title, issues.title) as title,
    coalesce(
        requests.url, issues.url,
        case when differing.channel = 'slack' then 'https://' || slack.domain || '.slack.com/archives/' || split_part(differing.subject, ':', 3) || '/p' || replace(split_part(differing.subject, ':', 4), '.', '') end
    ) as url,
    differing.channel as channel,
    differing.opened_on as opened_on,
    coalesce(requests.person_name, persons.person_name) as person_name,
    case when differing.was_person_id <> differing.person_id then coalesce(former.account_name, persons.person_name) end as former_name,
    case when differing.was_person_id <> differing.person_id then coalesce(present.account_name, requests.person_name) end as present_name,
    differing.detail as detail,
    differing.figures as figures
from differing
left join settings.slack as slack on true
left join core.requests as requests on requests.request_id = differing.subject
left join core.issue_states as issues on issues.issue_id = differing.subject
left join core.persons as persons on persons.account_id = differing.was_person_id
left join accounts as former on former.account_id = differing.was_person_id
left join accounts as present on present.account_id = differing.person_id

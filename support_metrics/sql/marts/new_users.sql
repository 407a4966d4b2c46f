/*
description: Each external person's first request ever, with what the lead tracker needs to look them up.
grain: [person_id]
columns:
  person_id: {type: VARCHAR, says: "The merged person."}
  name: {type: VARCHAR, required: true, says: "Name."}
  github_login: {type: VARCHAR, says: "GitHub login."}
  slack_name: {type: VARCHAR, says: "Name in Slack."}
  company: {type: VARCHAR, says: "Employer as a profile states it."}
  email_domain: {type: VARCHAR, says: "Domain of the e-mail address."}
  first_request_id: {type: VARCHAR, required: true, says: "Their first request."}
  first_seen_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "When they asked it."}
  requests: {type: BIGINT, required: true, says: "Requests so far."}
  channels: {type: "VARCHAR[]", required: true, says: "Channels they asked in."}
  is_mentioned_in_triage: {type: BOOLEAN, required: true, says: "Mentioned in a triage channel."}
  status: {type: VARCHAR, required: true, says: "new; or unknown, where the source's history begins too shortly before to tell."}
*/
with profiles as (
    select
        persons.person_id,
        min(accounts.handle) filter (accounts.source = 'github') as github_login,
        min(accounts.name) filter (accounts.source = 'slack') as slack_name,
        min(accounts.company) filter (accounts.company is not null) as company,
        min(split_part(accounts.email, '@', 2)) filter (accounts.email is not null and accounts.email not like '%@users.noreply.github.com') as email_domain,
        min(persons.person_name) as name
    from core.persons as persons
    inner join core.accounts as accounts on accounts.account_id = persons.account_id
    group by persons.person_id
),
asked as (
    select person_id, count(*) as requests, list_sort(list(distinct channel)) as channels
    from core.requests
    where excluded_why is null
    group by person_id
)
select
    firsts.person_id as person_id,
    coalesce(profiles.name, firsts.person_id) as name,
    profiles.github_login as github_login,
    profiles.slack_name as slack_name,
    profiles.company as company,
    profiles.email_domain as email_domain,
    firsts.request_id as first_request_id,
    firsts.opened_at as first_seen_at,
    asked.requests as requests,
    asked.channels as channels,
    triage_mentions.person_id is not null as is_mentioned_in_triage,
    case when coalesce(days.is_warm, false) then 'new' else 'unknown' end as status
from core.first_requests as firsts
inner join asked on asked.person_id = firsts.person_id
left join profiles on profiles.person_id = firsts.person_id
left join core.triage_mentions as triage_mentions on triage_mentions.person_id = firsts.person_id
left join core.covered_days as days on days.day = firsts.opened_on and days.source = firsts.channel

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
  status: {type: VARCHAR, required: true, says: "Where we stand with them, as the leads' file says; without an entry new, or unknown, where the source's history begins too shortly before to tell."}
  full_name: {type: VARCHAR, says: "A name of several words that they were seen with."}
  first_question: {type: VARCHAR, says: "Title or first words of their first request."}
  first_question_url: {type: VARCHAR, says: "Its link."}
  last_request_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "When they asked last."}
  last_seen_at: {type: TIMESTAMP WITH TIME ZONE, says: "When they wrote anything last, in the configured places."}
  messages: {type: BIGINT, required: true, says: "Messages so far, in the configured places."}
  email: {type: VARCHAR, says: "An e-mail address of theirs; GitHub's no-reply addresses are none."}
  employer_domain: {type: VARCHAR, says: "Domain of an address of theirs, unless anybody may have one there."}
  organisation: {type: VARCHAR, says: "GitHub organisation that the profile's company names, as in @acme, else the first of `organisations`; never the team's own."}
  job_title: {type: VARCHAR, says: "Title in their Slack profile; what they do, seldom for whom."}
  profile_urls: {type: "VARCHAR[]", required: true, says: "Their public profiles at GitHub, X and YouTube."}
  mentioned_in_triage_at: {type: TIMESTAMP WITH TIME ZONE, says: "When a triage channel mentioned them first."}
  mentioned_in_triage_url: {type: VARCHAR, says: "That message."}
  status_since_on: {type: DATE, says: "Since when the leads' file says so."}
  status_by: {type: VARCHAR, says: "By whose word."}
  status_note: {type: VARCHAR, says: "What else the leads' file says."}
  organisations: {type: "VARCHAR[]", required: true, says: "GitHub organisations of which they are members publicly, in order of the alphabet, without the team's own."}
*/
with accounts as (
    select
        persons.person_id, persons.person_name, accounts.*, split_part(accounts.email, '@', 2) as domain,
        accounts.email is not null and accounts.email not similar to '.*@(users\.noreply\.github\.com|forgotten\.invalid)' as has_address,
        split_part(accounts.account_id, ':', 3) as identity
    from core.persons as persons
    inner join core.accounts as accounts on accounts.account_id = persons.account_id
),
profiles as (
    select
        accounts.person_id,
        min(accounts.handle) filter (accounts.source = 'github') as github_login,
        min(accounts.name) filter (accounts.source = 'slack') as slack_name,
        min(accounts.company) as company,
        min(accounts.job_title) as job_title,
        min(accounts.domain) filter (accounts.has_address) as email_domain,
        min(struct_pack(is_free := free_mail.domain is not null, email := accounts.email)) filter (accounts.has_address) as address,
        min(accounts.domain) filter (accounts.has_address and free_mail.domain is null) as employer_domain,
        min(list_filter(regexp_extract_all(accounts.company, '(?:^|\s)@([A-Za-z0-9](?:[A-Za-z0-9-]{0,38}))', 1), lambda stated: not list_contains(own.owners, lower(stated)))[1]) filter (accounts.source = 'github') as stated_organisation,
        min(accounts.person_name) as name,
        min(list_filter(accounts.known_as, lambda known: known like '_% _%')[1]) filter (accounts.account_id not like 'github:unknown:%') as full_name,
        list_sort(list(distinct case accounts.source
            when 'github' then 'https://github.com/' || accounts.handle
            when 'x' then 'https://x.com/' || accounts.handle
            when 'youtube' then 'https://www.youtube.com/channel/' || accounts.identity
        end)) as urls
    from accounts
    left join settings.free_mail as free_mail on free_mail.domain = accounts.domain
    cross join (select coalesce(list(split_part(repository, '/', 1)), []) as owners from settings.repositories) as own
    group by accounts.person_id
),
memberships as (
    select persons.person_id, list_sort(list(distinct organisations.organisation)) as organisations
    from core.public_organisations as organisations
    inner join core.persons as persons on persons.account_id = organisations.account_id
    group by persons.person_id
),
asked as (
    select person_id, count(*) as requests, max(opened_at) as last_request_at, list_sort(list(distinct channel)) as channels
    from core.requests
    where excluded_why is null
    group by person_id
),
written as (
    select messages.person_id, count(*) as messages, max(messages.sent_at) as last_seen_at
    from core.messages as messages
    semi join core.first_requests as firsts on firsts.person_id = messages.person_id
    group by messages.person_id
),
decided as (
    select person_id, max(struct_pack(since_on := since_on, number := number, status := status, who := who, note := note)) as entry
    from marts.lead_entries
    where person_id is not null
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
    coalesce(decided.entry.status, case when coalesce(days.is_warm, false) then 'new' else 'unknown' end) as status,
    profiles.full_name as full_name,
    questions.title as first_question,
    questions.url as first_question_url,
    asked.last_request_at as last_request_at,
    written.last_seen_at as last_seen_at,
    coalesce(written.messages, 0) as messages,
    profiles.address.email as email,
    profiles.employer_domain as employer_domain,
    coalesce(profiles.stated_organisation, memberships.organisations[1]) as organisation,
    profiles.job_title as job_title,
    coalesce(list_filter(profiles.urls, lambda url: url is not null), []) as profile_urls,
    triage_mentions.first_mentioned_at as mentioned_in_triage_at,
    triage_mentions.url as mentioned_in_triage_url,
    decided.entry.since_on as status_since_on,
    decided.entry.who as status_by,
    decided.entry.note as status_note,
    coalesce(memberships.organisations, []) as organisations
from core.first_requests as firsts
inner join asked on asked.person_id = firsts.person_id
left join core.requests as questions on questions.request_id = firsts.request_id
left join profiles on profiles.person_id = firsts.person_id
left join memberships on memberships.person_id = firsts.person_id
left join written on written.person_id = firsts.person_id
left join core.triage_mentions as triage_mentions on triage_mentions.person_id = firsts.person_id
left join core.covered_days as days on days.day = firsts.opened_on and days.source = firsts.channel
left join decided on decided.person_id = firsts.person_id

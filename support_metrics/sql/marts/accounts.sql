/*
description: Every account seen, the person it belongs to and how it counts.
grain: [account_id]
columns:
  account_id: {type: VARCHAR, says: "Source key that never changes."}
  source: {type: VARCHAR, required: true, says: "github, slack, shortcut, email, x or youtube."}
  handle: {type: VARCHAR, says: "Login, @name or address."}
  name: {type: VARCHAR, says: "Name shown to people."}
  email: {type: VARCHAR, says: "Verified address."}
  person_id: {type: VARCHAR, required: true, says: "The person it belongs to."}
  merged_why: {type: "VARCHAR[]", says: "Why it is merged with other accounts; empty if it stands alone."}
  kind: {type: VARCHAR, required: true, says: "bot, shared, team (now or once), deleted or external."}
  messages: {type: BIGINT, required: true, says: "Messages in the configured places."}
  maybe_bot_why: {type: VARCHAR, says: "Why it behaves like a bot though nothing says it is one; for a human to review and list in the settings."}
  known_as: {type: "VARCHAR[]", required: true, says: "Every login, handle and name it was seen with: one account can have borne several, and several accounts one."}
*/
with reasons as (
    select end_id as account_id, list(distinct why) as why
    from (
        select links.account_id, links.other_account_id, links.why
        from core.account_links as links
        inner join core.persons as ones on ones.account_id = links.account_id
        inner join core.persons as others on others.account_id = links.other_account_id and others.person_id = ones.person_id
    ) as standing
    cross join unnest([account_id, other_account_id]) as ends(end_id)
    group by end_id
),
written as (
    select account_id, count(*) as messages from core.messages where account_id is not null group by account_id
),
employed as (
    select account_id, bool_or(is_shared) as is_shared from core.employment group by account_id
),
-- Nobody reads and answers at least five questions within ten seconds each, nine times in ten.
hasty as (
    select first_human_id as person_id, count(*) as answers, count_if(first_human_at <= opened_at + interval 10 seconds) as at_once
    from core.responses
    where first_human_id is not null
    group by first_human_id
    having at_once >= 5 and at_once >= 0.9 * answers
),
listed_bots as (
    select distinct account_id from settings.bots
)
select
    accounts.account_id as account_id,
    accounts.source as source,
    accounts.handle as handle,
    accounts.name as name,
    accounts.email as email,
    persons.person_id as person_id,
    list_sort(coalesce(reasons.why, [])) as merged_why,
    case
        when accounts.is_bot or listed_bots.account_id is not null then 'bot'
        when employed.is_shared then 'shared'
        when employed.account_id is not null then 'team'
        when accounts.is_deleted then 'deleted'
        else 'external'
    end as kind,
    coalesce(written.messages, 0) as messages,
    case
        when accounts.is_bot or listed_bots.account_id is not null then null
        when hasty.person_id is not null then hasty.at_once || ' of ' || hasty.answers || ' first answers came within ten seconds'
        when regexp_matches(lower(coalesce(accounts.handle, accounts.name)), '(^|[-_. ])(bot|robot)([-_. 0-9]|$)|[a-z]{2,}bot$') then 'named like a bot'
    end as maybe_bot_why,
    accounts.known_as as known_as
from core.accounts as accounts
inner join core.persons as persons on persons.account_id = accounts.account_id
left join reasons on reasons.account_id = accounts.account_id
left join written on written.account_id = accounts.account_id
left join employed on employed.account_id = accounts.account_id
left join hasty on hasty.person_id = persons.person_id
left join listed_bots on listed_bots.account_id = accounts.account_id

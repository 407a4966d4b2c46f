/*
description: Every person with at least one account, and what they asked.
grain: [person_id]
columns:
  person_id: {type: VARCHAR, says: "The least of the person's account keys."}
  name: {type: VARCHAR, required: true, says: "Name."}
  accounts: {type: "VARCHAR[]", required: true, says: "Account keys."}
  is_team: {type: BOOLEAN, required: true, says: "On the team at `as_of`."}
  was_team: {type: BOOLEAN, required: true, says: "On the team at some time."}
  requests: {type: BIGINT, required: true, says: "Requests counted."}
  first_request_at: {type: TIMESTAMP WITH TIME ZONE, says: "First request."}
  last_request_at: {type: TIMESTAMP WITH TIME ZONE, says: "Last request."}
  messages: {type: BIGINT, required: true, says: "Messages in the configured places."}
*/
with people as (
    select person_id, min(person_name) as name, list(account_id order by account_id) as accounts
    from core.persons
    group by person_id
),
asked as (
    select person_id, count(*) as requests, min(opened_at) as first_request_at, max(opened_at) as last_request_at
    from core.requests
    where excluded_why is null
    group by person_id
),
written as (
    select person_id, count(*) as messages from core.messages where person_id is not null group by person_id
),
employed as (
    select person_id, bool_or(getvariable('as_of') >= from_at and getvariable('as_of') < to_at) as is_team
    from core.team_spans
    group by person_id
)
select
    people.person_id as person_id,
    people.name as name,
    people.accounts as accounts,
    coalesce(employed.is_team, false) as is_team,
    employed.person_id is not null as was_team,
    coalesce(asked.requests, 0) as requests,
    asked.first_request_at as first_request_at,
    asked.last_request_at as last_request_at,
    coalesce(written.messages, 0) as messages
from people
left join asked on asked.person_id = people.person_id
left join written on written.person_id = people.person_id
left join employed on employed.person_id = people.person_id

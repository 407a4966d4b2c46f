/*
description: When each account was the team's, from the roster's dates and the team's zone, as half-open spans.
grain: [account_id, from_at]
columns:
  account_id: {type: VARCHAR, says: "The account."}
  person_id: {type: VARCHAR, required: true, says: "Its person."}
  name: {type: VARCHAR, required: true, says: "Name in the roster."}
  is_shared: {type: BOOLEAN, required: true, says: "A shared account of the team."}
  from_at: {type: TIMESTAMP WITH TIME ZONE, says: "Start of the first day, local."}
  to_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "End of the last day, local."}
*/
select
    roster.account_id as account_id,
    persons.person_id as person_id,
    roster.name as name,
    roster.is_shared as is_shared,
    timezone(build.time_zone, roster.from_on::timestamp) as from_at,
    timezone(build.time_zone, roster.to_on::timestamp + interval 1 day) as to_at
from core.roster_accounts as roster
inner join core.persons as persons on persons.account_id = roster.account_id
cross join settings.build as build

/*
description: Which person each account belongs to; a person is named by the least of their account keys. Undoing a link undoes the merge.
grain: [account_id]
columns:
  account_id: {type: VARCHAR, says: "The account."}
  person_id: {type: VARCHAR, required: true, says: "The least account key of the person."}
  person_name: {type: VARCHAR, required: true, says: "Roster name, else the name in Slack, GitHub, e-mail, X, YouTube, in that order."}
*/
with recursive neighbours as (
    select account_id as account_id, other_account_id as neighbour_id from core.account_links
    union
    select other_account_id, account_id from core.account_links
),
reachable(account_id, reached_id) as (
    select account_id, neighbour_id from neighbours
    union
    select reachable.account_id, neighbours.neighbour_id
    from reachable
    inner join neighbours on neighbours.account_id = reachable.reached_id
),
known_accounts as (
    select account_id from core.accounts
    union
    select account_id from core.roster_accounts
    union
    select account_id from neighbours
),
merged as (
    select known.account_id, least(known.account_id, coalesce(min(reachable.reached_id), known.account_id)) as person_id
    from known_accounts as known
    left join reachable on reachable.account_id = known.account_id
    group by known.account_id
),
roster_names as (
    select account_id, min(name) as name from core.roster_accounts group by account_id
),
names as (
    select
        merged.person_id,
        first(coalesce(roster_names.name, accounts.name) order by
            roster_names.name is null,
            case accounts.source when 'slack' then 1 when 'github' then 2 when 'email' then 3 when 'x' then 4 when 'youtube' then 5 else 6 end,
            accounts.account_id) as person_name
    from merged
    left join core.accounts as accounts on accounts.account_id = merged.account_id
    left join roster_names on roster_names.account_id = merged.account_id
    where coalesce(roster_names.name, accounts.name) is not null
    group by merged.person_id
)
select merged.account_id as account_id, merged.person_id as person_id, coalesce(names.person_name, merged.person_id) as person_name
from merged
left join names on names.person_id = merged.person_id

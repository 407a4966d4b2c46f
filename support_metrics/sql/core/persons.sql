/*
description: Which person each account belongs to; a person is named by the least of their account keys. Undoing a link undoes the merge. Where links would join accounts declared not the same, the weakest rules are left out until they no longer do.
grain: [account_id]
columns:
  account_id: {type: VARCHAR, says: "The account."}
  person_id: {type: VARCHAR, required: true, says: "The least account key of the person."}
  person_name: {type: VARCHAR, required: true, says: "Roster name, else the name in Slack, GitHub, e-mail, X, YouTube, in that order."}
*/
with known_accounts as (
    select account_id from core.accounts
    union
    select account_id from core.roster_accounts
    union
    select account_id from core.account_groups
),
-- 1. Groups that hold a pair declared not the same, by how weak a rule may link them.
declared as (
    select distinct ones.strength, ones.group_id
    from settings.overrides as overrides
    inner join core.account_groups as ones on ones.account_id = overrides.subject
    inner join core.account_groups as others
        on others.account_id = overrides.object and others.strength = ones.strength and others.group_id = ones.group_id
    where overrides.kind = 'not_same'
),
-- 2. Each account stays in the widest of its groups without such a pair; groups of stronger rules lie within those of weaker ones.
agreed as (
    select groups.account_id, max_by(groups.group_id, groups.strength) as person_id
    from core.account_groups as groups
    anti join declared on declared.strength = groups.strength and declared.group_id = groups.group_id
    group by groups.account_id
),
merged as (
    select known.account_id, coalesce(agreed.person_id, known.account_id) as person_id
    from known_accounts as known
    left join agreed on agreed.account_id = known.account_id
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

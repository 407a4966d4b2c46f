/*
description: Pairs of people who may be one, with the reason, for a human to accept or refuse in the overrides; never applied.
grain: [person_id, other_person_id, reason]
columns:
  person_id: {type: VARCHAR, says: "The lesser person."}
  other_person_id: {type: VARCHAR, says: "The greater one."}
  reason: {type: VARCHAR, says: "equal name, as any of their accounts was ever seen with it, or equal handle."}
  name: {type: VARCHAR, required: true, says: "Name of the first."}
  other_name: {type: VARCHAR, required: true, says: "Name of the second."}
  shared: {type: VARCHAR, required: true, says: "What they share."}
  override: {type: VARCHAR, required: true, says: "The lines that would accept it."}
*/
with keys as (
    select names.account_id, persons.person_id, 'equal name' as reason, lower(trim(regexp_replace(names.name, '\s+', ' ', 'g'))) as shared
    from (select account_id, unnest(known_as) as name from core.accounts where not is_bot and not is_deleted) as names
    inner join core.persons as persons on persons.account_id = names.account_id
    where names.name like '% %'
    union all
    select accounts.account_id, persons.person_id, 'equal handle', lower(split_part(accounts.handle, '@', 1))
    from core.accounts as accounts
    inner join core.persons as persons on persons.account_id = accounts.account_id
    where not accounts.is_bot and not accounts.is_deleted and length(split_part(accounts.handle, '@', 1)) > 3
),
generic_handles as (
    select unnest(['info', 'support', 'hello', 'contact', 'admin', 'mail', 'office', 'team', 'sales', 'help', 'noreply', 'no-reply']) as shared
),
people_by_key as (
    select reason, shared, person_id, min(account_id) as account_id
    from keys
    anti join generic_handles using (shared)
    where shared <> ''
    group by reason, shared, person_id
),
-- A key that many share tells nothing; each person is paired with the least of them only.
pairs as (
    select *, first_value(person_id) over same as first_person_id, first_value(account_id) over same as first_account_id, count(*) over same as sharing
    from people_by_key
    window same as (partition by reason, shared order by person_id rows between unbounded preceding and unbounded following)
),
refused as (
    select least(ones.person_id, others.person_id) as person_id, greatest(ones.person_id, others.person_id) as other_person_id
    from settings.overrides as overrides
    inner join core.persons as ones on ones.account_id = overrides.subject
    inner join core.persons as others on others.account_id = overrides.object
    where overrides.kind = 'not_same'
),
names as (
    select person_id, min(person_name) as name from core.persons group by person_id
)
select
    pairs.first_person_id as person_id,
    pairs.person_id as other_person_id,
    pairs.reason as reason,
    names.name as name,
    other_names.name as other_name,
    min(pairs.shared) as shared,
    min('[[same]]' || chr(10) || 'accounts = ["' || pairs.first_account_id || '", "' || pairs.account_id || '"]' || chr(10) || 'who = ""' || chr(10) || 'why = "' || pairs.reason || '"') as override
from pairs
anti join refused on refused.person_id = pairs.first_person_id and refused.other_person_id = pairs.person_id
inner join names on names.person_id = pairs.first_person_id
inner join names as other_names on other_names.person_id = pairs.person_id
where pairs.person_id <> pairs.first_person_id and pairs.sharing <= 10
group by pairs.first_person_id, pairs.person_id, pairs.reason, names.name, other_names.name

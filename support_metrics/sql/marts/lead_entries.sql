/*
description: The entries of the leads' file, each with the person it means by account key, login, address or name; one that could mean several means nobody and has no effect.
grain: [number]
columns:
  number: {type: BIGINT, says: "Its place in the file."}
  person: {type: VARCHAR, required: true, says: "As written."}
  status: {type: VARCHAR, required: true, says: "Where we stand with them."}
  since_on: {type: DATE, required: true, says: "Since when."}
  who: {type: VARCHAR, required: true, says: "By whose word."}
  note: {type: VARCHAR, says: "What else there is to say."}
  person_id: {type: VARCHAR, says: "The person meant; null where nobody or several are."}
  possible_person_ids: {type: "VARCHAR[]", required: true, says: "Everybody it could mean."}
*/
with names as (
    select
        persons.person_id,
        unnest(list_concat([accounts.account_id, persons.person_id, lower(accounts.email), lower(accounts.handle)], list_transform(accounts.known_as, lambda known: lower(known)))) as name
    from core.accounts as accounts
    inner join core.persons as persons on persons.account_id = accounts.account_id
),
meant as (
    select entries.number, list_sort(list(distinct names.person_id)) as person_ids
    from settings.leads as entries
    inner join names on names.name in (entries.person, ltrim(lower(entries.person), '@'))
    group by entries.number
)
select
    entries.number as number,
    entries.person as person,
    entries.status as status,
    entries.since as since_on,
    entries.who as who,
    nullif(entries.note, '') as note,
    case when len(meant.person_ids) = 1 then meant.person_ids[1] end as person_id,
    coalesce(meant.person_ids, []) as possible_person_ids
from settings.leads as entries
left join meant on meant.number = entries.number

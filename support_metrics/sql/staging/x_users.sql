/*
description: Accounts on X, as the API's includes give them.
grain: [account_id]
columns:
  account_id: {type: VARCHAR, says: "x:user:<id>."}
  username: {type: VARCHAR, says: "Handle without the at sign; can be changed."}
  name: {type: VARCHAR, says: "Display name."}
  names: {type: "VARCHAR[]", required: true, says: "Every handle and display name it was seen with, in order of the alphabet."}
*/
with versions as (
    select
        key, coalesce(version, observed_at) as changed_at, observed_at, hash,
        from_json(payload, '{"username": "VARCHAR", "name": "VARCHAR"}') as object
    from landing.x_users
),
newest as (
    select
        key, first(object order by changed_at desc, observed_at desc, hash desc) as object,
        list_sort(list_distinct(flatten(list(list_filter([object.username, object.name], lambda name: coalesce(name, '') <> ''))))) as names
    from versions
    group by key
)
select key as account_id, object.username as username, object.name as name, names
from newest

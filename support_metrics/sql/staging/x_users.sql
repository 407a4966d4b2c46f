/*
description: Accounts on X, as the API's includes give them.
grain: [account_id]
columns:
  account_id: {type: VARCHAR, says: "x:user:<id>."}
  username: {type: VARCHAR, says: "Handle without the at sign; can be changed."}
  name: {type: VARCHAR, says: "Display name."}
*/
with newest as (
    select key, first(payload order by coalesce(version, observed_at) desc, observed_at desc, hash desc) as payload
    from landing.x_users
    group by key
)
select key as account_id, payload ->> '$.username' as username, payload ->> '$.name' as name
from newest

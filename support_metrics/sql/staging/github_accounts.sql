/*
description: Every GitHub account that wrote, reacted or acted, with the newest login it was seen with; a login may pass from one account to another.
grain: [account_id]
columns:
  account_id: {type: VARCHAR, says: "github:user:<id>; the id never changes."}
  login: {type: VARCHAR, says: "Newest login seen."}
  logins: {type: "VARCHAR[]", says: "Every login seen, lower case, in order of the alphabet."}
  type: {type: VARCHAR, says: "User, Bot, Organization or Mannequin."}
  name: {type: VARCHAR, says: "Full name as the profile that was read last says it, or else where an answer carries it."}
  company: {type: VARCHAR, says: "Company, likewise."}
  email: {type: VARCHAR, says: "Public address, likewise, lower case; GitHub has verified it."}
  first_seen_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "When it was first seen to do something."}
  last_seen_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "When last."}
*/
-- A payload names the login borne when it was read, however old the object: what was read last is newest.
with seen as (
    select json_extract(payload, '$.user') as author, coalesce(version, observed_at) as seen_at, observed_at from landing.github_issues
    union all
    select json_extract(payload, '$.user'), coalesce(version, observed_at), observed_at from landing.github_comments
    union all
    select json_extract(payload, '$.user'), coalesce(version, observed_at), observed_at from landing.github_reactions
    union all
    select json_extract(payload, '$.actor'), coalesce(version, observed_at), observed_at from landing.github_events
    union all
    -- Having a profile is doing nothing; what it says besides the login is read below.
    select to_json(from_json(payload, '{"id": "VARCHAR", "login": "VARCHAR", "type": "VARCHAR"}')), null, observed_at from landing.github_users
),
-- Few accounts write much: what is known of each is made distinct before it is parsed and the newest is sought.
distinct_authors as (
    select author, min(seen_at) as first_seen_at, max(struct_pack(observed_at := observed_at, seen_at := seen_at)) as last_read, max(seen_at) as last_seen_at
    from seen
    group by author
),
known as (
    select
        from_json(author, '{"id": "VARCHAR", "login": "VARCHAR", "type": "VARCHAR", "name": "VARCHAR", "company": "VARCHAR", "email": "VARCHAR"}') as account,
        first_seen_at, last_read, last_seen_at
    from distinct_authors
),
accounts as (
    select
        'github:user:' || account.id as account_id,
        max_by(account.login, (last_read, account.login)) as login,
        list_sort(list(distinct lower(account.login)) filter (account.login is not null)) as logins,
        max_by(account.type, (last_read, account.type)) filter (account.type is not null) as type,
        max_by(account.name, (last_read, account.name)) filter (account.name is not null) as name,
        max_by(account.company, (last_read, account.company)) filter (account.company is not null) as company,
        lower(max_by(account.email, (last_read, account.email)) filter (account.email is not null)) as email,
        min(first_seen_at) as first_seen_at,
        max(last_seen_at) as last_seen_at
    from known
    where account.id is not null and account.id <> '10137'
    group by account.id
    having count(first_seen_at) > 0
),
profiles as (
    select
        key,
        from_json(first(payload order by coalesce(version, observed_at) desc, observed_at desc, hash desc), '{"name": "VARCHAR", "company": "VARCHAR", "email": "VARCHAR"}') as profile
    from landing.github_users
    group by key
    having not first(deleted order by coalesce(version, observed_at) desc, observed_at desc, hash desc)
)
select
    accounts.account_id, accounts.login, accounts.logins, accounts.type,
    case when profiles.key is null then accounts.name else nullif(trim(profiles.profile.name), '') end as name,
    case when profiles.key is null then accounts.company else nullif(trim(profiles.profile.company), '') end as company,
    case when profiles.key is null then accounts.email else lower(nullif(trim(profiles.profile.email), '')) end as email,
    accounts.first_seen_at, accounts.last_seen_at
from accounts
left join profiles on profiles.key = accounts.account_id

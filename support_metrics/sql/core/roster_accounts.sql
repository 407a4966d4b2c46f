/*
description: The roster's identities resolved to accounts; a login means the account that bears it now.
grain: [account_id, from_on]
columns:
  account_id: {type: VARCHAR, says: "Account of the member, whether seen already or not."}
  name: {type: VARCHAR, required: true, says: "Name in the roster."}
  is_shared: {type: BOOLEAN, required: true, says: "A shared account, such as a brand's handle or the support mailbox."}
  from_on: {type: DATE, says: "First day, local, inclusive."}
  to_on: {type: DATE, says: "Last day, local, inclusive."}
*/
with logins as (
    select lower(login) as login, max_by(account_id, (last_seen_at, account_id)) as account_id
    from staging.github_accounts
    group by lower(login)
),
former_logins as (
    select login, max_by(account_id, (last_seen_at, account_id)) as account_id
    from (select unnest(logins) as login, last_seen_at, account_id from staging.github_accounts)
    group by login
),
resolved as (
    select
        case
            when roster.identity like 'github:login:%' then coalesce(logins.account_id, former_logins.account_id, roster.identity)
            when roster.identity like 'slack:user:%' then coalesce(slack_users.account_id, 'slack:' || slack.team_id || ':' || split_part(roster.identity, ':', 3))
            else roster.identity
        end as account_id,
        roster.name, roster.is_shared, roster.from_on, roster.to_on
    from settings.roster as roster
    left join logins on 'github:login:' || logins.login = roster.identity
    left join former_logins on 'github:login:' || former_logins.login = roster.identity
    left join staging.slack_users as slack_users on 'slack:user:' || slack_users.user_id = roster.identity
    cross join settings.slack as slack
    union all
    select account_id, 'the team', true, date '1970-01-01', date '9999-12-31' from settings.inboxes
)
select account_id, min(name) as name, bool_or(is_shared) as is_shared, from_on, max(to_on) as to_on
from resolved
group by account_id, from_on

/*
description: The roster's identities resolved to accounts. A login means the account that bore it in the member's time, at the newest; it may have been renamed since or have passed to somebody else after they left.
grain: [account_id, from_on]
columns:
  account_id: {type: VARCHAR, says: "Account of the member, whether seen already or not."}
  name: {type: VARCHAR, required: true, says: "Name in the roster."}
  is_shared: {type: BOOLEAN, required: true, says: "A shared account, such as a brand's handle or the support mailbox."}
  from_on: {type: DATE, says: "First day, local, inclusive."}
  to_on: {type: DATE, says: "Last day, local, inclusive."}
*/
with bearers as (
    select
        'github:login:' || unnest(logins) as identity, account_id, lower(login) as login,
        timezone((select time_zone from settings.build), first_seen_at)::date as first_seen_on, last_seen_at
    from staging.github_accounts
),
-- Of several that bore a login: one already seen on the member's last day, bearing it still, seen last.
bearers_by_member as (
    select
        roster.identity, roster.to_on,
        first(bearers.account_id order by
            bearers.first_seen_on > roster.to_on, 'github:login:' || bearers.login <> roster.identity, bearers.last_seen_at desc, bearers.account_id) as account_id
    from (select distinct identity, to_on from settings.roster) as roster
    inner join bearers on bearers.identity = roster.identity
    group by roster.identity, roster.to_on
),
-- A Slack id without a workspace means the user of that id wherever seen.
slack_users as (
    select 'slack:user:' || split_part(account_id, ':', 3) as identity, account_id from core.accounts where source = 'slack'
),
resolved as (
    select coalesce(bearers.account_id, slack_users.account_id, roster.identity) as account_id, roster.name, roster.is_shared, roster.from_on, roster.to_on
    from settings.roster as roster
    left join bearers_by_member as bearers on bearers.identity = roster.identity and bearers.to_on = roster.to_on
    left join slack_users on slack_users.identity = roster.identity
    union all
    select account_id, 'the team', true, date '1970-01-01', date '9999-12-31' from settings.inboxes
)
select account_id, min(name) as name, bool_or(is_shared) as is_shared, from_on, max(to_on) as to_on
from resolved
group by account_id, from_on

/*
description: Pairs of accounts that some rule takes to be one person's. Which of them stand is for core.persons to say, where accounts are declared not the same.
grain: [account_id, other_account_id, rule]
columns:
  account_id: {type: VARCHAR, says: "The lesser account key of the pair."}
  other_account_id: {type: VARCHAR, says: "The greater one."}
  rule: {type: VARCHAR, says: "alias, roster, email, github_no_reply or slack_profile."}
  why: {type: VARCHAR, required: true, says: "The reason in words."}
*/
with logins as (
    select lower(login) as login, max_by(account_id, (last_seen_at, account_id)) as account_id
    from staging.github_accounts
    group by lower(login)
),
addresses as (
    select account_id, email from core.accounts
    where email is not null and email not like '%@users.noreply.github.com'
),
no_reply_addresses as (
    select account_id, email,
        regexp_extract(email, '^(?:(\d+)\+)?([^@+]+)@users\.noreply\.github\.com$', 1) as github_id,
        regexp_extract(email, '^(?:(\d+)\+)?([^@+]+)@users\.noreply\.github\.com$', 2) as login
    from core.accounts
    where email like '%@users.noreply.github.com'
),
by_alias as (
    select subject as one, object as other, 'alias' as rule, 'declared the same by ' || who || ': ' || why as why
    from settings.overrides where kind = 'same'
),
by_roster as (
    select min(account_id) over (partition by name) as one, account_id as other, 'roster' as rule, name || ' in the roster' as why
    from core.roster_accounts
    where not is_shared
),
by_email as (
    select min(account_id) over (partition by email) as one, account_id as other, 'email' as rule, 'equal verified address ' || email as why
    from addresses
),
by_no_reply as (
    select
        no_reply.account_id as one,
        coalesce('github:user:' || nullif(no_reply.github_id, ''), logins.account_id) as other,
        'github_no_reply' as rule, 'GitHub no-reply address ' || no_reply.email as why
    from no_reply_addresses as no_reply
    left join logins on logins.login = no_reply.login
),
by_slack_profile as (
    select accounts.account_id as one, logins.account_id as other, 'slack_profile' as rule, 'github.com/' || logins.login || ' in the Slack profile' as why
    from core.accounts as accounts
    inner join logins on logins.login = accounts.github_login
    where accounts.source = 'slack'
),
links as (
    from by_alias union all by name from by_roster union all by name from by_email
    union all by name from by_no_reply union all by name from by_slack_profile
)
select least(links.one, links.other) as account_id, greatest(links.one, links.other) as other_account_id, links.rule as rule, min(links.why) as why
from links
where links.one <> links.other
group by all

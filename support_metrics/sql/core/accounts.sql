/*
description: Every account seen at any source, with the newest of what is known of it.
grain: [account_id]
columns:
  account_id: {type: VARCHAR, says: "Source key that never changes, such as github:user:583231 or slack:T1:U7."}
  source: {type: VARCHAR, required: true, says: "github, slack, shortcut, email, x or youtube."}
  handle: {type: VARCHAR, says: "Login, @name or address; can be changed by its owner."}
  name: {type: VARCHAR, says: "Name shown to people."}
  email: {type: VARCHAR, says: "Verified address, lower case."}
  github_login: {type: VARCHAR, says: "Login of a GitHub address in the profile, lower case."}
  company: {type: VARCHAR, says: "Employer as the profile states it; a title is none."}
  job_title: {type: VARCHAR, says: "Title in the Slack profile."}
  is_bot: {type: BOOLEAN, required: true, says: "The source itself says so; the dated list in the settings is applied to messages."}
  is_deleted: {type: BOOLEAN, required: true, says: "The account was deleted or deactivated."}
  known_as: {type: "VARCHAR[]", required: true, says: "Every login, handle and name it was seen with, as far as its source tells, in order of the alphabet."}
*/
with slack_authors as (
    select account_id from staging.slack_messages where account_id is not null group by account_id
    union
    select asker_account_id from core.slack_forms
),
slack_accounts as (
    select
        coalesce(users.account_id, authors.account_id) as account_id, 'slack' as source,
        users.name as handle, coalesce(users.display_name, split_part(authors.account_id, ':', 3)) as name,
        users.email, users.github_login, null as company, users.job_title,
        coalesce(users.is_bot, authors.account_id like '%:USLACKBOT') as is_bot, coalesce(users.is_deleted, false) as is_deleted,
        users.names as known_as
    from staging.slack_users as users
    full join slack_authors as authors on authors.account_id = users.account_id
),
github_accounts as (
    select
        account_id, 'github' as source, login as handle, coalesce(name, login) as name, email, lower(login) as github_login, company,
        coalesce(type = 'Bot', false) or coalesce(login, '') like '%[bot]' as is_bot, false as is_deleted,
        -- A login stands there in lower case; as it is written now it is the handle.
        list_append(list_filter(logins, lambda former: former <> lower(login)), name) as known_as
    from staging.github_accounts
),
deleted_github_accounts as (
    select account_id from staging.github_issues where account_id like 'github:unknown:%'
    union
    select account_id from staging.github_comments where account_id like 'github:unknown:%'
),
email_accounts as (
    select
        account_id, 'email' as source, substr(account_id, 7) as handle,
        coalesce(max_by(name, (sent_at, name)) filter (name is not null), substr(account_id, 7)) as name,
        substr(account_id, 7) as email, null as github_login, null as company, false as is_bot, false as is_deleted, list(distinct name) as known_as
    from staging.email_messages
    where account_id is not null
    group by account_id
),
x_authors as (
    select account_id from staging.x_posts
    union
    select account_id from staging.x_direct_messages
    union
    select account_id from staging.x_users
),
x_accounts as (
    select
        authors.account_id, 'x' as source, users.username as handle, coalesce(users.name, users.username, authors.account_id) as name,
        null as email, null as github_login, null as company, false as is_bot, false as is_deleted, users.names as known_as
    from x_authors as authors
    left join staging.x_users as users on users.account_id = authors.account_id
    where authors.account_id is not null
),
youtube_accounts as (
    select
        account_id, 'youtube' as source, max_by(author_name, (sent_at, author_name)) as handle, max_by(author_name, (sent_at, author_name)) as name,
        null as email, null as github_login, null as company, false as is_bot, false as is_deleted, list(distinct author_name) as known_as
    from staging.youtube_comments
    where account_id is not null
    group by account_id
),
shortcut_accounts as (
    select
        account_id, 'shortcut' as source, mention_name as handle, coalesce(name, mention_name) as name,
        email, null as github_login, null as company, false as is_bot, is_disabled as is_deleted, [name] as known_as
    from staging.shortcut_members
),
accounts as (
    from slack_accounts
    union all by name
    from github_accounts
    union all by name
    select account_id, 'github' as source, null as handle, 'deleted account' as name, null as email, null as github_login, null as company, false as is_bot, true as is_deleted
    from deleted_github_accounts
    union all by name
    from email_accounts
    union all by name
    from x_accounts
    union all by name
    from youtube_accounts
    union all by name
    from shortcut_accounts
)
select
    * replace (list_sort(list_distinct(list_filter(list_concat(coalesce(known_as, []), [handle, name]), lambda known: known is not null))) as known_as)
from accounts

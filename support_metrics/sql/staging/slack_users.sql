/*
description: Slack accounts with the profile that says who they are.
grain: [account_id]
columns:
  account_id: {type: VARCHAR, says: "slack:<team>:<user>."}
  user_id: {type: VARCHAR, says: "Slack's user id."}
  name: {type: VARCHAR, says: "Handle, the old @name."}
  display_name: {type: VARCHAR, says: "What others see; real name where none was chosen."}
  real_name: {type: VARCHAR, says: "Full name in the profile."}
  email: {type: VARCHAR, says: "Address in the profile, lower case; Slack has verified it."}
  github_login: {type: VARCHAR, says: "Login of a GitHub address in the profile, lower case."}
  job_title: {type: VARCHAR, says: "Title in the profile."}
  is_bot: {type: BOOLEAN, required: true, says: "is_bot, the user of a bot id, or USLACKBOT; `is_app_user` says only that a human authorised an app."}
  is_deleted: {type: BOOLEAN, required: true, says: "The account was deactivated."}
  names: {type: "VARCHAR[]", required: true, says: "Every handle, display name and full name it was seen with, in order of the alphabet."}
*/
with versions as (
    select
        *, coalesce(version, observed_at) as changed_at,
        from_json(payload, '{"id": "VARCHAR", "name": "VARCHAR", "real_name": "VARCHAR", "is_bot": "BOOLEAN", "deleted": "BOOLEAN", "profile": {"display_name": "VARCHAR", "real_name": "VARCHAR", "email": "VARCHAR", "title": "VARCHAR", "bot_id": "VARCHAR"}}') as object
    from landing.slack_users
),
named as (
    select
        *, coalesce(nullif(object.profile.display_name, ''), nullif(object.profile.real_name, ''), nullif(object.real_name, ''), object.name) as display_name
    from versions
),
histories as (
    select key, list_sort(list_distinct(flatten(list(list_filter([object.name, display_name, object.profile.real_name, object.real_name], lambda name: coalesce(name, '') <> ''))))) as names
    from named
    group by key
),
newest as (
    select * from named
    qualify row_number() over (partition by key order by changed_at desc, observed_at desc, hash desc) = 1
)
select
    newest.key as account_id,
    split_part(newest.key, ':', 3) as user_id,
    object.name as name,
    display_name,
    coalesce(nullif(object.profile.real_name, ''), nullif(object.real_name, '')) as real_name,
    lower(nullif(trim(object.profile.email), '')) as email,
    lower(nullif(regexp_extract(payload, '(?i)[^A-Za-z0-9-]github\.com/([A-Za-z0-9][A-Za-z0-9-]{0,38})["/?#\s\\\\|>),.;]', 1), '')) as github_login,
    nullif(object.profile.title, '') as job_title,
    coalesce(object.is_bot, false) or coalesce(object.profile.bot_id, '') <> '' or split_part(newest.key, ':', 3) = 'USLACKBOT' as is_bot,
    coalesce(object.deleted, false) or deleted as is_deleted,
    histories.names as names
from newest
inner join histories on histories.key = newest.key

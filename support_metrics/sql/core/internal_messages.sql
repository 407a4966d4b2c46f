/*
description: Top-level messages that people wrote in the internal channels, where the team reports problems to itself.
grain: [message_id]
columns:
  message_id: {type: VARCHAR, says: "slack:<team>:<channel>:<ts>."}
  url: {type: VARCHAR, required: true, says: "Address for people."}
  title: {type: VARCHAR, required: true, says: "The text on one line; beyond 120 characters, its first words and an ellipsis."}
  person_id: {type: VARCHAR, required: true, says: "Who reported."}
  reporter: {type: VARCHAR, required: true, says: "Their name."}
  sent_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "When."}
*/
with internal_channels as (
    select channel_id from core.slack_channel_roles where role = 'internal'
),
reported as (
    select
        messages.message_id, messages.sent_at,
        'https://' || slack.domain || '.slack.com/archives/' || messages.channel_id || '/p' || replace(split_part(messages.message_id, ':', 4), '.', '') as url,
        trim(regexp_replace(messages.text, '\s+', ' ', 'g')) as line,
        coalesce(persons.person_id, messages.account_id) as person_id,
        coalesce(persons.person_name, messages.account_id) as reporter
    from staging.slack_messages as messages
    semi join internal_channels on internal_channels.channel_id = messages.channel_id
    cross join settings.slack as slack
    cross join settings.build as build
    left join core.persons as persons on persons.account_id = messages.account_id
    left join core.accounts as accounts on accounts.account_id = messages.account_id
    anti join settings.bots as listed
        on listed.account_id = messages.account_id
        and timezone(build.time_zone, messages.sent_at)::date between listed.from_on and listed.to_on
    where not messages.is_reply and messages.account_id is not null and messages.bot_id is null and not coalesce(accounts.is_bot, false)
        and coalesce(messages.subtype, '') in ('', 'file_share', 'me_message') and messages.deleted_at is null
)
select
    message_id, url,
    case when length(line) <= 120 then line else regexp_replace(left(line, 119), '\s+\S{0,40}$', '') || '…' end as title,
    person_id, reporter, sent_at
from reported

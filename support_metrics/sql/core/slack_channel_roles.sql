/*
description: What each Slack channel is to the team. The settings name a channel by id or by the name it bears; where none bears the name any more, those that bore it, so that a renamed channel stays what it was.
grain: [channel_id, role]
columns:
  channel_id: {type: VARCHAR, says: "Slack's channel id."}
  role: {type: VARCHAR, says: "support, triage or internal."}
*/
with named as (
    select channels.channel_id, chosen.role, chosen.channel, chosen.channel in (channels.channel_id, channels.name, '*') as is_named_now
    from staging.slack_channels as channels
    inner join settings.slack_channels as chosen
        on chosen.channel in (channels.channel_id, '*') or list_contains(channels.names, chosen.channel)
),
meant as (
    select channel_id, role from named
    qualify is_named_now or not bool_or(is_named_now) over (partition by channel)
)
select distinct channel_id, role from meant

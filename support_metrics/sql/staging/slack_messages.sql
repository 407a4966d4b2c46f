/*
description: Slack messages as they stood at `as_of`, one row each; author and text of a deleted one come from its last living version.
grain: [message_id]
columns:
  message_id: {type: VARCHAR, says: "slack:<team>:<channel>:<ts>; ts is Slack's own name for it within its channel."}
  team_id: {type: VARCHAR, says: "Workspace id."}
  channel_id: {type: VARCHAR, says: "Slack's channel id."}
  sent_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "When it was sent, from ts; edits do not move it."}
  conversation_id: {type: VARCHAR, says: "message_id of the thread's first message; its own where it starts or stands alone."}
  is_reply: {type: BOOLEAN, says: "Lies in the thread of another message."}
  account_id: {type: VARCHAR, says: "slack:<team>:<user>; null for posts that name no user."}
  bot_id: {type: VARCHAR, says: "Id of the bot or app that posted it."}
  subtype: {type: VARCHAR, says: "Slack's subtype, such as channel_join, bot_message or thread_broadcast."}
  text: {type: VARCHAR, says: "The text in Slack's mark-up."}
  edited_at: {type: TIMESTAMP WITH TIME ZONE, says: "When the text was last edited."}
  deleted_at: {type: TIMESTAMP WITH TIME ZONE, says: "When it was first known to be deleted, if by `as_of`."}
*/
-- Hashes are grouped in half the time; two keys that fell together would only be looked at as if they had several versions.
with repeated as (
    select hash(key) as key_hash from landing.slack_messages group by key_hash having count(*) > 1
),
-- Payloads are parsed after this parting, so that nothing is kept of the many messages that have one version.
single_payloads as (
    select key, version, observed_at, deleted, payload from landing.slack_messages anti join repeated on repeated.key_hash = hash(key)
),
single as (
    select
        key,
        from_json(payload, '{"user": "VARCHAR", "bot_id": "VARCHAR", "subtype": "VARCHAR", "text": "VARCHAR", "thread_ts": "VARCHAR", "edited": {"ts": "VARCHAR"}}') as object,
        case when deleted then observed_at end as deleted_at,
        -- The clock of a message that was never edited or deleted is its ts, which was read when it landed.
        case when not deleted then version end as clock
    from single_payloads
),
several_payloads as (
    select * from landing.slack_messages semi join repeated on repeated.key_hash = hash(key)
),
parsed as (
    select
        key, observed_at, hash, deleted, coalesce(version, observed_at) as changed_at,
        from_json(payload, '{"user": "VARCHAR", "bot_id": "VARCHAR", "subtype": "VARCHAR", "text": "VARCHAR", "thread_ts": "VARCHAR", "edited": {"ts": "VARCHAR"}}') as object
    from several_payloads
),
-- Of several versions: the newest living one not after as_of, failing that the nearest after it.
several as (
    select
        key,
        first(object order by deleted, changed_at > getvariable('as_of'), abs(epoch_us(changed_at) - epoch_us(getvariable('as_of'))), observed_at desc, hash desc) as object,
        max(observed_at) filter (not deleted) as seen_living_at,
        list(observed_at) filter (deleted) as deletions
    from parsed
    group by key
),
messages as (
    from single
    union all
    -- Slack never brings a message back: seen alive and deleted at the same moment, it was deleted after.
    select key, object, list_min(list_filter(deletions, lambda seen_at: seen_living_at is null or seen_at >= seen_living_at)) as deleted_at, null as clock from several
),
named as (
    select key as message_id, string_split(key, ':') as parts, object, deleted_at, clock from messages
),
timed as (
    select
        message_id, parts[2] as team_id, parts[3] as channel_id, parts[4] as ts, object, deleted_at,
        case
            when object.edited.ts is null and clock is not null then clock
            else make_timestamptz(split_part(parts[4], '.', 1)::bigint * 1000000 + rpad(left(split_part(parts[4], '.', 2), 6), 6, '0')::bigint)
        end as sent_at,
        coalesce(nullif(object.thread_ts, ''), parts[4]) as thread_ts
    from named
)
select
    message_id,
    team_id,
    channel_id,
    sent_at,
    case when thread_ts = ts then message_id else 'slack:' || team_id || ':' || channel_id || ':' || thread_ts end as conversation_id,
    thread_ts <> ts as is_reply,
    case when object.user <> '' and (object.user <> 'USLACKBOT' or object.subtype is distinct from 'tombstone') then 'slack:' || team_id || ':' || object.user end as account_id,
    object.bot_id as bot_id,
    object.subtype as subtype,
    coalesce(object.text, '') as text,
    case when object.edited.ts is not null then to_timestamp(try_cast(object.edited.ts as double)) end as edited_at,
    case when deleted_at <= getvariable('as_of') then deleted_at end as deleted_at
from timed
where sent_at <= getvariable('as_of')

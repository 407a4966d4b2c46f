/*
description: Direct messages on X to and from the brand, up to `as_of`.
grain: [message_id]
columns:
  message_id: {type: VARCHAR, says: "x:dm:<id>."}
  conversation_id: {type: VARCHAR, required: true, says: "x:dm:<conversation id>; a conversation goes on for ever."}
  account_id: {type: VARCHAR, says: "x:user:<id> of the sender."}
  text: {type: VARCHAR, says: "Text."}
  sent_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "When."}
*/
with newest as (
    select
        key,
        first(from_json(payload, '{"dm_conversation_id": "VARCHAR", "sender_id": "VARCHAR", "text": "VARCHAR", "created_at": "TIMESTAMPTZ", "event_type": "VARCHAR"}') order by coalesce(version, observed_at) desc, observed_at desc, hash desc) as object
    from landing.x_direct_messages
    where not deleted
    group by key
)
select
    key as message_id,
    'x:dm:' || coalesce(object.dm_conversation_id, object.sender_id, split_part(key, ':', 3)) as conversation_id,
    'x:user:' || object.sender_id as account_id,
    coalesce(object.text, '') as text,
    object.created_at as sent_at
from newest
where object.created_at <= getvariable('as_of') and coalesce(object.event_type, 'MessageCreate') = 'MessageCreate'

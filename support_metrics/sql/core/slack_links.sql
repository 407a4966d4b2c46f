/*
description: GitHub issues and pull requests and Shortcut stories linked in Slack messages, whoever wrote them, apps too.
grain: [message_id, position]
columns:
  message_id: {type: VARCHAR, says: "The message."}
  position: {type: BIGINT, says: "Which link of the message, from 1."}
  conversation_id: {type: VARCHAR, required: true, says: "Its thread's first message."}
  kind: {type: VARCHAR, required: true, says: "github or shortcut."}
  url: {type: VARCHAR, required: true, says: "The address up to the number."}
  linked_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "When the message was sent."}
*/
with messages as (
    select
        message_id, conversation_id, sent_at,
        regexp_extract_all(text, '(?i)https?://(?:[\w.-]*github[\w.-]*/[^/\s<>|]+/[^/\s<>|]+/(?:issues|pull)/\d+|app\.(?:shortcut\.com|clubhouse\.io)/[^/\s<>|]+/story/\d+)') as urls
    from staging.slack_messages
    where deleted_at is null and contains(text, '://') and (contains(text, '/issues/') or contains(text, '/pull/') or contains(text, '/story/'))
),
links as (
    select message_id, conversation_id, sent_at, generate_subscripts(urls, 1) as position, unnest(urls) as url from messages
)
select
    message_id,
    position::bigint as position,
    conversation_id,
    case when contains(url, '/story/') then 'shortcut' else 'github' end as kind,
    url,
    sent_at as linked_at
from links

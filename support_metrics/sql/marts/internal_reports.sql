/*
description: Problems the team reported to itself in the internal channels, and where each was filed, if it was.
grain: [message_id]
columns:
  message_url: {type: VARCHAR, required: true, says: "Address of the message."}
  reporter: {type: VARCHAR, required: true, says: "Who reported."}
  reported_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "When."}
  filed_as: {type: VARCHAR, says: "github or shortcut, by the first link in the message or its thread, or of a story back to it; null if not filed."}
  filed_url: {type: VARCHAR, says: "Address of the issue or story."}
  title: {type: VARCHAR, required: true, says: "The beginning of the message."}
  filed_at: {type: TIMESTAMP WITH TIME ZONE, says: "When it was filed."}
  message_id: {type: VARCHAR, says: "Key of the message."}
*/
with links_in_threads as (
    select conversation_id as message_id, kind, url, linked_at as filed_at, position from core.slack_links
),
links_of_stories as (
    select messages.message_id, 'shortcut' as kind, stories.url, greatest(stories.created_at, messages.sent_at) as filed_at, 0 as position
    from core.internal_messages as messages
    inner join core.story_links as links on split_part(messages.message_id, ':', 3) = links.channel_id and split_part(messages.message_id, ':', 4) = links.ts
    inner join core.stories as stories on stories.story_id = links.story_id
),
filings as (
    select message_id, first(struct_pack(kind, url, filed_at) order by filed_at, position, kind, url) as filing
    from (from links_in_threads union all by name from links_of_stories)
    group by message_id
)
select
    messages.url as message_url,
    messages.reporter as reporter,
    messages.sent_at as reported_at,
    filings.filing.kind as filed_as,
    filings.filing.url as filed_url,
    messages.title as title,
    filings.filing.filed_at as filed_at,
    messages.message_id as message_id
from core.internal_messages as messages
left join filings on filings.message_id = messages.message_id

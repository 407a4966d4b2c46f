/*
description: Messages of the slower inboxes (e-mail, X, YouTube), each placed in its conversation with one asker.
grain: [message_id]
columns:
  message_id: {type: VARCHAR, says: "Key of the message."}
  channel: {type: VARCHAR, required: true, says: "email, x or youtube."}
  stream: {type: VARCHAR, required: true, says: "Stream it came by."}
  conversation_id: {type: VARCHAR, required: true, says: "E-mail thread; on X a post's conversation with one asker, or direct messages until somebody outside writes after a week's silence; YouTube comment thread."}
  account_id: {type: VARCHAR, says: "Author."}
  sent_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "When."}
  title: {type: VARCHAR, says: "Subject or text."}
  url: {type: VARCHAR, says: "Address for people, where there is one."}
  is_automatic: {type: BOOLEAN, required: true, says: "Sent by a machine."}
  deleted_at: {type: TIMESTAMP WITH TIME ZONE, says: "When it was first known to be gone; null where nobody looks for that: YouTube's threads alone are listed again."}
*/
with recursive email_roots(message_id, root_id, depth) as (
    select message_id, coalesce(parents[1], message_id), 0 from staging.email_messages
    union all
    select roots.message_id, parent.parents[1], roots.depth + 1
    from email_roots as roots
    inner join staging.email_messages as parent on parent.message_id = roots.root_id
    where parent.parents[1] is not null and roots.depth < 100
),
emails as (
    select
        messages.message_id, 'email' as channel, 'messages' as stream, roots.root_id as conversation_id, messages.account_id, messages.sent_at,
        messages.subject as title, null as url, messages.is_automatic, null::timestamptz as deleted_at
    from staging.email_messages as messages
    inner join (select message_id, max_by(root_id, depth) as root_id from email_roots group by message_id) as roots on roots.message_id = messages.message_id
),
written_by_team as (
    select messages.message_id
    from (
        select message_id, account_id, sent_at from staging.x_posts
        union all
        select message_id, account_id, sent_at from staging.x_direct_messages
    ) as messages
    inner join core.persons as persons on persons.account_id = messages.account_id
    inner join core.team_spans as spans on spans.person_id = persons.person_id and messages.sent_at >= spans.from_at and messages.sent_at < spans.to_at
),
-- A reply of the team, by the brand or by one of them, belongs to the conversation of the person it replies to.
posts as (
    select
        posts.message_id, 'x' as channel, 'posts' as stream,
        posts.conversation_id || '/' || case when team.message_id is null then posts.account_id else coalesce(parents.account_id, posts.parent_account_id, posts.account_id) end as conversation_id,
        posts.account_id, posts.sent_at, posts.text as title, 'https://x.com/i/status/' || split_part(posts.message_id, ':', 3) as url, false as is_automatic
    from staging.x_posts as posts
    left join staging.x_posts as parents on parents.message_id = posts.parent_id
    left join written_by_team as team on team.message_id = posts.message_id
),
-- A week's silence ends a conversation of direct messages when somebody outside breaks it; an answer that took longer is still an answer.
direct_messages_with_silence as (
    select
        messages.*,
        team.message_id is null
        and coalesce(sent_at - lag(sent_at) over (partition by conversation_id order by sent_at, messages.message_id) > interval 7 days, false) as is_after_silence
    from staging.x_direct_messages as messages
    left join written_by_team as team on team.message_id = messages.message_id
),
direct_messages as (
    select
        message_id, 'x' as channel, 'direct_messages' as stream,
        conversation_id || '/' || count_if(is_after_silence) over (partition by conversation_id order by sent_at, message_id rows unbounded preceding) as conversation_id,
        account_id, sent_at, text as title, null as url, false as is_automatic
    from direct_messages_with_silence
),
comments as (
    select
        message_id, 'youtube' as channel, 'comment_threads' as stream, conversation_id, account_id, sent_at, text as title,
        'https://www.youtube.com/watch?v=' || video_id || '&lc=' || split_part(message_id, ':', 3) as url, false as is_automatic, deleted_at
    from staging.youtube_comments
)
from emails
union all by name
from posts
union all by name
from direct_messages
union all by name
from comments

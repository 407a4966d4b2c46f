/*
description: Comments on the YouTube channel and their replies, up to `as_of`.
grain: [message_id]
columns:
  message_id: {type: VARCHAR, says: "youtube:comment:<id>."}
  conversation_id: {type: VARCHAR, required: true, says: "youtube:comment:<id> of the thread's top comment."}
  account_id: {type: VARCHAR, says: "youtube:channel:<id> of the author."}
  author_name: {type: VARCHAR, says: "Display name of the author."}
  video_id: {type: VARCHAR, says: "The video."}
  text: {type: VARCHAR, says: "Text."}
  sent_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "When it was published; edits do not move it."}
  deleted_at: {type: TIMESTAMP WITH TIME ZONE, says: "When its thread, of which it is the top comment, was first known to be gone, if by `as_of`."}
*/
with threads as (
    select
        coalesce(version, observed_at) as changed_at, observed_at, hash,
        from_json(payload, '{"snippet": {"videoId": "VARCHAR", "topLevelComment": {"id": "VARCHAR", "snippet": {"videoId": "VARCHAR", "textOriginal": "VARCHAR", "textDisplay": "VARCHAR", "authorDisplayName": "VARCHAR", "authorChannelId": {"value": "VARCHAR"}, "publishedAt": "TIMESTAMPTZ", "parentId": "VARCHAR"}}}, "replies": {"comments": [{"id": "VARCHAR", "snippet": {"videoId": "VARCHAR", "textOriginal": "VARCHAR", "textDisplay": "VARCHAR", "authorDisplayName": "VARCHAR", "authorChannelId": {"value": "VARCHAR"}, "publishedAt": "TIMESTAMPTZ", "parentId": "VARCHAR"}}]}}') as object
    from landing.youtube_comment_threads
    where not deleted
),
comments as (
    select changed_at, observed_at, hash, object.snippet.topLevelComment as comment, object.snippet.videoId as video_id from threads
    union all
    select changed_at, observed_at, hash, unnest(object.replies.comments), object.snippet.videoId from threads
    union all
    select
        coalesce(version, observed_at), observed_at, hash,
        from_json(payload, '{"id": "VARCHAR", "snippet": {"videoId": "VARCHAR", "textOriginal": "VARCHAR", "textDisplay": "VARCHAR", "authorDisplayName": "VARCHAR", "authorChannelId": {"value": "VARCHAR"}, "publishedAt": "TIMESTAMPTZ", "parentId": "VARCHAR"}}'),
        null
    from landing.youtube_comments
    where not deleted
),
newest as (
    select
        comment.id as id,
        first(comment order by changed_at desc, observed_at desc, hash desc) as comment,
        max(video_id) as video_id
    from comments
    group by comment.id
),
sightings as (
    select key, max(observed_at) filter (not deleted) as seen_living_at, list(observed_at) filter (deleted) as deletions
    from landing.youtube_comment_threads
    group by key
),
gone as (
    select 'youtube:comment:' || split_part(key, ':', 3) as message_id, list_min(list_filter(deletions, lambda seen_at: seen_living_at is null or seen_at > seen_living_at)) as deleted_at
    from sightings
)
select
    'youtube:comment:' || id as message_id,
    'youtube:comment:' || coalesce(comment.snippet.parentId, split_part(id, '.', 1)) as conversation_id,
    'youtube:channel:' || comment.snippet.authorChannelId.value as account_id,
    comment.snippet.authorDisplayName as author_name,
    coalesce(comment.snippet.videoId, video_id) as video_id,
    coalesce(comment.snippet.textOriginal, comment.snippet.textDisplay, '') as text,
    comment.snippet.publishedAt as sent_at,
    case when gone.deleted_at <= getvariable('as_of') then gone.deleted_at end as deleted_at
from newest
left join gone on gone.message_id = 'youtube:comment:' || newest.id
where comment.snippet.publishedAt <= getvariable('as_of')

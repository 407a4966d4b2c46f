/*
description: How many objects and distinct versions have been landed, per stream.
grain: [source, stream]
columns:
  source: {type: VARCHAR, says: "slack, github, …"}
  stream: {type: VARCHAR, says: "Stream of the source."}
  objects: {type: BIGINT, required: true, says: "Distinct objects."}
  versions: {type: BIGINT, required: true, says: "Distinct versions of them; the same version landed twice counts once."}
*/
with rows as not materialized (
    select 'slack' as source, 'messages' as stream, key, hash from landing.slack_messages
    union all select 'slack', 'users', key, hash from landing.slack_users
    union all select 'slack', 'channels', key, hash from landing.slack_channels
    union all select 'github', 'issues', key, hash from landing.github_issues
    union all select 'github', 'comments', key, hash from landing.github_comments
    union all select 'github', 'events', key, hash from landing.github_events
    union all select 'github', 'reactions', key, hash from landing.github_reactions
    union all select 'github', 'releases', key, hash from landing.github_releases
    union all select 'github', 'users', key, hash from landing.github_users
    union all select 'github', 'organisations', key, hash from landing.github_organisations
    union all select 'shortcut', 'stories', key, hash from landing.shortcut_stories
    union all select 'shortcut', 'members', key, hash from landing.shortcut_members
    union all select 'shortcut', 'labels', key, hash from landing.shortcut_labels
    union all select 'shortcut', 'workflows', key, hash from landing.shortcut_workflows
    union all select 'shortcut', 'history', key, hash from landing.shortcut_history
    union all select 'handoff', 'responses', key, hash from landing.handoff_responses
    union all select 'email', 'messages', key, hash from landing.email_messages
    union all select 'x', 'posts', key, hash from landing.x_posts
    union all select 'x', 'direct_messages', key, hash from landing.x_direct_messages
    union all select 'x', 'users', key, hash from landing.x_users
    union all select 'youtube', 'comment_threads', key, hash from landing.youtube_comment_threads
    union all select 'youtube', 'comments', key, hash from landing.youtube_comments
),
-- Counting 64-bit hashes instead of texts: a million objects miscount by one with a chance of one in ten million.
keys as (
    select source, stream, hash(key) as key_hash, count(*) as landed from rows group by source, stream, key_hash
),
counted as (
    select source, stream, count(*) as objects, count(*) filter (landed = 1) as versions from keys group by source, stream
),
-- Most objects have been landed once; only of the others are versions compared.
repeated as (
    select rows.source, rows.stream, count(distinct hash(rows.key, rows.hash)) as versions
    from rows
    semi join (from keys where landed > 1) as keys on keys.source = rows.source and keys.stream = rows.stream and keys.key_hash = hash(rows.key)
    group by rows.source, rows.stream
)
select counted.source as source, counted.stream as stream, counted.objects as objects, counted.versions + coalesce(repeated.versions, 0) as versions
from counted
left join repeated on repeated.source = counted.source and repeated.stream = counted.stream

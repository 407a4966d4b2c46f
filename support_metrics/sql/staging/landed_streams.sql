/*
description: How many objects and distinct versions have been landed, per stream.
grain: [source, stream]
columns:
  source: {type: VARCHAR, says: "slack, github, …"}
  stream: {type: VARCHAR, says: "Stream of the source."}
  objects: {type: BIGINT, required: true, says: "Distinct objects."}
  versions: {type: BIGINT, required: true, says: "Distinct versions of them; the same version landed twice counts once."}
*/
-- Each stream by itself, as a group of rows with one name is dearer. Counting 64-bit hashes instead of texts: a million objects miscount by one with a chance of one in ten million.
with streams as (
    select 'slack' as source, 'messages' as stream, count(distinct hash(key)) as objects, count(distinct hash(key, hash)) as versions from landing.slack_messages
    union all select 'slack', 'users', count(distinct hash(key)), count(distinct hash(key, hash)) from landing.slack_users
    union all select 'slack', 'channels', count(distinct hash(key)), count(distinct hash(key, hash)) from landing.slack_channels
    union all select 'github', 'issues', count(distinct hash(key)), count(distinct hash(key, hash)) from landing.github_issues
    union all select 'github', 'comments', count(distinct hash(key)), count(distinct hash(key, hash)) from landing.github_comments
    union all select 'github', 'events', count(distinct hash(key)), count(distinct hash(key, hash)) from landing.github_events
    union all select 'github', 'reactions', count(distinct hash(key)), count(distinct hash(key, hash)) from landing.github_reactions
    union all select 'github', 'releases', count(distinct hash(key)), count(distinct hash(key, hash)) from landing.github_releases
    union all select 'github', 'users', count(distinct hash(key)), count(distinct hash(key, hash)) from landing.github_users
    union all select 'github', 'organisations', count(distinct hash(key)), count(distinct hash(key, hash)) from landing.github_organisations
    union all select 'shortcut', 'stories', count(distinct hash(key)), count(distinct hash(key, hash)) from landing.shortcut_stories
    union all select 'shortcut', 'members', count(distinct hash(key)), count(distinct hash(key, hash)) from landing.shortcut_members
    union all select 'shortcut', 'labels', count(distinct hash(key)), count(distinct hash(key, hash)) from landing.shortcut_labels
    union all select 'shortcut', 'workflows', count(distinct hash(key)), count(distinct hash(key, hash)) from landing.shortcut_workflows
    union all select 'shortcut', 'history', count(distinct hash(key)), count(distinct hash(key, hash)) from landing.shortcut_history
    union all select 'handoff', 'responses', count(distinct hash(key)), count(distinct hash(key, hash)) from landing.handoff_responses
    union all select 'email', 'messages', count(distinct hash(key)), count(distinct hash(key, hash)) from landing.email_messages
    union all select 'x', 'posts', count(distinct hash(key)), count(distinct hash(key, hash)) from landing.x_posts
    union all select 'x', 'direct_messages', count(distinct hash(key)), count(distinct hash(key, hash)) from landing.x_direct_messages
    union all select 'x', 'users', count(distinct hash(key)), count(distinct hash(key, hash)) from landing.x_users
    union all select 'youtube', 'comment_threads', count(distinct hash(key)), count(distinct hash(key, hash)) from landing.youtube_comment_threads
    union all select 'youtube', 'comments', count(distinct hash(key)), count(distinct hash(key, hash)) from landing.youtube_comments
)
select source, stream, objects, versions from streams where objects > 0

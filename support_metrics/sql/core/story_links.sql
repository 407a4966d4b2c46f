/*
description: GitHub issues and Slack messages that living Shortcut stories link, read from the addresses whatever their scheme, case and tail.
grain: [story_id, target]
columns:
  story_id: {type: VARCHAR, says: "The story."}
  target: {type: VARCHAR, says: "owner/name#number, or slack:<channel>:<ts>."}
  repository: {type: VARCHAR, says: "owner/name in lower case, for an issue."}
  number: {type: BIGINT, says: "Number of the issue."}
  channel_id: {type: VARCHAR, says: "Slack channel, for a message."}
  ts: {type: VARCHAR, says: "Slack's own name of the message."}
*/
with links as (
    select story_id, unnest(links) as link from staging.shortcut_stories where deleted_at is null
),
issue_links as (
    select
        story_id,
        lower(regexp_extract(link, '(?i)://[^/]+/(?:repos/)?([^/]+/[^/]+)/issues/\d+', 1)) as repository,
        try_cast(regexp_extract(link, '(?i)/issues/(\d+)', 1) as bigint) as number
    from links
    where regexp_matches(link, '(?i)://[^/]+/(?:repos/)?[^/]+/[^/]+/issues/\d+')
),
message_links as (
    select
        story_id,
        regexp_extract(link, '/archives/([A-Z0-9]+)/p(\d{10})(\d{6})', 1) as channel_id,
        regexp_extract(link, '/archives/([A-Z0-9]+)/p(\d{10})(\d{6})', 2) || '.' || regexp_extract(link, '/archives/([A-Z0-9]+)/p(\d{10})(\d{6})', 3) as ts
    from links
    where regexp_matches(link, '/archives/[A-Z0-9]+/p\d{16}')
)
select distinct story_id, repository || '#' || number as target, repository, number, null::varchar as channel_id, null::varchar as ts
from issue_links
where number is not null
union all
select distinct story_id, 'slack:' || channel_id || ':' || ts, null, null, channel_id, ts
from message_links

/*
description: GitHub releases as they stood at `as_of`, drafts and prereleases among them.
grain: [release_id]
columns:
  release_id: {type: VARCHAR, says: "github:release:<owner>/<repo>:<id>."}
  repository: {type: VARCHAR, required: true, says: "owner/name in lower case."}
  tag: {type: VARCHAR, says: "Tag."}
  name: {type: VARCHAR, says: "Title."}
  url: {type: VARCHAR, says: "Address for people."}
  body: {type: VARCHAR, says: "Notes in Markdown."}
  is_draft: {type: BOOLEAN, required: true, says: "Not yet published."}
  is_prerelease: {type: BOOLEAN, required: true, says: "Marked as not for production."}
  published_at: {type: TIMESTAMP WITH TIME ZONE, says: "When it was published, which is not when it was created."}
*/
with parsed as (
    select key, observed_at, hash, deleted, coalesce(version, observed_at) as changed_at, from_json(payload, '{"tag_name": "VARCHAR", "name": "VARCHAR", "html_url": "VARCHAR", "body": "VARCHAR", "draft": "BOOLEAN", "prerelease": "BOOLEAN", "published_at": "TIMESTAMPTZ"}') as object
    from landing.github_releases
),
chosen as (
    select
        key,
        first(object order by deleted, changed_at > getvariable('as_of'), abs(epoch_us(changed_at) - epoch_us(getvariable('as_of'))), observed_at desc, hash desc) as object,
        max(observed_at) filter (not deleted) as seen_living_at,
        list(observed_at) filter (deleted) as deletions
    from parsed
    group by key
),
known as (
    select *, list_min(list_filter(deletions, lambda seen_at: seen_living_at is null or seen_at > seen_living_at)) as deleted_at from chosen
)
select
    key as release_id,
    split_part(key, ':', 3) as repository,
    object.tag_name as tag,
    object.name as name,
    object.html_url as url,
    coalesce(object.body, '') as body,
    coalesce(object.draft, false) as is_draft,
    coalesce(object.prerelease, false) as is_prerelease,
    object.published_at as published_at
from known
where coalesce(deleted_at > getvariable('as_of'), true) and (object.published_at is null or object.published_at <= getvariable('as_of'))

/*
description: GitHub releases as known, drafts and prereleases among them.
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
with newest as (
    select
        key,
        first(deleted order by coalesce(version, observed_at) desc, observed_at desc, hash desc) as is_deleted,
        first(from_json(payload, '{"tag_name": "VARCHAR", "name": "VARCHAR", "html_url": "VARCHAR", "body": "VARCHAR", "draft": "BOOLEAN", "prerelease": "BOOLEAN", "published_at": "TIMESTAMPTZ"}') order by coalesce(version, observed_at) desc, observed_at desc, hash desc) as object
    from landing.github_releases
    group by key
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
from newest
where not is_deleted and (object.published_at is null or object.published_at <= getvariable('as_of'))

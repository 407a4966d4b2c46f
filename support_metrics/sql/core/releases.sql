/*
description: Published releases of the repositories whose releases count, each with the sections its notes have.
grain: [release_id]
columns:
  release_id: {type: VARCHAR, says: "github:release:<owner>/<repo>:<id>."}
  repository: {type: VARCHAR, required: true, says: "owner/name in lower case."}
  tag: {type: VARCHAR, says: "Tag."}
  url: {type: VARCHAR, says: "Address for people."}
  is_prerelease: {type: BOOLEAN, required: true, says: "Marked as not for production."}
  published_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "When it was published."}
  week: {type: DATE, required: true, says: "Monday of the local week in which it was published."}
  has_summary: {type: BOOLEAN, required: true, says: "The notes have a summary section, under one of the headings set."}
  has_breaking_changes: {type: BOOLEAN, required: true, says: "The notes have a section for breaking changes."}
  has_deprecations: {type: BOOLEAN, required: true, says: "The notes have a section for deprecations."}
*/
with published as (
    select releases.*
    from staging.github_releases as releases
    semi join (select repository from settings.repositories where role = 'release') as chosen on chosen.repository = releases.repository
    where not releases.is_draft and releases.published_at is not null
),
-- What stands in code blocks and in comments of the template is no heading.
plain as (
    select * replace (replace(regexp_replace(replace(body, chr(13), ''), '```.*?```|~~~.*?~~~|<!--.*?-->', '', 'gs'), '’', '''') as body) from published
),
-- "## Heading", "**Heading:**" and a line underlined with = or -; case, emoji and punctuation around the words are ignored.
with_headings as (
    select
        * exclude (body),
        list_transform(
            list_concat(
                regexp_extract_all(body, '(?m)^ {0,3}#{1,6}[ \t]*([^\n]*)', 1),
                regexp_extract_all(body, '(?m)^ {0,3}(?:\*\*|__)([^\n]*?)(?:\*\*|__):?[ \t]*$', 1),
                regexp_extract_all(body, '(?m)^([^\n]+)\n(?:=+|-+)[ \t]*$', 1)
            ),
            lambda heading: regexp_replace(lower(heading), '^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$', '', 'g')
        ) as headings
    from plain
),
wanted as (
    select
        list(regexp_replace(replace(heading, '’', ''''), '^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$', '', 'g')) filter (role = 'summary') as summary,
        list(regexp_replace(replace(heading, '’', ''''), '^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$', '', 'g')) filter (role = 'breaking') as breaking,
        list(regexp_replace(replace(heading, '’', ''''), '^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$', '', 'g')) filter (role = 'deprecation') as deprecation
    from settings.release_headings
)
select
    releases.release_id as release_id,
    releases.repository as repository,
    releases.tag as tag,
    releases.url as url,
    releases.is_prerelease as is_prerelease,
    releases.published_at as published_at,
    date_trunc('week', timezone(build.time_zone, releases.published_at))::date as week,
    coalesce(list_has_any(releases.headings, wanted.summary), false) as has_summary,
    coalesce(list_has_any(releases.headings, wanted.breaking), false) as has_breaking_changes,
    coalesce(list_has_any(releases.headings, wanted.deprecation), false) as has_deprecations
from with_headings as releases
cross join wanted
cross join settings.build as build

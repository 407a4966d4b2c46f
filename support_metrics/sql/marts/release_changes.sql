/*
description: What a release could tell of, merged pull requests and issues closed as completed, each with the release that came next, if one has.
grain: [change_id]
columns:
  change_id: {type: VARCHAR, says: "github:issue:<id> of the pull request or issue."}
  kind: {type: VARCHAR, required: true, says: "pull_request or issue."}
  repository: {type: VARCHAR, required: true, says: "owner/name in lower case."}
  number: {type: BIGINT, required: true, says: "Number within the repository."}
  url: {type: VARCHAR, says: "Address for people."}
  title: {type: VARCHAR, says: "Title."}
  labels: {type: "VARCHAR[]", says: "Label names."}
  author: {type: VARCHAR, says: "Who opened it."}
  is_external: {type: BOOLEAN, required: true, says: "Opened by somebody outside the team who is no bot."}
  done_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "When it was merged or closed."}
  released_at: {type: TIMESTAMP WITH TIME ZONE, says: "When the repository's next release was published; null while it waits for one."}
  tag: {type: VARCHAR, says: "Its tag."}
*/
with done as (
    select
        issues.issue_id, issues.repository, issues.number, issues.url, issues.title, issues.labels, issues.account_id, issues.person_id, issues.opened_at,
        case when issues.is_pull_request then 'pull_request' else 'issue' end as kind,
        case when issues.is_pull_request then issues.merged_at else issues.closed_at end as done_at
    from core.issue_states as issues
    semi join (select repository from settings.repositories where role = 'release') as chosen on chosen.repository = issues.repository
    where issues.deleted_at is null and (issues.is_pull_request or coalesce(issues.closed_as, 'completed') = 'completed')
),
releases as (
    select repository, tag, published_at from core.releases where not is_prerelease
),
names as (
    select person_id, min(person_name) as person_name from core.persons group by person_id
),
by_bots as (
    select done.issue_id from done semi join (select account_id from core.accounts where is_bot) as bots on bots.account_id = done.account_id
    union
    select done.issue_id
    from done
    cross join settings.build as build
    inner join settings.bots as listed
        on listed.account_id = done.account_id and timezone(build.time_zone, done.opened_at)::date between listed.from_on and listed.to_on
)
select
    done.issue_id as change_id,
    done.kind as kind,
    done.repository as repository,
    done.number as number,
    done.url as url,
    done.title as title,
    done.labels as labels,
    names.person_name as author,
    spans.person_id is null and by_bots.issue_id is null as is_external,
    done.done_at as done_at,
    releases.published_at as released_at,
    releases.tag as tag
from done
left join names on names.person_id = done.person_id
left join by_bots on by_bots.issue_id = done.issue_id
left join core.team_spans as spans
    on spans.person_id = done.person_id and done.opened_at >= spans.from_at and done.opened_at < spans.to_at
asof left join releases on releases.repository = done.repository and releases.published_at >= done.done_at
where done.done_at is not null

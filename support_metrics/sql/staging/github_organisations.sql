/*
description: GitHub organisations of which people are members publicly, as their newest list tells.
grain: [account_id, organisation]
columns:
  account_id: {type: VARCHAR, says: "github:user:<id>."}
  organisation: {type: VARCHAR, says: "Login of the organisation, as it is written there."}
*/
with newest as (
    select
        key,
        from_json(first(payload order by coalesce(version, observed_at) desc, observed_at desc, hash desc), '{"organizations": [{"login": "VARCHAR"}]}') as object
    from landing.github_organisations
    group by key
    having not first(deleted order by coalesce(version, observed_at) desc, observed_at desc, hash desc)
),
listed as (
    select 'github:user:' || split_part(key, ':', 3) as account_id, unnest(list_transform(object.organizations, lambda organisation: organisation.login)) as organisation
    from newest
)
select distinct account_id, organisation
from listed
where organisation is not null

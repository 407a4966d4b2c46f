/*
description: GitHub organisations that tell where somebody may work, as they are members publicly; the team's own, whose repositories are configured, tell nothing.
grain: [account_id, organisation]
columns:
  account_id: {type: VARCHAR, says: "The account."}
  organisation: {type: VARCHAR, says: "Login of the organisation."}
*/
select organisations.account_id, organisations.organisation
from staging.github_organisations as organisations
anti join (select distinct split_part(repository, '/', 1) as owner from settings.repositories) as own on own.owner = lower(organisations.organisation)

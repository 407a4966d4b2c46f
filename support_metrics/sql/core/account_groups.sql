/*
description: Accounts joined by links, for each strength of rule on its own; the step before persons. Groups of stronger rules lie within those of weaker ones.
grain: [strength, account_id]
columns:
  strength: {type: BIGINT, says: "The weakest rule used: 1 alias, 2 roster, 3 e-mail, 4 GitHub no-reply address, 5 Slack profile."}
  account_id: {type: VARCHAR, says: "The account."}
  group_id: {type: VARCHAR, required: true, says: "The least account key of the group."}
*/
-- Every round hands the least label known to neighbours, to what a label stands for, and to itself, so that even a long chain takes few
-- rounds (FastSV: Zhang, Azad and Hu, 2020). Only accounts whose label changed enter the next.
with recursive strengths as (
    select account_id, other_account_id, list_position(['alias', 'roster', 'email', 'github_no_reply', 'slack_profile'], rule)::bigint as strength
    from core.account_links
),
neighbours as materialized (
    select level.strength || ' ' || links.account_id as node, level.strength || ' ' || links.other_account_id as neighbour
    from strengths as links
    inner join range(1, 6) as level(strength) on links.strength <= level.strength
    union
    select level.strength || ' ' || links.other_account_id, level.strength || ' ' || links.account_id
    from strengths as links
    inner join range(1, 6) as level(strength) on links.strength <= level.strength
),
labels(node, label) using key (node) as (
    select node, least(node, min(neighbour)) from neighbours group by node
    union
    select found.node, min(found.label)
    from (
        select own.label as node, far.label as label
        from neighbours
        inner join recurring.labels as own on own.node = neighbours.node
        inner join recurring.labels as near on near.node = neighbours.neighbour
        inner join recurring.labels as far on far.node = near.label
        union all
        select neighbours.node, far.label
        from neighbours
        inner join recurring.labels as near on near.node = neighbours.neighbour
        inner join recurring.labels as far on far.node = near.label
    ) as found
    inner join recurring.labels as held on held.node = found.node
    where found.label < held.label
    group by found.node
)
select left(node, 1)::bigint as strength, substr(node, 3) as account_id, substr(label, 3) as group_id
from labels

/*
description: Shortcut stories as they stood at `as_of`.
grain: [story_id]
columns:
  story_id: {type: VARCHAR, says: "shortcut:story:<id>."}
  number: {type: BIGINT, required: true, says: "Shortcut's number of the story."}
  url: {type: VARCHAR, says: "Address for people."}
  title: {type: VARCHAR, says: "Name of the story."}
  story_type: {type: VARCHAR, required: true, says: "bug, feature or chore."}
  labels: {type: "VARCHAR[]", required: true, says: "Label names it carried then."}
  links: {type: "VARCHAR[]", required: true, says: "External links, older external tickets and an external id that is an address."}
  owner_ids: {type: "VARCHAR[]", required: true, says: "Accounts of its owners, shortcut:member:<id>."}
  is_archived: {type: BOOLEAN, required: true, says: "Put out of sight, which is not deleted."}
  created_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "When it was created."}
  completed_at: {type: TIMESTAMP WITH TIME ZONE, says: "When it was completed, if it was by `as_of`."}
  is_done: {type: BOOLEAN, required: true, says: "Completed by `as_of`, by the story's own word."}
  state_id: {type: BIGINT, says: "Id of the workflow state in which it stood; null where that is not known for `as_of`."}
  deleted_at: {type: TIMESTAMP WITH TIME ZONE, says: "When it was first known to be deleted, if by `as_of`."}
*/
with parsed as (
    select
        key, observed_at, hash, deleted, coalesce(version, observed_at) as changed_at,
        from_json(payload, '{"app_url": "VARCHAR", "name": "VARCHAR", "story_type": "VARCHAR", "labels": [{"name": "VARCHAR"}], "external_links": ["VARCHAR"], "external_tickets": [{"external_url": "VARCHAR"}], "external_id": "VARCHAR", "owner_ids": ["VARCHAR"], "archived": "BOOLEAN", "completed": "BOOLEAN", "completed_at": "TIMESTAMPTZ", "created_at": "TIMESTAMPTZ", "moved_at": "TIMESTAMPTZ", "workflow_state_id": "BIGINT"}') as object
    from landing.shortcut_stories
),
chosen as (
    select
        key,
        first(object order by deleted, changed_at > getvariable('as_of'), abs(epoch_us(changed_at) - epoch_us(getvariable('as_of'))), observed_at desc, hash desc) as object,
        first(object.completed_at order by deleted, changed_at desc, observed_at desc, hash desc) as newest_completed_at,
        first(object.workflow_state_id order by deleted, changed_at desc, observed_at desc, hash desc) as newest_state_id,
        -- A version tells since when the story has stood in its state: the newest that had moved there by then knows best.
        first(object.workflow_state_id order by deleted, changed_at desc, observed_at desc, hash desc) filter (coalesce(object.moved_at, changed_at) <= getvariable('as_of')) as state_id_then,
        max(observed_at) filter (not deleted) as seen_living_at,
        min(changed_at) filter (deleted) as first_deleted_at,
        max(observed_at) filter (deleted) as last_deleted_at
    from parsed
    group by key
),
-- A later version may tell of a completion that had happened by then.
completed as (
    select
        *,
        case
            when newest_completed_at <= getvariable('as_of') then newest_completed_at
            when object.completed_at <= getvariable('as_of') then object.completed_at
        end as completed_at,
        -- Since it was completed it has moved among states that are done, if at all.
        case when newest_completed_at <= getvariable('as_of') then newest_state_id else state_id_then end as state_id
    from chosen
)
select
    key as story_id,
    split_part(key, ':', 3)::bigint as number,
    object.app_url as url,
    object.name as title,
    coalesce(object.story_type, 'feature') as story_type,
    list_filter(list_transform(coalesce(object.labels, []), lambda label: label.name), lambda name: name is not null) as labels,
    list_filter(
        list_concat(coalesce(object.external_links, []), list_transform(coalesce(object.external_tickets, []), lambda ticket: ticket.external_url), [object.external_id]),
        lambda link: coalesce(contains(link, '://'), false)
    ) as links,
    list_transform(coalesce(object.owner_ids, []), lambda owner: 'shortcut:member:' || owner) as owner_ids,
    coalesce(object.archived, false) as is_archived,
    object.created_at as created_at,
    completed_at,
    completed_at is not null or (coalesce(object.completed, false) and object.completed_at is null) as is_done,
    state_id,
    case when (seen_living_at is null or last_deleted_at > seen_living_at) and first_deleted_at <= getvariable('as_of') then first_deleted_at end as deleted_at
from completed
where object.created_at <= getvariable('as_of')

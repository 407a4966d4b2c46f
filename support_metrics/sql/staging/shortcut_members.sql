/*
description: Members of the Shortcut workspace, with the profile that says who they are.
grain: [account_id]
columns:
  account_id: {type: VARCHAR, says: "shortcut:member:<id>."}
  name: {type: VARCHAR, says: "Full name in the profile."}
  mention_name: {type: VARCHAR, says: "Handle, without the at sign."}
  email: {type: VARCHAR, says: "Address in the profile, lower case; Shortcut has verified it."}
  is_disabled: {type: BOOLEAN, required: true, says: "The member can no longer log in, or is gone."}
*/
with versions as (
    select
        *, coalesce(version, observed_at) as changed_at,
        from_json(payload, '{"disabled": "BOOLEAN", "profile": {"name": "VARCHAR", "mention_name": "VARCHAR", "email_address": "VARCHAR", "deactivated": "BOOLEAN"}}') as object
    from landing.shortcut_members
),
current_versions as (
    select * from versions
    qualify row_number() over (partition by key order by changed_at > getvariable('as_of'), abs(epoch_us(changed_at) - epoch_us(getvariable('as_of'))), observed_at desc, hash desc) = 1
)
select
    key as account_id,
    nullif(trim(object.profile.name), '') as name,
    nullif(object.profile.mention_name, '') as mention_name,
    lower(nullif(trim(object.profile.email_address), '')) as email,
    coalesce(object.disabled, false) or coalesce(object.profile.deactivated, false) or deleted as is_disabled
from current_versions

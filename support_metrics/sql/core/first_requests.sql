/*
description: Each person's first request ever, excluded ones left out.
grain: [person_id]
columns:
  person_id: {type: VARCHAR, says: "The person."}
  request_id: {type: VARCHAR, required: true, says: "Their first request."}
  channel: {type: VARCHAR, required: true, says: "Where they asked it."}
  opened_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "When."}
  opened_on: {type: DATE, required: true, says: "Local date."}
*/
with firsts as (
    select
        person_id,
        min(struct_pack(opened_at := opened_at, request_id := request_id, channel := channel)) as request
    from core.requests
    where excluded_why is null
    group by person_id
)
select
    firsts.person_id as person_id,
    firsts.request.request_id as request_id,
    firsts.request.channel as channel,
    firsts.request.opened_at as opened_at,
    timezone(build.time_zone, firsts.request.opened_at)::date as opened_on
from firsts
cross join settings.build as build

/*
description: The request rows behind every delivered report.
grain: [report_id, request_id]
columns:
  report_id: {type: VARCHAR, says: "Key of the report in landing."}
  week: {type: DATE, required: true, says: "Monday of the week reported."}
  as_of_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "The moment it was judged at."}
  delivered_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "When it was delivered."}
  request_id: {type: VARCHAR, says: "The request."}
  person_id: {type: VARCHAR, says: "Who had asked, as it was known."}
  opened_at: {type: TIMESTAMP WITH TIME ZONE, says: "When it was opened, as it was known."}
  state: {type: VARCHAR, says: "The state it was shown in."}
  first_response_at: {type: TIMESTAMP WITH TIME ZONE, says: "The first answer, if one was known."}
*/
with reports as (
    select key as report_id, first(from_json(payload, '{"week": "DATE", "as_of": "TIMESTAMPTZ", "delivered_at": "TIMESTAMPTZ", "requests": [{"request_id": "VARCHAR", "person_id": "VARCHAR", "opened_at": "TIMESTAMPTZ", "first_response_at": "TIMESTAMPTZ", "state": "VARCHAR"}]}') order by observed_at, hash) as object
    from landing.support_metrics_reports
    group by key
),
requests as (
    select report_id, object, unnest(object.requests) as request from reports
)
select
    report_id,
    object.week as week,
    object.as_of as as_of_at,
    object.delivered_at as delivered_at,
    request.request_id as request_id,
    request.person_id as person_id,
    request.opened_at as opened_at,
    request.state as state,
    request.first_response_at as first_response_at
from requests
where object.as_of <= getvariable('as_of')

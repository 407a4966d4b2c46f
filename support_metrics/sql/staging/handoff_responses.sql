/*
description: Submissions of the handoff form up to `as_of`, answers found by the headings the settings name. A count that is no single number is null.
grain: [response_id]
columns:
  response_id: {type: VARCHAR, says: "handoff:<instant of submission>:<exterminator>."}
  submitted_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "When it was submitted."}
  exterminator: {type: VARCHAR, says: "Who filled it in, as typed."}
  next_exterminator: {type: VARCHAR, says: "Who is next, as typed."}
  week_answer: {type: VARCHAR, says: "The form's week field, as typed."}
  week: {type: DATE, says: "Monday of the week that field names; null where it names none."}
  mon: {type: BIGINT, says: "Users reported on Monday."}
  tue: {type: BIGINT, says: "Users reported on Tuesday."}
  wed: {type: BIGINT, says: "Users reported on Wednesday."}
  thu: {type: BIGINT, says: "Users reported on Thursday."}
  fri: {type: BIGINT, says: "Users reported on Friday."}
  sat: {type: BIGINT, says: "Users reported on Saturday."}
  sun: {type: BIGINT, says: "Users reported on Sunday."}
  notes: {type: VARCHAR, says: "Context worth passing on."}
*/
with newest as (
    select
        key, coalesce(version, observed_at) as submitted_at, payload
    from landing.handoff_responses
    qualify row_number() over (partition by key order by coalesce(version, observed_at) desc, observed_at desc, hash desc) = 1 and not deleted
),
answers as (
    select key, unnest(map_entries(payload::json::map(varchar, varchar))) as answer from newest
),
fields as (
    select
        answers.key, columns.field, min(nullif(trim(answers.answer.value, ' ' || chr(9) || chr(10) || chr(13) || chr(160)), '')) as answer
    from answers
    inner join settings.handoff_columns as columns on trim(columns.heading) = trim(answers.answer.key)
    group by answers.key, columns.field
),
-- "12", " 7 ", "1,200" and "3 users" are numbers; "2 or 3" and "many" are not.
counts as (
    select
        key, field, answer,
        try_cast(nullif(regexp_extract(regexp_replace(answer, '(\d),(\d{3})\b', '\1\2', 'g'), '^[^\d-]*(\d+)(?:\.0+)?[^\d]*$', 1), '') as bigint) as number
    from fields
),
wide as (
    select
        key,
        max(answer) filter (field = 'exterminator') as exterminator,
        max(answer) filter (field = 'next_exterminator') as next_exterminator,
        max(answer) filter (field = 'week') as week_answer,
        max(answer) filter (field = 'notes') as notes,
        max(number) filter (field = 'mon') as mon,
        max(number) filter (field = 'tue') as tue,
        max(number) filter (field = 'wed') as wed,
        max(number) filter (field = 'thu') as thu,
        max(number) filter (field = 'fri') as fri,
        max(number) filter (field = 'sat') as sat,
        max(number) filter (field = 'sun') as sun
    from counts
    group by key
),
-- The first date in the answer: 2026-03-02, 2026/3/2, 3/2/2026 (month first, as the sheet writes it), 2.3.2026, March 2, 2026, 2 March 2026.
dated as (
    select
        *,
        coalesce(
            try_strptime(upper(regexp_extract(week_answer, '\b(\d{4})-?\s?[wW](\d{1,2})\b', 1) || '-W' || lpad(regexp_extract(week_answer, '\b(\d{4})-?\s?[wW](\d{1,2})\b', 2), 2, '0') || '-1'), '%G-W%V-%u'),
            try_strptime(replace(regexp_extract(week_answer, '\d{4}[-/.]\d{1,2}[-/.]\d{1,2}'), '.', '-'), ['%Y-%m-%d', '%Y/%m/%d']),
            try_strptime(regexp_extract(week_answer, '\d{1,2}/\d{1,2}/\d{4}'), ['%m/%d/%Y', '%d/%m/%Y']),
            try_strptime(regexp_extract(week_answer, '\d{1,2}\.\d{1,2}\.\d{4}'), '%d.%m.%Y'),
            try_strptime(replace(regexp_extract(week_answer, '[A-Za-z]{3,9}\.? \d{1,2},? \d{4}'), ',', ''), ['%B %d %Y', '%b %d %Y']),
            try_strptime(regexp_extract(week_answer, '\d{1,2} [A-Za-z]{3,9} \d{4}'), ['%d %B %Y', '%d %b %Y'])
        ) as week_day
    from wide
)
select
    newest.key as response_id,
    newest.submitted_at as submitted_at,
    dated.exterminator as exterminator,
    dated.next_exterminator as next_exterminator,
    dated.week_answer as week_answer,
    date_trunc('week', dated.week_day)::date as week,
    dated.mon as mon,
    dated.tue as tue,
    dated.wed as wed,
    dated.thu as thu,
    dated.fri as fri,
    dated.sat as sat,
    dated.sun as sun,
    dated.notes as notes
from newest
left join dated on dated.key = newest.key
where newest.submitted_at <= getvariable('as_of')

/*
description: Overrides that change nothing, because what they name is not known or because they contradict one another; one that is misspelt should not pass in silence.
grain: [kind, subject, object]
columns:
  kind: {type: VARCHAR, says: "same, not_same, include, exclude, reattribute or answer."}
  subject: {type: VARCHAR, says: "What it is about, as written."}
  object: {type: VARCHAR, says: "The other account or message, as written; empty where there is none."}
  decided: {type: VARCHAR, required: true, says: "Who decided and why, as written."}
  why: {type: VARCHAR, required: true, says: "Why it has no effect."}
  is_mistaken: {type: BOOLEAN, required: true, says: "Wants correcting; false where it says what holds without it."}
*/
with resolved as (
    select
        overrides.*,
        requests.request_id is not null as is_request,
        messages.message_id is not null as is_message,
        parts.request_id as part_of_id,
        questions.reason as rejected_why,
        answers.message_id is not null as is_answer,
        known.account_id is not null as is_account,
        other_known.account_id is not null as is_other_account,
        subjects.person_id = objects.person_id as is_one_person
    from core.overrides as overrides
    left join core.requests as requests on requests.request_id = overrides.subject_id
    left join core.messages as messages on messages.message_id = overrides.subject_id
    left join core.slack_requests as parts on parts.message_id = overrides.subject_id and parts.message_id <> parts.request_id
    left join core.slack_questions as questions on questions.message_id = overrides.subject_id and not questions.asks
    left join core.messages as answers on answers.message_id = overrides.object_id
    left join core.accounts as known on known.account_id = overrides.subject_id
    left join core.accounts as other_known on other_known.account_id = overrides.object_id
    left join core.persons as subjects on subjects.account_id = overrides.subject_id
    left join core.persons as objects on objects.account_id = overrides.object_id
),
explained as (
    select
        kind, subject, object, why as decided,
        case
            when kind in ('same', 'not_same') and not is_account then 'no account ' || subject || ' is known'
            when kind in ('same', 'not_same') and not is_other_account then 'no account ' || object || ' is known'
            when kind = 'same' and not is_one_person then 'another line declares them, or accounts merged with them, not the same'
            when kind = 'include' and not is_message then 'no message ' || subject || ' is known in a support channel'
            when kind = 'include' and not is_request then coalesce('it is part of ' || part_of_id, 'it is not by an external human')
            when kind = 'exclude' and part_of_id is not null then 'it is part of ' || part_of_id || '; exclude that'
            when kind = 'exclude' and rejected_why is not null then 'it counts as no request anyway: ' || rejected_why
            when kind in ('exclude', 'reattribute', 'answer') and not is_request then 'no request ' || subject || ' is known'
            when kind = 'reattribute' and not is_other_account then 'no account ' || object || ' is known'
            when kind = 'answer' and not is_answer then 'no message ' || object || ' is known'
        end as why,
        not (kind = 'exclude' and not is_request and part_of_id is null and rejected_why is not null) as is_mistaken
    from resolved
)
select kind, subject, object, decided, why, is_mistaken from explained where why is not null

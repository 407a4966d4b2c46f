/*
description: Every support request of an external human, in all channels, with what is known of its answers; not yet judged.
grain: [request_id]
columns:
  request_id: {type: VARCHAR, says: "Key of the object that opened it."}
  channel: {type: VARCHAR, required: true, says: "github, slack, email, x or youtube."}
  stream: {type: VARCHAR, required: true, says: "Stream of the source it came by."}
  place: {type: VARCHAR, required: true, says: "Repository, Slack channel id, or * for an inbox."}
  number: {type: BIGINT, says: "Issue number, in GitHub."}
  conversation_id: {type: VARCHAR, required: true, says: "Its issue, thread or conversation."}
  url: {type: VARCHAR, says: "Address for people."}
  title: {type: VARCHAR, says: "Title, subject, or the text; what is not a title ends in an ellipsis beyond 120 characters."}
  account_id: {type: VARCHAR, required: true, says: "The account it was asked with."}
  person_id: {type: VARCHAR, required: true, says: "Who asked."}
  person_name: {type: VARCHAR, required: true, says: "Their name."}
  opened_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "When."}
  verdict: {type: VARCHAR, required: true, says: "Why it counts as a request."}
  excluded_why: {type: VARCHAR, says: "Why it does not count after all: spam, deleted by a maintainer, or by hand."}
  excluded_at: {type: TIMESTAMP WITH TIME ZONE, says: "From when it does not count; null where that is for good."}
  first_human_at: {type: TIMESTAMP WITH TIME ZONE, says: "First answer by any other person."}
  first_response_at: {type: TIMESTAMP WITH TIME ZONE, says: "First answer by the team."}
  response_message_id: {type: VARCHAR, says: "That message."}
  responder_account_id: {type: VARCHAR, says: "The account it was written with."}
  responder_id: {type: VARCHAR, says: "Who wrote it."}
  responder_name: {type: VARCHAR, says: "Their name."}
  response_inferred: {type: BOOLEAN, required: true, says: "The answer stands outside the thread and was inferred from being alone with the question."}
  possible_answer_ids: {type: "VARCHAR[]", says: "Unthreaded team messages that could answer one of several requests and so count for none."}
  withdrawn_at: {type: TIMESTAMP WITH TIME ZONE, says: "When its author closed or deleted it, if they did."}
  closed_at: {type: TIMESTAMP WITH TIME ZONE, says: "When it was closed, if it is at `as_of`."}
*/
with spam_labels as (
    select list(lower(label)) as labels from settings.issue_labels where role = 'spam'
),
spam_labellings as (
    select events.issue_id, max(events.created_at) as labelled_at
    from staging.github_events as events
    inner join settings.issue_labels as spam on spam.role = 'spam' and lower(spam.label) = lower(events.label)
    where events.event = 'labeled' and events.issue_id is not null
    group by events.issue_id
),
github_requests as (
    select
        issues.issue_id as request_id, 'github' as channel, 'issues' as stream, issues.repository as place, issues.number, issues.issue_id as conversation_id,
        issues.url, issues.title, openings.account_id, openings.person_id, openings.sent_at as opened_at, 'opened an issue' as verdict,
        case
            when issues.deleted_at is not null then 'deleted or transferred away by a maintainer'
            when list_has_any(list_transform(issues.labels, lambda label: lower(label)), spam_labels.labels) then 'labelled as spam'
        end as excluded_why,
        coalesce(issues.deleted_at, spam_labellings.labelled_at) as excluded_at,
        responses.first_human_at, responses.first_response_at, responses.first_response_message_id as response_message_id,
        responses.responder_account_id, responses.responder_id, false as response_inferred, []::varchar[] as possible_answer_ids,
        case when issues.closed_by_person_id = openings.person_id then issues.closed_at end as withdrawn_at, issues.closed_at
    from core.messages as openings
    inner join core.issue_states as issues on issues.issue_id = openings.message_id
    inner join core.responses as responses on responses.conversation_id = openings.message_id
    left join spam_labellings on spam_labellings.issue_id = issues.issue_id
    cross join spam_labels
    where openings.channel = 'github' and openings.is_opening and not openings.is_bot and not openings.is_team and not issues.is_pull_request
),
slack_requests as (
    select
        requests.request_id, 'slack' as channel, 'messages' as stream, requests.place, null::bigint as number, requests.request_id as conversation_id,
        'https://' || slack.domain || '.slack.com/archives/' || requests.place || '/p' || replace(split_part(requests.request_id, ':', 4), '.', '') as url,
        requests.title,
        requests.account_id, requests.person_id, requests.opened_at, requests.reason as verdict, null::varchar as excluded_why, null::timestamptz as excluded_at,
        responses.first_human_at, responses.first_response_at, responses.response_message_id, responses.responder_account_id, responses.responder_id,
        coalesce(responses.response_rule = 'only_request', false) as response_inferred, responses.possible_answer_ids,
        requests.deleted_at as withdrawn_at, requests.deleted_at as closed_at
    from core.slack_requests as requests
    inner join core.slack_responses as responses on responses.request_id = requests.request_id
    cross join settings.slack as slack
    where requests.message_id = requests.request_id
),
-- X escapes the three characters of mark-up in what it sends; a title is plain text.
inbox_lines as (
    select
        *,
        trim(regexp_replace(case when channel = 'x' then replace(replace(replace(title, '&lt;', '<'), '&gt;', '>'), '&amp;', '&') else title end, '\s+', ' ', 'g')) as line
    from core.inbox_messages
),
inbox_requests as (
    select
        openings.message_id as request_id, openings.channel, inbox.stream, openings.place, null::bigint as number, openings.conversation_id,
        inbox.url, case when length(inbox.line) <= 120 then inbox.line else regexp_replace(left(inbox.line, 119), '\s+\S{0,40}$', '') || '…' end as title,
        openings.account_id, openings.person_id, openings.sent_at as opened_at, 'began a conversation' as verdict, null::varchar as excluded_why, null::timestamptz as excluded_at,
        responses.first_human_at, responses.first_response_at, responses.first_response_message_id as response_message_id,
        responses.responder_account_id, responses.responder_id, false as response_inferred, []::varchar[] as possible_answer_ids,
        inbox.deleted_at as withdrawn_at, inbox.deleted_at as closed_at
    from core.messages as openings
    inner join inbox_lines as inbox on inbox.message_id = openings.message_id
    inner join core.responses as responses on responses.conversation_id = openings.conversation_id
    where openings.is_opening and not openings.is_bot and not openings.is_team and openings.person_id is not null
),
requests as (
    from github_requests union all by name from slack_requests union all by name from inbox_requests
),
excluded_by_hand as (
    select subject_id as request_id, min('excluded by hand by ' || why) as why from core.overrides where kind = 'exclude' group by subject_id
),
reattributed as (
    select overrides.subject_id as request_id, min(struct_pack(account_id := persons.account_id, person_id := persons.person_id, why := overrides.why)) as asker
    from core.overrides as overrides
    inner join core.persons as persons on persons.account_id = overrides.object_id
    where overrides.kind = 'reattribute'
    group by overrides.subject_id
),
-- Large tables are joined before small ones of which little is expected, so that these are what is kept at hand, not the requests.
answered as (
    select requests.*, responders.person_name as responder_name
    from requests
    left join core.persons as responders on responders.account_id = requests.responder_account_id
),
corrected as (
    select
        answered.* exclude (account_id, person_id),
        reattributed.asker,
        excluded_by_hand.why as by_hand,
        coalesce(reattributed.asker.account_id, answered.account_id) as account_id,
        coalesce(reattributed.asker.person_id, answered.person_id) as person_id
    from answered
    left join excluded_by_hand on excluded_by_hand.request_id = answered.request_id
    left join reattributed on reattributed.request_id = answered.request_id
),
named as (
    select corrected.* replace (coalesce(corrected.person_id, persons.person_id, corrected.account_id) as person_id), coalesce(persons.person_name, corrected.account_id) as person_name
    from corrected
    left join core.persons as persons on persons.account_id = corrected.account_id
)
select
    named.request_id as request_id,
    named.channel as channel,
    named.stream as stream,
    named.place as place,
    named.number as number,
    named.conversation_id as conversation_id,
    named.url as url,
    named.title as title,
    named.account_id as account_id,
    named.person_id as person_id,
    named.person_name as person_name,
    named.opened_at as opened_at,
    named.verdict as verdict,
    coalesce(named.by_hand, case when team_spans.person_id is not null then 'asked by a team member, by hand of ' || named.asker.why end, named.excluded_why) as excluded_why,
    case when named.by_hand is null and team_spans.person_id is null and named.excluded_why is not null then named.excluded_at end as excluded_at,
    named.first_human_at as first_human_at,
    named.first_response_at as first_response_at,
    named.response_message_id as response_message_id,
    named.responder_account_id as responder_account_id,
    named.responder_id as responder_id,
    named.responder_name as responder_name,
    named.response_inferred as response_inferred,
    named.possible_answer_ids as possible_answer_ids,
    named.withdrawn_at as withdrawn_at,
    named.closed_at as closed_at
from named
left join core.team_spans as team_spans
    on team_spans.person_id = named.asker.person_id and named.opened_at >= team_spans.from_at and named.opened_at < team_spans.to_at

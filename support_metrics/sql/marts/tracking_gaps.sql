/*
description: Where GitHub, Slack and Shortcut disagree or something is missing, one row per gap to mend.
grain: [kind, subject_id]
columns:
  kind: {type: VARCHAR, says: "worked_on_not_tracked, asked_in_slack_without_issue, duplicate_story, story_open_issue_closed, story_done_issue_open or unlabelled_issue."}
  url: {type: VARCHAR, says: "Address of the issue, story or message."}
  title: {type: VARCHAR, says: "Its title."}
  since_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "Since when there is a gap."}
  why: {type: VARCHAR, required: true, says: "What is missing or disagrees, in words."}
  subject_id: {type: VARCHAR, says: "Key of the issue, story or message."}
*/
with linked_conversations as (
    select distinct conversation_id from core.slack_links where kind = 'github'
),
-- The threads of all messages of a request, and the answer where it stands outside them.
request_conversations as (
    select request_id, message_id as conversation_id from core.slack_requests
    union all
    select request_id, response_message_id from core.requests where channel = 'slack' and response_message_id is not null
),
linked_requests as (
    select distinct request_id from request_conversations semi join linked_conversations using (conversation_id)
),
asked_in_slack as (
    select
        'asked_in_slack_without_issue' as kind, url, title, opened_at as since_at,
        'asked by ' || person_name || '; neither the question nor an answer links a GitHub issue' as why, requests.request_id as subject_id
    from marts.requests as requests
    anti join linked_requests on linked_requests.request_id = requests.request_id
    where channel = 'slack' and state not in ('excluded', 'withdrawn')
)
select kind, url, title, since_at, why, issue_id as subject_id from core.issue_gaps
union all
select kind, url, title, since_at, why, subject_id from asked_in_slack
union all
select kind, url, title, since_at, why, story_id as subject_id from core.story_gaps

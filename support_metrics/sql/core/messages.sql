/*
description: Every message people or bots wrote in a configured place of any channel, with who wrote it and whether the team did, on that day.
grain: [message_id]
columns:
  message_id: {type: VARCHAR, says: "Key of the message, issue or comment."}
  channel: {type: VARCHAR, required: true, says: "github, slack, email, x or youtube."}
  place: {type: VARCHAR, required: true, says: "Repository, Slack channel id, or * for an inbox."}
  conversation_id: {type: VARCHAR, required: true, says: "Issue, thread or conversation it belongs to."}
  is_opening: {type: BOOLEAN, required: true, says: "Begins its conversation."}
  account_id: {type: VARCHAR, says: "Author; where a form bot names the asker, the asker."}
  person_id: {type: VARCHAR, says: "The author's person."}
  sent_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "When."}
  is_bot: {type: BOOLEAN, required: true, says: "By a bot, by itself or by the dated list."}
  is_team: {type: BOOLEAN, required: true, says: "By a team member on that date, or a shared account."}
*/
with support_channels as (
    select channel_id from core.slack_channel_roles where role = 'support'
),
-- The subtypes people and bots write with; all others are notices of the system.
slack_messages as (
    select
        messages.message_id, 'slack' as channel, messages.channel_id as place, messages.conversation_id, not messages.is_reply as is_opening,
        coalesce(forms.asker_account_id, messages.account_id) as account_id,
        messages.sent_at,
        (messages.bot_id is not null or coalesce(messages.subtype, '') = 'bot_message') and forms.asker_account_id is null as is_machine
    from staging.slack_messages as messages
    semi join support_channels on support_channels.channel_id = messages.channel_id
    left join core.slack_forms as forms on forms.message_id = messages.message_id
    where coalesce(messages.subtype, '') in ('', 'bot_message', 'file_share', 'me_message', 'thread_broadcast', 'reply_broadcast')
),
repositories as (
    select repository from settings.repositories where role = 'support'
),
-- One issue for each number, so that no comment is counted twice.
numbered_issues as (
    select repository, number, first(issue_id order by deleted_at is not null, created_at desc, issue_id) as issue_id
    from staging.github_issues
    group by repository, number
),
transfers as (
    select issue_id, max(created_at) as transferred_at from staging.github_events where event = 'transferred' group by issue_id
),
github_messages as (
    select
        issues.issue_id as message_id, 'github' as channel, issues.repository as place, issues.issue_id as conversation_id, true as is_opening,
        issues.account_id, greatest(issues.created_at, transfers.transferred_at) as sent_at, false as is_machine
    from staging.github_issues as issues
    semi join repositories on repositories.repository = issues.repository
    left join transfers on transfers.issue_id = issues.issue_id
    union all
    select
        comments.comment_id, 'github', comments.repository, issues.issue_id, false, comments.account_id, comments.created_at, false
    from staging.github_comments as comments
    inner join numbered_issues as issues on issues.repository = comments.repository and issues.number = comments.number
    semi join repositories on repositories.repository = comments.repository
),
inbox_messages as (
    select
        message_id, channel, '*' as place, conversation_id,
        -- What the conversation is named after began it, whatever the clocks of mail servers say.
        row_number() over (partition by conversation_id order by message_id <> conversation_id, sent_at, message_id) = 1 as is_opening,
        account_id, sent_at, is_automatic as is_machine
    from core.inbox_messages
),
messages as (
    from slack_messages union all by name from github_messages union all by name from inbox_messages
),
authors as (
    select accounts.account_id, persons.person_id, accounts.is_bot
    from core.accounts as accounts
    inner join core.persons as persons on persons.account_id = accounts.account_id
),
listed_bots as (
    select account_id, list(struct_pack(from_on := from_on, to_on := to_on)) as spans from settings.bots group by account_id
)
select
    messages.message_id as message_id,
    messages.channel as channel,
    messages.place as place,
    messages.conversation_id as conversation_id,
    messages.is_opening as is_opening,
    messages.account_id as account_id,
    authors.person_id as person_id,
    messages.sent_at as sent_at,
    messages.is_machine or coalesce(authors.is_bot, false) or case
        when listed_bots.spans is not null
        then list_bool_or(list_transform(listed_bots.spans, lambda span: timezone(build.time_zone, messages.sent_at)::date between span.from_on and span.to_on))
        else false
    end as is_bot,
    team_spans.person_id is not null as is_team
from messages
left join authors on authors.account_id = messages.account_id
left join listed_bots on listed_bots.account_id = messages.account_id
cross join settings.build as build
left join core.team_spans as team_spans
    on team_spans.person_id = authors.person_id and messages.sent_at >= team_spans.from_at and messages.sent_at < team_spans.to_at

/*
description: People whom the team has mentioned in the triage channels, by Slack mention, handle, address or full name.
grain: [person_id]
columns:
  person_id: {type: VARCHAR, says: "The person."}
  first_mentioned_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "When first."}
  url: {type: VARCHAR, says: "The link of that message."}
*/
with triage_channels as (
    select channel_id from core.slack_channel_roles where role = 'triage'
),
messages as (
    select messages.message_id, messages.team_id, messages.sent_at, messages.text, list_transform(regexp_extract_all(lower(messages.text), '[\pL\pN_.@+''-]+'), lambda word: rtrim(word, '.-''')) as words
    from staging.slack_messages as messages
    semi join triage_channels on triage_channels.channel_id = messages.channel_id
),
said as (
    select sent_at, message_id, unnest(words) as phrase from messages
    union all
    select sent_at, message_id, unnest(list_transform(range(1, len(words)), lambda place: words[place] || ' ' || words[place + 1])) from messages
    union all
    select sent_at, message_id, unnest(list_transform(range(1, len(words) - 1), lambda place: words[place] || ' ' || words[place + 1] || ' ' || words[place + 2])) from messages
    union all
    select sent_at, message_id, 'slack:' || team_id || ':' || unnest(regexp_extract_all(text, '<@([A-Z0-9]+)', 1)) from messages
),
phrases as (
    select phrase, min(struct_pack(said_at := sent_at, message_id := message_id)) as first_said from said group by phrase
),
names as (
    select account_id, account_id as phrase from core.accounts where source = 'slack'
    union all
    select account_id, lower(handle) from core.accounts where length(handle) > 3
    union all
    select account_id, '@' || lower(handle) from core.accounts where length(handle) > 1
    union all
    select account_id, lower(name) from core.accounts where name like '% %'
),
firsts as (
    select persons.person_id, min(phrases.first_said) as first_said
    from names
    inner join phrases on phrases.phrase = names.phrase
    inner join core.persons as persons on persons.account_id = names.account_id
    group by persons.person_id
)
select
    firsts.person_id as person_id,
    firsts.first_said.said_at as first_mentioned_at,
    'https://' || slack.domain || '.slack.com/archives/' || split_part(firsts.first_said.message_id, ':', 3) || '/p' || replace(split_part(firsts.first_said.message_id, ':', 4), '.', '') as url
from firsts
cross join settings.slack as slack

/*
description: Top-level posts by a form or workflow bot of the settings that name the asker; they are requests of the person they name. In threads such a bot speaks for itself.
grain: [message_id]
columns:
  message_id: {type: VARCHAR, says: "The bot's post."}
  asker_account_id: {type: VARCHAR, required: true, says: "The first account the post mentions."}
*/
with form_bots as (
    select list(bot_id) as bot_ids from settings.asker_bots
),
posts as (
    select messages.message_id, messages.team_id, regexp_extract(messages.text, '<@([A-Z0-9]+)', 1) as asker
    from staging.slack_messages as messages
    cross join form_bots
    where len(form_bots.bot_ids) > 0 and not messages.is_reply
        and (list_contains(form_bots.bot_ids, messages.bot_id) or list_contains(form_bots.bot_ids, split_part(messages.account_id, ':', 3)))
)
select message_id, 'slack:' || team_id || ':' || asker as asker_account_id
from posts
where asker <> ''

/*
description: Posts on X that mention the brand, and the brand's own, up to `as_of`; not bare reposts, which hold no words of their own.
grain: [message_id]
columns:
  message_id: {type: VARCHAR, says: "x:post:<id>."}
  conversation_id: {type: VARCHAR, required: true, says: "x:post:<id> of the post that began the conversation."}
  parent_id: {type: VARCHAR, says: "x:post:<id> of the post replied to."}
  parent_account_id: {type: VARCHAR, says: "x:user:<id> of the author replied to."}
  account_id: {type: VARCHAR, says: "x:user:<id>."}
  text: {type: VARCHAR, says: "Text."}
  sent_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "When."}
*/
with newest as (
    select
        key,
        first(from_json(payload, '{"conversation_id": "VARCHAR", "author_id": "VARCHAR", "in_reply_to_user_id": "VARCHAR", "text": "VARCHAR", "created_at": "TIMESTAMPTZ", "referenced_tweets": [{"type": "VARCHAR", "id": "VARCHAR"}]}') order by coalesce(version, observed_at) desc, observed_at desc, hash desc) as object
    from landing.x_posts
    where not deleted
    group by key
)
select
    key as message_id,
    coalesce('x:post:' || object.conversation_id, key) as conversation_id,
    'x:post:' || list_filter(coalesce(object.referenced_tweets, []), lambda post: post.type = 'replied_to')[1].id as parent_id,
    'x:user:' || object.in_reply_to_user_id as parent_account_id,
    'x:user:' || object.author_id as account_id,
    coalesce(object.text, '') as text,
    object.created_at as sent_at
from newest
where object.created_at <= getvariable('as_of')
    and len(list_filter(coalesce(object.referenced_tweets, []), lambda post: post.type = 'retweeted')) = 0

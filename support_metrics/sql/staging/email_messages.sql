/*
description: E-mail of the support mailboxes, one row per message.
grain: [message_id]
columns:
  message_id: {type: VARCHAR, says: "email:message:<Message-ID>."}
  sent_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "The Date header; a message without a readable one is set aside at the source."}
  account_id: {type: VARCHAR, says: "email:<address of From>, lower case."}
  name: {type: VARCHAR, says: "Name in the From header."}
  subject: {type: VARCHAR, says: "Subject."}
  parents: {type: "VARCHAR[]", says: "Message ids it answers, from References and In-Reply-To, nearest last."}
  is_automatic: {type: BOOLEAN, required: true, says: "Auto-Submitted, Precedence bulk or list, or from a mailer-daemon (RFC 3834)."}
*/
with newest as (
    select
        key,
        first(from_json(payload, '{"sent_at": "TIMESTAMPTZ", "from": {"name": "VARCHAR", "address": "VARCHAR"}, "subject": "VARCHAR", "in_reply_to": "VARCHAR", "references": ["VARCHAR"], "headers": [["VARCHAR"]]}') order by coalesce(version, observed_at) desc, observed_at desc, hash desc) as object
    from landing.email_messages
    where not deleted
    group by key
),
addressed as (
    select *, lower(trim(object."from".address)) as address from newest
)
select
    key as message_id,
    object.sent_at as sent_at,
    'email:' || nullif(address, '') as account_id,
    nullif(trim(object."from".name), '') as name,
    coalesce(object.subject, '') as subject,
    list_transform(
        list_filter(list_append(coalesce(object."references", []), object.in_reply_to), lambda parent: coalesce(parent, '') <> ''),
        lambda parent: 'email:message:' || trim(parent, '<> ')
    ) as parents,
    coalesce(address, '') similar to '(mailer-daemon|postmaster|no-?reply|do-?not-?reply)@.*'
    or len(list_filter(coalesce(object.headers, []), lambda header:
        (lower(header[1]) = 'auto-submitted' and lower(trim(split_part(header[2], ';', 1))) <> 'no')
        or (lower(header[1]) = 'precedence' and lower(trim(header[2])) in ('bulk', 'list', 'junk'))
    )) > 0 as is_automatic
from addressed
where object.sent_at <= getvariable('as_of')

/*
description: Top-level messages of external people in the support channels, and replies included by hand, each with the verdict whether it asks for help and the reason.
grain: [message_id]
columns:
  message_id: {type: VARCHAR, says: "The message."}
  place: {type: VARCHAR, required: true, says: "Slack channel id."}
  thread_id: {type: VARCHAR, says: "Thread it lies in, if it is a reply included by hand; such a reply stands alone."}
  account_id: {type: VARCHAR, required: true, says: "Author."}
  person_id: {type: VARCHAR, required: true, says: "The author's person."}
  sent_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "When."}
  asks: {type: BOOLEAN, required: true, says: "Asks for help, by the classifier or by hand."}
  reason: {type: VARCHAR, required: true, says: "The rule that decided, in words."}
  title: {type: VARCHAR, says: "The beginning of the text as plain text, where it asks."}
  deleted_at: {type: TIMESTAMP WITH TIME ZONE, says: "When it was deleted, if by `as_of`."}
*/
with included as (
    select subject_id as message_id, min('included by hand by ' || why) as reason from core.overrides where kind = 'include' group by subject_id
),
candidates as (
    select
        messages.message_id, messages.place,
        case when not messages.is_opening then messages.conversation_id end as thread_id, messages.account_id, messages.person_id, messages.sent_at, staged.text, staged.team_id, staged.deleted_at,
        forms.message_id is not null as is_form, included.reason as by_hand
    from core.messages as messages
    inner join staging.slack_messages as staged on staged.message_id = messages.message_id
    left join core.slack_forms as forms on forms.message_id = messages.message_id
    left join included on included.message_id = messages.message_id
    where messages.channel = 'slack' and not messages.is_bot and not messages.is_team and messages.person_id is not null
        and (included.message_id is not null or (messages.is_opening and coalesce(staged.subtype, '') not in ('thread_broadcast', 'reply_broadcast')))
),
-- Speaking to somebody by name at the outset: to the team is asking them, to a fellow user is mostly answering.
addressees as (
    select message_id, sent_at, 'slack:' || team_id || ':' || unnest(regexp_extract_all(regexp_extract(text, '^(?:\s*<@[A-Z0-9]+[^>]*>[,:\s]*)+'), '<@([A-Z0-9]+)', 1)) as account_id
    from candidates
    where regexp_matches(text, '^\s*<@')
),
speaking_to as (
    select addressees.message_id, bool_or(spans.person_id is not null) as is_to_team
    from addressees
    left join core.persons as persons on persons.account_id = addressees.account_id
    left join core.team_spans as spans
        on spans.person_id = persons.person_id and addressees.sent_at >= spans.from_at and addressees.sent_at < spans.to_at
    group by addressees.message_id
),
-- What a person typed: code blocks, links and mark-up removed, lower case.
stripped as (
    select
        candidates.* exclude (team_id),
        text <> '' as has_text,
        text like '%```%' as has_code,
        coalesce(not speaking_to.is_to_team, false) as addresses_fellow,
        translate(
            case when contains(text, '`') or contains(text, 'http') or contains(text, '<') then regexp_replace(text, '```[^`]*```|`[^`]*`|https?://\S+|<[^>]*>', ' ', 'g') else text end,
            chr(9) || chr(10) || chr(13), '   '
        ) as typed
    from candidates
    left join speaking_to on speaking_to.message_id = candidates.message_id
),
-- Replacing by pattern costs more than all else here, so it is done only where there is something to replace.
plain as (
    select * exclude (typed), lower(trim(case when contains(typed, '  ') then regexp_replace(typed, '\s+', ' ', 'g') else typed end)) as words
    from stripped
),
signs as (
    select
        *,
        contains(words, '?') as has_question_mark,
        addresses_fellow and regexp_matches(words, '\b(how|what|where|why|which|can|could|should|is|are|does|do)\b[^?]*\b(i|my|we|our)\b[^?]*\?') as asks_for_oneself,
        regexp_matches(words, '\b(how (do|can|to|would|should|does)|what(''s| is| are| does| would)|why |where (do|can|is|are)|which |is there|are there|can (i|we|you|someone|anyone|somebody|anybody)|could (i|we|you|someone|anyone)|does (anyone|anybody|it|the)|do (you|we|i)|has any|have any|any(one|body) (know|else|have|has|seen|here|tried|using|able|got)|any (idea|clue|suggestion|pointer|advice|help|way|thought)|wondering|not sure (how|why|if|what|whether)|is it possible|should (i|we))') as has_question_words,
        regexp_matches(words, '\b(help|stuck|struggling|trouble|error|errors|exception|traceback|stack ?trace|crash\w*|fail(s|ed|ing|ure)?|broke(n)?|bug|not work(ing)?|doesn.?t work|does not work|won.?t|can.?t|cannot|can not|unable|problem|issue|trying to|having|looking for|times? out|timeout|hangs?|no longer|unexpected\w*)\b') as has_trouble_words,
        regexp_matches(words, '^(many |much )?(thanks|thank you|thx|ty\b|tysm|cheers|awesome|perfect|great|nice|cool|got it|ok\b|okay|solved|fixed|resolved|that (worked|fixed|did|helps|helped)|it works|works (now|for me|great|like)|working now|yes\b|yep|yeah|no\b|nope|lol|haha|congrat|wow|good (point|idea|to know)|makes sense|sounds good|will do|np\b|no problem|no worries|you.re welcome|agreed|same here|never ?mind|nvm)') as opens_with_reaction,
        regexp_matches(words, '^(hi|hello|hey|hiya|howdy|good (morning|afternoon|evening)|morning|welcome|greetings|happy \w+)\b[^?]{0,40}$') as is_greeting,
        regexp_matches(words, '^(you (can|could|should|need|have to|might|may|want)|try\b|have you tried|did you (try|check|set)|just (use|run|set|add|upgrade)|it.?s (because|documented|in the docs)|see (the|https?|this|here)|check (the|out|if|your|that)|that.?s (because|expected|a known)|i (think|believe|guess) (you|it|that)|use (the|a)\b|make sure|we (solved|fixed|work(ed)? around|had the same|ran into)|for (me|us) it)') as gives_advice,
        regexp_matches(words, '^(fyi|psa|announc\w+|heads[ -]up|reminder|released|introducing|we(.?(re|ve)| are| have)? (just )?(hiring|released|launched|published|open)|i (just )?(wrote|published|made|built|created|released|gave)|new (blog|post|video|release|version|tutorial|article)|check out (my|our|this)|join us|come join|meetup|webinar|sharing)') as announces
    from plain
),
judged as (
    select
        *,
        case
            when is_form then 'posted by a form for the person it names'
            when not has_text then 'no text'
            when words = '' and has_code then 'shows code or a log'
            when words = '' then 'only links, mentions or emoji'
            when opens_with_reaction and not has_question_mark then 'thanks, agrees or reacts'
            when is_greeting and not has_question_words and not has_trouble_words then 'greets'
            when announces and not has_question_mark then 'announces'
            when gives_advice and not has_question_words then 'gives advice'
            when addresses_fellow and not (has_question_mark and asks_for_oneself) then 'speaks to a fellow user by name'
            when has_question_mark and has_question_words then 'asks a question'
            when has_question_mark and length(words) > 3 then 'ends in a question mark'
            when has_question_words then 'asks without a question mark'
            when has_trouble_words then 'reports trouble'
            when has_code then 'shows code or a log'
            else 'neither question nor trouble'
        end as reason
    from signs
),
decided as (
    select
        *,
        -- Slack escapes the three characters of its mark-up; a title is plain text.
        case when contains(text, '&') then replace(replace(replace(text, '&lt;', '<'), '&gt;', '>'), '&amp;', '&') else text end as plain_text,
        reason in ('posted by a form for the person it names', 'asks a question', 'ends in a question mark', 'asks without a question mark', 'reports trouble', 'shows code or a log') as asks_by_rule
    from judged
)
select
    decided.message_id as message_id,
    decided.place as place,
    decided.thread_id as thread_id,
    decided.account_id as account_id,
    decided.person_id as person_id,
    decided.sent_at as sent_at,
    decided.asks_by_rule or decided.by_hand is not null as asks,
    coalesce(decided.by_hand, decided.reason) as reason,
    case when decided.asks_by_rule or decided.by_hand is not null then left(trim(
        case when regexp_matches(decided.plain_text, '\s\s|[\t\n\f\r]') then regexp_replace(decided.plain_text, '\s+', ' ', 'g') else decided.plain_text end
    ), 120) end as title,
    decided.deleted_at as deleted_at
from decided

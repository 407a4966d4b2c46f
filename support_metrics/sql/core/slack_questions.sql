/*
description: Top-level messages of external people in the support channels, each with the verdict whether it asks for help and the reason.
grain: [message_id]
columns:
  message_id: {type: VARCHAR, says: "The message."}
  place: {type: VARCHAR, required: true, says: "Slack channel id."}
  account_id: {type: VARCHAR, required: true, says: "Author."}
  person_id: {type: VARCHAR, required: true, says: "The author's person."}
  sent_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "When."}
  asks: {type: BOOLEAN, required: true, says: "Asks for help, by the classifier or by hand."}
  reason: {type: VARCHAR, required: true, says: "The rule that decided, in words."}
*/
with top_level as (
    select messages.message_id, messages.place, messages.account_id, messages.person_id, messages.sent_at, staged.text, forms.message_id is not null as is_form
    from core.messages as messages
    inner join staging.slack_messages as staged on staged.message_id = messages.message_id
    left join core.slack_forms as forms on forms.message_id = messages.message_id
    where messages.channel = 'slack' and messages.is_opening and not messages.is_bot and not messages.is_team
        and messages.person_id is not null and coalesce(staged.subtype, '') not in ('thread_broadcast', 'reply_broadcast')
),
-- What a person typed: code blocks, links and mark-up removed, lower case.
plain as (
    select
        * exclude (text),
        text <> '' as has_text,
        text like '%```%' as has_code,
        regexp_matches(text, '^\s*<@[A-Z0-9]+') as addresses_someone,
        lower(trim(regexp_replace(regexp_replace(text, '```[^`]*```|`[^`]*`|https?://\S+|<[^>]*>', ' ', 'g'), '\s+', ' ', 'g'))) as words
    from top_level
),
signs as (
    select
        *,
        contains(words, '?') as has_question_mark,
        regexp_matches(words, '\b(how (do|can|to|would|should|does)|what(''s| is| are| does| would)|why |where (do|can|is|are)|which |is there|are there|can (i|we|you|someone|anyone|somebody|anybody)|could (i|we|you|someone|anyone)|does (anyone|anybody|it|the)|do (you|we|i)|has any|have any|any(one|body) (know|else|have|has|seen|here|tried|using|able|got)|any (idea|clue|suggestion|pointer|advice|help|way|thought)|wondering|not sure (how|why|if|what|whether)|is it possible|should (i|we))') as has_question_words,
        regexp_matches(words, '\b(help|stuck|struggling|trouble|error|errors|exception|traceback|stack ?trace|crash\w*|fail(s|ed|ing|ure)?|broke(n)?|bug|not work(ing)?|doesn.?t work|does not work|won.?t|can.?t|cannot|can not|unable|problem|issue|trying to|having|looking for|times? out|timeout|hangs?|no longer|unexpected\w*)\b') as has_trouble_words,
        regexp_matches(words, '^(many |much )?(thanks|thank you|thx|ty\b|tysm|cheers|awesome|perfect|great|nice|cool|got it|ok\b|okay|solved|fixed|resolved|that (worked|fixed|did|helps|helped)|it works|works (now|for me|great|like)|working now|yes\b|yep|yeah|no\b|nope|lol|haha|congrat|wow|good (point|idea|to know)|makes sense|sounds good|will do|np\b|no problem|no worries|you.re welcome|agreed|same here|never ?mind|nvm)') as opens_with_reaction,
        regexp_matches(words, '^(hi|hello|hey|hiya|howdy|good (morning|afternoon|evening)|morning|welcome|greetings|happy \w+)\b[^?]{0,40}$') as is_greeting,
        regexp_matches(words, '^(you (can|could|should|need|have to|might|may|want)|try\b|have you tried|did you (try|check|set)|just (use|run|set|add|upgrade)|it.?s (because|documented|in the docs)|see (the|https?|this|here)|check (the|out|if|your|that)|that.?s (because|expected|a known)|i (think|believe|guess) (you|it|that)|use (the|a)\b|make sure|we (solved|fixed|work(ed)? around|had the same|ran into)|for (me|us) it)') as gives_advice,
        regexp_matches(words, '^(fyi|psa|announc\w+|heads[ -]up|reminder|released|introducing|we.?(re|ve| are| have) (just )?(hiring|released|launched|published|open)|i (just )?(wrote|published|made|built|created|released|gave)|new (blog|post|video|release|version|tutorial|article)|check out (my|our|this)|join us|come join|meetup|webinar|sharing)') as announces
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
            when is_greeting then 'greets'
            when announces and not has_question_mark then 'announces'
            when addresses_someone and not has_question_words and not has_trouble_words then 'speaks to somebody by name'
            when gives_advice and not has_question_words then 'gives advice'
            when addresses_someone and not has_question_mark then 'answers somebody by name'
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
        reason in ('posted by a form for the person it names', 'asks a question', 'ends in a question mark', 'asks without a question mark', 'reports trouble', 'shows code or a log') as asks_by_rule
    from judged
),
included as (
    select subject, min('included by hand by ' || who || ': ' || why) as reason from settings.overrides where kind = 'include' group by subject
)
select
    decided.message_id as message_id,
    decided.place as place,
    decided.account_id as account_id,
    decided.person_id as person_id,
    decided.sent_at as sent_at,
    decided.asks_by_rule or included.subject is not null as asks,
    coalesce(included.reason, decided.reason) as reason
from decided
left join included on included.subject = decided.message_id

/*
description: What can be seen of each top-level message of external people in the support channels, and of the talk before it, that tells whether it starts a conversation; and what it is about. Nothing that comes after a message is looked at, so its verdict stands once it is sent.
grain: [message_id]
columns:
  message_id: {type: VARCHAR, says: "The message."}
  place: {type: VARCHAR, required: true, says: "Slack channel id."}
  thread_id: {type: VARCHAR, says: "Thread it lies in, if it is a reply included by hand."}
  account_id: {type: VARCHAR, required: true, says: "Author."}
  person_id: {type: VARCHAR, required: true, says: "The author's person."}
  sent_at: {type: TIMESTAMP WITH TIME ZONE, required: true, says: "When."}
  deleted_at: {type: TIMESTAMP WITH TIME ZONE, says: "When it was deleted, if by `as_of`."}
  goes_on: {type: BOOLEAN, required: true, says: "Its author wrote at top level there within the grouping time before."}
  is_at_once: {type: BOOLEAN, required: true, says: "Within two minutes of the last top-level message there."}
  is_after_ten_minutes: {type: BOOLEAN, required: true, says: "After ten to thirty minutes of silence."}
  is_after_half_an_hour: {type: BOOLEAN, required: true, says: "After more than half an hour of silence, or the first of all."}
  is_soon_again: {type: BOOLEAN, required: true, says: "Its author wrote at top level there within the hour before."}
  is_first_in_two_days: {type: BOOLEAN, required: true, says: "Its author had not written at top level there for two days, or ever."}
  is_among_threads: {type: BOOLEAN, required: true, says: "At least half of what people wrote there in the 28 days before that day (UTC) lay in threads."}
  speaks_to_somebody: {type: BOOLEAN, required: true, says: "Begins with a name or a mention of somebody who is not on the team."}
  greets: {type: BOOLEAN, required: true, says: "Begins with a greeting."}
  reacts: {type: BOOLEAN, required: true, says: "Begins with thanks, agreement or a word that takes up what was said before."}
  says_you: {type: BOOLEAN, required: true, says: "Speaks of `you` or `your`."}
  has_question_mark: {type: BOOLEAN, required: true, says: "Has a question mark of any script, outside code and links."}
  has_question_words: {type: BOOLEAN, required: true, says: "Has words that ask."}
  is_long: {type: BOOLEAN, required: true, says: "Has more than sixty characters, code and links left out."}
  pattern: {type: BIGINT, required: true, says: "The thirteen signs from is_at_once on as bits, so that each combination is weighed once."}
  content: {type: VARCHAR, required: true, says: "What it says, by the first rule that fits."}
  is_about_help: {type: BOOLEAN, required: true, says: "By what it says, it asks for help."}
  title: {type: VARCHAR, says: "The text as plain text on one line, where it is about help or decided by hand; beyond 120 characters, its first words and an ellipsis."}
*/
with included as (
    select distinct subject_id as message_id from core.overrides where kind = 'include'
),
-- What is a request whatever it says.
given as (
    select message_id from included union select message_id from core.slack_forms
),
-- In a channel no two messages have one time: Slack names them by it.
spaced as (
    select
        message_id, place, account_id, person_id, sent_at, is_team,
        epoch_us(sent_at) - epoch_us(lag(sent_at) over (partition by place order by sent_at)) as silence
    from core.messages
    where channel = 'slack' and is_opening and not is_bot and person_id is not null
),
-- A hash of place and person is sorted in half the time of both.
talk as (
    select
        message_id, place, null::varchar as thread_id, account_id, person_id, sent_at, is_team, silence,
        epoch_us(sent_at) - epoch_us(lag(sent_at) over (partition by hash(place, person_id) order by sent_at)) as own_silence
    from spaced
),
told as (
    select * exclude (is_team) from talk where not is_team
    union all
    select messages.message_id, messages.place, messages.conversation_id as thread_id, messages.account_id, messages.person_id, messages.sent_at, null, null
    from core.messages as messages
    semi join included on included.message_id = messages.message_id
    where channel = 'slack' and not is_opening and not is_team and not is_bot and person_id is not null
),
-- How a channel talks, from the days before: where questions are answered in threads, what stands beside them is seldom an answer.
days as (
    select place, (epoch_us(sent_at) // 86400000000)::integer as day, count_if(is_opening) as openings, count_if(not is_opening) as replies
    from core.messages
    where channel = 'slack' and not is_bot
    group by all
),
habits as (
    select
        place, day,
        sum(replies) over earlier >= sum(openings) over earlier as is_among_threads
    from days
    window earlier as (partition by place order by day range between 28 preceding and 1 preceding)
),
candidates as (
    select told.*, given.message_id is not null as is_given, staged.deleted_at, staged.team_id, staged.text, (epoch_us(told.sent_at) // 86400000000)::integer as day
    from told
    inner join staging.slack_messages as staged on staged.message_id = told.message_id
    left join given on given.message_id = told.message_id
    where given.message_id is not null or coalesce(staged.subtype, '') not in ('thread_broadcast', 'reply_broadcast')
),
-- To speak to the team by name is to ask it, to a fellow user it is mostly to answer.
addressees as (
    select message_id, sent_at, 'slack:' || team_id || ':' || unnest(regexp_extract_all(regexp_extract(text, '^(?:\s*<@[A-Z0-9]+[^>]*>[,:\s]*)+'), '<@([A-Z0-9]+)', 1)) as account_id
    from candidates
    where starts_with(ltrim(text), '<@')
),
spoken_to_team as (
    select distinct addressees.message_id
    from addressees
    inner join core.persons as persons on persons.account_id = addressees.account_id
    inner join core.team_spans as spans
        on spans.person_id = persons.person_id and addressees.sent_at >= spans.from_at and addressees.sent_at < spans.to_at
),
-- What a person typed: code, links and mark-up removed, on one line, lower case. Replacing is dear, so it is done only where there is something to replace.
typed as (
    select
        candidates.* exclude (team_id), spoken_to_team.message_id is not null as is_to_team,
        lower(case when contains(text, '`') or contains(text, 'http') or contains(text, '<') then regexp_replace(text, '```[^`]*```|`[^`]*`|https?://\S+|<[^>]*>', ' ', 'g') else text end) as typed
    from candidates
    left join spoken_to_team on spoken_to_team.message_id = candidates.message_id
),
plain as (
    select
        typed.* exclude (typed, silence, own_silence, day),
        case
            when contains(typed, '  ') or contains(typed, chr(10)) or contains(typed, chr(9)) or starts_with(typed, ' ') or ends_with(typed, ' ')
            then trim(regexp_replace(typed, '\s+', ' ', 'g')) else typed
        end as words,
        coalesce(silence <= 120000000, false) as is_at_once,
        coalesce(silence > 600000000 and silence <= 1800000000, false) as is_after_ten_minutes,
        coalesce(silence > 1800000000, true) as is_after_half_an_hour,
        coalesce(own_silence <= 3600000000, false) as is_soon_again,
        coalesce(own_silence > 172800000000, true) as is_first_in_two_days,
        coalesce(own_silence <= (select group_seconds from settings.slack) * 1000000, false) as goes_on,
        coalesce(habits.is_among_threads, false) as is_among_threads
    from typed
    left join habits on habits.place = typed.place and habits.day = typed.day
),
seen as (
    select
        *,
        not is_to_team and regexp_matches(text, '^\s*(<@|@[\w.-]+[:, ]|[\w.-]+:(\s|$))')
            and not regexp_matches(words, '^(edit|update|question|ps|note|fyi|psa|error|warning|problem|issue|bug|re|hi|hello|hey|hi all|tl;?dr):') as speaks_to_somebody,
        regexp_matches(words, '^(:[a-z0-9_+-]+: ?)*(hi+|hello|hey+|hiya|heya|howdy|good (morning|afternoon|evening|day)|morning|greetings|g.?day|hola|buenas|bonjour|salut|hallo|guten (morgen|tag|abend)|ciao|ol[aá]|bom dia|привет|你好|こんにちは)([ ,!.:]|$)') as greets,
        regexp_matches(words, '^(:[a-z0-9_+-]+: ?)*(yes|yep|yeah|yup|no|nope|ok|okay|oh|ah+|(ha)+|lol|thanks?|thx|ty|right|sure|true|exactly|but|and|or|well|because|then|also|maybe|probably|actually|cool|nice|great|awesome|perfect|agreed|same|indeed|good (point|idea|call|one|stuff|to know)|got|that|it|its|you|your|he|she|they|h?mm+|interesting|fair|correct|not|don.?t|just|even|like|sorry|np|never ?mind|nvm|wow|cheers|makes|sounds|gracias|merci|danke|obrigad[oa]|grazie|спасибо)\b') as reacts,
        starts_with(words, 'you') or contains(words, ' you') as says_you,
        contains(words, '?') or contains(words, '؟') or contains(words, '？') as has_question_mark,
        regexp_matches(words, '\b(how (do|can|to|would|should|does|could|i)|what(.?s| is| are| does| would)|why |where (do|can|is|are)|which |is there|are there|can (i|we|you|someone|anyone|somebody|anybody)|could (i|we|you|someone|anyone)|does (anyone|anybody|it|the)|do (you|we|i)|has any|have any|any(one|body) (know|else|have|has|seen|here|tried|using|used|able|got)|any (idea|clue|suggestion|pointer|advice|help|way|thought)|wondering|not sure (how|why|if|what|where|whether|which)|is it possible|should (i|we)|best way|looking for\b|point me|questions?\b)') as has_question_words,
        length(words) > 60 as is_long,
        -- One look for whatever the rules on thanks, news and small talk look for, so that they need not be tried on most messages.
        regexp_matches(words, '\b(thank|thx|shout.?out|kudos|congrat|went away|figured (it|this) out|found (it|the (problem|answer|cause))|(is|got) (solved|resolved|sorted)|works now|working now|hiring|job (opening|offer|post|opportunit)|(a new|full.?time) job|has an opening|open positions?|we.?re looking for (a|an|people|engineers|developers|someone)|(dm|pm|message) me if|call for (papers|speakers|proposals)|early bird|discount|webinar|newsletter|sign up (at|here|now)|register (at|here|now)|join us|survey|how.?s (everyone|everybody|it going|life)|how (are|is) (everyone|everybody|you (all|doing))|who else is (going|coming|here)|(anyone|anybody|who.?s) (going to|attending|coming to|up for)|how was (your|everyone.?s|the) (day|weekend|week|holiday))') as is_aside
    from plain
),
judged as (
    select
        *,
        case
            when text = '' then 'no text'
            when words = '' then case when contains(text, '```') then 'shows code or a log' else 'only links, mentions or emoji' end
            when reacts and not has_question_mark
                -- A long message that begins so and goes on to trouble is no mere reaction.
                and not (length(words) >= 30 and regexp_matches(words, '^(no|right|great|ok|okay|so|same|sure|true|yes|yeah|ah|oh)\b.*\b(fail(s|ed|ing)?|errors?|crash|hangs?|restart(s|ing)|broken?|problem|timeout|nothing|cannot|can.?t|(is|does|do|did)(n.t| not)|50\d)\b'))
                and regexp_matches(words, '^(:[a-z0-9_+-]+: ?)*(many |much )?(thanks|thank you|thx|ty\b|cheers|awesome|perfect|great|nice|cool|got it|ok\b|okay|that (worked|fixed|did|was|helps|helped|makes)|it works|yes\b|yep|yeah|yup|no\b|nope|lol|haha|wow|good (point|idea|to know)|makes sense|sounds good|np\b|agreed|same|never ?mind|nvm|ah\b|oh\b|interesting|exactly|right|true|sure|correct|indeed|gracias|merci|danke|obrigad|grazie|спасибо)') then 'thanks, agrees or reacts'
            when is_aside and not has_question_mark and not contains(words, 'in advance') and regexp_matches(words, '\b(thank|thx|shout.?out|kudos|congrat)') and regexp_matches(words, '\b(solved|fixed|resolved|sorted|works?\b|worked|working now|helped|did it|that was it|saved|say thanks|shout.?out|kudos|congrat|great work|for (all )?(the|your) (help|work|patience|fix))') then 'thanks, agrees or reacts'
            when is_aside and not has_question_mark and regexp_matches(words, '\b(went away|figured (it|this) out|found (it|the (problem|answer|cause))|(is|got) (solved|resolved|sorted)|works now|working now)') then 'tells what solved it'
            when is_aside and regexp_matches(words, '\b(hiring|job (opening|offer|post|opportunit)|(a new|full.?time) job|has an opening|open positions?|we.?re looking for (a|an|people|engineers|developers|someone)|(dm|pm|message) me if|call for (papers|speakers|proposals)|early bird|discount|join us)') then 'announces'
            -- Their subjects are also what users of a tool have trouble with.
            when is_aside and not has_question_mark and regexp_matches(words, '\b(webinar|newsletter|sign up (at|here|now)|register (at|here|now)|survey)') and not regexp_matches(words, '\b(fail|error|crash|broke|stop(s|ped)|not\b|can.?t|cannot|n.t\b|timeout)') then 'announces'
            when not has_question_mark and regexp_matches(words, '^(:[a-z0-9_+-]+: ?)*((hi|hello|hey)[a-z !,.]{0,20}[,!.] ?)?(fyi|psa|announc\w+|heads[ -]up|reminder|released|introducing|for the record|in case (it|this|anyone|anybody)|just (published|released|launched|wrote|open)|we(.?(re|ve)| are| have)? (just )?(released|launched|published|open.?sourced)|i (just |recently )?(wrote|published|made|built|created|released|gave)|(a )?new (blog|post|video|release|version|tutorial|article)|[\w. -]{1,30} (is out|has been released|is now available)|check out|come join|sharing|til\b)') then 'announces'
            when greets and not has_question_mark and not has_question_words and length(words) < 60 and not regexp_matches(words, '\b(help|error|fail|broke|problem|issue|trouble|can.?t|cannot|not|fehler|problema|erreur|ayuda)') and not contains(text, '`') then 'greets'
            when not has_question_words and regexp_matches(words, '^(you (can|could|should|need|have to|might|may|want)|try\b|have you tried|did you (try|check|set)|just (use|run|set|add|upgrade)\b|it.?s (because|documented|in the docs)|see (the|this|here)|check (the|out|if|your|that)\b[^?]*$|that.?s (because|expected|a known)|i (think|believe|guess) (you|it|that)|use (the|a)\b|make sure|we (solved|fixed|work(ed)? around|had the same)|for (me|us) it)') then 'gives advice'
            when speaks_to_somebody and not (has_question_mark and regexp_matches(words, '\b(how|what|where|why|which|can|could|should|is|are|does|do)\b[^?]*\b(i|my|we|our)\b[^?]*\?')) then 'speaks to a fellow user by name'
            when has_question_mark and is_aside and regexp_matches(words, '\b(how.?s (everyone|everybody|it going|life)|how (are|is) (everyone|everybody|you (all|doing))|who else is (going|coming|here)|(anyone|anybody|who.?s) (going to|attending|coming to|up for)|how was (your|everyone.?s|the) (day|weekend|week|holiday))\b') then 'makes small talk'
            when has_question_mark and has_question_words then 'asks a question'
            when has_question_mark and length(words) > 3 then 'ends in a question mark'
            when has_question_words and regexp_matches(words, '\b(any(one|body|thing)? (know|else|have|has|seen|here|tried|using|used|able|got|idea|clue|suggestion|pointer|advice|help|way|thought)|wondering|not sure|is it possible|is there|are there|(how|what|which|where|why) (do|can|would|should|could|does|is|are|to) |(can|could) (i|we|you|someone|anyone|somebody|anybody)|should (i|we)|best way|looking for\b|point me|why )') then 'asks without a question mark'
            when regexp_matches(words, '\b((i|we)( am|.?m| are|.?re)? (want|need|would like|.?d like|try|trying|hop(e|ing)|interested|curious)|i.?d (like|love|be)|we.?d (like|love|be)|(i|we) have (a|some) (\w+ )?(question|problem|issue)|question|advice|recommend|appreciate|please|could use (a|some)|need (a|some))\b') then 'asks without a question mark'
            when regexp_matches(words, '\b(help|stuck|struggl|trouble|errors?\b|exception|traceback|stack ?trace|crash|segfault|fail|broke|bug\b|(does|is|could|did) not\b|(does|is|wo|ca|could|are)n.?t\b|cannot|can not|unable|problem|issue|trying to|times? out|timeout|timed out|hangs?\b|no longer|unexpected|weird|strange|wrong|missing|keeps?\b|ignor|skips\b|refus|reject|freez|disappear|vanish|run(ning)? into|ran into|no funciona|ayuda|problema|fehler|hilfe|funktioniert nicht|erreur|marche pas|aiuto|ajuda|(was|did|has|have|do|would)n.?t (work|start|load|show|update|find|see|get|seem|respond|appear|run|build|compile|connect|match)|never (finish|start|stop|work|end|load|arriv|return)\w*|stop(s|ped)? (work|after|at|when)\w*|drops|endless|forever|(i|we) (get|see|keep)\b|getting|just (prints|shows|returns|says|exits)|instead of|all of a sudden|suddenly|went wrong|gone\b|blank|empty|slow|offline|stale|loses|lost|breaks|restarts|resets|complains|again and again)|ошибк|помогите|не работает|エラー|错误|مشكلة|خطأ') then 'reports trouble'
            when contains(text, '```') then 'shows code or a log'
            else 'neither question nor trouble'
        end as content
    from seen
),
titled as (
    select
        *, content in ('asks a question', 'ends in a question mark', 'asks without a question mark', 'reports trouble', 'shows code or a log') as is_about_help,
        -- Slack escapes the three characters of its mark-up; a title is plain text.
        case when contains(text, '&') then replace(replace(replace(text, '&lt;', '<'), '&gt;', '>'), '&amp;', '&') else text end as plain_text
    from judged
),
lined as (
    select
        * exclude (plain_text),
        case
            when not is_about_help and not is_given then null
            when contains(plain_text, chr(10)) or contains(plain_text, '  ') or contains(plain_text, chr(9)) or starts_with(plain_text, ' ') or ends_with(plain_text, ' ')
            then trim(regexp_replace(plain_text, '\s+', ' ', 'g'))
            else plain_text
        end as line
    from titled
)
select
    message_id, place, thread_id, account_id, person_id, sent_at, deleted_at, goes_on,
    is_at_once, is_after_ten_minutes, is_after_half_an_hour, is_soon_again, is_first_in_two_days, is_among_threads, speaks_to_somebody, greets, reacts, says_you,
    has_question_mark, has_question_words, is_long,
    (is_at_once::integer + 2 * is_after_ten_minutes::integer + 4 * is_after_half_an_hour::integer + 8 * is_soon_again::integer + 16 * is_first_in_two_days::integer
    + 32 * is_among_threads::integer + 64 * speaks_to_somebody::integer + 128 * greets::integer + 256 * reacts::integer + 512 * says_you::integer
    + 1024 * has_question_mark::integer + 2048 * has_question_words::integer + 4096 * is_long::integer)::bigint as pattern,
    content, is_about_help,
    case when length(line) <= 120 then line else regexp_replace(left(line, 119), '\s+\S{0,40}$', '') || '…' end as title
from lined

/*
description: How much each sign speaks for a message starting a conversation (above zero) or going on with one, in log-odds. Fitted to labelled messages by `python -m benchmarks.classifier`, but for is_among_threads, which is set by hand.
grain: [sign]
columns:
  sign: {type: VARCHAR, says: "A column of core.slack_signs; base is added always, and is such that the classifier decides at zero."}
  weight: {type: "DECIMAL(5,2)", required: true, says: "Added to the score where the sign is seen."}
  says: {type: VARCHAR, required: true, says: "The sign in words, for the reason."}
*/
select sign, weight::decimal(5, 2) as weight, says
from (values
    ('base', -3.13, 'before any sign is seen'),
    ('is_at_once', -0.95, 'within two minutes of the last message'),
    ('is_after_ten_minutes', 0.57, 'ten minutes of silence before'),
    ('is_after_half_an_hour', 1.33, 'half an hour of silence before'),
    ('is_soon_again', -1.53, 'had written within the hour'),
    ('is_first_in_two_days', 1.76, 'their first message in two days'),
    ('speaks_to_somebody', -1.83, 'speaks to somebody'),
    ('greets', 2.03, 'greets'),
    ('reacts', -1.01, 'takes up what was said'),
    ('says_you', -1.12, 'says you'),
    ('has_question_mark', 1.24, 'question mark'),
    ('has_question_words', 0.92, 'words that ask'),
    ('is_long', 0.90, 'more than sixty characters'),
    ('is_among_threads', 2.00, 'people answer in threads there')
) as weights (sign, weight, says)

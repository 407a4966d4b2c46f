"""Slack messages put in on purpose: how questions were answered, edited, deleted, and seen too late."""

from __future__ import annotations

from datetime import date

from support_metrics.demo.days import PACIFIC
from support_metrics.demo.history import History
from support_metrics.demo.slack_cases import SlackCases
from support_metrics.demo.slack_room import HELP, INTEGRATIONS, mention

LATE_DAY = date(2026, 3, 5)
EXPORT_THAT_LACKED_IT = date(2026, 3, 9)


class SlackAnswers(SlackCases):
    def answered_in_thread(self) -> None:
        message = self._ask("2025-09-16", "10:00:00", "rtl", "How do I run only one gear?")
        self._reply(message, "10:45:00", "ines", "`mill up api`")
        self.plant("answered_in_thread", "Answered in its thread after 45 minutes.", message=message)

    def unthreaded_answer_inferred(self) -> None:
        message = self._ask("2025-09-17", "10:00:00", "quotes", "Why does `mill render` ignore my values file?")
        answer = self._ask("2025-09-17", "10:25:00", "ines", "Paths are relative to the Millfile, that should do it.", kind="answer")
        self.plant(
            "unthreaded_answer_inferred",
            "The only request of the hour before a top-level answer: inferred.",
            message=message,
            answer=answer,
        )

    def unthreaded_answer_by_name(self) -> None:
        first = self._ask("2025-09-18", "10:00:00", "quotes", "How can I see the rendered manifests?")
        second = self._ask("2025-09-18", "10:05:00", "emoji", "How can I see old logs?")
        answer = self._ask("2025-09-18", "10:20:00", "ines", f"{mention(self.cast['quotes'])} `mill render -o yaml`", kind="answer")
        self._reply(second, "10:50:00", "ines", "They are gone after a restart, sorry.")
        self.plant(
            "unthreaded_answer_by_name", "A top-level answer that names the first of two askers.", messages=[first, second], answer=answer
        )

    def ambiguous_answer(self) -> None:
        first = self._ask("2025-10-29", "14:00:00", "script", "Is there a limit on log lines per gear?")
        second = self._ask("2025-10-29", "14:10:00", "emoji", "How do I export all logs of a gear?")
        answer = self._ask("2025-10-29", "14:20:00", "ines", "5,000 lines, older ones are dropped.", kind="answer")
        self._reply(second, "16:30:00", "ines", "`mill logs > file`, or the arrow in the dashboard.")
        self.plant(
            "ambiguous_answer", "Could answer either of two; an override gives it to the first.", messages=[first, second], answer=answer
        )

    def fellow_user_answers(self) -> None:
        thread = self._ask("2025-11-05", "10:00:00", "rtl", "Does `include()` work with absolute paths?")
        self._reply(thread, "10:08:00", "helper_c", "It does here", "fellow_answer")
        self._reply(thread, "12:00:00", "jun", "It does, but relative ones travel better.")
        beside = self._ask("2025-11-06", "10:00:00", "emoji", "Is it safe to delete `~/.millwright`?")
        answer = self._ask(
            "2025-11-06",
            "10:10:00",
            "helper_d",
            f"{mention(self.cast['emoji'])} I do that every week, does yours come back after that?",
            kind="fellow_answer",
        )
        self._reply(beside, "11:30:00", "jun", "Safe, it is only a cache.")
        self.plant("fellow_user_answers.threaded", "first_human_at 10:08 by a fellow user, first response 12:00.", message=thread)
        self.plant("fellow_user_answers.top_level", "The fellow user's top-level answer is no request.", message=beside, answer=answer)

    def bot_answers_first(self) -> None:
        message = self._ask("2025-09-19", "10:00:00", "emoji", "How do I set a default namespace?")
        self._reply(
            message,
            "10:00:03",
            "millbot",
            "Hello! I'm Millbot. Someone from the team will answer here during business hours.",
            "auto_reply",
        )
        self._reply(message, "10:50:00", "ines", "`default_namespace('dev')`")
        self.plant("bot_answers_first", "The bot after 3 seconds, a human after 50 minutes: the human counts.", message=message)

    def late_reply(self) -> None:
        message = self._ask("2025-12-09", "10:00:00", "rtl", "How do I share snapshots between two teams?")
        self._reply(message, "14:30:00", "ines", "Sorry for the delay! `mill snapshot push`.")
        self.plant("late_reply.slack", "Answered after 4 h 30: late.", message=message)

    def never_answered(self) -> None:
        message = self._ask("2025-12-16", "10:00:00", "quotes", "Is there a way to replay a build from last week?")
        self._reply(message, "12:00:00", "quotes", "Still looking for an answer", "nudge", day="2025-12-18")
        self.plant("never_answered.slack", "Nobody ever answered; a nudge in the thread is no new request.", message=message)

    def asked_on_friday_evening(self) -> None:
        message = self._ask("2025-09-19", "18:30:00", "quotes", "How do I stop all gears at once?")
        self._reply(message, "09:40:00", "jun", "`mill down --keep`", day="2025-09-22")
        self.plant("asked_on_friday_evening", "Friday 18:30, answered Monday 09:40: 40 minutes of business time.", message=message)

    def answered_in_the_evening(self) -> None:
        message = self._ask("2025-10-01", "19:30:00", "rtl", "Can I run two dashboards on one machine?")
        self._reply(message, "20:10:00", "priya", "Yes, give each its own port.")
        self.plant("answered_in_the_evening", "Asked and answered outside business hours: 0 s, met.", message=message)

    def asked_on_a_holiday(self) -> None:
        message = self._ask("2025-11-27", "11:00:00", "script", "How do I silence the dashboard sounds?")
        self._reply(message, "11:00:00", "teo", "`sounds = off` in the settings.", day="2025-12-01")
        self.plant("asked_on_a_holiday", "Thanksgiving to Monday 11:00: 2 h of business time, met.", message=message)

    def night_of_the_extra_hour(self) -> None:
        day = "2025-11-02"
        first = self._ask(day, "01:30:00", "arabic", "How do I schedule a nightly build?")
        later = self.talk.post(HELP, self._at(day, "01:30:00", fold=1), self.cast["slashes"], "Can a schedule run in UTC?", "question")
        for message, clock in ((first, "09:30:00"), (later, "09:35:00")):
            self._reply(message, clock, "jun", "With `schedule(zone='UTC')`.", day="2025-11-03")
        self.plant("night_of_the_extra_hour", "Both at 01:30 local time, an hour apart, on the 25-hour Sunday.", messages=[first, later])

    def night_of_the_missing_hour(self) -> None:
        day = "2026-03-08"
        before, after = (self._ask(day, clock, who, text) for clock, who, text in (
            ("01:59:59", "arabic", "Why was my nightly build skipped?"),
            ("03:00:01", "slashes", "Why did my build start an hour early?"),
        ))  # fmt: skip
        for message, clock in ((before, "09:30:00"), (after, "09:35:00")):
            self._reply(message, clock, "mara", "The clocks changed tonight.", day="2026-03-09")
        self.plant("night_of_the_missing_hour", "Two seconds apart on the 23-hour Sunday.", messages=[before, after])

    def thread_broadcasts(self) -> None:
        message = self._ask("2026-01-22", "14:00:00", "rtl", "How do I keep the cache warm over night?")
        self._reply(message, "14:10:00", "rtl", "Also: does it work with two nodes?", "detail", subtype="thread_broadcast")
        self._reply(message, "14:40:00", "jun", "Yes, `mill ci --warm` every night.", subtype="thread_broadcast")
        self.plant("thread_broadcasts", "A broadcast by the asker is no request; one by the team is an answer.", message=message)

    def edited_question(self) -> None:
        message = self._ask("2025-11-14", "10:00:00", "rtl", "How do I pin teh builder?")
        self._reply(message, "10:30:00", "priya", "`builder = '1.2'`")
        message.edits.append((self._at("2025-11-18", "09:00:00"), "How do I pin the builder? (edit: solved)"))
        self.plant("edited_question", "As written in the export of 2025-11-17, corrected in that of 2026-01-19.", message=message)

    def deleted_question_with_replies(self) -> None:
        message = self._ask("2026-01-16", "14:00:00", "emoji", "How do I rotate the signing key?")
        self._reply(message, "14:05:00", "helper_a", "Please do not post the key here", "fellow_answer")
        message.deleted_at = self._at("2026-01-16", "14:30:00")
        self.plant(
            "deleted_question_with_replies",
            "Deleted by its author after 30 minutes: a tombstone from the start, author never seen.",
            message=message,
        )
        seen = self._ask("2025-11-13", "14:00:00", "emoji", "How do I undo the last sync?")
        self._reply(seen, "14:05:00", "helper_a", "Not possible, I think", "fellow_answer")
        seen.deleted_at = self._at("2025-11-24", "10:00:00")
        self.plant(
            "deleted_long_after_it_was_due", "Seen in 2025-11-17, a tombstone later, never answered by the team: overdue.", message=seen
        )

    def withdrawn_question(self) -> None:
        message = self._ask("2025-11-17", "06:40:00", "script", "How do I reset my password for the registry?")
        self._reply(message, "06:45:00", "helper_b", "on the login page", "fellow_answer")
        message.deleted_at = self._at("2025-11-17", "08:00:00")
        self.plant(
            "withdrawn_question",
            "Deleted at 08:00 local time, before it was due; exports only tell that it was gone by 2026-01-19.",
            message=message,
        )

    def deleted_without_a_trace(self) -> None:
        message = self._ask("2025-11-12", "14:00:00", "quotes", "Does the log pane support regular expressions?")
        message.deleted_at = self._at("2025-11-20", "10:00:00")
        self.plant("deleted_without_a_trace", "In the first export; later ones lack it, which deletes nothing.", message=message)

    def answer_deleted_after_it_was_seen(self) -> None:
        message = self._ask("2025-11-11", "14:00:00", "script", "Can I use one registry for two clusters?")
        answer = self._reply(message, "10:00:00", "priya", "Yes, wrong link before though", day="2025-11-12")
        answer.deleted_at = self._at("2025-11-19", "10:00:00")
        self.plant(
            "answer_deleted_after_it_was_seen.slack", "The only answer was deleted a week later: still met.", message=message, answer=answer
        )

    def late_records(self) -> None:
        """The export of 2026-03-09 lacks one day of one channel; the next one has it."""
        first = self._ask("2026-03-05", "10:00:00", "arabic", "Does the editor plug-in work over a remote connection?", INTEGRATIONS)
        second = self._ask("2026-03-05", "14:00:00", "script", "How do I point the CI action at two registries?", INTEGRATIONS)
        self._reply(second, "14:30:00", "jun", "With a list in `registries`.")
        self.plant("late_records", "Landed a week late: the report of the week of 2026-03-02 changes.", messages=[first, second])

    def deleted_after_it_was_reported(self) -> None:
        message = self._ask("2026-03-03", "10:00:00", "rtl", "How do I list stale snapshots?", HELP)
        self._reply(message, "10:05:00", "helper_c", "`mill snapshot list`, then look at the dates", "fellow_answer")
        message.deleted_at = self._at("2026-03-10", "10:00:00")
        self.plant(
            "deleted_after_it_was_reported",
            "In the export of 2026-03-09, a tombstone in the next: the week's figures stand.",
            message=message,
        )

    def asked_in_slack_without_issue(self) -> None:
        message = self._ask(
            "2026-02-17", "10:00:00", "quotes", "After the update every build fails with `failed to compute cache key`. Is this a bug?"
        )
        self._reply(message, "10:30:00", "teo", "That's a bug. Could you open an issue for it on GitHub so we can track it?")
        self._reply(message, "10:40:00", "quotes", "Will do!", "thanks")
        self.plant("asked_in_slack_without_issue", "The team asked for an issue; none was ever opened.", message=message)

    def asked_on_the_last_friday(self) -> None:
        message = self._ask("2026-03-13", "16:30:00", "script", "How do I copy a gear to another Millfile?")
        self.plant("asked_on_the_last_friday", "Friday 16:30, unanswered on Monday 08:00: pending.", message=message)


def miss_one_day(history: History) -> None:
    """The export of 2026-03-09 came without the file of one day of one channel; Slack's day ends at midnight Pacific time."""
    for message in history.messages:
        if message.channel == INTEGRATIONS and message.sent_at.astimezone(PACIFIC).date() == LATE_DAY:
            message.missing_from = (EXPORT_THAT_LACKED_IT,)

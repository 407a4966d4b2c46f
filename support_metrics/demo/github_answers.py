"""Issues put in on purpose: when and how they were answered or ended."""

from __future__ import annotations

from datetime import date

from support_metrics.demo.days import at
from support_metrics.demo.github_cases import GitHubCases
from support_metrics.demo.github_talk import INTEGRATIONS


class GitHubAnswers(GitHubCases):
    def closed_without_a_word(self) -> None:
        issue = self._open("2025-09-23", "10:00:00", "quotes", "bug", "Gear list jumps while scrolling")
        issue.do(at(date(2025, 9, 23), "11:00"), "closed", self.cast["jun"], "not_planned")
        self.plant("closed_without_a_word", "Closed by Jun after an hour, never a word: closed_silently.", issue=issue)

    def answered_after_closing(self) -> None:
        issue = self._open("2025-09-24", "10:00:00", "emoji", "bug", "Tooltip covers the stop button")
        issue.do(at(date(2025, 9, 24), "10:30"), "closed", self.cast["jun"], "completed")
        self._answer(issue, "2025-09-24", "10:50:00", "jun", "Closed by mistake too early, sorry: fixed in 0.32.")
        self.plant("answered_after_closing", "Closed first, answered 20 minutes later: met.", issue=issue)

    def reopened(self) -> None:
        issue = self._open("2025-10-06", "10:00:00", "script", "bug", "Lock is never released after a crash")
        issue.do(at(date(2025, 10, 6), "11:00"), "closed", self.cast["oskar"], "completed")
        issue.do(at(date(2025, 10, 7), "09:30"), "reopened", self.cast["script"])
        self._answer(issue, "2025-10-07", "10:30:00", "oskar", "You are right, it still happens. Sorry.")
        self.plant("reopened", "Closed silently, reopened by the author, answered on the next day after 8 h 30: late.", issue=issue)

    def reopened_and_ignored(self) -> None:
        issue = self._open("2026-01-06", "10:00:00", "rtl", "bug", "Watcher starts twice")
        issue.do(at(date(2026, 1, 6), "11:00"), "closed", self.cast["teo"], "completed")
        issue.do(at(date(2026, 1, 7), "09:30"), "reopened", self.cast["rtl"])
        self.plant("reopened_and_ignored", "Reopening undoes the silent closing: overdue.", issue=issue)

    def closed_by_a_bot(self) -> None:
        issue = self._open("2025-09-10", "10:00:00", "slashes", "feature", "Export the gear graph as a picture")
        issue.say(at(date(2025, 11, 10), "06:00"), self.cast["stale"], "This issue has had no activity for 60 days and was closed.")
        issue.do(at(date(2025, 11, 10), "06:00:01"), "closed", self.cast["stale"], "not_planned")
        self.plant("closed_by_a_bot", "Never answered, closed by the stale bot: overdue, not closed silently.", issue=issue)

    def closed_by_nobody_known(self) -> None:
        issue = self._open("2025-10-20", "14:00:00", "rtl", "bug", "Text field loses focus")
        issue.do(at(date(2025, 10, 24), "12:00"), "closed", None, "completed")
        self.plant("closed_by_nobody_known", "The actor of the closing is null: overdue, not closed silently.", issue=issue)

    def withdrawn_by_the_author(self) -> None:
        issue = self._open("2025-10-14", "10:00:00", "quotes", "question", "How do I reset the cache?")
        issue.do(at(date(2025, 10, 14), "10:25"), "closed", self.cast["quotes"], "completed")
        self.plant("withdrawn_by_the_author", "Closed by its author after 25 minutes, unanswered: withdrawn.", issue=issue)

    def given_up_by_the_author(self) -> None:
        issue = self._open("2025-10-21", "10:00:00", "emoji", "bug", "Import of old projects never ends", INTEGRATIONS)
        issue.do(at(date(2025, 10, 22), "16:00"), "closed", self.cast["emoji"], "completed")
        self.plant("given_up_by_the_author", "Closed by its author the day after it was due: overdue stands.", issue=issue)

    def late_reply(self) -> None:
        issue = self._open("2025-10-08", "09:30:00", "rtl", "bug", "Search in logs is case-sensitive")
        self._answer(issue, "2025-10-08", "15:00:00", "teo")
        self.plant("late_reply", "Answered after 5 h 30 of business time: late.", issue=issue)

    def never_answered(self) -> None:
        issue = self._open("2025-12-02", "10:00:00", "script", "bug", "Proxy ignores proxies", INTEGRATIONS)
        issue.is_tracked = False
        self.plant("never_answered", "Still open, no answer: overdue.", issue=issue)

    def exactly_in_time(self) -> None:
        met = self._open("2025-12-10", "10:00:00", "quotes", "bug", "Timer stops at three hours")
        self._answer(met, "2025-12-10", "13:00:00", "jun")
        late = self._open("2025-12-10", "10:00:00", "emoji", "bug", "Timer runs for three hours and a second")
        self._answer(late, "2025-12-10", "13:00:01", "jun")
        self.plant("exactly_in_time.met", "Answered after exactly 10,800 s: met.", issue=met)
        self.plant("exactly_in_time.late", "Answered after 10,801 s: late.", issue=late)

    def across_the_end_of_summer_time(self) -> None:
        issue = self._open("2025-10-31", "16:00:00", "slashes", "bug", "Clock in the log pane is an hour off")
        self._answer(issue, "2025-11-03", "11:10:00", "jun")
        self.plant("across_the_end_of_summer_time", "Friday 16:00 EDT to Monday 11:10 EST: 3 h 10 of business time, late.", issue=issue)

    def across_the_start_of_summer_time(self) -> None:
        issue = self._open("2026-03-06", "15:30:00", "quotes", "bug", "Schedules run twice on Sunday")
        self._answer(issue, "2026-03-09", "09:50:00", "mara")
        self.plant("across_the_start_of_summer_time", "Friday 15:30 EST to Monday 09:50 EDT: 2 h 20, met.", issue=issue)

    def across_thanksgiving(self) -> None:
        issue = self._open("2025-11-26", "16:00:00", "rtl", "bug", "Render fails with turkey-sized charts")
        self._answer(issue, "2025-12-01", "10:30:00", "teo")
        self.plant("across_thanksgiving", "Wednesday 16:00 to Monday 10:30 over a holiday and the team's own: 2 h 30, met.", issue=issue)

    def across_a_half_day(self) -> None:
        issue = self._open("2025-12-24", "11:30:00", "slashes", "bug", "Snow on the dashboard cannot be turned off")
        self._answer(issue, "2025-12-26", "11:00:00", "mara")
        self.plant("across_a_half_day", "The half day closes at noon and Christmas is closed: 2 h 30, met.", issue=issue)

    def answered_on_a_weekend(self) -> None:
        issue = self._open("2025-12-06", "14:00:00", "emoji", "question", "Does a gear group nest?")
        self._answer(issue, "2025-12-07", "12:00:00", "ines", "It does, two levels deep.")
        self.plant("answered_on_a_weekend", "Asked on Saturday, answered on Sunday: 0 s, met.", issue=issue)

    def answer_deleted_after_it_was_seen(self) -> None:
        issue = self._open("2025-11-12", "10:00:00", "quotes", "bug", "Sync stops after a branch switch")
        self._answer(issue, "2025-11-12", "10:45:00", "priya", "Known, see the changelog.")
        issue.comments[-1].deleted_at = at(date(2025, 12, 1), "10:00")
        issue.do(at(date(2025, 12, 1), "10:05"), "labeled", self.cast["teo"], "bug")
        self.plant("answer_deleted_after_it_was_seen.github", "The only answer was deleted on 2025-12-01: still met.", issue=issue)

    def edited_answer(self) -> None:
        issue = self._open("2025-11-14", "10:00:00", "emoji", "bug", "Gear names with spaces break the url")
        self._answer(issue, "2025-11-14", "11:00:00", "priya", "Should work if you quote them.")
        issue.comments[-1].edits.append((at(date(2025, 11, 21), "15:00"), "Should work if you quote them. **Edit:** fixed in 0.33.1."))
        issue.do(at(date(2025, 11, 21), "15:01"), "renamed", self.cast["priya"], (issue.title, "Gear names with spaces break the URL"))
        self.plant("edited_answer", "Edited and the issue renamed a week later; times stay.", issue=issue)

    def fellow_user_answers_first(self) -> None:
        issue = self._open("2026-02-18", "10:00:00", "rtl", "question", "How to keep two clusters in one Millfile?")
        issue.say(at(date(2026, 2, 18), "10:12"), self.cast["quotes"], "We use two Millfiles and `include()`, works fine.")
        self._answer(issue, "2026-02-18", "12:20:00", "teo", "That is how we would do it too.")
        self.plant("fellow_user_answers_first.github", "first_human_at 10:12 by a fellow user, first response 12:20.", issue=issue)

    def friday_evening(self) -> None:
        issue = self._open("2026-03-13", "18:30:00", "emoji", "bug", "Dashboard logs me out every hour")
        self.plant("friday_evening", "Opened on the last Friday evening, unanswered on Monday 08:00: pending.", issue=issue)

"""Issues put in on purpose: who opened them and whether they count."""

from __future__ import annotations

from datetime import date, timedelta

from support_metrics.demo.days import at
from support_metrics.demo.github_talk import HIGH, INTEGRATIONS, LOW, MILLWRIGHT, SPAM, TOPIC_LABEL, GitHubTalk
from support_metrics.demo.history import Issue, Reaction


class GitHubCases:
    """Every method is one case, called in the order written here."""

    def __init__(self, talk: GitHubTalk) -> None:
        self.talk, self.cast, self.history, self.plant = talk, talk.cast, talk.history, talk.history.plant

    def run(self) -> None:
        for name, case in list(vars(type(self)).items()):
            if not name.startswith("_") and name != "run":
                case(self)

    def _open(self, day: str, clock: str, author: str, topic: str = "bug", title: str = "", repository: str = MILLWRIGHT) -> Issue:
        return self.talk.open_issue(at(date.fromisoformat(day), clock), self.cast[author], topic, title, repository)

    def _answer(
        self, issue: Issue, day: str, clock: str, author: str, text: str = "Thanks, I can reproduce this. A fix is on its way."
    ) -> None:
        """An answer by somebody; with the team's first one comes a label."""
        comment = issue.say(at(date.fromisoformat(day), clock), self.cast[author], text)
        if self.cast[author].is_staff(comment.created_at) and all(event.kind != "labeled" for event in issue.events):
            issue.do(comment.created_at + timedelta(seconds=30), "labeled", self.cast[author], TOPIC_LABEL[issue.topic])

    # Who asks

    def bot_greets_first(self) -> None:
        issue = self._open("2025-09-16", "10:00:00", "slashes")
        self.talk.greet(issue)
        self._answer(issue, "2025-09-16", "11:15:00", "ines")
        self.plant(
            "bot_greets_first", "A bot comments seconds after opening; the first response is Ines's at 11:15 local time.", issue=issue
        )

    def one_person_in_two_channels(self) -> None:
        issue = self._open("2025-10-16", "10:20:00", "imre", "bug", "Sync of symlinked folders fails on Linux")
        self._answer(issue, "2025-10-16", "11:40:00", "mara")
        self.plant(
            "one_person_in_two_channels.github",
            "Imre opens an issue; the same day he asks in Slack, whose profile names his login.",
            issue=issue,
        )

    def user_who_joins_the_team(self) -> None:
        before = self._open("2025-10-09", "11:00:00", "lena", "question", "How to share gears between two Millfiles?")
        self._answer(before, "2025-10-09", "12:30:00", "oskar", "Use `include()` for that.")
        after = self._open("2026-01-14", "10:00:00", "quotes", "bug", "Log pane swallows the first line")
        self._answer(after, "2026-01-14", "11:05:00", "lena", "Hi, I can reproduce it, thank you!")
        self.plant("user_who_joins_the_team.before", "Lena asks as a user in October; on the team from 2026-01-05.", issue=before)
        self.plant("user_who_joins_the_team.after", "Lena's comment is the team's first response.", issue=after)

    def member_who_leaves(self) -> None:
        asked = self._open("2026-01-21", "09:40:00", "oskar", "bug", "Port map forgets its state after sleep")
        self._answer(asked, "2026-01-21", "10:45:00", "jun")
        answered = self._open("2026-01-22", "10:10:00", "emoji", "question", "Where did `mill args` go?")
        self._answer(answered, "2026-01-22", "10:30:00", "oskar", "It is called `mill config` since 0.33.")
        self._answer(answered, "2026-01-22", "14:50:00", "jun", "What Oskar said. Closing soon.")
        self.plant("member_who_leaves.asks", "Oskar left on 2025-11-28 and asks as a user: a request.", issue=asked)
        self.plant(
            "member_who_leaves.answers",
            "Oskar, no longer on the team, answers after 20 minutes; the team after 4 h 40: late.",
            issue=answered,
        )

    def deleted_accounts(self) -> None:
        known = self._open("2025-11-05", "10:00:00", "vanished", "bug", "Snapshot page crashes with an empty name")
        self._answer(known, "2025-11-05", "11:00:00", "jun")
        self._answer(known, "2026-01-12", "10:00:00", "ines", "Still looking into it.")
        person = self.cast["vanished"]
        assert person.github
        person.github.deleted_at = at(date(2026, 1, 8), "12:00")
        self.plant(
            "deleted_accounts.seen_before", "Author real in the first snapshot, null from 2026-01-19 on.", issue=known, person=person
        )
        person = self.cast["departed"]
        assert person.github
        person.github.deleted_at = at(date(2025, 10, 20), "12:00")
        for number, day in enumerate(("2025-10-01", "2025-10-02")):
            issue = self._open(
                day, "13:00:00", "departed", "question", f"Is the {'first' if number == 0 else 'second'} cache layer shared?"
            )
            self._answer(issue, day, "14:00:00", "priya")
            self.plant(
                f"deleted_accounts.ghost_{number + 1}", "Only ever seen by the account ghost (10137): an unknown of its own.", issue=issue
            )

    def renamed_login(self) -> None:
        before = self._open("2025-10-15", "10:00:00", "renamed", "feature", "Allow several dashboards at once")
        self._answer(before, "2025-10-15", "11:00:00", "mara")
        after = self._open("2026-01-13", "10:00:00", "renamed", "bug", "Dashboards share a port after restart")
        self._answer(after, "2026-01-13", "11:00:00", "ines")
        self.plant("renamed_login", "tinbadger became tin-badger-labs on 2025-12-03: one account, one person.", issues=[before, after])

    def reused_login(self) -> None:
        first = self._open("2025-10-22", "10:00:00", "kestrel_first", "bug", "Render step loses comments")
        self._answer(first, "2025-10-22", "11:00:00", "teo")
        second = self._open("2026-02-04", "10:00:00", "kestrel_second", "bug", "Render step duplicates comments")
        self._answer(second, "2026-02-04", "11:00:00", "priya")
        self.plant("reused_login", "Two accounts bore the login kestrelhop, one after the other: two people.", issues=[first, second])

    def merged_later_by_profile(self) -> None:
        issue = self._open("2026-03-04", "10:30:00", "wren", "bug", "Metrics plug-in reports negative durations", INTEGRATIONS)
        self._answer(issue, "2026-03-04", "11:20:00", "jun")
        self.plant("merged_later_by_profile.github", "Wren opens an issue in the week of 2026-03-02.", issue=issue)

    def merged_by_override(self) -> None:
        issue = self._open("2025-12-11", "10:30:00", "calla", "feature", "Gear groups in the command line")
        self._answer(issue, "2025-12-11", "12:00:00", "ines")
        self.plant("merged_by_override.github", "Calla's two accounts are joined by an override only.", issue=issue)

    def merged_by_noreply_address(self) -> None:
        issue = self._open("2025-11-19", "10:30:00", "perrin", "bug", "Watcher misses renames on a network drive")
        self._answer(issue, "2025-11-19", "11:30:00", "oskar")
        self.plant("merged_by_noreply_address.github", "The no-reply address in the Slack profile names the login quietfern.", issue=issue)

    def equal_handles(self) -> None:
        issue = self._open("2025-12-17", "10:30:00", "otter_github", "bug", "Colours are lost when piping logs")
        self._answer(issue, "2025-12-17", "11:30:00", "jun")
        self.plant("equal_handles.github", "dapperotter here and in Slack: a suggestion, no merge.", issue=issue)

    def opened_for_a_user(self) -> None:
        issue = self._open("2025-09-30", "10:00:00", "nick", "feature", "Per-team quotas (asked for by a customer)")
        self.plant("opened_for_a_user", "Opened by the team on behalf of a user: no request.", issue=issue)

    def machine_user(self) -> None:
        issue = self._open("2025-12-18", "03:10:00", "ci", "bug", "Nightly build failed")
        self.plant("machine_user", "tilter-ci is a User to GitHub; only the settings say it is a bot: no request.", issue=issue)

    def names_and_texts_that_bite(self) -> None:
        script = self._open(
            "2025-11-13", "10:00:00", "script", "bug", '<script>alert(1)</script> in gear names breaks "the" dashboard\'s list'
        )
        gear = '`"><img src=x onerror=alert(1)>`'
        script.body = f"Name a gear {gear} and open it.\n\n<script>alert(1)</script>\n\n{{{{ 7*7 }}}} '; drop table gears; --"
        self._answer(script, "2025-11-13", "11:00:00", "priya", "Thanks! Escaped on main. 🙈")
        rtl = self._open("2025-12-04", "10:00:00", "rtl", "bug", "כיוון הטקסט שגוי בלוח הבקרה (RTL) 🧭")
        rtl.body = "הלוג מוצג משמאל לימין.\r\n\r\n\u202eabc\u202c and back again."
        self._answer(rtl, "2025-12-04", "11:00:00", "teo")
        empty = self._open("2026-02-11", "10:00:00", "emoji", "bug", "💥💥💥")
        empty.body = ""
        self._answer(empty, "2026-02-11", "11:00:00", "lena")
        self.plant(
            "names_and_texts_that_bite.github", "Markup, quotes, right-to-left text, emoji, an empty body.", issues=[script, rtl, empty]
        )

    # Whether it counts

    def spam(self) -> None:
        issue = self._open("2025-10-29", "05:12:00", "otter_github", "question", "BEST PRICES for gears!!! visit example.org")
        issue.do(at(date(2025, 10, 29), "09:20"), "labeled", self.cast["ines"], SPAM)
        issue.do(at(date(2025, 10, 29), "09:20:30"), "closed", self.cast["ines"], "not_planned")
        issue.is_tracked = False
        self.plant("spam", "Labelled spam: kept and marked excluded.", issue=issue)

    def transferred_in(self) -> None:
        issue = self._open("2025-09-18", "10:00:00", "arabic", "bug", "Links of the quick start are broken")
        issue.arrived_at = at(date(2025, 10, 7), "10:00")
        issue.do(issue.arrived_at, "transferred", self.cast["oskar"])
        issue.comments.clear()
        self._answer(issue, "2025-10-07", "11:30:00", "oskar", "Moved here from the docs repository. Fixed tonight.")
        self.plant(
            "transferred_in", "Created 2025-09-18 elsewhere, transferred in on 2025-10-07 10:00: the clock starts there.", issue=issue
        )

    def transferred_away(self) -> None:
        issue = self._open("2025-11-06", "10:00:00", "quotes", "question", "Docs: typo on the page about gears", INTEGRATIONS)
        issue.left_at = at(date(2025, 11, 20), "10:00")
        issue.is_tracked = False
        self.plant(
            "transferred_away",
            "Seen in the first snapshot, then moved to a repository we do not read; excluded by an override.",
            issue=issue,
        )

    def priorities(self) -> None:
        for name, clock, label, assigned in (
            ("priorities.high", "10:00:00", HIGH, "10:50:00"),
            ("priorities.high_never_assigned", "11:00:00", HIGH, ""),
            ("priorities.low_tracked", "12:00:00", LOW, ""),
            ("priorities.low_not_tracked", "13:00:00", LOW, ""),
        ):
            issue = self._open("2026-02-10", clock, "slashes", "bug", f"Priority check: {name.split('.')[1].replace('_', ' ')}")
            start = issue.created_at
            issue.do(start + timedelta(minutes=10), "labeled", self.cast["lena"], "bug")
            issue.do(start + timedelta(minutes=10, seconds=5), "labeled", self.cast["lena"], label)
            issue.say(start + timedelta(minutes=20), self.cast["lena"], "Thanks, noted.")
            if assigned:
                issue.do(at(date(2026, 2, 10), assigned), "assigned", self.cast["lena"], self.cast["jun"])
            issue.is_tracked = "not_tracked" not in name and label == LOW
            self.plant(name, f"Labelled {label} ten minutes after opening.", issue=issue)

    def votes_from_one_person_twice(self) -> None:
        issue = self._open("2025-09-25", "10:00:00", "rtl", "feature", "Dark mode for the dashboard")
        self._answer(issue, "2025-09-25", "11:00:00", "jun", "We would like that too.")
        voters = [self.cast[key] for key in ("script", "quotes", "emoji")]
        for hours, voter in enumerate(voters):
            issue.reactions.append(Reaction(at(date(2025, 9, 26), f"1{hours}:00"), "+1", voter))
        issue.reactions.append(Reaction(at(date(2025, 9, 26), "15:00"), "+1", self.cast["teo"]))
        issue.say(at(date(2025, 9, 27), "10:00"), voters[0], "+1 from me, my eyes hurt")
        self.plant(
            "votes_from_one_person_twice",
            "Three external people voted +1, one of them also commented; a team vote does not count.",
            issue=issue,
        )

    def worked_on_but_not_tracked(self) -> None:
        issue = self._open("2026-01-27", "10:00:00", "imre", "bug", "Sync engine leaks file handles")
        self._answer(issue, "2026-01-27", "10:40:00", "mara")
        issue.do(at(date(2026, 1, 27), "10:41"), "labeled", self.cast["mara"], "bug")
        issue.do(at(date(2026, 1, 27), "10:42"), "assigned", self.cast["mara"], self.cast["teo"])
        self._answer(issue, "2026-02-03", "15:00:00", "teo", "Half of it is on main now, the rest follows.")
        issue.is_tracked = False
        self.plant("worked_on_but_not_tracked", "Assigned and worked on, open, and no story.", issue=issue)

    def unlabelled(self) -> None:
        issue = self._open("2026-02-25", "10:00:00", "emoji", "bug", "Snapshot list is not sorted")
        issue.say(at(date(2026, 2, 25), "10:30"), self.cast["ines"], "Thanks, that should be easy.")
        self.plant("unlabelled", "Answered, open, never given a label.", issue=issue)

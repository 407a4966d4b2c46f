"""The team among itself: talk about customers, and problems it meets in its own product."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from support_metrics.demo import days
from support_metrics.demo.github_talk import MILLWRIGHT
from support_metrics.demo.history import Message, Person
from support_metrics.demo.slack_room import BUGS, GENERAL, HELP, TRIAGE, escaped, mention
from support_metrics.demo.slack_talk import SlackTalk


class StaffTalk:
    def __init__(self, talk: SlackTalk) -> None:
        self.talk, self.dice, self.cast, self.history = talk, talk.dice, talk.cast, talk.history

    def run(self) -> None:
        self.cases()
        for day in days.days():
            if days.is_business_day(day):
                self.talk.versions = self.history.versions(days.at(day, "00:00"))
                for _ in range(self.dice.between(0, 2)):
                    self.triage(self._some_moment(day))
                for _ in range(self.dice.between(0, 2)):
                    self.report(self._some_moment(day))
                if day.weekday() == 4 and self.dice.chance(0.6):
                    self.talk.post(
                        GENERAL,
                        self._some_moment(day),
                        self.dice.pick(self.cast.staff(days.at(day, "12:00"))),
                        "demo in ten minutes",
                        "staff",
                    )

    def _some_moment(self, day: date) -> datetime:
        return days.at_second(day, self.dice.between(days.OPENS, days.CLOSES - 600))

    def _recent_asker(self, moment: datetime) -> Person | None:
        since = moment - timedelta(days=5)
        found = [
            each.author for each in self.talk.top_level[HELP] if since < each.sent_at < moment and each.kind == "question" and each.author
        ]
        return self.dice.pick(found) if found else None

    def triage(self, moment: datetime) -> None:
        """Nick and Sol name the users they follow up, by mention or by name."""
        author, user = self.dice.pick((self.cast["nick"], self.cast["nick"], self.cast["sol"])), self._recent_asker(moment)
        if user is None or user.is_staff(moment) or self.dice.chance(0.3):
            self.talk.post(TRIAGE, moment, author, self.talk.words("triage_chat"), "staff")
            return
        text = self.talk.words("triage", mention=mention(user), name=escaped(user.name), company=escaped(user.company or "somewhere"))
        self.talk.post(TRIAGE, moment, author, text, "triage")

    def report(self, moment: datetime) -> None:
        """An internal report, often with the link of where it was filed, in the message or in its thread."""
        author = self.dice.pick([each for each in self.cast.staff(moment) if each.key not in ("nick", "sol")])
        text, link, chance = self.talk.words("internal_report"), self._filed(moment), self.dice.share()
        report = self.talk.post(BUGS, moment, author, f"{text} {link}" if chance < 0.3 else text, "report")
        if 0.3 <= chance < 0.6:
            self.talk.reply(report, moment + timedelta(seconds=self.dice.between(100, 9000)), author, f"filed: {link}", "staff")
        elif self.dice.chance(0.5):
            other = self.dice.pick(self.cast.staff(moment))
            self.talk.reply(
                report, moment + timedelta(seconds=self.dice.between(100, 9000)), other, self.talk.words("internal_chat"), "staff"
            )

    def _filed(self, moment: datetime) -> str:
        stories = [each for each in self.history.stories if not each.labels and abs(each.created_at - moment) < timedelta(days=5)]
        issues = [
            each
            for each in self.history.issues
            if not each.is_pull and each.author.is_staff(moment) and abs(each.created_at - moment) < timedelta(days=9)
        ]
        urls = [each.url for each in stories] + [each.url for each in issues]
        return f"<{self.dice.pick(urls)}>" if urls else f"<https://github.com/{MILLWRIGHT}/issues/1290>"

    def cases(self) -> None:
        plant, post, day = self.history.plant, self.talk.post, date(2025, 11, 18)
        jun, ines = self.cast["jun"], self.cast["ines"]
        issue = next(each for each in self.history.issues if each.title == "Sync engine leaks file handles")
        story = next(each for each in self.history.stories if not each.labels)
        filed = post(
            BUGS, days.at(date(2026, 1, 27), "10:50"), ines, f"file handles pile up here too: <{issue.url}|#{issue.number}>", "report"
        )
        plant("internal_report.github", "Names a GitHub issue in its text.", message=filed, url=issue.url)
        filed = post(BUGS, days.at(day, "10:30"), jun, "snapshot restore eats the last gear", "report")
        self.talk.reply(filed, days.at(day, "10:45"), ines, f"in Shortcut now: <{story.url}>", "staff")
        plant("internal_report.shortcut", "Its thread names a Shortcut story.", message=filed, url=story.url)
        lost = post(BUGS, days.at(day, "14:30"), jun, "our own CI is twice as slow since yesterday, wonder why", "report")
        plant("internal_report.nowhere", "Filed nowhere.", message=lost)
        user: Person = self.cast["arabic"]
        named: Message = post(
            TRIAGE,
            days.at(day, "15:30"),
            self.cast["nick"],
            f"{mention(user)} from {user.company}: new, three teams, worth a call",
            "triage",
        )
        plant("mentioned_in_triage.by_mention", "Nick mentions a new user.", message=named, person=user)
        user = self.cast["renamed"]
        named = post(
            TRIAGE,
            days.at(date(2025, 10, 15), "15:30"),
            self.cast["nick"],
            "tinbadger on GitHub opened a feature request, who are they?",
            "triage",
        )
        plant("mentioned_in_triage.by_login", "Nick names a login.", message=named, person=user)

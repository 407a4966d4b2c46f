"""Everyday life in Slack: questions and their answers, and all that is neither."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any

from support_metrics.demo import days
from support_metrics.demo.dice import Dice
from support_metrics.demo.github_talk import capital, first_name
from support_metrics.demo.history import Message, Person
from support_metrics.demo.slack_room import HELP, INTEGRATIONS, SlackRoom, escaped, mention

HOURS = ((0.0, 1800.0), (0.07, 24_000.0), (0.2, 32_400.0), (0.5, 43_000.0), (0.82, 56_500.0), (0.94, 67_000.0), (1.0, 86_000.0))
PROMPT = ((0.0, 40.0), (0.5, 1100.0), (0.8, 4200.0), (1.0, 10_200.0))
LATE = ((0.0, 11_200.0), (0.7, 22_000.0), (1.0, 70_000.0))
FATES = ("threaded", "late", "unthreaded", "fellow", "fellow_top", "never", "broadcast")
LIKELY = (0.65, 0.05, 0.13, 0.07, 0.05, 0.02, 0.03)
_AFTER_A_STOP = re.compile(r"(?<=[.!] )[a-z]")


class SlackTalk(SlackRoom):
    # The days

    def run(self) -> None:
        for message in self.history.messages:
            assert message.sent_at < days.END, message.text
        for day in days.days():
            self.versions = self.history.versions(days.at(day, "00:00"))
            self.joins(day)
            for channel, usual in ((HELP, (4, 7)), (INTEGRATIONS, (1, 2))):
                self.support_day(channel, day, usual)
            self.forms(day)
            self.news(day)
        self.last_morning()

    def support_day(self, channel: str, day: date, usual: tuple[int, int]) -> None:
        dice, is_open = self.dice, days.is_business_day(day)
        slow = not is_open or days.monday(day) in days.HOLIDAY_WEEKS
        count = dice.between(0, 1) if slow else dice.between(*usual) + (day.weekday() == 0 and dice.chance(0.5))
        moments = sorted(days.at_second(day, int(dice.along(HOURS))) for _ in range(count))
        questions = [self.question(channel, moment) for moment in moments if not self.is_quiet(channel, moment)]
        for question in questions:
            self.settle(question)
        for _ in range(dice.between(0, 1) if slow or channel == INTEGRATIONS else dice.between(1, 5)):
            self.chatter(channel, days.at_second(day, int(dice.along(HOURS))))

    def question(self, channel: str, moment: datetime, author: Person | None = None, text: str = "", **more: Any) -> Message:
        author = author or self.some_user(moment)
        question = self.post(channel, moment, author, text or _capital(self.dice, self.words("ask")), "question", **more)
        if not text and self.dice.chance(0.14):
            for _ in range(self.dice.between(1, 2)):
                moment += timedelta(seconds=self.dice.between(15, 240))
                self.post(channel, moment, author, self.words("ask_more"), "follow_up")
        if not text and self.dice.chance(0.06):
            question.edits.append(
                (moment + timedelta(seconds=self.dice.between(20, 5000)), question.text + f" (edit: on {self.dice.pick(self.versions)})")
            )
        return question

    def settle(self, question: Message) -> None:
        """What becomes of a question."""
        fate, moment = self.dice.weighted(FATES, LIKELY), question.sent_at
        answered_at = days.after_business(moment, self.dice.along(LATE if fate == "late" else PROMPT))
        if self.dice.chance(0.04):
            answered_at = moment + timedelta(seconds=self.dice.between(300, 3600))
        if self.dice.chance(0.14):
            self.reply(
                question, moment + timedelta(seconds=self.dice.between(1, 4)), self.cast["millbot"], self.words("auto_reply"), "auto_reply"
            )
        if fate in ("threaded", "late"):
            self.answer_in_thread(question, answered_at)
        elif fate == "broadcast":
            self.reply(question, answered_at, self.on_duty(answered_at), self._answer(question), "answer", subtype="thread_broadcast")
        elif fate == "unthreaded":
            self.answer_beside(question, answered_at)
        elif fate == "fellow":
            self.fellow_in_thread(question, answered_at)
        elif fate == "fellow_top":
            self.fellow_beside(question, answered_at)
        self.reactions(question)

    # Answers

    def _answer(self, question: Message, name: str = "answer") -> str:
        assert question.author
        text = self.words(name, first=escaped(first_name(question.asker or question.author)))
        return _capital(self.dice, _AFTER_A_STOP.sub(lambda match: match[0].upper(), text, count=1))

    def answer_in_thread(self, question: Message, moment: datetime) -> None:
        dice, asker = self.dice, question.asker or question.author
        assert asker
        person = self.on_duty(moment)
        asks = dice.chance(0.3)
        link = self.some_issue_link(moment) if dice.chance(0.08) else ""
        if asks:
            self.reply(question, moment, person, self._answer(question, "clarify"), "answer")
            moment += timedelta(seconds=dice.between(60, 5000))
            self.reply(question, moment, asker, self.words("detail"), "detail")
            moment = days.after_business(moment, dice.between(60, 9000))
            self.reply(question, moment, person, self.words("answer_more"), "answer")
        elif link:
            self.reply(question, moment, person, self.words("known_issue", link=link), "answer")
        else:
            self.reply(question, moment, person, self.words("file_it") if dice.chance(0.03) else self._answer(question), "answer")
        if dice.chance(0.12):
            self.reply(
                question, moment + timedelta(seconds=dice.between(100, 9000)), self.some_user(moment, asker), self.words("me_too"), "me_too"
            )
        if dice.chance(0.5):
            thanks = self.words("thanks", first=first_name(person))
            self.reply(question, moment + timedelta(seconds=dice.between(40, 20_000)), asker, thanks, "thanks")

    def answer_beside(self, question: Message, moment: datetime) -> None:
        """Answers at top level; without a name only where nobody else could be meant."""
        moment = question.sent_at + timedelta(seconds=self.dice.between(120, 3000))
        if not _is_open(moment) or self.is_quiet(question.channel, moment):
            self.answer_in_thread(question, days.after_business(question.sent_at, self.dice.along(PROMPT)))
            return
        assert question.author and question.author.slack
        person = self.on_duty(moment)
        if self.is_only_one(question, moment) and self.dice.chance(0.6):
            self.post(question.channel, moment, person, self.words("unthreaded"), "answer")
        else:
            self.post(question.channel, moment, person, self.words("unthreaded_named", who=mention(question.author)), "answer")
        if self.dice.chance(0.3):
            text = self.words("thanks", first=first_name(person))
            self.post(question.channel, moment + timedelta(seconds=self.dice.between(50, 900)), question.author, text, "thanks")

    def is_only_one(self, question: Message, moment: datetime) -> bool:
        """Whether an answer without a name at this moment could be meant for this question only."""
        nearby = [
            each
            for each in self.top_level[question.channel]
            if moment - timedelta(minutes=65) <= each.sent_at <= moment + timedelta(minutes=5)
        ]
        others = [each for each in nearby if each is not question and each.author is not question.author]
        return not any(each.kind in ("question", "form") or _by_staff(each) for each in others)

    def fellow_in_thread(self, question: Message, answered_at: datetime) -> None:
        moment = question.sent_at + timedelta(seconds=self.dice.between(100, 2400))
        assert question.author
        self.reply(question, moment, self.helper(moment, question.author), self.words("fellow"), "fellow_answer")
        if self.dice.chance(0.6):
            self.reply(
                question, moment + timedelta(seconds=self.dice.between(60, 3000)), question.author, self.words("thanks", first=""), "thanks"
            )
        if self.dice.chance(0.85):
            self.reply(question, max(answered_at, moment), self.on_duty(answered_at), self._answer(question), "answer")

    def fellow_beside(self, question: Message, answered_at: datetime) -> None:
        """A fellow user answers at top level: no request of theirs."""
        moment = question.sent_at + timedelta(seconds=self.dice.between(100, 2400))
        assert question.author
        text = self.words("fellow_named", who=mention(question.author), first=escaped(first_name(question.author)))
        self.post(question.channel, moment, self.helper(moment, question.author), text, "fellow_answer")
        if self.dice.chance(0.85):
            self.answer_in_thread(question, max(answered_at, moment))

    def reactions(self, question: Message) -> None:
        if self.dice.chance(0.12):
            moment = question.sent_at + timedelta(seconds=self.dice.between(60, 4000))
            question.reactions.append((moment, "eyes", self.on_duty(moment)))
        if self.dice.chance(0.06):
            moment = question.sent_at + timedelta(seconds=self.dice.between(60, 9000))
            question.reactions.append((moment, "+1", self.some_user(moment, question.author)))

    # All the rest

    def chatter(self, channel: str, moment: datetime) -> None:
        dice = self.dice
        if self.is_quiet(channel, moment):
            return
        kind = dice.weighted(("small_talk", "greeting", "thanks_top", "user_news", "team_chat"), (6, 1.6, 1.4, 0.8, 0.5))
        author = self.some_user(moment)
        staff = dice.pick(self.cast.staff(moment))
        if kind == "team_chat":
            if self._is_anybody_waiting(channel, moment) or not _is_open(moment):
                return
            author = staff
        text = self.words(kind, first=first_name(staff if kind == "thanks_top" else author), who=mention(staff))
        self.post(channel, moment, author, text, {"thanks_top": "thanks", "user_news": "news"}.get(kind, kind))

    def _is_anybody_waiting(self, channel: str, moment: datetime) -> bool:
        since = moment - timedelta(minutes=65)
        return any(since <= each.sent_at <= moment and each.kind in ("question", "form") for each in self.top_level[channel])

    def joins(self, day: date) -> None:
        for person in self.cast.people.values():
            if person.slack and person.activity and days.local_day(person.since) == day:
                assert person.slack
                self.post(
                    HELP,
                    person.since + timedelta(seconds=40),
                    person,
                    f"{mention(person)} has joined the channel",
                    "join",
                    subtype="channel_join",
                )
        if day.day == 1:
            text = self.words("topic")
            staff = self.cast["nick"]
            more = {"topic": text}
            where, moment = self.dice.pick((HELP, INTEGRATIONS)), days.at(day, "17:30")
            self.post(where, moment, staff, f"{mention(staff)} set the channel topic: {text}", "topic", subtype="channel_topic", extra=more)

    def forms(self, day: date) -> None:
        """The workflow bot posts what somebody wrote into its form, naming the asker."""
        if not days.is_business_day(day) or not self.dice.chance(0.2):
            return
        moment = days.at_second(day, self.dice.between(30_000, 58_000))
        if not self.is_quiet(HELP, moment):
            form = self.form(moment, self.some_user(moment), self.words("form_ask"))
            self.answer_in_thread(form, days.after_business(form.sent_at, self.dice.along(PROMPT)))

    def form(self, moment: datetime, asker: Person, question: str) -> Message:
        text = f"*New question through the form*\nFrom: {mention(asker)}\n&gt; {question}"
        return self.post(HELP, moment, self.cast["askform"], text, "form", subtype="bot_message", asker=asker)

    def news(self, day: date) -> None:
        """Announcements, at a time when they cannot be taken for an answer."""
        released = [
            each
            for each in self.history.releases
            if each.published_at and days.local_day(each.published_at) == day and not each.is_prerelease
        ]
        for release in released[:1]:
            assert release.published_at
            link = f"<https://github.com/{release.repository}/releases/tag/{release.tag}>"
            for minutes in range(10, 400, 30):
                moment = release.published_at + timedelta(minutes=minutes)
                if not self._is_anybody_waiting(HELP, moment) and not self.is_quiet(HELP, moment):
                    self.post(HELP, moment, release.author, self.words("team_news", tag=release.tag, link=link), "announcement")
                    break

    def some_issue_link(self, moment: datetime) -> str:
        since = moment - timedelta(days=40)
        found = [each for each in self.history.issues if not each.is_pull and since <= each.created_at <= moment and each.topic == "bug"]
        return f"<{self.dice.pick(found).url}>" if found else ""

    def last_morning(self) -> None:
        """After `as_of`, before the last export was taken: landed, but not yet sent."""
        moment = days.AS_OF + timedelta(minutes=2)
        message = self.question(HELP, moment, self.cast["quotes"], "Good morning, is the dashboard down for anybody else?")
        self.history.plant("sent_after_as_of", "In the last export, but later than as_of: not yet sent.", message=message)


def _is_open(moment: datetime) -> bool:
    hours = days.open_hours(days.local_day(moment))
    return hours is not None and hours[0] <= moment < hours[1]


def _by_staff(message: Message) -> bool:
    return message.author is not None and message.author.is_staff(message.sent_at)


def _capital(dice: Dice, text: str) -> str:
    """Most people begin with a capital letter."""
    return capital(text) if dice.chance(0.7) else text

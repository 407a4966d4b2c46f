"""Slack as a room to talk in: sending messages, who is there, and times kept free for the cases."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from support_metrics.demo import days
from support_metrics.demo.cast import Cast
from support_metrics.demo.dice import Dice
from support_metrics.demo.history import History, Message, Person
from support_metrics.demo.phrases import say

HELP, INTEGRATIONS, TRIAGE, BUGS, GENERAL = "help", "integrations-help", "triage-customers", "internal-bugs", "general"


class SlackRoom:
    """Who says what where; `versions` are those people speak of."""

    def __init__(self, seed: int, cast: Cast, history: History) -> None:
        self.dice, self.cast, self.history = Dice(seed, "slack"), cast, history
        self.top_level: dict[str, list[Message]] = {HELP: [], INTEGRATIONS: [], TRIAGE: [], BUGS: [], GENERAL: []}
        self.versions = ["0.31.2"]
        self._quiet: list[tuple[str, datetime, datetime]] = []

    # Words

    def words(self, name: str, /, **raw: str) -> str:
        """A sentence as Slack stores it: &, < and > escaped but in the mentions and links given."""
        text = say(self.dice, name, version=self.dice.pick(self.versions), **{key: f"\x01{key}\x01" for key in raw})
        text = escaped(text)
        for key, value in raw.items():
            text = text.replace(f"\x01{key}\x01", value)
        return text

    def post(
        self, channel: str, moment: datetime, author: Person | None, text: str, kind: str, parent: Message | None = None, **more: Any
    ) -> Message:
        if not moment.microsecond:
            moment += timedelta(microseconds=self.dice.between(100, 999_899))
        message = self.history.say(Message(channel, moment, author, text, kind, parent, **more))
        if parent is None:
            self.top_level[channel].append(message)
        return message

    def reply(self, parent: Message, moment: datetime, author: Person, text: str, kind: str, **more: Any) -> Message:
        return self.post(parent.channel, max(moment, parent.sent_at + timedelta(seconds=1)), author, text, kind, parent, **more)

    # Windows kept free for the cases

    def keep_quiet(self, channel: str, start: datetime, end: datetime) -> None:
        self._quiet.append((channel, start, end))

    def is_quiet(self, channel: str, moment: datetime) -> bool:
        return any(channel == where and start <= moment < end for where, start, end in self._quiet)

    # People

    def users(self, moment: datetime) -> list[Person]:
        return [
            person
            for person in self.cast.people.values()
            if person.slack and person.activity and person.since <= moment and not person.is_bot and not person.is_staff(moment)
        ]

    def some_user(self, moment: datetime, but: Person | None = None) -> Person:
        users = [person for person in self.users(moment) if person is not but]
        return self.dice.weighted(users, [person.activity for person in users])

    def helper(self, moment: datetime, but: Person | None) -> Person:
        return self.dice.pick([person for person in self.users(moment) if person.is_helper and person is not but])

    def on_duty(self, moment: datetime) -> Person:
        exterminator = self.cast.exterminator(days.monday(days.local_day(moment)))
        return exterminator if self.dice.chance(0.65) else self.dice.pick(self.cast.staff(moment))


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def mention(person: Person) -> str:
    assert person.slack
    return f"<@{person.slack.id}>"

"""The requests of the demo's Slack and their answers, counted again in plain Python from landing.

Only whether a message asks for help is given: that is the classifier's to say, which is tested elsewhere.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from support_metrics_tests.integrity.people import SPOKEN, People
from support_metrics_tests.integrity.recount import Recount, Request


@dataclass
class Said:
    key: str
    channel: str
    thread: str
    author: str
    person: str
    sent_at: datetime
    text: str
    is_broadcast: bool
    is_bot: bool
    is_team: bool

    @property
    def is_reply(self) -> bool:
        return self.thread != self.key


class SlackRequests:
    """`verdicts` says of each candidate whether it asks, and whether it may lead up to what its author asks next."""

    def __init__(self, recount: Recount, people: People, verdicts: Mapping[str, tuple[bool, bool]]) -> None:
        self.recount, self.people, self.verdicts = recount, people, verdicts
        self.seen: dict[str, list[tuple[datetime, bool]]] = defaultdict(list)
        for key, _, observed_at, is_deleted, _, _ in recount.rows("slack", "messages"):
            self.seen[key].append((observed_at, is_deleted))
        self.said = sorted(self._said(), key=lambda each: (each.sent_at, each.key))
        self.team: dict[str, list[Said]] = defaultdict(list)
        self.threads: dict[tuple[str, str], set[str]] = defaultdict(set)
        for each in self.said:
            self.threads[each.channel, each.person].add(each.key)
            if each.is_team and not each.is_bot:
                self.team[each.channel].append(each)
        overrides = recount.settings.overrides
        self.excluded = {each.request for each in overrides.exclude}
        self.settled = {each.request: each.message for each in overrides.answer}
        self.included = {each.request for each in overrides.include}
        self.asked_by = {each.request: each.account for each in overrides.reattribute}

    def _said(self) -> Iterator[Said]:
        recount = self.recount
        names = {channel["name"]: channel["id"] for channel in recount.newest("slack", "channels").values()}
        support = {names[each] for each in recount.settings.slack.channels}
        for key, message, author in self.people.slack_messages():
            prefix, ts = key.rsplit(":", 1)
            subtype = message.get("subtype") or ""
            if key.split(":")[2] in support and subtype in SPOKEN and author:
                sent_at = recount.moment(ts)
                is_form = author != f"slack:{key.split(':')[1]}:{message.get('user')}"
                is_machine = (bool(message.get("bot_id")) or subtype == "bot_message") and not is_form
                yield Said(
                    key, key.split(":")[2], f"{prefix}:{message.get('thread_ts') or ts}", author, recount.person(author), sent_at,
                    message.get("text", ""), subtype.endswith("_broadcast"),
                    is_machine or self.people.accounts[author].is_bot or recount.is_bot(author, sent_at), recount.is_team(author, sent_at),
                )  # fmt: skip

    def candidates(self) -> list[Said]:
        """Top-level messages of outsiders, and what was included by hand."""
        return [
            each
            for each in self.said
            if not each.is_bot and not each.is_team and (each.key in self.included or not (each.is_reply or each.is_broadcast))
        ]

    def requests(self) -> list[Request]:
        found = []
        candidates = [each for each in self.candidates() if not each.is_reply]
        for (channel, person), mine in groupby(
            sorted(candidates, key=lambda each: (each.channel, each.person, each.sent_at, each.key)),
            lambda each: (each.channel, each.person),
        ):
            talk: list[Said] = []
            for each in mine:
                if talk and self._ends(channel, person, talk[-1].sent_at, each.sent_at):
                    found += self._opened(talk)
                    talk = []
                talk.append(each)
            found += self._opened(talk)
        found += [request for each in self.candidates() if each.is_reply for request in self._opened([each])]
        for request in found:
            self._answer(request, found)
            if request.key in self.asked_by:
                request.person = self.recount.person(self.asked_by[request.key])
        return found

    def _ends(self, channel: str, person: str, last: datetime, now: datetime) -> bool:
        """Silence, or someone from the team at top level or in a thread of the person's."""
        if now - last > timedelta(minutes=self.recount.settings.slack.group_minutes):
            return True
        theirs = self.threads[channel, person]
        return any(last < each.sent_at <= now and (not each.is_reply or each.thread in theirs) for each in self.team[channel])

    def _opened(self, talk: list[Said]) -> list[Request]:
        opening = next((each for each in talk if self.verdicts[each.key][0]), None)
        if opening is None:
            return []
        request = Request(opening.key, "slack", opening.person, opening.sent_at)
        request.parts = {each.key for each in talk if each.sent_at >= opening.sent_at or self.verdicts[each.key][1]}
        living = max(seen_at for seen_at, is_deleted in self.seen[opening.key] if not is_deleted)
        gone = [seen_at for seen_at, is_deleted in self.seen[opening.key] if is_deleted and living <= seen_at <= self.recount.as_of]
        request.closings = [(min(gone), opening.author)] if gone else []
        return [request]

    def _answer(self, request: Request, found: list[Request]) -> None:
        """In a thread of the request; by naming the asker; or as the only one it can be for; or settled by hand."""
        channel = request.key.split(":")[2]
        answers = [each for each in self.team[channel] if each.person != request.person and each.sent_at >= request.opened_at]
        lies_in = {each.thread for each in self.said if each.key == request.key}
        possible = [each for each in answers if each.is_reply and each.thread in request.parts | lies_in]
        top_level = [each for each in answers if not each.is_reply]
        possible += [each for each in top_level if request.person in self._named(each) and request.key not in self.excluded]
        settled = [each for each in self.said if each.key == self.settled.get(request.key)]
        window = timedelta(minutes=self.recount.settings.slack.inference_minutes)
        near = [each for each in top_level if each.sent_at - request.opened_at <= window]
        possible += settled or [each for each in near if self._candidates(each, found) == [request]]
        first = min(possible, key=lambda each: (each.sent_at, each.key), default=None)
        if first:
            request.answered_at = first.sent_at
            request.parts.add(first.key)

    def _named(self, answer: Said) -> set[str]:
        team = answer.key.split(":")[1]
        return {self.recount.person(f"slack:{team}:{user}") for user in re.findall(r"<@([A-Z0-9]+)", answer.text)} - {answer.person}

    def _candidates(self, answer: Said, found: list[Request]) -> list[Request]:
        """The requests opened since the last top-level team message, none if it names somebody who asked."""
        mine = [each for each in found if each.key.split(":")[2] == answer.channel and each.key not in self.excluded]
        if any(each.person in self._named(answer) and each.opened_at <= answer.sent_at for each in mine):
            return []
        before = [
            each.sent_at for each in self.said if each.channel == answer.channel and each.is_team and not each.is_bot and not each.is_reply
        ]
        since = max((moment for moment in before if moment < answer.sent_at), default=None)
        earliest = answer.sent_at - timedelta(minutes=self.recount.settings.slack.inference_minutes)
        return [each for each in mine if earliest <= each.opened_at <= answer.sent_at and (since is None or each.opened_at > since)]

"""The demo counted again in plain Python, straight from the rows of landing: the slow way to the figures of the marts.

Who is the same person is given (`people` works it out), and so are the requests of Slack (`slack` does); all else is worked out anew.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import holidays

from support_metrics.landing import Landing
from support_metrics.settings import WEEKDAYS, Calendar, Settings

TARGETS = {"github": "hours", "slack": "hours", "email": "day", "x": "day", "youtube": "day"}
HOUR = 3600


@dataclass
class Message:
    """Someone's words in a conversation."""

    key: str
    conversation: str
    account: str
    sent_at: datetime
    is_bot: bool = False


@dataclass
class Request:
    """What an outsider asked, and what became of it."""

    key: str
    channel: str
    person: str
    opened_at: datetime
    answered_at: datetime | None = None
    is_excluded: bool = False
    closings: list[tuple[datetime, str | None]] = field(default_factory=list)
    parts: set[str] = field(default_factory=set)  # in Slack: its messages, and the one that answered it


class Recount:
    def __init__(self, settings: Settings, as_of: datetime, persons: Mapping[str, str]) -> None:
        self.settings = settings
        self.as_of = as_of
        self.persons = persons
        self.landing = Landing(settings.landing_path)
        self.zone = ZoneInfo(settings.team.time_zone)
        self.logins: dict[str, str] = {}
        self.bots: set[str] = set()
        self._read_github_users()
        self.team = self._team()

    def rows(self, source: str, stream: str) -> list[tuple[str, datetime | None, datetime, bool, Any, str]]:
        """Key, version, moment of observation, whether deleted, payload and hash of every row landed."""
        rows = self.landing.rows(source, stream, "key, version, observed_at, deleted, payload, hash")
        return [(key, version, seen_at, deleted, json.loads(payload), digest) for key, version, seen_at, deleted, payload, digest in rows]

    def versions(self, source: str, stream: str) -> dict[str, list[Any]]:
        """Payloads of each object, the newest first."""
        found: dict[str, list[tuple[datetime, datetime, str, Any]]] = defaultdict(list)
        for key, version, observed_at, deleted, payload, digest in self.rows(source, stream):
            if not deleted:
                found[key].append((version or observed_at, observed_at, digest, payload))
        return {key: [row[3] for row in sorted(rows, key=lambda row: row[:3], reverse=True)] for key, rows in found.items()}

    def newest(self, source: str, stream: str) -> dict[str, Any]:
        return {key: rows[0] for key, rows in self.versions(source, stream).items()}

    @staticmethod
    def moment(ts: str) -> datetime:
        """Slack's name of a message is when it was sent, to the microsecond."""
        seconds, _, micros = ts.partition(".")
        return datetime.fromtimestamp(int(seconds), UTC) + timedelta(microseconds=int(micros))

    def day(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()

    def week(self, moment: datetime) -> date:
        return self.day(moment) - timedelta(days=self.day(moment).weekday())

    def person(self, account: str) -> str:
        return self.persons.get(account, account)

    # People

    def _read_github_users(self) -> None:
        for stream, fields in (("issues", ("user",)), ("comments", ("user",)), ("events", ("actor",)), ("reactions", ("user",))):
            for rows in self.versions("github", stream).values():
                for user in (row.get(name) for row in rows for name in fields):
                    if user:
                        account = f"github:user:{user['id']}"
                        self.logins[user["login"].lower()] = account
                        if user.get("type") == "Bot" or user["login"].endswith("[bot]"):
                            self.bots.add(account)

    def _team(self) -> list[tuple[str, date, date]]:
        """Person, first and last day."""
        slack_team = self.settings.slack.team_id
        spans = []
        for member in [*self.settings.roster.member, *self.settings.roster.shared]:
            accounts = [self.logins[str(each).lower()] for each in member.github if str(each).lower() in self.logins]
            accounts += [f"slack:{slack_team}:{each}" for each in member.slack] + [f"email:{each.lower()}" for each in member.email]
            accounts += [f"x:user:{each}" for each in member.x] + [f"youtube:channel:{each}" for each in member.youtube]
            spans += [(self.person(each), member.from_, member.to or date.max) for each in accounts]
        return spans

    def is_team(self, account: str, moment: datetime) -> bool:
        person, day = self.person(account), self.day(moment)
        return any(each == person and begins <= day <= ends for each, begins, ends in self.team)

    def is_bot(self, account: str, moment: datetime) -> bool:
        listed = any(each.account == account and each.from_ <= self.day(moment) <= (each.to or date.max) for each in self.settings.bots)
        return account in self.bots or listed

    # Conversations

    def requests(self, slack: Iterable[Request]) -> list[Request]:
        """Every request of every channel; those of Slack are given."""
        found = [*self._github(), *self._inbox("email", self.emails()), *self._inbox("x", self.posts())]
        found += [*self._inbox("x", self.direct_messages()), *self._inbox("youtube", self.comments()), *slack]
        by_hand = {each.request for each in self.settings.overrides.exclude}
        for each in found:
            each.is_excluded |= each.key in by_hand
        return found

    def _github(self) -> Iterable[Request]:
        answers: dict[str, list[Message]] = defaultdict(list)
        for key, rows in self.versions("github", "comments").items():
            message = Message(key, rows[0]["issue_url"].lower(), self.author(key, rows), _instant(rows[0]["created_at"]))
            answers[message.conversation].append(message)
        closings, transfers = defaultdict(list), {}
        for event in sorted(self.newest("github", "events").values(), key=lambda each: (each["created_at"], each["id"])):
            issue, moment = f"github:issue:{event['issue']['id']}", _instant(event["created_at"])
            if event["event"] in ("closed", "reopened") and moment <= self.as_of:
                actor = event.get("actor")
                closings[issue].append((event["event"], moment, actor and f"github:user:{actor['id']}"))
            elif event["event"] == "transferred" and moment <= self.as_of:
                transfers[issue] = moment
        moved = {each.request for each in self.settings.overrides.exclude}
        repositories = {each.lower() for each in self.settings.github.repositories}
        for key, rows in self.versions("github", "issues").items():
            issue, account = rows[0], self.author(key, rows)
            opened_at = max(_instant(issue["created_at"]), transfers.get(key, datetime.min.replace(tzinfo=UTC)))
            repository = "/".join(issue["url"].split("/")[-4:-2]).lower()
            if "pull_request" in issue or repository not in repositories or opened_at > self.as_of:
                continue
            if self.is_team(account, opened_at) or self.is_bot(account, opened_at):
                continue
            spam = {label.lower() for label in self.settings.github.spam_labels}
            request = Request(key, "github", self.person(account), opened_at)
            request.is_excluded = issue["html_url"] in moved or any(label["name"].lower() in spam for label in issue["labels"])
            request.answered_at = self._answer(request, answers[issue["url"].lower()])
            state: list[tuple[datetime, str | None]] = []
            for event, moment, actor in closings[key]:
                state = [(state[0][0] if state else moment, actor)] if event == "closed" else []
            if not closings[key] and issue.get("closed_at") and _instant(issue["closed_at"]) <= self.as_of:
                state = [(_instant(issue["closed_at"]), None)]
            request.closings = state
            yield request

    def author(self, key: str, rows: list[Any]) -> str:
        named = [row["user"]["id"] for row in rows if row.get("user") and row["user"]["id"] != 10137]
        return f"github:user:{named[0]}" if named else f"github:unknown:{key.split(':')[2]}"

    def emails(self) -> list[Message]:
        mails = self.newest("email", "messages")
        roots: dict[str, str] = {}

        def root(key: str) -> str:
            above = [f"email:message:{each}" for each in [*(mails[key]["references"] or []), mails[key]["in_reply_to"]] if each]
            if key not in roots:
                roots[key] = root(above[0]) if above and above[0] in mails else above[0] if above else key
            return roots[key]

        return [
            Message(key, root(key), f"email:{mail['from']['address'].lower()}", _instant(mail["sent_at"]), _is_automatic(mail))
            for key, mail in mails.items()
        ]

    def posts(self) -> list[Message]:
        posts = {key: post for key, post in self.newest("x", "posts").items() if not _refers(post, "retweeted")}
        found = []
        for key, post in posts.items():
            asker, parents = post["author_id"], _refers(post, "replied_to")
            if asker == self.settings.x.account_id and parents and f"x:post:{parents[0]}" in posts:
                asker = posts[f"x:post:{parents[0]}"]["author_id"]
            conversation = f"{post['conversation_id']} with {asker}"
            found.append(Message(key, conversation, f"x:user:{post['author_id']}", _instant(post["created_at"])))
        return found

    def direct_messages(self) -> list[Message]:
        found: list[Message] = []
        last: dict[str, tuple[datetime, str]] = {}
        events = self.newest("x", "direct_messages")
        for key in sorted(events, key=lambda each: (_instant(events[each]["created_at"]), each)):
            event, moment = events[key], _instant(events[key]["created_at"])
            before, name = last.get(event["dm_conversation_id"], (moment, key))
            name = key if moment - before > timedelta(days=7) else name
            last[event["dm_conversation_id"]] = (moment, name)
            found.append(Message(key, name, f"x:user:{event['sender_id']}", moment))
        return found

    def comments(self) -> list[Message]:
        found = {}
        for rows in self.versions("youtube", "comment_threads").values():
            for thread in reversed(rows):
                top = thread["snippet"]["topLevelComment"]
                for each in [top, *thread.get("replies", {}).get("comments", [])]:
                    account = f"youtube:channel:{each['snippet']['authorChannelId']['value']}"
                    key = f"youtube:comment:{each['id']}"
                    found[key] = Message(key, top["id"], account, _instant(each["snippet"]["publishedAt"]))
        return list(found.values())

    def _inbox(self, channel: str, messages: list[Message]) -> Iterable[Request]:
        conversations: dict[str, list[Message]] = defaultdict(list)
        for message in messages:
            if message.sent_at <= self.as_of:
                conversations[message.conversation].append(message)
        for each in conversations.values():
            opening, *rest = sorted(each, key=lambda message: (message.sent_at, message.key))
            if not opening.is_bot and not self.is_team(opening.account, opening.sent_at):
                request = Request(opening.key, channel, self.person(opening.account), opening.sent_at)
                request.answered_at = self._answer(request, rest)
                yield request

    def _answer(self, request: Request, messages: list[Message]) -> datetime | None:
        return min(
            (
                each.sent_at
                for each in messages
                if request.opened_at <= each.sent_at <= self.as_of
                and not each.is_bot
                and not self.is_bot(each.account, each.sent_at)
                and self.is_team(each.account, each.sent_at)
                and self.person(each.account) != request.person
            ),
            default=None,
        )

    # Judging

    def state(self, request: Request) -> str:
        target = 3 * HOUR if TARGETS[request.channel] == "hours" else 8 * HOUR
        if request.is_excluded:
            return "excluded"
        for closed_at, actor in request.closings:
            is_first = request.answered_at is None or request.answered_at > closed_at
            if actor and self.person(actor) == request.person and is_first and self.open_seconds(request.opened_at, closed_at) <= target:
                return "withdrawn"
        elapsed = self.open_seconds(request.opened_at, request.answered_at or self.as_of)
        if request.answered_at:
            return "met" if elapsed <= target else "late"
        for closed_at, actor in request.closings:
            if actor and not self.is_bot(actor, closed_at) and self.is_team(actor, closed_at):
                return "closed_silently"
        return "overdue" if elapsed > target else "pending"

    def open_seconds(self, begins: datetime, ends: datetime) -> int:
        """Day by day, interval by interval; the demo's calendar has no night hours."""
        (calendar,) = self.settings.calendars
        zone = ZoneInfo(calendar.time_zone)
        total, day = timedelta(), begins.astimezone(zone).date()
        while day <= ends.astimezone(zone).date():
            for opens, closes in hours_of(calendar, day):
                span = [
                    datetime.combine(day, time(seconds // HOUR, seconds % HOUR // 60), zone).astimezone(UTC) for seconds in (opens, closes)
                ]
                total += max(min(span[1], ends) - max(span[0], begins), timedelta())
            day += timedelta(days=1)
        return total // timedelta(seconds=1)


def hours_of(calendar: Calendar, day: date) -> list[tuple[int, int]]:
    if day in calendar.half_days:
        return calendar.half_days[day]
    is_public = calendar.country is not None and day in _public_holidays(calendar.country, day.year)
    if day in calendar.holidays_add or (is_public and day not in calendar.holidays_remove):
        return []
    return calendar.hours.get(WEEKDAYS[day.weekday()], [])  # type: ignore[call-overload, no-any-return]


@cache
def _public_holidays(country: str, year: int) -> set[date]:
    return set(holidays.country_holidays(country, years=year))


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _is_automatic(mail: dict[str, Any]) -> bool:
    headers = {name.lower(): value.lower() for name, value in mail["headers"]}
    machine = ("mailer-daemon@", "postmaster@", "noreply@", "no-reply@", "donotreply@", "do-not-reply@")
    return (
        headers.get("auto-submitted", "no") != "no"
        or headers.get("precedence") in ("bulk", "list", "junk")
        or mail["from"]["address"].lower().startswith(machine)
    )


def _refers(post: dict[str, Any], kind: str) -> list[str]:
    return [each["id"] for each in post.get("referenced_tweets", []) if each["type"] == kind]

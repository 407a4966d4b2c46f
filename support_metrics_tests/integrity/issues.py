"""GitHub issues of the demo counted again in plain Python, straight from the rows of landing: state, labels, votes, work, filings."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from support_metrics_tests.integrity.people import People
from support_metrics_tests.integrity.process import issue_of
from support_metrics_tests.integrity.recount import Recount

LINK = re.compile(
    r"https?://(?:[\w.-]*github[\w.-]*/[^/\s<>|]+/[^/\s<>|]+/(?:issues|pull)/\d+|app\.(?:shortcut\.com|clubhouse\.io)/[^/\s<>|]+/story/\d+)"
)


@dataclass
class Voice:
    """A comment, or a +1."""

    account: str
    moment: datetime
    is_comment: bool


@dataclass
class Issue:
    key: str
    newest: dict[str, Any]
    opened_at: datetime
    voices: list[Voice] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    closed_at: datetime | None = None
    reopened_at: datetime | None = None

    @property
    def name(self) -> str:
        return issue_of(self.newest["url"].replace("/repos/", "/"))

    @property
    def state(self) -> str:
        return "closed" if self.closed_at else "open"

    def happened(self, event: str) -> list[dict[str, Any]]:
        return [each for each in self.events if each["event"] == event]


class Issues:
    """Every issue of the support repositories; pull requests and deleted ones are none."""

    def __init__(self, recount: Recount, people: People) -> None:
        self.recount, self.people = recount, people
        self.by_name = {issue.name: issue for issue in self._read()}
        self.issues = list(self.by_name.values())
        for name, voice in self._voices():
            if name in self.by_name and voice.moment <= recount.as_of:
                self.by_name[name].voices.append(voice)

    def _read(self) -> Iterator[Issue]:
        events = defaultdict(list)
        for event in self.recount.newest("github", "events").values():
            if datetime.fromisoformat(event["created_at"]) <= self.recount.as_of:
                events[f"github:issue:{event['issue']['id']}"].append(event)
        repositories = {each.lower() for each in self.recount.settings.github.repositories}
        gone = {key for key, _, _, deleted, _, _ in self.recount.rows("github", "issues") if deleted}
        for key, rows in self.recount.versions("github", "issues").items():
            newest, opened_at = rows[0], datetime.fromisoformat(rows[0]["created_at"])
            repository = "/".join(newest["url"].split("/")[-4:-2]).lower()
            if "pull_request" in newest or repository not in repositories or opened_at > self.recount.as_of or key in gone:
                continue
            mine = sorted(events[key], key=lambda each: (each["created_at"], each["id"]))
            transfers = [datetime.fromisoformat(each["created_at"]) for each in mine if each["event"] == "transferred"]
            issue = Issue(key, newest, max([opened_at, *transfers]), events=mine)
            self._follow(issue)
            yield issue

    def _follow(self, issue: Issue) -> None:
        """Closed and opened again, by events where there are any."""
        closings = [each for each in issue.events if each["event"] in ("closed", "reopened")]
        for event in closings:
            moment = datetime.fromisoformat(event["created_at"])
            if event["event"] == "closed":
                issue.closed_at = issue.closed_at or moment
            elif issue.closed_at:
                issue.closed_at, issue.reopened_at = None, moment
        if not closings and issue.newest.get("closed_at"):
            moment = datetime.fromisoformat(issue.newest["closed_at"])
            issue.closed_at = moment if moment <= self.recount.as_of else None

    def _voices(self) -> Iterator[tuple[str, Voice]]:
        gone = {key for stream in ("comments", "reactions") for key, *_, deleted, _, _ in self.recount.rows("github", stream) if deleted}
        for key, rows in self.recount.versions("github", "comments").items():
            if key not in gone:
                name = issue_of(rows[0]["issue_url"].replace("/repos/", "/"))
                yield name, Voice(self.people.commenter(key, rows), datetime.fromisoformat(rows[0]["created_at"]), True)
        for key, reaction in self.recount.newest("github", "reactions").items():
            if key not in gone and reaction["content"] == "+1":
                user, name = reaction["user"], issue_of(reaction["issue_url"].replace("/repos/", "/"))
                account = f"github:user:{user['id']}" if user and user["id"] != 10137 else key
                yield name, Voice(account, datetime.fromisoformat(reaction["created_at"]), False)

    def external(self, issue: Issue) -> list[Voice]:
        """Neither of the team nor of bots."""
        return [
            each
            for each in issue.voices
            if not self.recount.is_team(each.account, each.moment) and not self.recount.is_bot(each.account, each.moment)
        ]

    def team_days(self, issue: Issue) -> list[datetime]:
        """The first comment of the team on each day."""
        days: dict[Any, datetime] = {}
        for each in sorted(issue.voices, key=lambda voice: voice.moment):
            is_ours = self.recount.is_team(each.account, each.moment) and not self.recount.is_bot(each.account, each.moment)
            if each.is_comment and is_ours:
                days.setdefault(self.recount.day(each.moment), each.moment)
        return list(days.values())

    def worked_on(self, issue: Issue) -> datetime | None:
        """When the first sign of work appeared: assigned, named by a commit, linked, or discussed by the team on two days."""
        signs = [
            datetime.fromisoformat(each["created_at"]) for each in issue.events if each["event"] in ("assigned", "connected", "referenced")
        ]
        days = self.team_days(issue)
        return min(signs + (days[:1] if len(days) > 1 else []), default=None)

    def slack_links(self) -> dict[str, list[tuple[datetime, int, str, str]]]:
        """By thread: when, in which place of the message, and as what something was linked; and its address."""
        found = defaultdict(list)
        for key, message, _ in self.people.slack_messages():
            if message.get("subtype") != "tombstone":
                prefix, ts = key.rsplit(":", 1)
                for place, url in enumerate(LINK.findall(message.get("text", ""))):
                    kind = "shortcut" if "/story/" in url else "github"
                    moment = self.recount.moment(ts)
                    found[f"{prefix}:{message.get('thread_ts') or ts}"].append((moment, place, kind, url))
        return found

"""What happened to the simulated team: plain data with times, knowing nothing of files, APIs or the observer.

Every change carries its instant, so a writer, or a server, can say how the world looked at any moment.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from support_metrics.demo.days import local_day

BEGINNING = datetime(2025, 1, 1, tzinfo=UTC)


@dataclass(eq=False)
class SlackAccount:
    """`profile_edits` are (moment, GitHub address then put into the profile, moment from which exports tell of it)."""

    id: str
    handle: str
    real_name: str
    joined_at: datetime
    email: str | None = None
    github_url: str | None = None
    profile_edits: list[tuple[datetime, str, datetime]] = field(default_factory=list)
    deleted_at: datetime | None = None
    bot_id: str | None = None
    time_zone: str = "America/New_York"


@dataclass(eq=False)
class Profile:
    """What somebody says of themselves since `changed_at`, and where they are a member publicly; `first_at` is when they asked first."""

    first_at: datetime
    changed_at: datetime
    name: str | None
    company: str | None
    organisations: list[str]


@dataclass(eq=False)
class GitHubAccount:
    """`logins` are (from, login), oldest first: the number stays, the name may change."""

    id: int
    logins: list[tuple[datetime, str]]
    type: str = "User"
    deleted_at: datetime | None = None
    shown_when_deleted: str = "ghost"
    profile: Profile | None = None

    def login(self, moment: datetime) -> str:
        return [login for since, login in self.logins if since <= moment][-1] if self.logins[0][0] <= moment else self.logins[0][1]


@dataclass(eq=False)
class Person:
    """One human or machine. `employed` are inclusive local dates on the team; `activity` is how often they speak, from `since` on."""

    key: str
    name: str
    email: str | None = None
    company: str | None = None
    activity: float = 1.0
    since: datetime = BEGINNING
    is_helper: bool = False
    slack: SlackAccount | None = None
    github: GitHubAccount | None = None
    shortcut: str | None = None
    x: tuple[str, str] | None = None
    youtube: str | None = None
    employed: tuple[date, date | None] | None = None
    is_bot: bool = False

    def is_staff(self, moment: datetime) -> bool:
        if self.employed is None:
            return False
        day = local_day(moment)
        return self.employed[0] <= day and (self.employed[1] is None or day <= self.employed[1])


@dataclass(eq=False)
class Message:
    """One Slack message. `kind` is what it truly is (question, follow_up, answer, fellow_answer, small_talk, …)."""

    channel: str
    sent_at: datetime
    author: Person | None
    text: str
    kind: str
    parent: Message | None = None
    subtype: str | None = None
    asker: Person | None = None
    edits: list[tuple[datetime, str]] = field(default_factory=list)
    deleted_at: datetime | None = None
    reactions: list[tuple[datetime, str, Person]] = field(default_factory=list)
    missing_from: tuple[date, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def ts(self) -> str:
        return f"{int(self.sent_at.replace(microsecond=0).timestamp())}.{self.sent_at.microsecond:06}"


@dataclass(eq=False)
class Reaction:
    created_at: datetime
    content: str
    person: Person
    id: int = 0


@dataclass(eq=False)
class Comment:
    created_at: datetime
    author: Person
    body: str
    edits: list[tuple[datetime, str]] = field(default_factory=list)
    deleted_at: datetime | None = None
    id: int = 0


@dataclass(eq=False)
class Event:
    """`kind` as GitHub names it: labeled, assigned, closed, reopened, renamed, transferred, …; `detail` what it names."""

    created_at: datetime
    kind: str
    actor: Person | None
    detail: Any = None
    id: int = 0


@dataclass(eq=False)
class Issue:
    """An issue or pull request. `arrived_at` is when this repository got it, later than `created_at` if transferred in;
    `left_at` when it was transferred away. `is_tracked` says whether it gets a story; None leaves that to chance."""

    repository: str
    created_at: datetime
    author: Person
    title: str
    body: str
    topic: str = "bug"
    is_pull: bool = False
    arrived_at: datetime | None = None
    left_at: datetime | None = None
    is_tracked: bool | None = None
    comments: list[Comment] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    reactions: list[Reaction] = field(default_factory=list)
    id: int = 0
    number: int = 0

    @property
    def url(self) -> str:
        return f"https://github.com/{self.repository}/{'pull' if self.is_pull else 'issues'}/{self.number}"

    @property
    def key(self) -> str:
        return f"github:issue:{self.id}"

    def say(self, moment: datetime, author: Person, body: str) -> Comment:
        comment = Comment(moment, author, body)
        self.comments.append(comment)
        return comment

    def do(self, moment: datetime, kind: str, actor: Person | None, detail: Any = None) -> Event:
        event = Event(moment, kind, actor, detail)
        self.events.append(event)
        return event


@dataclass(eq=False)
class Release:
    repository: str
    tag: str
    name: str
    body: str
    author: Person
    created_at: datetime
    published_at: datetime | None
    is_prerelease: bool = False
    id: int = 0


@dataclass(eq=False)
class Story:
    """A Shortcut story. `changes` are (moment, field, value) for `label`, `state` (todo, doing, done) and `archived`."""

    created_at: datetime
    name: str
    type: str
    requester: Person
    owner: Person | None = None
    links: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    changes: list[tuple[datetime, str, Any]] = field(default_factory=list)
    id: int = 0

    @property
    def url(self) -> str:
        return f"https://app.shortcut.com/tilter-example/story/{self.id}"


@dataclass(eq=False)
class Handoff:
    """One submission of the form. `users` maps a weekday (0 to 6) to what was typed, as text."""

    submitted_at: datetime
    exterminator: str
    next_exterminator: str
    week: date | None
    users: dict[int, str]
    notes: str


@dataclass(eq=False)
class Email:
    sent_at: datetime
    sender: tuple[str, str]
    to: tuple[str, str]
    subject: str
    text: str
    message_id: str
    reply_to: Email | None = None
    headers: list[tuple[str, str]] = field(default_factory=list)
    html: str | None = None


@dataclass(eq=False)
class Post:
    """A post on X, or a direct message when `conversation_with` names the other side."""

    created_at: datetime
    author: tuple[str, str, str]
    text: str
    reply_to: Post | None = None
    direct_with: tuple[str, str, str] | None = None
    id: str = ""


@dataclass(eq=False)
class VideoComment:
    published_at: datetime
    author: tuple[str, str]
    text: str
    video: str
    replies: list[VideoComment] = field(default_factory=list)
    edits: list[tuple[datetime, str]] = field(default_factory=list)
    id: str = ""


@dataclass
class History:
    """Everything that happened, and `planted`: the cases put in on purpose, by name, with the keys to find them."""

    people: list[Person] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    releases: list[Release] = field(default_factory=list)
    stories: list[Story] = field(default_factory=list)
    handoffs: list[Handoff] = field(default_factory=list)
    emails: list[Email] = field(default_factory=list)
    posts: list[Post] = field(default_factory=list)
    videos: list[VideoComment] = field(default_factory=list)
    planted: dict[str, dict[str, Any]] = field(default_factory=dict)
    _taken: dict[tuple[str, str], Message] = field(default_factory=dict)

    def plant(self, name: str, says: str, **keys: Any) -> None:
        """Note a case put in on purpose; `keys` may be messages, issues or stories, whose keys are known at the end."""
        if name in self.planted:
            raise ValueError(f"{name} is planted twice")
        self.planted[name] = {"says": says, **keys}

    def versions(self, moment: datetime) -> list[str]:
        """The last releases of the product before a moment, newest last, as people name them."""
        tags = [
            each.tag
            for each in self.releases
            if each.tag.startswith("v") and not each.is_prerelease and each.published_at and each.published_at <= moment
        ]
        return [tag.removeprefix("v") for tag in tags[-3:]] or ["0.31.2"]

    def say(self, message: Message) -> Message:
        """Send a message, a microsecond later if its channel already has one of that instant."""
        while (message.channel, message.ts) in self._taken:
            message.sent_at += timedelta(microseconds=1)
        self._taken[message.channel, message.ts] = message
        self.messages.append(message)
        return message

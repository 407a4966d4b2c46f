"""What an explanation is made of. Instants are UTC, dates are local to the team's zone, text is as the source sent it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True)
class View:
    """The published warehouse that is explained."""

    as_of_at: datetime
    known_at: datetime | None
    time_zone: str


@dataclass(frozen=True)
class Message:
    """One message with the part it plays. `roles` are words for programs, `says` the same for people."""

    message_id: str
    sent_at: datetime
    author: str
    account_id: str | None
    text: str | None
    url: str | None
    roles: list[str]
    says: str


@dataclass(frozen=True)
class Account:
    account_id: str
    handle: str | None
    name: str | None
    kind: str
    merged_why: list[str]


@dataclass(frozen=True)
class Link:
    """Two accounts that a rule takes to be one person's."""

    account_id: str
    other_account_id: str
    rule: str
    why: str


@dataclass(frozen=True)
class RosterSpan:
    """When the roster has an account; `to_on` is null where it has no end."""

    name: str
    account_id: str
    is_shared: bool
    from_on: date
    to_on: date | None


@dataclass(frozen=True)
class Person:
    """Somebody with their accounts, why these are one person's, and how they stood to the team at a moment."""

    person_id: str
    name: str
    at: datetime
    is_team: bool
    standing: str
    accounts: list[Account]
    links: list[Link]
    roster: list[RosterSpan]


@dataclass(frozen=True)
class Decision:
    """An override by hand."""

    kind: str
    subject: str
    object: str | None
    why: str


@dataclass(frozen=True)
class Closing:
    closed_at: datetime
    reopened_at: datetime | None
    by: str | None
    is_by_team: bool
    is_by_author: bool


@dataclass(frozen=True)
class Interval:
    """The part of one open interval that was counted. `seconds` add up exactly: each is what the whole seconds grew by."""

    from_at: datetime
    to_at: datetime
    seconds: int


@dataclass(frozen=True)
class SpecialDay:
    """A day within the span on which the calendar's regular hours did not hold."""

    day: date
    name: str
    is_holiday: bool


@dataclass(frozen=True)
class Clock:
    """The promise and the calendar in force at opening, and what of the calendar was counted.

    `withdrawn_seconds` are on the promise's own clock; `is_reconciled` says that the intervals add up to the mart's `business_seconds`.
    """

    policy: str | None
    target_seconds: int | None
    clock: str | None
    promised_from: date | None
    calendar: str | None
    calendar_zone: str | None
    calendar_hours: str | None
    opened_at: datetime
    stopped_at: datetime
    stopped_by: str
    due_at: datetime | None
    intervals: list[Interval]
    special_days: list[SpecialDay]
    business_seconds: int | None
    calendar_seconds: int
    withdrawn_at: datetime | None
    withdrawn_seconds: int | None
    is_reconciled: bool


@dataclass(frozen=True)
class Request:
    """A request and the whole path of its state."""

    request_id: str
    channel: str
    place: str
    url: str | None
    title: str | None
    opened_at: datetime
    opened_on: date
    week: date
    verdict: str
    is_counted: bool
    state: str
    why: str
    judged_at: datetime
    closed_at: datetime | None
    messages: list[Message]
    later_messages: int
    person: Person
    responder: Person | None
    overrides: list[Decision]
    closings: list[Closing]
    clock: Clock


@dataclass(frozen=True)
class NoRequest:
    """Something known that is no request: the rule that made it none, and its author."""

    message: Message
    place: str
    rule: str
    author: Person | None
    overrides: list[Decision]


@dataclass(frozen=True)
class Explanation:
    """What somebody asked about. A message within a request is explained by itself and by the request; it may matter to several."""

    view: View
    asked: str
    named: NoRequest | None
    requests: list[Request]


@dataclass(frozen=True)
class Listed:
    """A request in the list behind a count."""

    request_id: str
    channel: str
    place: str
    url: str | None
    title: str | None
    person_id: str
    person_name: str
    opened_at: datetime
    state: str
    why: str
    verdict: str
    is_counted: bool
    is_first: bool


@dataclass(frozen=True)
class Asker:
    """Somebody who counts once, with their requests."""

    person_id: str
    name: str
    is_new: bool
    requests: list[Listed]


@dataclass(frozen=True)
class Passed:
    """Something that began a conversation and is no request."""

    message_id: str
    channel: str
    place: str
    url: str | None
    text: str | None
    author: str
    sent_at: datetime
    kind: str
    rule: str


@dataclass(frozen=True)
class Figures:
    """A row of daily_users or weekly_users, or its recount; null is unknown."""

    users: int | None
    new_users: int | None
    requests: int | None


@dataclass(frozen=True)
class Period:
    """A day or week of a channel: what was published, and everything behind it. `differences` is empty where the list gives the number."""

    view: View
    kind: str
    first_day: date
    last_day: date
    channel: str
    is_covered: bool
    covered: list[str]
    published: Figures
    recounted: Figures
    askers: list[Asker]
    excluded: list[Listed]
    passed: list[Passed]
    differences: list[str] = field(default_factory=list)

"""The sections of the settings file, of the roster and of the overrides."""

from __future__ import annotations

from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from support_metrics.settings.fields import Channel, Duration, Instant, Interval, Said, SecondOfDay, Zone

HandoffField = Literal[
    "submitted_at", "exterminator", "next_exterminator", "week", "mon", "tue", "wed", "thu", "fri", "sat", "sun", "notes"
]
COVERED_FROM = "From that day on what is read live is complete; by default from the oldest that it holds."


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Team(Section):
    """The team itself: whose day and week it is."""

    name: str = "Support"
    time_zone: Zone = "UTC"
    as_of: Instant | None = Field(None, description="Pins the moment everything is judged at; without it, now.")
    report_at: SecondOfDay = Field(8 * 3600, description="Local time on the Monday after a week at which its report is made.")
    new_user_warmup_days: int = 28
    freshness_hours: int = Field(24, description="A source not covered within this many hours before `as_of` is stale.")
    holiday_weeks: list[date] = Field([], description="Mondays of weeks that count as holiday weeks whatever the calendar says.")
    holiday_week_days: int = Field(2, description="A week with at least this many holidays on business days is a holiday week.")


class Paths(Section):
    landing: Path = Path("data/landing")
    warehouse: Path = Path("data/warehouse")
    reports: Path = Path("data/reports")
    roster: Path = Path("roster.toml")
    overrides: Path = Path("overrides.toml")
    rotation: Path = Path("rotation.toml")
    leads: Path = Path("leads.toml")


class Calendar(Section):
    """Business hours from `valid_from` on; several entries of one name follow one another in time."""

    name: str = "support"
    time_zone: Zone = "UTC"
    valid_from: date = date(1970, 1, 1)
    hours: dict[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], list[Interval]] = {
        "mon": [(32400, 61200)], "tue": [(32400, 61200)], "wed": [(32400, 61200)],
        "thu": [(32400, 61200)], "fri": [(32400, 61200)],
    }  # fmt: skip
    country: str | None = Field(None, description="ISO 3166 code whose public holidays close the calendar.")
    subdivision: str | None = None
    holidays_add: list[date] = []
    holidays_remove: list[date] = []
    half_days: dict[date, list[Interval]] = Field({}, description="Days with hours of their own instead of the weekday's.")

    @model_validator(mode="after")
    def _intervals_make_sense(self) -> Calendar:
        for day, intervals in [*self.hours.items(), *self.half_days.items()]:
            for (opens, closes), following in zip(intervals, [*intervals[1:], (None, None)], strict=False):
                if closes <= opens:
                    raise ValueError(
                        f"hours on {day} close before they open; for an interval past midnight add 24 hours, such as ['22:00', '30:00']"
                    )
                if following[0] is not None and following[0] < closes:
                    raise ValueError(f"hours on {day} overlap or are out of order")
        return self


class Target(Section):
    """How soon a first response is promised, from `valid_from` on."""

    policy: str
    channels: list[Channel]
    within: Duration
    calendar: str = "support"
    clock: Literal["business", "calendar"] = "business"
    valid_from: date = date(1970, 1, 1)
    day_seconds: int | None = Field(None, description="What `1d` means in seconds; by default the longest regular weekday.")
    goal: float | None = Field(
        None, gt=0, le=1, description="The share to be answered in time, such as 0.9: a line in the charts, no more."
    )


class Slack(Section):
    files: list[str] = []
    live: bool = Field(False, description="Read Slack's Web API, too, with the token in SLACK_BOT_TOKEN.")
    api_url: str = "https://slack.com/api/"
    since: date | None = Field(None, description="Read messages from that day on; by default all that Slack gives.")
    look_back_days: int = Field(30, ge=1, description="How far back every sync reads history again, for edits, deletions and new threads.")
    page_size: int = Field(200, ge=1, le=999, description="Messages asked for at once; 15 where Slack gives an app no more.")
    requests_per_minute: float = Field(45, gt=0, description="1 where Slack gives an app no more.")
    team_id: str = Field("T0", description="Used where an export names no team.")
    domain: str = Field("app", description="The workspace in https://<domain>.slack.com, for links.")
    channels: list[str] = Field([], description="Support channels, by name or id.")
    triage_channels: list[str] = Field([], description="Where the team talks about customers, as #triage-customers.")
    internal_channels: list[str] = Field([], description="Where the team reports problems to itself.")
    group_minutes: int = 10
    inference_minutes: int = 60
    asker_bots: list[str] = Field([], description="Ids of workflow or form bots whose posts name the asker by <@mention>.")


class GitHub(Section):
    files: list[str] = []
    live: bool = Field(False, description="Read GitHub's API, too, with the token in GITHUB_TOKEN or as a GitHub App.")
    api_url: str = Field("https://api.github.com", description="Of GitHub Enterprise: https://<host>/api/v3.")
    app_id: int | None = Field(None, description="Of a GitHub App; its private key in GITHUB_APP_PRIVATE_KEY.")
    app_installation_id: int | None = Field(None, description="Of the App's installation; by default that of the first repository.")
    overlap_minutes: int = Field(5, ge=0, description="How far before the last sync's beginning the next one asks.")
    sweep_days: float = Field(7, gt=0, description="How often everything is listed again, to notice what was deleted or transferred away.")
    covered_from: date | None = Field(None, description=COVERED_FROM)
    profiles_per_sync: int = Field(
        20, ge=0, description="How many profiles of new people, with their public organisations, a sync reads at most; 0 for none."
    )
    repositories: list[str] = Field([], description="As owner/name.")
    release_repositories: list[str] = Field([], description="Whose releases count; by default `repositories`.")
    spam_labels: list[str] = ["spam"]
    priority_labels: list[str] = ["priority: high", "P0", "P1"]
    low_priority_labels: list[str] = ["priority: low", "P3"]


class Shortcut(Section):
    files: list[str] = []
    live: bool = Field(False, description="Read Shortcut's API, too, with the token in SHORTCUT_API_TOKEN.")
    api_url: str = "https://api.app.shortcut.com/api/v3"
    overlap_minutes: int = Field(60, ge=0, description="How far before the last sync's beginning the next one asks.")
    sweep_days: float = Field(7, gt=0, description="How often all stories are listed again, to notice deleted ones.")
    covered_from: date | None = Field(None, description=COVERED_FROM)
    label: str = "exterminator"


class Handoff(Section):
    files: list[str] = []
    urls: list[str] = Field([], description="Of the form's sheet published as CSV, or of its CSV export.")
    covered_from: date | None = Field(None, description=COVERED_FROM)
    time_zone: Zone | None = Field(None, description="Of the sheet; by default the team's.")
    form_url: str = Field(
        "", description="Address of the form, such as https://docs.google.com/forms/d/e/<id>/viewform, to link it filled in."
    )
    entries: dict[str, str] = Field({}, description='From our field to the form\'s entry, such as notes = "entry.123".')
    columns: dict[HandoffField, str] = Field(
        {
            "submitted_at": "Timestamp",
            "exterminator": "Exterminator",
            "next_exterminator": "Next exterminator",
            "week": "Week",
            "mon": "Monday",
            "tue": "Tuesday",
            "wed": "Wednesday",
            "thu": "Thursday",
            "fri": "Friday",
            "notes": "Notes",
        },
        description="From our field to the form's heading. Fields: submitted_at, exterminator, next_exterminator, week, mon … sun, notes.",
    )


class Email(Section):
    files: list[str] = []
    imap_host: str = Field("", description="Read a mailbox, too, read-only, with the password in IMAP_PASSWORD.")
    imap_port: int = 993
    imap_user: str = ""
    imap_tls: bool = Field(True, description="False only for a server on this very machine.")
    imap_folders: list[str] = ["INBOX"]
    covered_from: date | None = Field(None, description=COVERED_FROM)
    addresses: list[str] = Field([], description="The support mailboxes.")


class X(Section):
    files: list[str] = []
    live: bool = Field(False, description="Read mentions and own posts from X's API v2, too, with the token in X_BEARER_TOKEN.")
    direct_messages: bool = Field(False, description="Read direct messages from there, too, with the user's token in X_USER_TOKEN.")
    api_url: str = "https://api.x.com/2"
    covered_from: date | None = Field(None, description=COVERED_FROM)
    account_id: str = Field("", description="Numeric id of the brand's account.")


class YouTube(Section):
    files: list[str] = []
    live: bool = Field(False, description="Read YouTube's Data API, too, with the key in YOUTUBE_API_KEY.")
    api_url: str = "https://www.googleapis.com/youtube/v3"
    overlap_days: int = Field(7, ge=0, description="How far before the last sync's beginning comment threads are read again.")
    sweep_days: float = Field(7, gt=0, description="How often all comment threads are listed again, to find late replies and deletions.")
    covered_from: date | None = Field(None, description=COVERED_FROM)
    channel_id: str = Field("", description="The channel's id, as UC….")


class Releases(Section):
    summary_headings: list[str] = ["summary", "highlights", "new", "what's new", "what's changed"]
    breaking_headings: list[str] = ["breaking changes", "breaking"]
    deprecation_headings: list[str] = ["deprecations", "deprecated"]


class Bot(Section):
    """An account that posts by machine and does not say so."""

    account: str = Field(description="Account key, such as github:user:41898282 or slack:T1:U7.")
    from_: date = Field(date(1970, 1, 1), alias="from")
    to: date | None = None


class Duty(Section):
    """Who is the exterminator in the week that starts on this Monday."""

    week: date
    exterminator: str


class Member(Section):
    """A team member, employed on `from` and `to` inclusive (local dates); or a shared account of the team."""

    name: str
    from_: date = Field(date(1970, 1, 1), alias="from")
    to: date | None = None
    github: list[str | int] = Field([], description="Logins or numeric ids.")
    slack: list[str] = Field([], description="User ids.")
    shortcut: list[str] = []
    email: list[str] = []
    x: list[str | int] = []
    youtube: list[str] = []


class Roster(Section):
    member: list[Member] = []
    shared: list[Member] = []


class Override(Section):
    """A decision by hand, with who made it and why."""

    who: Said
    why: Said


class AccountsOverride(Override):
    accounts: list[str] = Field(min_length=2)


class RequestOverride(Override):
    request: str = Field(description="The key of a request or message, or its link.")


class ReattributeOverride(RequestOverride):
    account: str = Field(description="Account key of the person who really asked.")


class AnswerOverride(RequestOverride):
    message: str = Field(description="The key of the message that answered the request.")


class Overrides(Section):
    same: list[AccountsOverride] = []
    not_same: list[AccountsOverride] = []
    include: list[RequestOverride] = []
    exclude: list[RequestOverride] = []
    reattribute: list[ReattributeOverride] = []
    answer: list[AnswerOverride] = []

    @model_validator(mode="after")
    def _no_line_denies_another(self) -> Overrides:
        same = {frozenset(pair): each for each in self.same for pair in combinations(each.accounts, 2)}
        for different in self.not_same:
            for pair in combinations(different.accounts, 2):
                if frozenset(pair) in same:
                    by = f"{same[frozenset(pair)].who} says same, {different.who} says not same"
                    raise ValueError(f"same and not_same contradict each other on {pair[0]} and {pair[1]}: {by}")
        included = {each.request: each for each in self.include}
        for each in self.exclude:
            if each.request in included:
                by = f"{included[each.request].who} includes it, {each.who} excludes it"
                raise ValueError(f"include and exclude contradict each other on {each.request}: {by}")
        return self

"""Typed settings: one TOML file for the team, two beside it for the roster and the overrides.

Secrets are no part of these files: they are read from the environment by the source that needs them.
Paths in a file are relative to the folder that holds the file.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from support_metrics.errors import SettingsError

SETTINGS_FILE = "support_metrics.toml"
SETTINGS_VARIABLE = "SUPPORT_METRICS_SETTINGS"
CHANNELS = ("github", "slack", "email", "x", "youtube")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Channel = Literal["github", "slack", "email", "x", "youtube"]


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{name!r} is no IANA time zone such as 'Europe/Berlin'") from None
    return name


def _with_offset(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("an instant needs its offset, for example 2026-11-23T13:00:00Z")
    return moment


def _clock(value: object) -> object:
    """Seconds since midnight of `HH:MM`; `24:00` is the end of the day, `26:00` is 02:00 of the next."""
    if not isinstance(value, str):
        return value
    match = re.fullmatch(r"(\d{1,2}):([0-5]\d)", value)
    if not match or int(match[1]) > 48:
        raise ValueError(f"{value!r} is no time of day such as '09:00'")
    return int(match[1]) * 3600 + int(match[2]) * 60


def _seconds(value: object) -> object:
    """`3h`, `90m`, `45s` in seconds; `1d` stays symbolic (-1 per day) until the calendar is known."""
    if not isinstance(value, str):
        return value
    match = re.fullmatch(r"(\d+)\s*([smhd])", value.strip())
    if not match:
        raise ValueError(f"{value!r} is no duration such as '3h', '90m' or '1d'")
    return int(match[1]) * {"s": 1, "m": 60, "h": 3600, "d": -1}[match[2]]


Zone = Annotated[str, AfterValidator(_known_zone)]
Instant = Annotated[datetime, AfterValidator(_with_offset)]
SecondOfDay = Annotated[int, BeforeValidator(_clock)]
Duration = Annotated[int, BeforeValidator(_seconds)]
Interval = tuple[SecondOfDay, SecondOfDay]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


S = TypeVar("S", bound=Section)


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
            for (opens, closes), following in zip(intervals, [*intervals[1:], (None, None)], strict=True):
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


class Slack(Section):
    files: list[str] = []
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
    repositories: list[str] = Field([], description="As owner/name.")
    release_repositories: list[str] = Field([], description="Whose releases count; by default `repositories`.")
    spam_labels: list[str] = ["spam"]
    priority_labels: list[str] = ["priority: high", "P0", "P1"]
    low_priority_labels: list[str] = ["priority: low", "P3"]


class Shortcut(Section):
    files: list[str] = []
    label: str = "exterminator"


class Handoff(Section):
    files: list[str] = []
    time_zone: Zone | None = Field(None, description="Of the sheet; by default the team's.")
    columns: dict[str, str] = Field(
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
    addresses: list[str] = Field([], description="The support mailboxes.")


class X(Section):
    files: list[str] = []
    account_id: str = Field("", description="Numeric id of the brand's account.")


class YouTube(Section):
    files: list[str] = []
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

    who: str
    why: str


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


class Settings(Section):
    """Everything the team can set. `folder` is where relative paths begin."""

    folder: Path = Field(Path("."), exclude=True)
    path: Path | None = Field(None, exclude=True)
    team: Team = Team()
    paths: Paths = Paths()
    calendars: list[Calendar] = [Calendar()]
    targets: list[Target] = [
        Target(policy="3h in business time", channels=["github", "slack"], within="3h"),  # type: ignore[arg-type]
        Target(policy="within a day", channels=["email", "x", "youtube"], within="1d"),  # type: ignore[arg-type]
    ]
    slack: Slack = Slack()
    github: GitHub = GitHub()
    shortcut: Shortcut = Shortcut()
    handoff: Handoff = Handoff()
    email: Email = Email()
    x: X = X()
    youtube: YouTube = YouTube()
    releases: Releases = Releases()
    bots: list[Bot] = []
    rota: list[Duty] = []
    roster: Roster = Roster()
    overrides: Overrides = Overrides()

    @model_validator(mode="after")
    def _names_agree(self) -> Settings:
        calendars = {calendar.name for calendar in self.calendars}
        for target in self.targets:
            if target.calendar not in calendars:
                raise ValueError(f"targets.calendar {target.calendar!r} is none of the calendars {sorted(calendars)}")
        for repository in [*self.github.repositories, *self.github.release_repositories]:
            if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository):
                raise ValueError(f"github.repositories: {repository!r} is not of the form owner/name")
        for duty in self.rota:
            if duty.week.weekday() != 0:
                raise ValueError(f"rota.week {duty.week} is a {duty.week:%A}; name a week by its Monday")
        for monday in self.team.holiday_weeks:
            if monday.weekday() != 0:
                raise ValueError(f"team.holiday_weeks {monday} is a {monday:%A}; name a week by its Monday")
        return self

    def resolve(self, path: Path | str) -> Path:
        """An absolute path; relative ones begin at the settings file's folder."""
        return (self.folder / path).absolute()

    @property
    def landing_path(self) -> Path:
        return self.resolve(self.paths.landing)

    @property
    def warehouse_path(self) -> Path:
        return self.resolve(self.paths.warehouse)

    @property
    def reports_path(self) -> Path:
        return self.resolve(self.paths.reports)

    def week_of(self, moment: datetime) -> date:
        """The Monday of the ISO week, in the team's zone, in which `moment` falls."""
        local = moment.astimezone(ZoneInfo(self.team.time_zone)).date()
        return local - timedelta(days=local.weekday())

    def report_as_of(self, week: date) -> datetime:
        """The Monday morning after `week` at which its report is made (`team.report_at`, local)."""
        seconds = self.team.report_at
        local = datetime.combine(week + timedelta(days=7), time(seconds // 3600, seconds % 3600 // 60))
        return local.replace(tzinfo=ZoneInfo(self.team.time_zone))


def find_settings(given: str | os.PathLike[str] | None = None) -> Path:
    """The settings file: the one given, else `SUPPORT_METRICS_SETTINGS`, else `support_metrics.toml` in the working folder."""
    path = Path(given or os.environ.get(SETTINGS_VARIABLE) or SETTINGS_FILE)
    if not path.is_file():
        raise SettingsError(
            f"no settings file {path}",
            f"run `support-metrics init` to write one, name it with --settings FILE, or set {SETTINGS_VARIABLE}",
        )
    return path.absolute()


def load_settings(given: str | os.PathLike[str] | None = None) -> Settings:
    """Read the settings, the roster and the overrides; raise SettingsError naming the file, the setting and the mend."""
    path = find_settings(given)
    raw = _read_toml(path)
    for reserved in ("roster", "overrides", "folder", "path"):
        if reserved in raw:
            raise SettingsError(
                f"{path}: [{reserved}] does not belong in this file", "name its file under [paths] instead"
            )
    settings = _validated(Settings, raw | {"folder": path.parent, "path": path}, path)
    parts: dict[str, Any] = {}
    for name, model in (("roster", Roster), ("overrides", Overrides)):
        part_path = settings.resolve(getattr(settings.paths, name))
        if part_path.is_file():
            parts[name] = _validated(model, _read_toml(part_path), part_path)
        elif name in raw.get("paths", {}):
            raise SettingsError(
                f"{path}: paths.{name} names {part_path}, which is not there", "create the file or correct the setting"
            )
    return settings.model_copy(update=parts)


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: not valid TOML: {error}", "correct the line named above") from error
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}", "make the file readable") from error


def _validated(model: type[S], raw: dict[str, Any], path: Path) -> S:
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        problems = [_described(problem, model) for problem in error.errors()]
        raise SettingsError(f"{path}: " + "; ".join(problems), "correct the setting named above") from error


def _described(problem: Any, model: type[BaseModel]) -> str:
    place = ".".join(str(part) for part in problem["loc"] if part != "[key]")
    if problem["type"] == "extra_forbidden":
        known = _fields_at(model, problem["loc"][:-1])
        close = difflib.get_close_matches(str(problem["loc"][-1]), known, n=1)
        return f"unknown setting {place}" + (f", did you mean {close[0]}?" if close else f"; known here: {', '.join(sorted(known))}")
    return f"{place}: {problem['msg'].removeprefix('Value error, ')}" if place else problem["msg"].removeprefix("Value error, ")


def _fields_at(model: type[BaseModel], place: tuple[Any, ...]) -> list[str]:
    """The names allowed at a place in the settings, for a helpful guess."""
    current: Any = model
    for part in place:
        if isinstance(part, int):
            continue
        field = current.model_fields.get(part) or next(
            (each for each in current.model_fields.values() if each.alias == part), None
        )
        if field is None:
            return []
        arguments = [field.annotation, *getattr(field.annotation, "__args__", ())]
        current = next((each for each in arguments if isinstance(each, type) and issubclass(each, BaseModel)), None)
        if current is None:
            return []
    return [each.alias or name for name, each in current.model_fields.items() if not each.exclude and name not in ("roster", "overrides")]

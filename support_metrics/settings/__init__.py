"""Typed settings: one TOML file for the team, beside it one each for the roster, the overrides, the rotation and the leads.

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
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field, ValidationError, model_validator

from support_metrics.errors import SettingsError
from support_metrics.settings.exterminator import Exterminator
from support_metrics.settings.fields import CHANNELS, WEEKDAYS, Channel
from support_metrics.settings.leads import Lead, Leads
from support_metrics.settings.naming import name_of
from support_metrics.settings.posting import Posting
from support_metrics.settings.rotation import Rotation
from support_metrics.settings.sections import (
    AccountsOverride,
    AnswerOverride,
    Bot,
    Calendar,
    Duty,
    Email,
    GitHub,
    Handoff,
    HandoffField,
    Member,
    Override,
    Overrides,
    Paths,
    ReattributeOverride,
    Releases,
    RequestOverride,
    Roster,
    Section,
    Shortcut,
    Slack,
    Target,
    Team,
    X,
    YouTube,
)

__all__ = [
    "CHANNELS",
    "REPORTS_VARIABLE",
    "SETTINGS_FILE",
    "SETTINGS_VARIABLE",
    "WEEKDAYS",
    "AccountsOverride",
    "AnswerOverride",
    "Bot",
    "Calendar",
    "Channel",
    "Duty",
    "Email",
    "GitHub",
    "Handoff",
    "HandoffField",
    "Lead",
    "Leads",
    "Member",
    "Override",
    "Overrides",
    "Paths",
    "Posting",
    "ReattributeOverride",
    "Releases",
    "RequestOverride",
    "Roster",
    "Rotation",
    "Section",
    "Settings",
    "Shortcut",
    "Slack",
    "Target",
    "Team",
    "X",
    "YouTube",
    "find_settings",
    "load_settings",
]

SETTINGS_FILE = "support_metrics.toml"
SETTINGS_VARIABLE = "SUPPORT_METRICS_SETTINGS"
# The address at which `support-metrics serve` serves the reports folder. No setting: it is of this machine, and nothing that is posted links it.
REPORTS_VARIABLE = "SUPPORT_METRICS_REPORTS_URL"

# Files of their own, named under [paths].
BESIDE: dict[str, type[Section]] = {"roster": Roster, "overrides": Overrides, "rotation": Rotation, "leads": Leads}

S = TypeVar("S", bound=Section)


class Settings(Section):
    """Everything the team can set. `folder` is where relative paths begin."""

    folder: Path = Field(Path("."), exclude=True)
    path: Path | None = Field(None, exclude=True)
    team: Team = Team()
    paths: Paths = Paths()
    calendars: list[Calendar] = [Calendar()]
    targets: list[Target] = [
        Target(policy="3h in business time", channels=["github", "slack"], within="3h"),
        Target(policy="within a day", channels=["email", "x", "youtube"], within="1d"),
    ]
    slack: Slack = Slack()
    github: GitHub = GitHub()
    shortcut: Shortcut = Shortcut()
    handoff: Handoff = Handoff()
    email: Email = Email()
    x: X = X()
    youtube: YouTube = YouTube()
    releases: Releases = Releases()
    posting: Posting = Posting()
    exterminator: Exterminator = Exterminator()
    bots: list[Bot] = []
    rota: list[Duty] = []
    roster: Roster = Roster()
    overrides: Overrides = Overrides()
    rotation: Rotation = Rotation()
    leads: Leads = Leads()

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
        local = self.local_day(moment)
        return local - timedelta(days=local.weekday())

    def local_day(self, moment: datetime) -> date:
        """The day it is in the team's zone."""
        return moment.astimezone(ZoneInfo(self.team.time_zone)).date()

    def midnight(self, day: date | None) -> datetime | None:
        """The first moment of a day in the team's zone."""
        return datetime.combine(day, time(), ZoneInfo(self.team.time_zone)) if day else None

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
    """Read the settings and the files beside them; raise SettingsError naming the file, the setting and the mend."""
    path = find_settings(given)
    raw = _read_toml(path)
    for reserved in (*BESIDE, "folder", "path"):
        if reserved in raw:
            raise SettingsError(f"{path}: [{reserved}] does not belong in this file", "name its file under [paths] instead")
    settings = _validated(Settings, raw | {"folder": path.parent, "path": path}, path)
    parts: dict[str, Any] = {}
    for name, model in BESIDE.items():
        part_path = settings.resolve(getattr(settings.paths, name))
        if part_path.is_file():
            parts[name] = _validated(model, _read_toml(part_path), part_path)
        elif name in raw.get("paths", {}):
            raise SettingsError(f"{path}: paths.{name} names {part_path}, which is not there", "create the file or correct the setting")
    found = settings.model_copy(update=parts)
    _refuse_strangers(found)
    return found


def _refuse_strangers(settings: Settings) -> None:
    """Who is on duty is on the roster, as soon as there is one; raise SettingsError naming who is not."""
    known = [member.name for member in settings.roster.member]
    for name in sorted(settings.rotation.people):
        if known and name.casefold() not in {each.casefold() for each in known}:
            close = difflib.get_close_matches(name, known, n=1)
            raise SettingsError(
                f"{settings.resolve(settings.paths.rotation)}: {name!r} is not on the roster"
                + (f", did you mean {close[0]!r}?" if close else ""),
                "write the name as it stands in the roster",
            )


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        is_twice = any(said in str(error) for said in (" twice", "Cannot overwrite"))
        mend = "that section or setting stands in the file already: change it there" if is_twice else "correct the line named above"
        raise SettingsError(f"{path}: not valid TOML: {error}", mend) from error
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}", "make the file readable") from error


def _validated(model: type[S], raw: dict[str, Any], path: Path) -> S:
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        problems = [_described(problem, model, raw) for problem in error.errors()]
        raise SettingsError(f"{path}: " + "; ".join(problems), "correct the setting named above") from error


def _described(problem: Any, model: type[BaseModel], raw: dict[str, Any]) -> str:
    said = problem["msg"].removeprefix("Value error, ")
    place = name_of([part for part in problem["loc"] if part != "[key]"], raw, said)
    if problem["type"] == "extra_forbidden":
        known = _fields_at(model, problem["loc"][:-1])
        close = difflib.get_close_matches(str(problem["loc"][-1]), known, n=1)
        return f"unknown setting {place}" + (f", did you mean {close[0]}?" if close else f"; known here: {', '.join(sorted(known))}")
    return f"{place}: {said}" if place else said


def _fields_at(model: type[BaseModel], place: tuple[Any, ...]) -> list[str]:
    """The names allowed at a place in the settings, for a helpful guess."""
    current: Any = model
    for part in place:
        if isinstance(part, int):
            continue
        field = current.model_fields.get(part) or next((each for each in current.model_fields.values() if each.alias == part), None)
        if field is None:
            return []
        arguments = [field.annotation, *getattr(field.annotation, "__args__", ())]
        current = next((each for each in arguments if isinstance(each, type) and issubclass(each, BaseModel)), None)
        if current is None:
            return []
    return [each.alias or name for name, each in current.model_fields.items() if not each.exclude and name not in BESIDE]

"""What several commands share: the settings file, instants and weeks on the command line, and examples in the help."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

if TYPE_CHECKING:
    from support_metrics.settings import Settings

SETTINGS_KEY = "support_metrics.settings_file"
INSTANT_HELP = (
    "Written as 2026-03-06T17:00:00Z; without an offset it is in the team's time zone; a date alone means the end of that day there."
)


def example(*lines: str) -> str:
    """The closing part of a command's help."""
    return "\n".join(["\b", "Example:", *(f"  {line}" for line in lines)])


def _remember(context: click.Context, parameter: click.Parameter, value: str | None) -> None:
    if value is not None:
        context.meta[SETTINGS_KEY] = value


settings_option: Callable[..., Any] = click.option(
    "--settings",
    metavar="FILE",
    expose_value=False,
    callback=_remember,
    help="The settings file; by default $SUPPORT_METRICS_SETTINGS, else ./support_metrics.toml. May also follow the command.",
)


def settings_file() -> str | None:
    """The settings file given on the command line, before or after the command."""
    given = click.get_current_context().meta.get(SETTINGS_KEY)
    return None if given is None else str(given)


def load() -> Settings:
    """The settings this command works with; raises SettingsError."""
    from support_metrics.settings import load_settings

    return load_settings(settings_file())


class InstantType(click.ParamType[date | datetime]):
    """An instant or a date; `settle` gives it the team's time zone where it names none."""

    name = "instant"

    def convert(self, value: Any, parameter: click.Parameter | None, context: click.Context | None) -> date | datetime:
        for read in (date.fromisoformat, datetime.fromisoformat):
            try:
                return read(str(value).strip())
            except ValueError:
                continue
        self.fail(f"{value!r} is no instant; write 2026-03-06T17:00:00Z, '2026-03-06 17:00' or 2026-03-06", parameter, context)


class WeekType(click.ParamType[date]):
    """Any day of a week, taken to its Monday."""

    name = "date"

    def convert(self, value: Any, parameter: click.Parameter | None, context: click.Context | None) -> date:
        try:
            day = date.fromisoformat(str(value).strip())
        except ValueError:
            self.fail(f"{value!r} is no date; write any day of the week, such as 2026-03-02", parameter, context)
        return day - timedelta(days=day.weekday())


def settle(given: date | datetime | None, settings: Settings) -> datetime | None:
    """The instant meant: in the team's zone where it names no offset; of a date alone, its last microsecond."""
    if given is None:
        return None
    if not isinstance(given, datetime):
        given = datetime.combine(given, time.max)
    return given if given.tzinfo else given.replace(tzinfo=ZoneInfo(settings.team.time_zone))


def as_of_option(says: str) -> Callable[..., Any]:
    return click.option("--as-of", type=InstantType(), help=f"{says} {INSTANT_HELP}")


known_at_option: Callable[..., Any] = click.option(
    "--known-at",
    type=InstantType(),
    help="Use only what had been landed by then; by default everything known today counts. Written as --as-of.",
)

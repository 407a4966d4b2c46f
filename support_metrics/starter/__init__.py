"""The files `support-metrics init` writes: commented settings, a roster, overrides, a rotation and leads to start from."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path

FILES = ("support_metrics.toml", "roster.toml", "overrides.toml", "rotation.toml", "leads.toml")
HOLIDAY_WEEKS = "holiday_weeks = []"


def write_starter(folder: Path, today: date) -> Iterator[tuple[Path, bool]]:
    """Write the files that `folder` lacks; yields every path and whether it was written. `today` says which years' weeks to propose."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        path = folder / name
        text = files(__package__).joinpath(name).read_text("utf-8").replace(HOLIDAY_WEEKS, _proposed(today), 1)
        try:
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
        except FileExistsError:
            yield path, False
        else:
            yield path, True


def _proposed(today: date) -> str:
    weeks = [week for year in (today.year, today.year + 1) for week in proposed_holiday_weeks(year)]
    return "holiday_weeks = [" + ", ".join(week.isoformat() for week in weeks) + "]"


def proposed_holiday_weeks(year: int) -> tuple[date, date]:
    """The Mondays of the weeks of Thanksgiving (fourth Thursday of November, 5 U.S.C. 6103) and of Christmas Day."""
    first = date(year, 11, 1)
    thanksgiving = first + timedelta(days=(3 - first.weekday()) % 7 + 21)
    christmas = date(year, 12, 25)
    return _monday(thanksgiving), _monday(christmas)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())

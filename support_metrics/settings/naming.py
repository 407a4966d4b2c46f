"""What an error calls a setting: entries of a list are counted from one and named as they name themselves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

# What tells one entry from the others, as far as entries have it: calendars and members, targets, bots, leads, overrides, duties.
NAMED_BY = ("name", "policy", "account", "person", "request", "week", "from")
SHOWN = 60


def name_of(place: Sequence[int | str], raw: Any, said: str = "") -> str:
    """A place as pydantic gives it, in what the file holds: `member 1 (Ana Lima): form`.

    A plain value in a list is shown, unless what is `said` of it shows it.
    """
    name, before, current = "", None, raw
    for part in place:
        if not isinstance(current, dict | list):  # what follows is the type that was tried
            break
        if isinstance(part, str):
            name += f"{'' if before is None else ': ' if isinstance(before, int) else '.'}{part}"
            current = current.get(part) if isinstance(current, dict) else None
        else:
            there = current[part : part + 1] if isinstance(current, list) else []
            name += f"{'.' if isinstance(before, int) else ' '}{part + 1}" + "".join(_called(each, said) for each in there)
            current = there[0] if there else None
        before = part
    return name


def _called(entry: Any, said: str) -> str:
    """What an entry is called besides its number."""
    if isinstance(entry, dict):
        names = (entry.get(field) for field in NAMED_BY)
        name = next((str(each) for each in names if isinstance(each, str | date) and str(each).strip()), "")
    else:
        name = "" if isinstance(entry, list) or repr(entry) in said else repr(entry)
    return f" ({name if len(name) <= SHOWN else f'{name[:SHOWN]}…'})" if name else ""

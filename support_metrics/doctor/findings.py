"""What the doctor finds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from support_metrics.sources.base import SET_ASIDE_MEND

SHOWN = 5


class Finding(NamedTuple):
    """One thing looked at: `about` which part, what it says and, if something is wrong, what to do."""

    level: Literal["ok", "note", "wrong"]
    about: str
    says: str
    mend: str = ""


def could_not_be_used(count: int, places: Sequence[str]) -> str:
    """Records set aside: how many, where the first stand and why, what to do."""
    shown = "; ".join(places[:SHOWN]) + ("; …" if len(places) > SHOWN else "")
    return f"{count:,} {'record' if count == 1 else 'records'} could not be used ({shown}); {SET_ASIDE_MEND}"

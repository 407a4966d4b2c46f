"""Which weeks are unusual and which are noise: a control chart of individual values.

The natural limits are the mean ± 2.66 times the mean moving range of the weeks that make the baseline (3 divided by d2 = 1.128 for
ranges of two), as in the NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.2.2 "Individuals Control Charts". A week is unusual
when it lies outside them (rule 1 of Western Electric), or when it is the last of eight on one side of the mean (rule 4).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from statistics import fmean

BASELINE_WEEKS = 12  # fewer tell nothing
SHIFT_WEEKS = 8
_THREE_SIGMA = 2.66

RULE = (
    "Unusual is a week outside the limits, which are the mean of the weeks before the reported one ± 2.66 times the mean change from one "
    f"week to the next, or the last of {SHIFT_WEEKS} weeks on one side of that mean. Holiday weeks are left out; {BASELINE_WEEKS} weeks are needed."
)


@dataclass(frozen=True)
class Control:
    """The limits, in the unit of the values, which weeks were judged, and for every unusual one what makes it so, in words."""

    mean: float
    lower: float
    upper: float
    judged: frozenset[date]
    unusual: Mapping[date, str]

    def moved(self, days: int) -> Control:
        """The same with every week that many days later, where a week is drawn at its middle."""
        later = timedelta(days=days)
        unusual = {monday + later: why for monday, why in self.unusual.items()}
        return replace(self, judged=frozenset(monday + later for monday in self.judged), unusual=unusual)


def control(
    values: Mapping[date, float | None], reported: date, left_out: Collection[date] = (), unfinished: bool = False
) -> Control | None:
    """Limits from the weeks before `reported`, by Monday, and what is unusual up to it; None while the baseline is too short.

    Weeks `left_out` neither make limits nor are judged. A value of None is not known. While the reported week is `unfinished` it is not judged.
    Counts and times are not negative, so neither is the lower limit.
    """
    judged = {
        monday: value for monday, value in sorted(values.items()) if value is not None and monday not in left_out and monday <= reported
    }
    baseline = [value for monday, value in judged.items() if monday < reported]
    if len(baseline) < BASELINE_WEEKS:
        return None
    if unfinished:
        judged.pop(reported, None)
    mean = fmean(baseline)
    reach = _THREE_SIGMA * fmean(abs(after - before) for before, after in pairwise(baseline))
    lower, upper = max(mean - reach, 0.0), mean + reach
    return Control(mean, lower, upper, frozenset(judged), _unusual(list(judged), list(judged.values()), mean, lower, upper))


def _unusual(mondays: Sequence[date], values: Sequence[float], mean: float, lower: float, upper: float) -> dict[date, str]:
    found: dict[date, str] = {}
    side, run = 0, 0
    for monday, value in zip(mondays, values, strict=True):
        now = (value > mean) - (value < mean)
        run = run + 1 if now == side and now else 1
        side = now
        if value > upper:
            found[monday] = f"above the limit of {upper:,.1f}"
        elif value < lower:
            found[monday] = f"below the limit of {lower:,.1f}"
        elif side and run >= SHIFT_WEEKS:
            found[monday] = f"week {run} in a row {'above' if side > 0 else 'below'} the mean of {mean:,.1f}"
    return found

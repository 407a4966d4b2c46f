"""The four figures at the top of the page, each against the week before and the four before, and why one is missing.

A week that is not over is compared with nothing, and its counts so far are no point of the small line.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import fmean

from support_metrics.report.week import Row, Week
from support_metrics.report.wording import NOTHING, moment, name_of, number, percent, plural, points

HISTORY = 12


@dataclass(frozen=True)
class Change:
    """One comparison: `▲ 4` on the `week before` (`30`). `arrow` is empty where nothing changed or nothing is known."""

    arrow: str
    amount: str
    against: str
    reference: str


@dataclass(frozen=True)
class Headline:
    """`value` as shown; `why` instead of changes where it is not known; `history` for the small line, oldest first."""

    label: str
    anchor: str
    value: str
    detail: str
    changes: Sequence[Change]
    history: Sequence[float | None]
    why: str = ""


def headlines(week: Week) -> list[Headline]:
    """Users per day, users, tickets and compliance of the week."""
    return [_users_per_day(week), _users(week), _tickets(week), _compliance(week)]


def mean_users(week: Week, monday: date) -> float | None:
    """Mean of the different people per day from Monday to Friday, all channels, over the days that have ended and are no holidays.

    None unless each of them is covered, and where there is none.
    """
    until = min(week.days_ended_before, monday + timedelta(days=5))
    closed = {row["day"] for row in week.holidays}
    users = [row["users"] for row in week.days if row["channel"] == "all" and monday <= row["day"] < until and row["day"] not in closed]
    return fmean(users) if users and None not in users else None


def _users_per_day(week: Week) -> Headline:
    values = {monday: mean_users(week, monday) for monday in _mondays(week)}
    busiest = max((row["users"] for row in week.days_of_week if row["channel"] == "all" and row["users"] is not None), default=None)
    detail = f"most on one day: {busiest}" if busiest else ""
    closed = {row["day"] for row in week.holidays}
    if week.days_ended_before <= week.monday or closed.issuperset(week.monday + timedelta(days=offset) for offset in range(5)):
        why = "no day of the week has ended" if week.days_ended_before <= week.monday else "every business day was a holiday"
        return Headline("Users per business day", "load", NOTHING, "", [], list(values.values()), why)
    return _headline(week, "Users per business day", "load", values, lambda value: number(value, 1), detail, week.channels)


def _users(week: Week) -> Headline:
    rows = {monday: week.of_week(week.users, monday, "all") for monday in _mondays(week)}
    row = rows[week.monday] or {}
    parts = [plural(row["requests"], "request")] if row.get("requests") is not None else []
    parts += [f"{number(row['new_users'])} new"] if row.get("new_users") is not None else []
    values = _column(rows, "users")
    return _headline(week, "Users this week", "load", values, number, " · ".join(parts), week.channels)


def _tickets(week: Week) -> Headline:
    rows = {monday: week.of_week(week.tickets, monday) for monday in _mondays(week)}
    row = rows[week.monday] or {}
    kinds = [(row.get(name), name) for name in ("bugs", "features", "chores")]
    detail = " · ".join(plural(count, name.removesuffix("s"), name) for count, name in kinds if count)
    return _headline(week, "Tickets", "tickets", _column(rows, "tickets"), number, detail, ["shortcut"])


def _compliance(week: Week) -> Headline:
    """Weeks are compared as rates of all their requests together, so that a quiet week weighs little."""
    rows = {monday: week.of_week(week.sla, monday, "all") for monday in _mondays(week)}
    row = rows[week.monday]
    history = list(_column(rows, "compliance").values())
    if row is None or row["judged"] is None:
        return Headline("Answered in time", "promises", NOTHING, "", [], history, why_missing(week, week.channels))
    if row["compliance"] is None:
        return Headline("Answered in time", "promises", NOTHING, "", [], history, "no request of this week is to be judged")
    detail = f"{number(row['met'])} of {number(row['judged'])} judged"
    if row["compliance_lenient"] is not None and row["compliance_lenient"] != row["compliance"]:
        detail += f" · lenient {percent(row['compliance_lenient'])}"
    if not week.is_over:
        return Headline("Answered in time", "promises", percent(row["compliance"]), f"{detail} · so far", [], [*history[:-1], None])
    changes = _changes_of_rate(week, rows, row["compliance"])
    return Headline("Answered in time", "promises", percent(row["compliance"]), detail, changes, history)


def _changes_of_rate(week: Week, rows: dict[date, Row | None], now: float) -> list[Change]:
    before, *others = [rows[week.monday - timedelta(weeks=back)] for back in range(1, 5)]
    judged = [each for each in (before, *others) if each and each["judged"]]
    met, total = sum(each["met"] for each in judged), sum(each["judged"] for each in judged)
    return [
        _points(now, before["compliance"] if before else None, "week before", _of(before)),
        _points(now, met / total if total else None, plural(len(judged) or 4, "week"), f"of {number(total)}"),
    ]


def _column(rows: dict[date, Row | None], name: str) -> dict[date, float | None]:
    return {monday: row[name] if row else None for monday, row in rows.items()}


def _of(row: Row | None) -> str:
    return f"of {number(row['judged'])}" if row and row["judged"] is not None else ""


def _points(now: float, then: float | None, against: str, of: str) -> Change:
    if then is None:
        return Change("", NOTHING, against, NOTHING)
    difference = points(now, then)
    return Change(_arrow(difference), plural(abs(difference), "pt"), against, f"{percent(then)} {of}")


def _mondays(week: Week) -> list[date]:
    return [week.monday - timedelta(weeks=back) for back in range(HISTORY - 1, -1, -1)]


def _headline(
    week: Week,
    label: str,
    anchor: str,
    values: dict[date, float | None],
    shown: Callable[[float | None], str],
    detail: str,
    sources: Sequence[str],
) -> Headline:
    now = values[week.monday]
    history = list(values.values())
    if now is None:
        return Headline(label, anchor, NOTHING, "", [], history, why_missing(week, sources))
    if not week.is_over:
        return Headline(label, anchor, shown(now), " · ".join(filter(None, [detail, "so far"])), [], [*history[:-1], None])
    four = [value for back in range(1, 5) if (value := values[week.monday - timedelta(weeks=back)]) is not None]
    changes = [
        _change(now, values[week.monday - timedelta(weeks=1)], "week before", shown),
        _change(now, fmean(four) if four else None, _weeks_before(len(four)), lambda value: number(value, 1)),
    ]
    return Headline(label, anchor, shown(now), detail, changes, history)


def _weeks_before(count: int) -> str:
    return f"{count or 4}-week mean"


def _change(now: float, then: float | None, against: str, shown: Callable[[float | None], str]) -> Change:
    if then is None:
        return Change("", NOTHING, against, NOTHING)
    amount = shown(abs(now - then))
    return Change(_arrow(now - then) if amount.strip("0.") else "", amount, against, shown(then))


def _arrow(difference: float) -> str:
    return "▲" if difference > 0 else "▼" if difference < 0 else ""


def why_missing(week: Week, sources: Sequence[str]) -> str:
    """In words: which source does not cover the week, and up to when it does."""
    reasons = []
    until_needed = min(week.ends_at, week.as_of)
    for source in sources:
        since, until = week.covered(source)
        if until is None:
            reasons.append(f"nothing of {name_of(source)} has been landed")
        elif until < until_needed:
            reasons.append(f"{name_of(source)} is covered only until {moment(until, week.zone)}")
        elif since and since > week.ends_at - timedelta(weeks=1):
            reasons.append(f"{name_of(source)} is covered only from {moment(since, week.zone)}")
    return "; ".join(reasons) or "not covered"


def sparkline(history: Sequence[float | None], width: float = 132, height: float = 30) -> list[list[tuple[float, float]]]:
    """The history as runs of points in a box, its range filling the height unless it hardly moves; unknown weeks are gaps."""
    known = [value for value in history if value is not None]
    top, bottom = max(known, default=1), min(known, default=0)
    span = max(top - bottom, 0.25 * abs(top)) or 1
    bottom -= (span - (top - bottom)) / 2
    step = (width - 8) / max(len(history) - 1, 1)
    runs: list[list[tuple[float, float]]] = [[]]
    for position, value in enumerate(history):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((round(4 + position * step, 1), round(height - 4 - (height - 8) * (value - bottom) / span, 1)))
    return [run for run in runs if run]

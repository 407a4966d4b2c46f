"""A week in a few lines for the terminal: users per day, tickets, SLA compliance, each against the week before.

The figures are those of the weekly report: the same rows, the same means, the same rounding.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from support_metrics.report.headlines import mean_users, why_missing
from support_metrics.report.week import Row, Week, read_week
from support_metrics.report.wording import NOTHING, moment, name_of, number, percent, plural, points, week_name

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

LABEL = 18
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def summarize(connection: DuckDBPyConnection, monday: date) -> str:
    """What the marts say of the week that starts on `monday`; what is not covered is a dash, with the reason."""
    week = read_week(connection, monday)
    lines = [f"Week of {week_name(monday)}, as of {moment(week.as_of, week.zone)} {week.zone.key}", ""]
    lines += _users(week)
    lines += ["", *_tickets(week), *_compliance(week)]
    lines += [*_stale(week), *_set_aside(week), *_restated(week), *_idle_overrides(connection)]
    return "\n".join(line.rstrip() for line in lines)


def _users(week: Week) -> Iterator[str]:
    before = week.monday - timedelta(days=7)
    now, then = _user_figures(week, week.monday), _user_figures(week, before)
    yield _line("", [f"{day:>4}" for day in DAYS] + ["  per business day", "  whole week"])
    yield _line("users", _spaced(now, number))
    yield _line("the week before", _spaced(then, number))
    over = _days_over(week)
    # What is not over yet is compared with nothing.
    ended = [offset < over for offset in range(7)] + 2 * [over == 7]
    changes = [_difference(a, b) if each else None for a, b, each in zip(now, then, ended, strict=True)]
    yield _line("change", _spaced(changes, _signed))
    if None in now[:over] or (over == 7 and now[-1] is None):
        yield from _why_missing(week, "", week.channels)
    if over < 7:
        yield _line("", [f"the week is not over: {_said_of_days(over)}"])


def _days_over(week: Week) -> int:
    """How many days of the week had ended at `as_of`."""
    return min(max((week.as_of.astimezone(week.zone).date() - week.monday).days, 0), 7)


def _said_of_days(over: int) -> str:
    if not over:
        return "its first day has not ended"
    return f"{'one day has' if over == 1 else f'{over} days have'} ended"


def _why_missing(week: Week, label: str, sources: Sequence[str]) -> Iterator[str]:
    """A dash and, one a line, what is not covered."""
    first, *others = why_missing(week, sources).split("; ")
    yield _line(label, [f"{NOTHING}  {first}"])
    for other in others:
        yield _line("", [f"   {other}"])


def _user_figures(week: Week, monday: date) -> list[float | None]:
    """Different people per day, their mean over business days, and different people of the whole week."""
    by_day = {row["day"]: row["users"] for row in week.days if row["channel"] == "all"}
    whole = week.of_week(week.users, monday, "all")
    days = [by_day.get(monday + timedelta(days=offset)) for offset in range(7)]
    return [*days, mean_users(week, monday), whole["users"] if whole else None]


def _spaced(figures: Sequence[float | None], shown: Callable[..., str]) -> list[str]:
    *days, mean, whole = figures
    return [f"{shown(day):>4}" for day in days] + [f"{shown(mean, 1):>18}", f"{shown(whole):>12}"]


def _tickets(week: Week) -> Iterator[str]:
    now, then = (_value(week, week.tickets, monday, "tickets") for monday in _weeks(week))
    if now is None:
        yield from _why_missing(week, "tickets", ["shortcut"])
    else:
        change = f", change {_signed(_difference(now, then))}" if _days_over(week) == 7 else ""
        yield _line("tickets", [f"{number(now)}  (the week before {number(then)}{change})"])


def _compliance(week: Week) -> Iterator[str]:
    now, then = (week.of_week(week.sla, monday, "all") for monday in _weeks(week))
    if now is None or now["judged"] is None:
        yield from _why_missing(week, "SLA compliance", week.channels)
        return
    change = NOTHING
    if then is not None and now["compliance"] is not None and then["compliance"] is not None:
        difference = points(now["compliance"], then["compliance"])
        change = f"{_signed(difference)} {'point' if abs(difference) == 1 else 'points'}"
    said = f", change {change}" if _days_over(week) == 7 else ""
    yield _line("SLA compliance", [f"{_rate(now)}  (the week before {_rate(then)}{said})"])
    states = [f"{number(now[state])} {name_of(state).lower()}" for state in ("late", "overdue", "closed_silently", "pending") if now[state]]
    if states:
        yield _line("", [", ".join(states)])


def _rate(row: Row | None) -> str:
    """Never without its denominator: `87 % = 21 of 24`."""
    if row is None or row["judged"] is None:
        return NOTHING
    if not row["judged"]:
        return f"{NOTHING}, none to judge"
    return f"{percent(row['compliance'])} = {number(row['met'])} of {number(row['judged'])} judged"


def _stale(week: Week) -> Iterator[str]:
    """Each source with a stream that lags behind, and up to when it counts."""
    untils: dict[str, list[datetime | None]] = {}
    for row in week.sources:
        if row["is_stale"]:
            untils.setdefault(row["source"], []).append(row["covered_until_at"])
    if untils:
        yield ""
    for source, moments in untils.items():
        known = [each for each in moments if each is not None]
        covered = f"covered only until {moment(min(known), week.zone)}" if len(known) == len(moments) else "not yet covered as a whole"
        yield _line("stale", [f"{name_of(source)} is {covered}"])


def _set_aside(week: Week) -> Iterator[str]:
    """How many records of each source are in no number because they could not be used."""
    aside: Counter[str] = Counter()
    for row in week.sources:
        aside[row["source"]] += row["set_aside"]
    for source, count in aside.items():
        if count:
            yield _line(
                "set aside", [f"{plural(count, 'record')} of {name_of(source)} could not be used; `support-metrics doctor` says which"]
            )


def _restated(week: Week) -> Iterator[str]:
    if week.restatements:
        figures = plural(len(week.restatements), "figure")
        yield _line("restated", [f"{figures} of earlier reports would read differently now; this report says which and why"])


def _idle_overrides(connection: DuckDBPyConnection) -> Iterator[str]:
    if words := idle_overrides(connection):
        yield _line("overrides", [words])


def idle_overrides(connection: DuckDBPyConnection) -> str:
    """How many overrides want correcting, since they have no effect; empty if none."""
    ((count,),) = connection.execute("select count(*) from marts.unmatched_overrides where is_mistaken").fetchall()
    return f"{plural(count, 'entry', 'entries')} without effect; `support-metrics doctor` says which and why" if count else ""


def _weeks(week: Week) -> tuple[date, date]:
    return week.monday, week.monday - timedelta(days=7)


def _value(week: Week, rows: list[Row], monday: date, column: str) -> float | None:
    row = week.of_week(rows, monday)
    return row[column] if row else None


def _difference(now: float | None, then: float | None) -> float | None:
    return None if now is None or then is None else now - then


def _signed(value: float | None, digits: int = 0) -> str:
    if value is None:
        return NOTHING
    return "0" if not round(value, digits) else f"{value:+,.{digits}f}"


def _line(label: str, parts: Sequence[str]) -> str:
    return f"  {label:<{LABEL}}" + "".join(parts)

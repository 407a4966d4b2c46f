"""Load: how many different people needed us, by day in this week and by week over a year; `year.py` has the days of a year."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from support_metrics.report.charts.chart import Cell, Chart, counted, pivot
from support_metrics.report.charts.marks import circumstances, control_of, draw_holidays, draw_limits, draw_strip, holidays_of
from support_metrics.report.figures import Series, day_label, figure_of
from support_metrics.report.palette import BLUE, CYCLE, GREY, INKS, ORANGE, TOTAL, Ink
from support_metrics.report.week import Week
from support_metrics.report.wording import NOTHING, day_name, name_of, number, plural


def ink_of(channel: str, position: int) -> Ink:
    return INKS.get(channel) or CYCLE[position % len(CYCLE)]


def table_of(heading: str, by: dict[Any, dict[str, Any]], channels: Sequence[str]) -> tuple[list[str], list[list[Cell]]]:
    columns = [heading, *(name_of(channel) for channel in channels)]
    return columns, [
        [Cell(day_name(x), x.isoformat()), *(counted(values.get(channel)) for channel in channels)] for x, values in reversed(by.items())
    ]


def _per_channel(week: Week, by: dict[Any, dict[str, Any]], labels: dict[Any, Any]) -> list[Series]:
    """A series for every channel that somebody used; `labels` says where on the axis each day or week stands."""
    return [
        Series(
            name_of(channel),
            ink_of(channel, position),
            list(labels.values()),
            [by.get(x, {}).get(channel) for x in labels],
            [f"{name_of(channel)}: {number(by.get(x, {}).get(channel))}" for x in labels],
        )
        for position, channel in enumerate(week.channels)
        if any(values.get(channel) for values in by.values())
    ]


def users_per_day(week: Week) -> Chart:
    """The week's days: a bar for every channel, a diamond for the different people in all of them."""
    by_day = pivot(week.days_of_week, "day", "users")
    labels = _labels(week)
    everyone = {day: by_day.get(day, {}).get("all") for day in labels}
    hover = [f"{day_name(day)}: {people(count)}{holiday(week, day)}" for day, count in everyone.items()]
    total = Series("Different people", TOTAL, list(labels.values()), list(everyone.values()), hover)
    columns, rows = table_of("Day", dict(reversed(by_day.items())), [*week.channels, "all"])
    figure = figure_of(_per_channel(week, by_day, labels), total=total)
    draw_holidays(figure, [labels[day] for day in holidays_of(week) if day in labels])
    return Chart("users-per-day", "Users per day, by channel", f"{'; '.join(hover)}.", figure, columns, rows, _note(week, by_day))


def holiday(week: Week, day: date) -> str:
    name = holidays_of(week).get(day)
    return f" · holiday: {name}" if name else ""


def _labels(week: Week) -> dict[date, str]:
    return {day: day_label(day) for day in (week.monday + timedelta(days=offset) for offset in range(7))}


def _note(week: Week, by_day: dict[date, dict[str, int | None]]) -> str:
    """What the diamonds mean, and which bars are missing because nothing is known."""
    note = "Bars count a person in each channel they asked in; the diamond counts everyone once."
    gaps = {channel: [day for day, users in by_day.items() if users.get(channel, 0) is None] for channel in week.channels}
    unknown = [f"{name_of(channel)} from {day_name(days[0])}" for channel, days in gaps.items() if days]
    return note + _closed(week) + (f" Not covered: {', '.join(unknown)}." if unknown else "")


def _closed(week: Week) -> str:
    return "".join(f" {day_name(day)} is a holiday, {name}." for day, name in holidays_of(week).items() if day >= week.monday)


def people(count: int | None) -> str:
    return "not covered" if count is None else plural(count, "different person", "different people")


def new_and_returning(week: Week) -> Chart:
    """The week's days: people who asked for the first time ever, and people who had asked before."""
    rows = {row["day"]: row for row in week.days_of_week if row["channel"] == "all"}
    labels = _labels(week)
    new: dict[date, int | None] = {}
    returning: dict[date, int | None] = {}
    unknown: dict[date, int | None] = {}
    for day in labels:
        users, first = (rows[day]["users"], rows[day]["new_users"]) if day in rows else (None, None)
        new[day], returning[day], unknown[day] = (None, None, users) if users is None or first is None else (first, users - first, None)
    series = [
        Series(name, ink, list(labels.values()), list(counts.values()), [f"{name}: {number(count)}" for count in counts.values()])
        for name, ink, counts in (("New", BLUE, new), ("Returning", ORANGE, returning), ("Not known whether new", GREY, unknown))
        if counts is not unknown or any(counts.values())
    ]
    cells = [[Cell(day_name(day), day.isoformat()), counted(new[day]), counted(returning[day])] for day in labels]
    says = "; ".join(f"{day_name(day)}: {number(new[day])} new, {number(returning[day])} returning{holiday(week, day)}" for day in labels)
    figure = figure_of(series)
    draw_holidays(figure, [labels[day] for day in holidays_of(week) if day in labels])
    note = f"New is who asks for the first time ever, through any channel.{_closed(week)}"
    return Chart("new-and-returning", "Users per day, new and returning", f"{says}.", figure, ["Day", "New", "Returning"], cells, note)


def users_per_week(week: Week) -> Chart:
    """A year of weeks, the reported one at full strength, with who was on duty, releases and holiday weeks."""
    by_week = pivot(week.users, "week", "users")
    new = pivot(week.users, "week", "new_users")
    everyone = {monday: values.get("all") for monday, values in by_week.items()}
    limits = control_of(week, everyone)
    hover = [
        people(count)
        + (f", {number(new[monday]['all'])} new" if new[monday].get("all") is not None else "")
        + circumstances(week, monday, limits)
        for monday, count in everyone.items()
    ]
    total = Series("Different people", TOTAL, list(everyone), list(everyone.values()), hover)
    series = _per_channel(week, by_week, {monday: monday for monday in by_week})
    figure = figure_of(series, total=total, x_type="date", emphasised=week.monday)
    draw_limits(figure, limits, everyone)
    draw_strip(figure, week, list(everyone))
    columns, rows = table_of("Week of", by_week, [*week.channels, "all"])
    for row, monday in zip(rows, reversed(by_week), strict=True):
        duty = week.of_week(week.duties, monday)
        row += [counted(new[monday].get("all")), Cell((duty and duty["exterminator"]) or NOTHING)]
    says = f"Different people per week over {plural(len(everyone), 'week')}; {people(everyone.get(week.monday))} in this one."
    columns += ["New", "On duty"]
    return Chart("users-per-week", "Users per week over a year", says, figure, columns, rows, note_of_limits(limits, "a week"))


def note_of_limits(limits: Any, unit: str) -> str:
    """The limits in figures, and the rule."""
    if limits is None:
        return "Limits of what is usual are drawn once there are twelve weeks before this one."
    return f"Usual is {number(limits.lower, 1)} to {number(limits.upper, 1)} {unit}, around {number(limits.mean, 1)}; the band shows it."

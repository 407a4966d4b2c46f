"""The charts that have a section of their own: each a figure, a sentence for those who do not see it, and its rows as a table."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd

from support_metrics.report.figures import Series, chart_of, columns_of_y, day_label, figure_from_chart, figure_of
from support_metrics.report.legend import Key, legend_of
from support_metrics.report.palette import CYCLE, INKS, TOTAL, Ink
from support_metrics.report.week import WEEKS_OF_HISTORY, Row, Week, read
from support_metrics.report.wording import NOTHING, day_name, name_of, number, percent, plural

if TYPE_CHECKING:
    import plotly.graph_objects as go
    from duckdb import DuckDBPyConnection

    from support_metrics.model import Model

# Marts whose chart has a section of its own; every other mart with a chart is shown under "More".
DEDICATED = frozenset({"daily_users", "weekly_users", "weekly_tickets", "weekly_sla"})
WEEKS_OF_DAYS = 4
TICKET_KINDS = ("bugs", "features", "chores")


@dataclass(frozen=True)
class Chart:
    """`says` describes the picture in a sentence; `note` stands below it; `columns` and `rows` hold the same numbers as a table."""

    id: str
    title: str
    says: str
    figure: go.Figure
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""

    @property
    def legend(self) -> list[Key]:
        return legend_of(self.figure)

    @property
    def json(self) -> str:
        """The figure for a `<script type="application/json">` element, which nothing inside can end."""
        return harmless_json(json.loads(self.figure.to_json()))


def harmless_json(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def ink_of(channel: str, position: int) -> Ink:
    return INKS.get(channel) or CYCLE[position % len(CYCLE)]


def _pivot(rows: Iterable[Row], key: str, value: str) -> dict[Any, dict[str, Any]]:
    """For each day or week: channel to value."""
    found: dict[Any, dict[str, Any]] = {}
    for row in rows:
        found.setdefault(row[key], {})[row["channel"]] = row[value]
    return found


def _table(heading: str, by: dict[Any, dict[str, Any]], channels: Sequence[str], said: Any) -> tuple[list[str], list[list[str]]]:
    columns = [heading, *(name_of(channel) for channel in channels)]
    return columns, [[day_name(x), *(said(values.get(channel)) for channel in channels)] for x, values in reversed(by.items())]


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
    by_day = _pivot(week.days_of_week, "day", "users")
    labels = {day: day_label(day) for day in (week.monday + timedelta(days=offset) for offset in range(7))}
    everyone = {day: by_day.get(day, {}).get("all") for day in labels}
    hover = [f"{day_name(day)}: {_people(count)}" for day, count in everyone.items()]
    total = Series("Different people", TOTAL, list(labels.values()), list(everyone.values()), hover)
    columns, rows = _table("Day", dict(reversed(by_day.items())), [*week.channels, "all"], number)
    figure = figure_of(_per_channel(week, by_day, labels), total=total)
    return Chart("users-per-day", "Users per day", f"{'; '.join(hover)}.", figure, columns, rows, _note(week, by_day))


def _note(week: Week, by_day: dict[date, dict[str, int | None]]) -> str:
    """What the diamonds mean, and which bars are missing because nothing is known."""
    note = "Bars count a person in each channel they asked in; the diamond counts everyone once."
    gaps = {channel: [day for day, users in by_day.items() if users.get(channel, 0) is None] for channel in week.channels}
    unknown = [f"{name_of(channel)} from {day_name(days[0])}" for channel, days in gaps.items() if days]
    return note + (f" Not covered: {', '.join(unknown)}." if unknown else "")


def _people(count: int | None) -> str:
    return "not covered" if count is None else plural(count, "different person", "different people")


def users_per_week(week: Week) -> Chart:
    """Half a year of weeks, the reported one at full strength, with who was on duty and holiday weeks told on hover."""
    by_week = _pivot(week.users, "week", "users")
    everyone = {monday: values.get("all") for monday, values in by_week.items()}
    hover = [_people(count) + _circumstances(week, monday) for monday, count in everyone.items()]
    total = Series("Different people", TOTAL, list(everyone), list(everyone.values()), hover)
    series = _per_channel(week, by_week, {monday: monday for monday in by_week})
    figure = figure_of(series, total=total, x_type="date", emphasised=week.monday)
    columns, rows = _table("Week of", by_week, [*week.channels, "all"], number)
    says = f"Different people per week over {plural(len(everyone), 'week')}; {_people(everyone.get(week.monday))} in this one."
    return Chart("users-per-week", "Users per week", says, figure, columns, rows)


def _circumstances(week: Week, monday: date) -> str:
    duty, release = week.of_week(week.duties, monday), week.of_week(week.releases, monday)
    said = [f"on duty: {duty['exterminator']}"] if duty and duty["exterminator"] else []
    said += ["holiday week"] if release and release["is_holiday_week"] else []
    return "".join(f" · {each}" for each in said)


def tickets_per_week(week: Week) -> Chart:
    """Tickets by type; those of another type than the three are shown as such, so that the bars add up."""
    mondays = [row["week"] for row in week.tickets]
    counts = {kind: [row[kind] for row in week.tickets] for kind in TICKET_KINDS}
    counts["other"] = [
        None if row["tickets"] is None else row["tickets"] - sum(row[kind] or 0 for kind in TICKET_KINDS) for row in week.tickets
    ]
    series = [
        Series(name_of(kind), INKS.get(kind, CYCLE[2]), mondays, values, [f"{name_of(kind)}: {number(value)}" for value in values])
        for kind, values in counts.items()
        if kind in TICKET_KINDS or any(values)
    ]
    totals = [row["tickets"] for row in week.tickets]
    hover = [
        ("not covered" if count is None else plural(count, "ticket")) + _circumstances(week, monday)
        for monday, count in zip(mondays, totals, strict=True)
    ]
    total = Series("All tickets", TOTAL, mondays, totals, hover)
    figure = figure_of(series, total=total, total_is_sum=True, x_type="date", emphasised=week.monday)
    columns = ["Week of", "Bugs", "Features", "Chores", "All", "Done by now", "On duty"]
    rows = [
        [day_name(row["week"]), *(number(row[kind]) for kind in (*TICKET_KINDS, "tickets", "done")), row["exterminator"] or NOTHING]
        for row in reversed(week.tickets)
    ]
    now = week.of_week(week.tickets)
    says = f"Tickets per week by type; {'not covered' if not now or now['tickets'] is None else number(now['tickets'])} in this one."
    return Chart("tickets-per-week", "Tickets per week", says, figure, columns, rows)


def compliance_per_week(week: Week) -> Chart:
    """All channels together as a line, each busy channel beside it; the hover gives what a rate is a rate of."""
    by_channel: dict[str, list[Row]] = {}
    for row in week.sla:
        by_channel.setdefault(row["channel"], []).append(row)
    shown = ["all", *(channel for channel in week.channels if any(row["judged"] for row in by_channel.get(channel, [])))][:4]
    series = []
    for position, channel in enumerate(shown):
        rows = by_channel.get(channel, [])
        hover = [f"{name_of(channel)}: {_rate(row)}" for row in rows]
        mondays = [row["week"] for row in rows]
        series.append(Series(name_of(channel), ink_of(channel, position), mondays, [row["compliance"] for row in rows], hover))
    figure = figure_of(series, "line", x_type="date", y_format=".0%")
    figure.update_traces(line_width=3.5, selector={"name": name_of("all")})
    by_week: dict[Any, dict[str, Any]] = {}
    for row in week.sla:
        by_week.setdefault(row["week"], {})[row["channel"]] = row
    columns, rows_shown = _table("Week of", by_week, shown, lambda row: _rate(row) if row else NOTHING)
    now = week.of_week(week.sla, channel="all")
    says = f"Share of judged requests answered in time, per week; this week {_rate(now) if now else NOTHING}."
    return Chart("compliance-per-week", "Answered in time, week by week", says, figure, columns, rows_shown)


def _rate(row: Row) -> str:
    if row["judged"] is None:
        return "not covered"
    return f"{percent(row['compliance'])}, {number(row['met'])} of {number(row['judged'])}" if row["judged"] else "nothing to judge"


def more_charts(connection: DuckDBPyConnection, models: Iterable[Model], monday: date) -> list[Chart]:
    """A chart for every mart that asks for one and has no section; a mart newer than the warehouse waits for the next build."""
    built = {row["table_name"] for row in read(connection, "select table_name from duckdb_tables() where schema_name = 'marts'")}
    chosen = [model for model in models if model.layer == "marts" and model.chart and model.name not in DEDICATED and model.name in built]
    return [more_chart(model, rows_to_show(connection, model, monday)) for model in chosen]


def more_chart(model: Model, rows: Sequence[Row]) -> Chart:
    """The chart a mart's header asks for, with the columns it is drawn from: adding a metric needs no change here."""
    chart = chart_of(model)
    columns = [chart["x"], *filter(None, [chart.get("color")]), *columns_of_y(chart)]
    figure = figure_from_chart(model, pd.DataFrame(rows, columns=[column.name for column in model.columns]))
    cells = [[_cell(row[column]) for column in columns] for row in reversed(rows)]
    title = chart.get("title") or name_of(model.name)
    return Chart(f"more-{model.name}", title, model.description, figure, [name_of(column) for column in columns], cells, model.description)


def _cell(value: Any) -> str:
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{day_name(value.date())} {value:%H:%M} UTC"
    if isinstance(value, date):
        return day_name(value)
    if isinstance(value, int | float | Decimal):
        return number(float(value), 0 if float(value).is_integer() else 2)
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def rows_to_show(connection: DuckDBPyConnection, model: Model, monday: date) -> list[Row]:
    """A mart's rows for its chart: the half year up to the reported week where time runs along x (days: four weeks), else all of them."""
    x = chart_of(model)["x"]
    kind = next(column.type for column in model.columns if column.name == x)
    ordered = f"order by {', '.join(model.grain)}"
    if not kind.startswith(("DATE", "TIMESTAMP")):
        return read(connection, f"from {model.table} {ordered}")
    weeks = WEEKS_OF_DAYS if "day" in model.grain else WEEKS_OF_HISTORY
    span = {"since": monday - timedelta(weeks=weeks - 1), "until": monday + timedelta(weeks=1)}
    return read(connection, f'from {model.table} where "{x}" >= $since and "{x}" < $until {ordered}', span)

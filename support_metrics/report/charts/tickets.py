"""Work: tickets per week by type."""

from __future__ import annotations

from support_metrics.report.charts.chart import Cell, Chart, counted
from support_metrics.report.charts.load import note_of_limits
from support_metrics.report.charts.marks import circumstances, control_of, draw_limits, draw_strip
from support_metrics.report.figures import Series, figure_of
from support_metrics.report.palette import CYCLE, INKS, TOTAL
from support_metrics.report.week import Week
from support_metrics.report.wording import NOTHING, day_name, name_of, number, plural

TICKET_KINDS = ("bugs", "features", "chores")


def tickets_per_week(week: Week) -> Chart:
    """Tickets by type over a year; those of another type than the three are shown as such, so that the bars add up."""
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
    totals = {row["week"]: row["tickets"] for row in week.tickets}
    limits = control_of(week, totals)
    hover = [
        ("not covered" if count is None else plural(count, "ticket")) + circumstances(week, monday, limits)
        for monday, count in totals.items()
    ]
    total = Series("All tickets", TOTAL, mondays, list(totals.values()), hover)
    figure = figure_of(series, total=total, total_is_sum=True, x_type="date", emphasised=week.monday)
    draw_limits(figure, limits, totals)
    draw_strip(figure, week, mondays)
    columns = ["Week of", "Bugs", "Features", "Chores", "All", "Done by now", "On duty"]
    rows = [
        [
            Cell(day_name(row["week"]), row["week"].isoformat()),
            *(counted(row[kind]) for kind in (*TICKET_KINDS, "tickets", "done")),
            Cell(row["exterminator"] or NOTHING),
        ]
        for row in reversed(week.tickets)
    ]
    now = week.of_week(week.tickets)
    says = f"Tickets per week by type; {'not covered' if not now or now['tickets'] is None else number(now['tickets'])} in this one."
    return Chart("tickets-per-week", "Tickets per week over a year", says, figure, columns, rows, note_of_limits(limits, "a week"))

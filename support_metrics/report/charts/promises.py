"""Promises: the share answered in time, per channel and over time, and how long first responses took on the business clock."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from math import sqrt

from support_metrics.report.charts.chart import Cell, Chart, counted, shared
from support_metrics.report.charts.load import ink_of
from support_metrics.report.figures import Figure, Series, figure_of, trace_of
from support_metrics.report.palette import GREY, INKS, ORANGE, TEXT, TOTAL
from support_metrics.report.week import Row, Week
from support_metrics.report.wording import NOTHING, day_name, hours, name_of, number, percent, plural

# Of the target: where one bar of the response times ends and the next begins.
SHARES = (1 / 12, 1 / 6, 1 / 3, 2 / 3, 1, 2, 4)
GOAL = GREY._replace(dash="dash")
ANSWERED = ("met", "late")
UNANSWERED = ("overdue", "closed_silently", "pending")


def compliance_per_week(week: Week) -> Chart:
    """All channels together over a year, with the lenient figure beside it."""
    return _compliance(week, "all", "compliance-per-week", "Answered in time, all channels")


def compliance_per_channel(week: Week) -> list[Chart]:
    """The same for every channel in which something could be judged."""
    judged = [channel for channel in week.channels if any(row["judged"] for row in week.sla if row["channel"] == channel)]
    return [_compliance(week, channel, f"compliance-{channel}", f"{name_of(channel)}: {_promise(week, channel)}") for channel in judged]


def _promise(week: Week, channel: str) -> str:
    """The target that judges the channel now."""
    said = [row["policy"] for row in week.policies if channel in row["channels"]]
    return f"target {' or '.join(said)}" if said else "answered in time"


def _compliance(week: Week, channel: str, identity: str, title: str) -> Chart:
    rows = [row for row in week.sla if row["channel"] == channel]
    mondays = [row["week"] for row in rows]
    ink = ink_of(channel, week.channels.index(channel)) if channel in week.channels else TOTAL
    headline = Series("In time", ink._replace(dash="solid"), mondays, [row["compliance"] for row in rows], [_rate(row) for row in rows])
    lenient_hover = [f"Lenient: {percent(row['compliance_lenient'])}" for row in rows]
    lenient = Series("Lenient", TOTAL if ink is not TOTAL else ORANGE, mondays, [row["compliance_lenient"] for row in rows], lenient_hover)
    lenient.ink = lenient.ink._replace(dash="dot", symbol="triangle-up")
    goals = [row["goal"] for row in rows]
    goal = Series("Goal", GOAL, mondays, goals, [f"Goal: {percent(each)}" for each in goals])
    differs = any(row["compliance"] != row["compliance_lenient"] for row in rows)
    figure = figure_of(
        [*([goal] if any(goals) else []), *([lenient] if differs else []), headline],
        "line",
        x_type="date",
        y_format=".0%",
        height=320 if channel == "all" else 230,
    )
    trace_of(figure, "In time")["marker"]["size"] = [_size(row["judged"]) for row in rows]
    if any(goals):
        line = trace_of(figure, "Goal")
        line["mode"] = "lines"
        line["line"] |= {"width": 1.5, "shape": "hvh"}
    columns = ["Week of", f"In time, {name_of(channel)}", "Lenient", "Met", "Late", "Overdue", "Closed without a word", "Judged"]
    cells = [
        [
            Cell(day_name(row["week"]), row["week"].isoformat()),
            shared(row["compliance"]),
            shared(row["compliance_lenient"]),
            *(counted(row[name]) for name in ("met", "late", "overdue", "closed_silently", "judged")),
        ]
        for row in reversed(rows)
    ]
    now = week.of_week(week.sla, channel=channel)
    says = f"Share of judged requests answered in time, per week, {name_of(channel)}; this week {_rate(now) if now else NOTHING}."
    note = "The bigger a mark, the more requests it stands for."
    note += " The lenient line does not hold closing without a word against us." if differs else ""
    note += f" The long dashes are the goal, {percent(goals[-1])}." if goals and goals[-1] else ""
    return Chart(identity, title, says, figure, columns, cells, note)


def _size(judged: int | None) -> float:
    """Of a mark, in pixels: its area grows with the requests judged, up to where it would hide its neighbours."""
    return min(4 + 1.3 * sqrt(judged or 0), 13)


def _rate(row: Row) -> str:
    if row["judged"] is None:
        return "not covered"
    return f"{percent(row['compliance'])}, {number(row['met'])} of {number(row['judged'])}" if row["judged"] else "nothing to judge"


def response_times(week: Week) -> list[Chart]:
    """For every target: how many of the week's requests were answered how soon, on its own clock, and how many not at all."""
    targets = sorted({(row["policy"], row["target_seconds"]) for row in week.elapsed}, key=lambda each: (each[1], each[0]))
    return [_response_times(week, position, policy, target) for position, (policy, target) in enumerate(targets)]


def _response_times(week: Week, position: int, policy: str, target: int) -> Chart:
    rows = [row for row in week.elapsed if (row["policy"], row["target_seconds"]) == (policy, target)]
    edges = [round(target * share) for share in SHARES]
    names = [*(f"≤ {hours(edge)}" for edge in edges), f"> {hours(edges[-1])}", "no answer"]
    spans = [names[0], *(f"{hours(low)} – {hours(high)}" for low, high in pairwise(edges)), *names[-2:]]
    found = {state: Counter[int]() for state in (*ANSWERED, *UNANSWERED)}
    for row in rows:
        answered = row["state"] in ANSWERED
        place = next((at for at, edge in enumerate(edges) if row["seconds"] <= edge), len(edges)) if answered else len(names) - 1
        found[row["state"]][place] += row["requests"]
    shown = {state: counts for state, counts in found.items() if counts}
    series = [
        Series(
            name_of(state),
            INKS[state],
            names,
            [counts[at] for at in range(len(names))],
            [f"{name_of(state)}: {counts[at]}" for at in range(len(names))],
        )
        for state, counts in shown.items()
    ]
    figure = figure_of(series, height=300)
    _draw_target(figure, hours(target))
    columns = [f"First response after (target {policy})", *(name_of(state) for state in shown)]
    cells = [[Cell(span), *(counted(counts[at]) for counts in shown.values())] for at, span in enumerate(spans)]
    total = sum(row["requests"] for row in rows)
    says = f"{plural(total, 'request')} under “{policy}”: " + "; ".join(
        f"{span}: {sum(counts[at] for counts in shown.values())}"
        for at, span in enumerate(spans)
        if any(counts[at] for counts in shown.values())
    )
    return Chart(f"response-times-{position}", f"Time to first response: {policy}", f"{says}.", figure, columns, cells, _elapsed_note(rows))


def _draw_target(figure: Figure, target: str) -> None:
    place = SHARES.index(1) + 0.5
    line = {"color": TEXT.light, "width": 1.5, "dash": "dash"}
    figure["layout"]["shapes"] = [
        {"type": "line", "x0": place, "x1": place, "y0": 0, "y1": 1, "xref": "x", "yref": "y domain", "line": line}
    ]
    said = {"text": f"target {target}", "showarrow": False, "font": {"color": TEXT.light}}
    figure["layout"]["annotations"] = [said | {"x": place, "y": 1, "yref": "paper", "xanchor": "left", "xshift": 4}]


def _elapsed_note(rows: list[Row]) -> str:
    channels = sorted({name_of(row["channel"]) for row in rows})
    return f"Requests of this week in {', '.join(channels)}, on the clock of their target. What was withdrawn or excluded is left out."

"""The days of a year, and holidays in charts of days."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import duckdb

from support_metrics.report import charts
from support_metrics.report.figures import Figure, trace_of
from support_metrics.report.week import read_week
from support_metrics_tests.report.example import HOLIDAYS, WEEK


def said(figure: Figure, name: str) -> dict[str, str]:
    trace = trace_of(figure, name)
    return dict(zip(trace["x"], trace["customdata"], strict=True))


def test_every_bar_of_a_year_is_the_different_people_of_its_day(marts: duckdb.DuckDBPyConnection) -> None:
    chart = charts.users_per_day_over_a_year(read_week(marts, WEEK))
    days = marts.execute("select day::varchar, users from marts.daily_users where channel = 'all' order by day").fetchall()
    sums = marts.execute("select sum(users) from marts.daily_users where channel <> 'all' group by day order by day").fetchall()
    bars = trace_of(chart.figure, "Different people")
    assert list(zip(bars["x"], bars["y"], strict=True)) == days
    assert any(users < total for (_, users), (total,) in zip(days, sums, strict=True)), "channels add up to more"
    assert "A bar counts everyone of the day once; a channel’s own, below, counts who asked in it." in chart.note


def test_hovering_over_a_day_tells_its_people_and_what_surrounds_it(marts: duckdb.DuckDBPyConnection) -> None:
    figure = charts.users_per_day_over_a_year(read_week(marts, WEEK)).figure
    hover = said(figure, "Different people")
    ((users,),) = marts.execute("select users from marts.daily_users where channel = 'all' and day = '2025-12-25'").fetchall()
    assert hover["2025-12-25"] == f"{users} different people · holiday: Christmas Day · on duty: Nick · holiday week"
    assert hover["2026-03-02"].endswith(" different people · on duty: Jonas Weiß · released v4.15.0")
    assert hover["2026-03-06"].startswith("not covered") or " different people" in hover["2026-03-06"]
    assert said(figure, "Slack")["2026-03-02"].startswith("Slack: ")
    assert figure["layout"]["hoversubplots"] == "axis", "one label for the day and its channels"


def test_an_unusual_week_is_told_of_its_mean_and_not_of_its_days(marts: duckdb.DuckDBPyConnection) -> None:
    marts.execute("update marts.daily_users set users = users + 90 where channel = 'all' and day between '2026-02-16' and '2026-02-20'")
    figure = charts.users_per_day_over_a_year(read_week(marts, WEEK)).figure
    line = next(trace for trace in figure["data"] if trace["name"] == "Mean per business day" and "customdata" in trace)
    assert "unusual: above the limit" in dict(zip(line["x"], line["customdata"], strict=True))["2026-02-18"]
    assert not any("unusual" in text for text in said(figure, "Different people").values())


def test_channels_are_told_apart_by_place_and_name(marts: duckdb.DuckDBPyConnection) -> None:
    layout = charts.users_per_day_over_a_year(read_week(marts, WEEK)).figure["layout"]
    rows = [layout[f"yaxis{number}"]["domain"] for number in range(3, 7)]
    edges = [edge for row in [layout["yaxis2"]["domain"], layout["yaxis"]["domain"], *rows] for edge in reversed(row)]
    assert edges == sorted(edges, reverse=True), "one above the other"
    names = [each["text"].partition(",")[0] for each in layout["annotations"]]
    assert names == ["Slack", "GitHub", "E-mail", "X"]
    assert [each["y"] for each in layout["annotations"]] == [top for _, top in rows]


def test_holidays_are_marked_by_a_shape_in_every_chart_of_days(marts: duckdb.DuckDBPyConnection) -> None:
    week = read_week(marts, WEEK)
    marks: dict[str, Any] = {
        chart.id: trace_of(chart.figure, "Holiday")
        for chart in (charts.users_per_day(week), charts.new_and_returning(week), charts.users_per_day_over_a_year(week))
    }
    assert {name: mark["x"] for name, mark in marks.items()} == {
        "users-per-day": ["Thu 5"],
        "new-and-returning": ["Thu 5"],
        "users-per-day-year": [day.isoformat() for day in HOLIDAYS],
    }
    shapes = {trace["marker"]["symbol"] for chart in marks.values() for trace in [chart]}
    assert shapes == {"triangle-down"}
    others = [trace for trace in charts.users_per_day_over_a_year(week).figure["data"] if trace["name"] != "Holiday"]
    assert shapes.isdisjoint(trace["marker"].get("symbol") for trace in others if "marker" in trace)


def test_a_holiday_is_named_to_who_hovers_and_to_who_hears(marts: duckdb.DuckDBPyConnection) -> None:
    week = read_week(marts, WEEK)
    chart = charts.users_per_day(week)
    assert "different people · holiday: Founders’ Day; Fri 6 Mar" in chart.says
    assert said(chart.figure, "Different people")["Thu 5"].endswith("holiday: Founders’ Day")
    for each in (chart, charts.new_and_returning(week)):
        assert "Thu 5 Mar is a holiday, Founders’ Day." in each.note


def test_dates_are_named_by_mondays(marts: duckdb.DuckDBPyConnection) -> None:
    week = read_week(marts, WEEK)
    for chart in (charts.users_per_day_over_a_year(week), charts.users_per_week(week), charts.tickets_per_week(week)):
        axis = chart.figure["layout"]["xaxis"]
        assert date.fromisoformat(axis["tick0"]) == WEEK, chart.id
        assert axis["dtick"] % (timedelta(weeks=1).total_seconds() * 1000) == 0

"""The chart that a mart's header asks for, and what every chart keeps."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import plotly.graph_objects as go
import pytest

from support_metrics.errors import BuildError
from support_metrics.model import Column, Model
from support_metrics.report import charts
from support_metrics.report.declared import declared_figure, figure_from_chart
from support_metrics.report.figures import KINDS
from support_metrics.report.legend import legend_of
from support_metrics.report.palette import BLUE, ORANGE, TOTAL
from support_metrics.report.week import Week, read_week
from support_metrics.warehouse import models
from support_metrics_tests.report.example import NASTY, WEEK

TYPES = {"week": "DATE", "day": "DATE", "channel": "VARCHAR", "is_compliant": "BOOLEAN", "hour": "BIGINT"}


def model(chart: dict[str, Any] | None, *columns: str, grain: tuple[str, ...] = ("week",), name: str = "example") -> Model:
    stated = tuple(Column(column, TYPES.get(column, "BIGINT"), "…") for column in columns)
    return Model("marts", name, Path(f"{name}.sql"), "An example.", grain, stated, "select 1", frozenset(), chart)


WEEKS = [date(2026, 2, 23), date(2026, 3, 2)]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_drawn_for_every_colour(kind: str) -> None:
    frame = pd.DataFrame({"week": WEEKS * 2, "channel": ["slack", "slack", "github", "github"], "users": [3, 4, 1, None]})
    figure = figure_from_chart(model({"kind": kind, "x": "week", "y": "users", "color": "channel"}, "week", "channel", "users"), frame)
    series = {trace.name: trace for trace in figure.data}
    assert list(series) == ["GitHub", "Slack"]
    assert list(series["GitHub"].y) == [1, None], "unknown stays unknown"
    assert list(series["Slack"].x) == ["2026-02-23", "2026-03-02"]
    drawn = declared_figure(model({"kind": kind, "x": "week", "y": "users", "color": "channel"}, "week", "channel", "users"), frame)
    assert [key.light for key in legend_of(drawn)] == [BLUE.light, ORANGE.light]


def test_all_is_a_total_over_the_bars_and_no_bar() -> None:
    frame = pd.DataFrame({"week": [WEEK] * 3, "channel": ["all", "slack", "github"], "users": [4, 3, 2]})
    figure = figure_from_chart(model({"kind": "bar", "x": "week", "y": "users", "color": "channel"}, "week", "channel", "users"), frame)
    assert [(trace.type, trace.name) for trace in figure.data] == [
        ("bar", "GitHub"),
        ("bar", "Slack"),
        ("scatter", "All channels, each once"),
    ]
    assert figure.data[2].marker.color == TOTAL.light
    assert figure.layout.annotations[0].text == "4"
    assert figure.layout.annotations[0].y == 5, "above the bars"


def test_several_columns_of_y_are_several_series() -> None:
    frame = pd.DataFrame({"week": WEEKS, "reported_users": [3, None], "measured_users": [4, 5]})
    chart = {"kind": "line", "x": "week", "y": ["reported_users", "measured_users"]}
    figure = figure_from_chart(model(chart, "week", "reported_users", "measured_users"), frame)
    assert [trace.name for trace in figure.data] == ["Reported users", "Measured users"]
    assert list(figure.data[0].customdata) == ["Reported users: 3", "Reported users: not covered"]


def test_seconds_are_drawn_in_hours_and_shares_in_per_cent() -> None:
    frame = pd.DataFrame({"week": WEEKS, "median_seconds": [5400, None], "compliance": [0.875, None]})
    figure = figure_from_chart(model({"kind": "line", "x": "week", "y": "median_seconds"}, "week", "median_seconds"), frame)
    assert list(figure.data[0].y) == [1.5, None]
    assert figure.layout.yaxis.title.text == "hours"
    assert figure.data[0].customdata[0] == "Median seconds: 1 h 30 min"
    figure = figure_from_chart(model({"kind": "line", "x": "week", "y": "compliance"}, "week", "compliance"), frame)
    assert figure.layout.yaxis.ticktext[-1] == "100\u202f%"
    assert figure.data[0].customdata[0] == "Compliance: 87\u202f%"


def test_a_gap_is_marked_and_a_zero_is_not() -> None:
    frame = pd.DataFrame({"week": WEEKS, "users": [0, None]})
    figure = figure_from_chart(model({"kind": "bar", "x": "week", "y": "users"}, "week", "users"), frame)
    (mark,) = [trace for trace in figure.data if trace.name == "not covered"]
    assert (list(mark.x), list(mark.text)) == (["2026-03-02"], ["—"])


def test_a_truth_is_put_in_words() -> None:
    frame = pd.DataFrame({"week": WEEKS, "users": [1, 2], "is_compliant": [True, False]})
    figure = figure_from_chart(
        model({"kind": "bar", "x": "week", "y": "users", "color": "is_compliant"}, "week", "users", "is_compliant"), frame
    )
    assert [trace.name for trace in figure.data] == ["Compliant", "Not compliant"]


def test_a_bar_of_nothing_shows_which_truth_it_is_of() -> None:
    """A week without a release is not compliant, or is one of holidays."""
    weeks = [date(2026, 2, 16), *WEEKS]
    frame = pd.DataFrame({"week": weeks, "users": [1, 0, 0], "is_compliant": [True, False, True]})
    chart = {"kind": "bar", "x": "week", "y": "users", "color": "is_compliant"}
    drawn = declared_figure(model(chart, "week", "users", "is_compliant"), frame)
    marks = {trace["x"][0]: trace["marker"] for trace in drawn["data"] if trace["type"] == "scatter"}
    assert {x: (mark["color"], mark["symbol"]) for x, mark in marks.items()} == {
        "2026-02-23": (ORANGE.light, ORANGE.symbol),
        "2026-03-02": (BLUE.light, BLUE.symbol),
    }
    assert [key.name for key in legend_of(drawn)] == ["Compliant", "Not compliant"], "the marks are in the colours of the legend"
    figure_from_chart(model(chart, "week", "users", "is_compliant"), frame)


@pytest.mark.parametrize(
    "frame", [pd.DataFrame({"week": [], "channel": [], "users": []}), pd.DataFrame({"week": [WEEK], "channel": [None], "users": [1]})]
)
def test_an_empty_table_and_an_unnamed_series_are_drawn(frame: pd.DataFrame) -> None:
    figure_from_chart(model({"kind": "bar", "x": "week", "y": "users", "color": "channel"}, "week", "channel", "users"), frame).to_json()


@pytest.mark.parametrize(
    ("chart", "problem"),
    [
        ({"kind": "pie", "x": "week", "y": "users"}, "no chart is of kind 'pie'"),
        ({"kind": "bar", "x": "week"}, "its chart lacks y"),
        ({"kind": "bar", "x": "week", "y": "userz", "color": "chanel"}, "its chart names userz, chanel"),
    ],
)
def test_a_wrong_chart_names_file_and_fault(chart: dict[str, Any], problem: str) -> None:
    with pytest.raises(BuildError, match=f"example.sql: {problem}"):
        figure_from_chart(model(chart, "week", "users"), pd.DataFrame({"week": [], "users": []}))


def test_nasty_text_is_shown_as_typed() -> None:
    frame = pd.DataFrame({"week": [WEEK] * len(NASTY), "channel": NASTY, "users": range(len(NASTY))})
    figure = figure_from_chart(model({"kind": "bar", "x": "channel", "y": "users", "color": "channel"}, "week", "channel", "users"), frame)
    drawn = json.loads(figure.to_json())
    for trace in drawn["data"]:
        for text in (trace["name"], *trace["x"], *trace["customdata"]):
            assert "<" not in text
            assert ">" not in text
    assert "<" not in charts.harmless_json(drawn)
    assert json.loads(charts.harmless_json(drawn)) == drawn


def test_a_new_metric_with_a_chart_is_shown_without_further_code(marts: duckdb.DuckDBPyConnection) -> None:
    marts.execute("create table marts.weekly_stars as select week, tickets as votes from marts.weekly_tickets")
    votes = model({"kind": "bar", "x": "week", "y": "votes", "title": "Votes"}, "week", "votes", name="weekly_stars")
    unbuilt = model({"kind": "bar", "x": "week", "y": "votes"}, "week", "votes", name="not_built_yet")
    (chart,) = charts.more_charts(marts, [votes, unbuilt], date(2025, 12, 1))
    assert (chart.title, chart.columns, len(chart.rows)) == ("Votes", ["Week", "Votes"], 3)
    assert chart.rows[0][0] == ("Mon 1 Dec", "2025-12-01"), "nothing after the reported week"


def every_chart(week: Week) -> list[charts.Chart]:
    return [
        charts.users_per_day(week),
        charts.new_and_returning(week),
        charts.users_per_week(week),
        charts.users_per_day_over_a_year(week),
        charts.tickets_per_week(week),
        charts.compliance_per_week(week),
        *charts.compliance_per_channel(week),
        *charts.response_times(week),
        charts.asked_by_hour(week),
        charts.answered_by_hour(week),
    ]


def test_plotly_takes_every_figure_as_it_is(nasty_marts: duckdb.DuckDBPyConnection) -> None:
    """Figures are made without Plotly's classes, which would name any property that there is not."""
    for chart in [*every_chart(read_week(nasty_marts, WEEK)), *charts.more_charts(nasty_marts, models(), WEEK)]:
        checked = json.loads(go.Figure(chart.figure).to_json())
        assert json.loads(chart.json) == checked, chart.id


def test_charts_have_the_same_numbers_as_a_table(marts: duckdb.DuckDBPyConnection) -> None:
    week = read_week(marts, WEEK)
    for chart in every_chart(week):
        assert chart.rows
        assert all(len(row) == len(chart.columns) for row in chart.rows)
    assert "Not covered: E-mail from Wed 4 Mar." in charts.users_per_day(week).note


def test_a_goal_is_a_line_of_its_own_where_one_is_set(marts: duckdb.DuckDBPyConnection) -> None:
    drawn = {chart.title.partition(":")[0]: chart.figure for chart in charts.compliance_per_channel(read_week(marts, WEEK))}
    goals = {name: {y for trace in figure["data"] if trace["name"] == "Goal" for y in trace["y"]} for name, figure in drawn.items()}
    assert (goals["Slack"], goals["GitHub"], goals["E-mail"]) == ({0.9}, {0.8}, set())
    assert "Goal" not in {trace["name"] for trace in charts.compliance_per_week(read_week(marts, WEEK)).figure["data"]}

"""The charts that marts ask for in their headers: adding a metric needs no change here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd

from support_metrics.report.charts.chart import Cell, Chart
from support_metrics.report.declared import chart_of, columns_of_y, declared_figure
from support_metrics.report.week import Row, read
from support_metrics.report.wording import NOTHING, day_name, name_of, number

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from support_metrics.model import Model

# Marts whose chart has a section of its own; every other mart with a chart is shown under "More".
DEDICATED = frozenset({"daily_users", "weekly_users", "weekly_tickets", "weekly_sla"})
WEEKS_OF_DAYS = 4
WEEKS_OF_WEEKS = 26


def more_charts(connection: DuckDBPyConnection, models: Iterable[Model], monday: date) -> list[Chart]:
    """A chart for every mart that asks for one and has no section; a mart newer than the warehouse waits for the next build."""
    built = {row["table_name"] for row in read(connection, "select table_name from duckdb_tables() where schema_name = 'marts'")}
    chosen = [model for model in models if model.layer == "marts" and model.chart and model.name not in DEDICATED and model.name in built]
    return [more_chart(model, rows_to_show(connection, model, monday)) for model in chosen]


def more_chart(model: Model, rows: Sequence[Row]) -> Chart:
    """The chart a mart's header asks for, with the columns it is drawn from: adding a metric needs no change here."""
    chart = chart_of(model)
    columns = [chart["x"], *filter(None, [chart.get("color")]), *columns_of_y(chart)]
    figure = declared_figure(model, pd.DataFrame(rows, columns=[column.name for column in model.columns]))
    cells = [[_cell(row[column]) for column in columns] for row in reversed(rows)]
    title = chart.get("title") or name_of(model.name)
    return Chart(f"more-{model.name}", title, model.description, figure, [name_of(column) for column in columns], cells, model.description)


def _cell(value: Any) -> Cell:
    if value is None:
        return Cell(NOTHING, "")
    if isinstance(value, bool):
        return Cell("yes" if value else "no")
    if isinstance(value, datetime):
        return Cell(f"{day_name(value.date())} {value:%H:%M} UTC", value.isoformat())
    if isinstance(value, date):
        return Cell(day_name(value), value.isoformat())
    if isinstance(value, int | float | Decimal):
        return Cell(number(float(value), 0 if float(value).is_integer() else 2), str(value))
    return Cell(", ".join(map(str, value)) if isinstance(value, list) else str(value))


def rows_to_show(connection: DuckDBPyConnection, model: Model, monday: date) -> list[Row]:
    """A mart's rows for its chart: the half year up to the reported week where time runs along x (days: four weeks), else all of them."""
    x = chart_of(model)["x"]
    kind = next(column.type for column in model.columns if column.name == x)
    ordered = f"order by {', '.join(model.grain)}"
    if not kind.startswith(("DATE", "TIMESTAMP")):
        return read(connection, f"from {model.table} {ordered}")
    weeks = WEEKS_OF_DAYS if "day" in model.grain else WEEKS_OF_WEEKS
    span = {"since": monday - timedelta(weeks=weeks - 1), "until": monday + timedelta(weeks=1)}
    return read(connection, f'from {model.table} where "{x}" >= $since and "{x}" < $until {ordered}', span)

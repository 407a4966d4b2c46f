"""Delivery: the page into the archive, and what it showed into landing, so that later changes can be told as restatements."""

from __future__ import annotations

import json
import os
import re
import uuid
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from support_metrics.errors import SupportMetricsError, WarehouseError
from support_metrics.landing import OWN, Landing
from support_metrics.report.page import assets, environment, render_week
from support_metrics.report.week import read
from support_metrics.settings import Settings
from support_metrics.sources.base import Record

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

STREAM = "reports"
# The headline figures: table, the columns that make its key, the column of time, the figures.
FIGURES = (
    ("daily_users", ("day", "channel"), "day", ("users",)),
    ("weekly_users", ("week", "channel"), "week", ("users", "new_users", "requests")),
    ("weekly_tickets", ("week",), "week", ("tickets",)),
    ("weekly_sla", ("week", "channel"), "week", ("met", "late", "overdue", "closed_silently", "judged", "compliance")),
)


def figures_shown(connection: DuckDBPyConnection, week: date) -> dict[str, Any]:
    """Every headline figure of the week's report as text, the request rows behind them, and what they were built from.

    A figure's key is its row's grain joined by `|`; a value that is not known is None. Raises WarehouseError on an empty build.
    """
    build = next(iter(read(connection, "from marts.build")), None)
    if build is None:
        raise WarehouseError("marts.build is empty: the warehouse does not say what it was built from", "run `support-metrics build`")
    figures = []
    for table, grain, time, columns in FIGURES:
        key = " || '|' || ".join(f"{column}::varchar" for column in grain)
        values = ", ".join(f"{column}::varchar as {column}" for column in columns)
        of_week = f"{time} between $week and $week::date + 6" if time == "day" else f"{time} = $week"
        for row in read(connection, f"select {key} as key, {values} from marts.{table} where {of_week} order by key", {"week": week}):
            figures += [{"table": table, "key": row["key"], "column": column, "value": row[column]} for column in columns]
    requests = read(
        connection,
        "select request_id, state, person_id, opened_at, first_response_at from marts.requests where week = $week order by request_id",
        {"week": week},
    )
    return {
        "week": week.isoformat(),
        "as_of": build["as_of_at"].isoformat(),
        **{name: build[name] for name in ("version", "settings_hash", "roster_hash", "overrides_hash")},
        "figures": figures,
        "requests": [{name: _as_text(value) for name, value in row.items()} for row in requests],
    }


def _as_text(value: Any) -> str | None:
    return value.isoformat() if isinstance(value, datetime) else value


def deliver_week(settings: Settings, connection: DuckDBPyConnection, week: date) -> Path:
    """Write the week's page and the archive's list, land the figures shown, and return the page's path.

    The same figures as of the same moment are landed once. A warehouse built as of another moment than the report's own, or for an
    earlier `known_at`, gives a view: its page gets a name of its own, is not listed and lands nothing, so it can restate nothing.
    Raises SupportMetricsError when a file cannot be written.
    """
    page = render_week(connection, week)
    ((as_of, known_at),) = ((row["as_of_at"], row["known_at"]) for row in read(connection, "select as_of_at, known_at from marts.build"))
    view = "" if as_of == settings.report_as_of(week) else f"-as-of-{as_of.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    view += f"-as-known-{known_at.astimezone(UTC):%Y%m%dT%H%M%SZ}" if known_at is not None else ""
    if view:
        return _write(settings, f"{week}{view}.html", page)
    path = _write(settings, f"{week}.html", page)
    landing = Landing(settings.landing_path)
    delivered = _land(landing, figures_shown(connection, week))
    (team,) = (row["team"] for row in read(connection, "select team from marts.build"))
    _write(settings, "index.html", render_archive(team, archived_weeks(settings), delivered))
    return path


def _land(landing: Landing, shown: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Land the figures unless they have been; returns the latest delivery of every week."""
    delivered = sorted((json.loads(payload) for (payload,) in landing.rows(OWN, STREAM, "payload")), key=lambda each: each["delivered_at"])
    if not any(all(each.get(part) == shown[part] for part in ("week", "as_of", "figures", "requests")) for each in delivered):
        delivered.append(shown | {"delivered_at": landing.clock().astimezone(UTC).isoformat()})
        landing.append(OWN, STREAM, [Record(STREAM, f"report:{shown['week']}:{shown['as_of']}", delivered[-1])])
    return {each["week"]: each for each in delivered}


def archived_weeks(settings: Settings) -> list[date]:
    """The weeks whose report lies in the archive, newest first."""
    names = (path.name for path in settings.reports_path.glob("*.html"))
    return sorted((date.fromisoformat(name[:10]) for name in names if re.fullmatch(r"\d{4}-\d\d-\d\d\.html", name)), reverse=True)


def render_archive(team: str, weeks: list[date], delivered: dict[str, dict[str, Any]]) -> str:
    """The list of the weeks' reports, each with its figures as they were when delivered."""
    entries = [(week, _headline_figures(delivered.get(week.isoformat()), week)) for week in weeks]
    content = {"team": team, "entries": entries, "assets": assets("report.css", "tables.js", "archive.js")}
    return environment().get_template("archive.html.j2").render(content)


def _headline_figures(shown: dict[str, Any] | None, week: date) -> dict[str, float | None]:
    values = {(each["table"], each["key"], each["column"]): each["value"] for each in (shown or {"figures": []})["figures"]}
    wanted = {
        "users": ("weekly_users", f"{week}|all", "users"),
        "tickets": ("weekly_tickets", f"{week}", "tickets"),
        "compliance": ("weekly_sla", f"{week}|all", "compliance"),
        "judged": ("weekly_sla", f"{week}|all", "judged"),
    }
    return {name: None if (value := values.get(place)) is None else float(value) for name, place in wanted.items()}


def _write(settings: Settings, name: str, text: str) -> Path:
    """Beside its final place first, then one rename, so that no reader meets half a page."""
    folder = settings.reports_path
    temporary = folder / f".{name}-{uuid.uuid4().hex[:8]}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            temporary.write_text(text, "utf-8")
            os.replace(temporary, folder / name)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise SupportMetricsError(
            f"cannot write the report {folder / name}: {error.strerror or error}",
            "make the folder writable, free some space, or change paths.reports in the settings; the last report still stands",
        ) from error
    return folder / name

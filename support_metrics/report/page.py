"""The page: one self-contained HTML file that opens without a network and runs nothing but its own scripts."""

from __future__ import annotations

import base64
import hashlib
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from support_metrics.report import charts, restated, wording
from support_metrics.report.attention import notices
from support_metrics.report.control import RULE
from support_metrics.report.facts import facts_of, facts_of_requests
from support_metrics.report.gaps import gaps_by_kind
from support_metrics.report.headlines import headlines, sparkline
from support_metrics.report.palette import dark_of_light
from support_metrics.report.queries import STILL_OPEN
from support_metrics.report.story import story
from support_metrics.report.week import Row, Week, read_week
from support_metrics.warehouse import models

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

FOLDER = Path(__file__).parent
RESTATEMENTS_SHOWN = 200


def render_week(connection: DuckDBPyConnection, week: date) -> str:
    """The report of the week that starts on Monday `week`, as HTML. Reads the marts only; raises WarehouseError or BuildError."""
    found = read_week(connection, week)
    return environment().get_template("report.html.j2").render(_content(connection, found))


@cache
def environment() -> Environment:
    """Templates that escape everything and fail on what is not there."""
    found = Environment(loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    for name in (
        "day_name",
        "figure",
        "hours",
        "key_name",
        "name_of",
        "number",
        "percent",
        "plural",
        "safe_link",
        "short_week_name",
        "signed",
        "week_name",
    ):
        found.filters[name] = getattr(wording, name)
    found.filters["listed"] = _listed
    found.filters["why_restated"] = restated.why
    found.filters["iso_or_nothing"] = lambda value: "" if value is None else _iso(value)
    found.filters["iso"] = _iso
    found.filters["sunday"] = lambda monday: monday + timedelta(days=6)
    found.filters["moment"] = _moment
    return found


def _iso(value: datetime) -> str:
    return value.strftime("%Y-%m-%dT%H:%M:%SZ")


@pass_context
def _moment(context: Context, value: datetime | None) -> str:
    """In the zone of the page's week, its year left out."""
    week: Week = context["week"]
    return wording.moment(value, week.zone, week.monday.year)


def _content(connection: DuckDBPyConnection, week: Week) -> dict[str, Any]:
    sla = [row for channel in ["all", *week.channels] if (row := week.of_week(week.sla, channel=channel)) and row["requests"] != 0]
    groups = [
        (state, title, rows) for state, title in wording.STATES.items() if (rows := [row for row in week.requests if row["state"] == state])
    ]
    return {
        "week": week,
        "zone": _zone_name(week),
        "headlines": headlines(week),
        "sparkline": sparkline,
        "notices": notices(week),
        "story": story(week),
        "new_and_returning": charts.new_and_returning(week),
        "users_per_day_over_a_year": charts.users_per_day_over_a_year(week),
        "compliance_per_channel": charts.compliance_per_channel(week),
        "response_times": charts.response_times(week),
        "asked_by_hour": charts.asked_by_hour(week),
        "answered_by_hour": charts.answered_by_hour(week),
        "gaps": gaps_by_kind(week),
        "neighbours": (week.monday - timedelta(weeks=1), week.monday + timedelta(weeks=1)),
        "users_per_day": charts.users_per_day(week),
        "users_per_week": charts.users_per_week(week),
        "tickets_per_week": charts.tickets_per_week(week),
        "compliance_per_week": charts.compliance_per_week(week),
        "sla": sla,
        "groups": groups,
        "facts": facts_of(week, sla, groups),
        "waiting": _waiting(week),
        "duty": week.of_week(week.duties),
        "release": week.of_week(week.releases),
        "causes": restated.causes(week),
        "restatements_shown": week.restatements[:RESTATEMENTS_SHOWN],
        "more": charts.more_charts(connection, models(), week.monday),
        "assets": assets("report.css", "report.js", "tables.js", with_plotly=True),
        "rule": RULE,
        "palette": Markup(charts.harmless_json(dark_of_light())),
    }


def _grouped(requests: list[Row]) -> list[tuple[str, str, list[Row]]]:
    """Requests by state, each with its title, in the order of STATES."""
    return [(state, title, rows) for state, title in wording.STATES.items() if (rows := [row for row in requests if row["state"] == state])]


def _waiting(week: Week) -> list[dict[str, Any]]:
    """What was asked before the week and still waits: the newest, how many there are, and the query that gives all of them."""
    first, last = week.monday - timedelta(weeks=4), week.monday - timedelta(weeks=1)
    parts = [
        ("earlier", "Still unanswered from the four weeks before", week.earlier, f"between '{first}' and '{last}'"),
        ("older", "Open for more than four weeks", week.older, f"< '{first}'"),
    ]
    return [
        {
            "id": anchor,
            "title": title,
            "groups": _grouped(rows),
            "facts": facts_of_requests(_grouped(rows)),
            "shown": len(rows),
            "count": week.backlog[0][anchor],
            "is_folded": anchor == "older",
            "query": f"from requests where {STILL_OPEN} and week {span} order by opened_at desc",
        }
        for anchor, title, rows, span in parts
        if rows
    ]


@cache
def assets(style: str, *own: str, with_plotly: bool = False) -> dict[str, Any]:
    """The page's style and scripts, and a policy under which the browser runs exactly these and fetches nothing."""
    scripts = [*([get_plotlyjs()] if with_plotly else []), *((FOLDER / script).read_text("utf-8") for script in own)]
    allowed = " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(each.encode()).digest()).decode()}'" for each in scripts) or "'none'"
    return {
        "style": Markup((FOLDER / style).read_text("utf-8")),
        "scripts": [Markup(each) for each in scripts],
        "policy": Markup(
            f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; form-action 'none'"
        ),
    }


def _listed(value: Any) -> list[str]:
    """A list column's values; text alone is a list of one."""
    return [] if value is None else [value] if isinstance(value, str) else [each for each in value if each is not None]


def _zone_name(week: Week) -> str:
    local: datetime = week.as_of.astimezone(week.zone)
    return f"{week.build['time_zone']} ({local:%Z})"

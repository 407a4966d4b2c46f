"""What one week's report reads from the marts, and nothing else reads them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from support_metrics.errors import WarehouseError
from support_metrics.report.queries import QUERIES

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Row = dict[str, Any]
WEEKS_OF_HISTORY = 52
WEEKS_OF_HOURS = 12
# Requests on a page: all of the week that were missed or are open, then as many earlier ones as make 400 with them, but at least 100. More would make it too big.
REQUESTS_SHOWN, EARLIER_SHOWN = 400, 100
MISSED = ("overdue", "closed_silently", "late")
OPEN = ("overdue", "pending")
# The stream that says how far a channel is covered.
_MAIN_STREAM = {
    "github": "issues", "slack": "messages", "email": "messages", "youtube": "comment_threads", "shortcut": "stories",
    "handoff": "responses",
}  # fmt: skip


def read(connection: DuckDBPyConnection, query: str, parameters: dict[str, Any] | None = None) -> list[Row]:
    """The rows of a query, each by column name; instants in UTC. Raises WarehouseError where an older version built the marts."""
    try:
        result = connection.execute(query, parameters or {})
    except Exception as error:
        if type(error).__name__ in ("BinderException", "CatalogException"):
            raise WarehouseError(
                f"the warehouse lacks what this version reads: {error}", "run `support-metrics build` to make it anew"
            ) from error
        raise
    names = [column[0] for column in result.description or ()]
    return [
        {
            name: value.astimezone(UTC) if isinstance(value, datetime) and value.tzinfo else value
            for name, value in zip(names, values, strict=True)
        }
        for values in result.fetchall()
    ]


@dataclass(frozen=True)
class Week:
    """The rows of one week, of the weeks before it, and of what surrounds them.

    `requests` are the missed and the open ones, unanswered first; `earlier` the newest of the four weeks before that still wait, `older`
    those of before; `backlog` counts both, and those past due when the week began that were answered in it; `week_ago` counts what was open or
    unassigned a week before `as_of`; `handoff_before` counts the week before's days that differ, `reports_before` its reports that are not filed. `asked` are the busiest days' requests, `elapsed` counts response times, `hours` counts asking and answering by
    local weekday and hour over `WEEKS_OF_HOURS` weeks. `reports`, `gaps` and `leads` are those of the week; `priorities` those of the week or still open.
    """

    monday: date
    build: Row
    days: list[Row]
    users: list[Row]
    tickets: list[Row]
    sla: list[Row]
    releases: list[Row]
    duties: list[Row]
    handoff: list[Row]
    requests: list[Row]
    earlier: list[Row]
    older: list[Row]
    backlog: list[Row]
    week_ago: list[Row]
    handoff_before: list[Row]
    policies: list[Row]
    sources: list[Row]
    restatements: list[Row]
    restatement_causes: list[Row]
    elapsed: list[Row]
    hours: list[Row]
    holidays: list[Row]
    open_hours: list[Row]
    asked: list[Row]
    labels: list[Row]
    priorities: list[Row]
    reports: list[Row]
    reports_before: list[Row]
    wanted: list[Row]
    gaps: list[Row]
    leads: list[Row]

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.build["time_zone"])

    @cached_property
    def as_of(self) -> datetime:
        moment: datetime = self.build["as_of_at"]
        return moment

    @cached_property
    def begins_at(self) -> datetime:
        """The local midnight before Monday."""
        return datetime.combine(self.monday, datetime.min.time(), self.zone)

    @cached_property
    def ends_at(self) -> datetime:
        """The local midnight after Sunday."""
        return datetime.combine(self.monday + timedelta(days=7), datetime.min.time(), self.zone)

    @cached_property
    def days_of_week(self) -> list[Row]:
        return [row for row in self.days if row["day"] >= self.monday]

    @cached_property
    def mondays(self) -> list[date]:
        """The weeks of the history, oldest first, as far back as anything is known."""
        return sorted({row["week"] for rows in (self.users, self.tickets) for row in rows})

    @property
    def is_over(self) -> bool:
        return self.as_of >= self.ends_at

    @property
    def days_ended_before(self) -> date:
        """The local day of `as_of`: days before it have ended."""
        return self.as_of.astimezone(self.zone).date()

    @property
    def is_covered(self) -> bool:
        """Whether any weekly figure is known."""
        figures = ((self.users, "users"), (self.tickets, "tickets"), (self.sla, "judged"))
        return any(row[name] is not None for rows, name in figures for row in rows if row["week"] == self.monday)

    @cached_property
    def channels(self) -> list[str]:
        """The channels, busiest in this report's span first; `all` is not one of them."""
        asked: dict[str, int] = {}
        for row in self.users:
            asked[row["channel"]] = asked.get(row["channel"], 0) + (row["users"] or 0)
        return sorted((channel for channel in asked if channel != "all"), key=lambda channel: (-asked[channel], channel))

    def of_week(self, rows: list[Row], monday: date | None = None, channel: str | None = None) -> Row | None:
        """The one row of a week (this one by default) and channel, or None."""
        wanted = monday or self.monday
        return next((row for row in rows if row["week"] == wanted and channel in (None, row.get("channel"))), None)

    def covered(self, channel: str) -> tuple[datetime | None, datetime | None]:
        """From when until when a source is covered; None where nothing of it has been landed."""
        streams = [row for row in self.sources if row["source"] == channel]
        streams = [row for row in streams if row["stream"] == _MAIN_STREAM.get(channel, row["stream"])] or streams
        froms = [row["covered_from_at"] for row in streams if row["covered_from_at"]]
        untils = [row["covered_until_at"] for row in streams if row["covered_until_at"]]
        return (max(froms), min(untils)) if froms and untils else (None, None)


def read_week(connection: DuckDBPyConnection, monday: date) -> Week:
    """Read what the report of the week that starts on `monday` shows. Raises WarehouseError when it can show nothing."""
    build = read(connection, "from marts.build")
    if not build:
        raise WarehouseError("marts.build is empty: the warehouse does not say what it was built from", "run `support-metrics build`")
    if monday.weekday() != 0:
        raise WarehouseError(f"{monday} is a {monday:%A}", "name a week by its Monday")
    span = {
        "week": monday,
        "since": monday - timedelta(weeks=WEEKS_OF_HISTORY - 1),
        "hours_since": monday - timedelta(weeks=WEEKS_OF_HOURS - 1),
        "begins": datetime.combine(monday, datetime.min.time(), ZoneInfo(build[0]["time_zone"])),
        "ends": datetime.combine(monday + timedelta(days=7), datetime.min.time(), ZoneInfo(build[0]["time_zone"])),
        "zone": build[0]["time_zone"],
        "before": build[0]["as_of_at"].astimezone(ZoneInfo(build[0]["time_zone"])) - timedelta(weeks=1),
    }

    def found(name: str) -> list[Row]:
        return read(connection, QUERIES[name], {key: value for key, value in span.items() if f"${key}" in QUERIES[name]})

    requests = found("requests")
    span["shown"] = room = max(EARLIER_SHOWN, REQUESTS_SHOWN - len(requests))
    rows = {name: found(name) for name in QUERIES if name != "requests"}
    # Half is for the four weeks before and half for what is older; what one of them leaves the other takes.
    rows["earlier"] = rows["earlier"][: max(room // 2, room - len(rows["older"]))]
    rows["older"] = rows["older"][: room - len(rows["earlier"])]
    return Week(monday=monday, build=build[0], requests=requests, **rows)

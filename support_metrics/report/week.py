"""What one week's report reads from the marts, and nothing else reads them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from support_metrics.errors import WarehouseError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Row = dict[str, Any]
WEEKS_OF_HISTORY = 26
MISSED = ("overdue", "closed_silently", "late")
OPEN = ("overdue", "pending")
_UNANSWERED_FIRST = "case state when 'overdue' then 1 when 'closed_silently' then 2 when 'pending' then 3 else 4 end"
# The stream that says how far a channel is covered.
_MAIN_STREAM = {
    "github": "issues", "slack": "messages", "email": "messages", "youtube": "comment_threads", "shortcut": "stories",
    "handoff": "responses",
}  # fmt: skip


def read(connection: DuckDBPyConnection, query: str, parameters: dict[str, Any] | None = None) -> list[Row]:
    """The rows of a query, each by column name; instants in UTC."""
    result = connection.execute(query, parameters or {})
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

    `requests` are the missed and the open ones, unanswered first; `earlier` those of the four weeks before that still wait.
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
    policies: list[Row]
    sources: list[Row]
    restatements: list[Row]

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.build["time_zone"])

    @cached_property
    def as_of(self) -> datetime:
        moment: datetime = self.build["as_of_at"]
        return moment

    @cached_property
    def ends_at(self) -> datetime:
        """The local midnight after Sunday."""
        return datetime.combine(self.monday + timedelta(days=7), datetime.min.time(), self.zone)

    @cached_property
    def days_of_week(self) -> list[Row]:
        return [row for row in self.days if row["day"] >= self.monday]

    @property
    def is_over(self) -> bool:
        return self.as_of >= self.ends_at

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
    span = {"week": monday, "since": monday - timedelta(weeks=WEEKS_OF_HISTORY - 1)}
    week, history = {"week": monday}, "where week between $since and $week order by week"
    shown = "state in ('overdue', 'closed_silently', 'late', 'pending')"
    return Week(
        monday=monday,
        build=build[0],
        days=read(connection, "from marts.daily_users where day between $since and $week + 6 order by day, channel", span),
        users=read(connection, f"from marts.weekly_users {history}, channel", span),
        tickets=read(connection, f"from marts.weekly_tickets {history}", span),
        sla=read(connection, f"from marts.weekly_sla {history}, channel", span),
        releases=read(connection, f"from marts.weekly_releases {history}", span),
        duties=read(connection, f"from marts.weekly_exterminators {history}", span),
        handoff=read(connection, "from marts.daily_handoff_counts where day between $week and $week + 6 order by day", week),
        requests=read(
            connection,
            f"from marts.requests where week = $week and {shown} order by {_UNANSWERED_FIRST}, due_at, opened_at, request_id",
            week,
        ),
        earlier=read(
            connection,
            "from marts.requests where week between $week::date - 28 and $week::date - 7 and state = 'overdue' and closed_at is null "
            "order by opened_at desc, request_id",
            week,
        ),
        policies=read(
            connection,
            "select policy, list(distinct channel order by channel) as channels from marts.requests "
            "where week = $week and policy is not null group by policy order by policy",
            week,
        ),
        sources=read(connection, "from marts.sources order by is_stale desc nulls last, source, stream"),
        restatements=read(connection, "from marts.restatements order by week desc, table_name, key, column_name, first_published_at"),
    )

"""The path of one request: its messages, its people, its clock; or why something is none."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from support_metrics.explain import tables
from support_metrics.explain.naming import find_message
from support_metrics.explain.parts import (
    Account,
    Clock,
    Closing,
    Decision,
    Explanation,
    Interval,
    Link,
    NoRequest,
    Person,
    Request,
    RosterSpan,
    SpecialDay,
    View,
)
from support_metrics.explain.rules import Standing, kind_of, part_played, place_of, shown, why_no_request
from support_metrics.explain.tables import Row
from support_metrics.explain.wording import from_to, weekly_hours

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def explain_request(connection: DuckDBPyConnection, asked: str) -> Explanation:
    """The path of a request of the published warehouse, named by its key, its link, an issue's number, or any message of it or of its answer.

    Of something that is no request it says which rule made it none. Raises WarehouseError for what is unknown or ambiguous.
    """
    view = View(**tables.build(connection))
    key = find_message(connection, view, asked)
    (message,) = tables.messages(connection, [key])
    requests = [request_path(connection, view, each) for each in tables.requests_with(connection, message)]
    is_request = any(each.request_id == key for each in requests)
    return Explanation(view, asked, None if is_request else _no_request(connection, view, message), requests)


def _no_request(connection: DuckDBPyConnection, view: View, message: Row) -> NoRequest:
    standing = Standing(connection, view.time_zone, [message])
    author = message["person_id"] and person(connection, view, message["person_id"], message["account_id"], message["sent_at"])
    keys = [message["message_id"], *([message["account_id"]] if message["account_id"] else [])]
    return NoRequest(
        shown(message, [kind_of(message)], ""),
        place_of(message),
        why_no_request(message, standing),
        author or None,
        [Decision(**row) for row in tables.overrides(connection, keys)],
    )


def request_path(connection: DuckDBPyConnection, view: View, request_id: str) -> Request:
    """Everything behind the row of a request in the mart."""
    row = tables.request(connection, request_id)
    conversations = tables.parts(connection, request_id) or [row["conversation_id"]]
    loose = [*row["possible_answer_ids"], *([row["response_message_id"]] if row["response_message_id"] else [])]
    messages = tables.messages(connection, [request_id, *loose], conversations)
    standing = Standing(connection, view.time_zone, messages)
    row["asker_ids"] = {
        row["person_id"],
        *(each["person_id"] for each in messages if request_id in (each["message_id"], each["request_id"])),
    }
    played = [part_played(each, row, standing) for each in messages]
    last = max((number for number, each in enumerate(played) if {"first_response", "opens", "part"} & {*each.roles}), default=0)
    kept = [
        each for number, each in enumerate(played) if row["first_response_at"] is None or number <= last or "possible_answer" in each.roles
    ]
    asker = person(connection, view, row["person_id"], row["account_id"], row["opened_at"])
    accounts = [each.account_id for each in asker.accounts]
    answered_at = row["first_response_at"]
    return Request(
        request_id,
        row["channel"],
        f"#{row['place']}" if row["channel"] == "slack" else row["place"],
        row["url"],
        row["title"],
        row["opened_at"],
        row["opened_on"],
        row["week"],
        row["verdict"],
        row["is_counted"],
        row["state"],
        row["why"],
        row["judged_at"],
        row["closed_at"],
        kept,
        len(played) - len(kept),
        asker,
        person(connection, view, row["responder_id"], row["responder_account_id"], answered_at)
        if answered_at and row["responder_id"]
        else None,
        [Decision(**each) for each in tables.overrides(connection, [request_id, *accounts, *(each.message_id for each in kept)])],
        [Closing(**each) for each in tables.closings(connection, request_id)],
        clock(connection, view, row),
    )


def person(connection: DuckDBPyConnection, view: View, person_id: str, account_id: str | None, at: datetime) -> Person:
    """Somebody with their accounts and how they stood to the team at a moment, when they used one of them."""
    standing = Standing(connection, view.time_zone, [{"person_id": person_id, "account_id": None}])
    roster, span = standing.roster, standing.team_span(person_id, account_id, at)
    if span is not None:
        words = standing.team_words(person_id, account_id, at)
    elif roster:
        spans = "; ".join(sorted({f"{row['name']} {from_to(row['from_on'], row['to_on'])}" for row in roster}))
        words = f"not of the team that day: in the roster {spans}"
    else:
        words = "not of the team: no account is in the roster"
    return Person(
        person_id,
        tables.person_name(connection, person_id),
        at,
        span is not None,
        words,
        [Account(**row) for row in tables.accounts(connection, person_id)],
        [Link(**row) for row in tables.links(connection, person_id)],
        [RosterSpan(**{name: value for name, value in row.items() if name != "person_id"}) for row in roster],
    )


def clock(connection: DuckDBPyConnection, view: View, row: Row) -> Clock:
    """What was promised, and the calendar's open intervals between opening and the answer or the moment of judgement."""
    opened_at, stopped_at, calendar = row["opened_at"], row["first_response_at"] or row["judged_at"], row["calendar"]
    unanswered = "as_of" if row["judged_at"] == view.as_of_at else "end of coverage"
    hours = tables.business_hours(connection, calendar) if calendar else []
    intervals = counted_intervals(connection, calendar, opened_at, stopped_at)
    withdrawn_at = row["closed_at"] if row["state"] == "withdrawn" else None
    return Clock(
        row["policy"],
        row["target_seconds"],
        row["clock"],
        tables.promised_from(connection, row["channel"], row["policy"], row["opened_on"]),
        calendar,
        tables.calendar_zone(connection, calendar) if calendar else None,
        weekly_hours((each["weekday"], each["opens_seconds"], each["closes_seconds"]) for each in hours) if calendar else None,
        opened_at,
        stopped_at,
        "first response" if row["first_response_at"] else unanswered,
        row["due_at"],
        intervals,
        [SpecialDay(**each) for each in tables.special_days(connection, calendar, opened_at, stopped_at)] if calendar else [],
        row["business_seconds"],
        row["calendar_seconds"],
        withdrawn_at,
        _elapsed(connection, row, withdrawn_at) if withdrawn_at else None,
        row["business_seconds"] is None or sum(each.seconds for each in intervals) == row["business_seconds"],
    )


def _elapsed(connection: DuckDBPyConnection, row: Row, until: datetime) -> int:
    """Whole seconds from opening to a moment, on the clock of the request's target."""
    if row["clock"] == "business":
        return sum(each.seconds for each in counted_intervals(connection, row["calendar"], row["opened_at"], until))
    return max(int((until - row["opened_at"]) // timedelta(seconds=1)), 0)


def counted_intervals(connection: DuckDBPyConnection, calendar: str | None, from_at: datetime, to_at: datetime) -> list[Interval]:
    """The open time between two instants; none without a calendar. Seconds are whole: each interval's are what the total, floored, grew by."""
    intervals, total = [], timedelta()
    for row in tables.open_intervals(connection, calendar, from_at, to_at) if calendar else []:
        before = total // timedelta(seconds=1)
        total += row["to_at"] - row["from_at"]
        intervals.append(Interval(row["from_at"], row["to_at"], total // timedelta(seconds=1) - before))
    return intervals

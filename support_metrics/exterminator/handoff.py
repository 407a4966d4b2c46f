"""The handoff form, filled in from the marts: as text to paste, and as the form's own prefilled link."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from support_metrics.errors import SettingsError
from support_metrics.exterminator.release import release_of, state_of
from support_metrics.exterminator.waiting import OLD, counted, left, waiting
from support_metrics.report.gaps import gaps_by_kind
from support_metrics.report.week import Week, read_week
from support_metrics.report.wording import day_name, name_of, plural
from support_metrics.settings import WEEKDAYS

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from support_metrics.settings import Settings

MOST_LISTED = 12
# Browsers and Google take longer addresses; mail programs and chats cut them.
LONGEST_LINK = 8000


@dataclass(frozen=True)
class Handoff:
    """`answers` by our field, None where nothing is known; `unknown` says in words, by field, which days are not known or not over."""

    week: date
    answers: Mapping[str, str | None]
    unknown: Mapping[str, str]


def handoff(connection: DuckDBPyConnection, monday: date) -> Handoff:
    """The form's answers for a week, as known at the warehouse's moment. Reads marts only."""
    week = read_week(connection, monday)
    duty = week.of_week(week.duties)
    measured = {row["day"]: row["measured_users"] for row in week.handoff}
    last_known = week.as_of.astimezone(week.zone).date()
    answers: dict[str, str | None] = {
        "exterminator": duty["exterminator"] if duty else None,
        "next_exterminator": duty["next_exterminator"] if duty else None,
        "week": monday.isoformat(),
    }
    unknown: dict[str, str] = {}
    for offset, name in enumerate(WEEKDAYS):
        day = monday + timedelta(days=offset)
        users = measured.get(day)
        is_to_come = day > last_known or (day == last_known and not _has_opened(week, day))
        answers[name] = None if users is None or is_to_come else str(users)
        if answers[name] is None:
            unknown[name] = f"{day_name(day)}: {'still to come' if is_to_come else 'GitHub or Slack is not covered'}"
        elif day == last_known:
            unknown[name] = f"{day_name(day)} is not over: {users} until {week.as_of.astimezone(week.zone):%H:%M}"
    answers["notes"] = "\n".join(_notes(connection, week))
    return Handoff(monday, answers, unknown)


def _has_opened(week: Week, day: date) -> bool:
    """Whether business hours have begun on the day; a day without any is under way from midnight."""
    openings = [row["open_at"] for row in week.open_hours if row["open_at"].astimezone(week.zone).date() == day]
    return not openings or min(openings) <= week.as_of


def _notes(connection: DuckDBPyConnection, week: Week) -> list[str]:
    lines = [state_of(release_of(connection, week.monday))]
    open_requests = waiting(connection, week.as_of)
    due_next = [each for each in open_requests if each.seconds_left >= 0]
    past_due = [each for each in reversed(open_requests) if each.seconds_left < 0 and week.as_of - each.opened_at <= OLD]
    lines.append(f"Waiting for a first response: {counted(open_requests, week.as_of)}.")
    listed = [*due_next, *past_due]
    lines += [
        f"- {left(each.seconds_left)}, {name_of(each.channel)}, {each.person_name}: {each.title or each.request_id} {each.url or ''}".rstrip()
        for each in listed[:MOST_LISTED]
    ]
    if len(listed) > MOST_LISTED:
        lines.append(f"- and {len(listed) - MOST_LISTED} more of these")
    urgent = [row for row in week.priorities if row["priority"] == "high" and row["state"] == "open" and row["assigned_at"] is None]
    if urgent:
        lines.append("High priority, nobody assigned:")
        lines += [f"- {row['title'] or row['request_id']} {row['url'] or ''}".rstrip() for row in urgent[:MOST_LISTED]]
    unfiled = [row for row in week.reports if row["filed_as"] is None]
    if unfiled:
        lines.append(f"Reported internally and not filed: {len(unfiled)}.")
        lines += [f"- {row['title']} {row['message_url']}" for row in unfiled[:MOST_LISTED]]
    gaps = [f"{each.title.lower()}: {each.count}" for each in gaps_by_kind(week)]
    if gaps:
        lines.append(f"Tracking gaps: {'; '.join(gaps)}.")
    return lines


def as_text(found: Handoff, settings: Settings) -> str:
    """The answers under the form's own headings, to paste."""
    headings = settings.handoff.columns
    lines = []
    for name in ("exterminator", "next_exterminator", "week", *WEEKDAYS, "notes"):
        if name in headings:
            value = found.answers[name]
            shown = "" if value is None else value
            lines.append(f"{headings[name]}:\n{shown}" if "\n" in shown else f"{headings[name]}: {shown}".rstrip())
    unknown = [said for name, said in found.unknown.items() if name in headings]
    if unknown:
        lines += ["", f"Not filled in or not final ({plural(len(unknown), 'day')}):", *(f"  {each}" for each in unknown)]
    return "\n".join(lines)


def as_link(found: Handoff, settings: Settings) -> str | None:
    """The form with the answers filled in, as Google Forms' "Get pre-filled link" makes it; None while the form is not set.

    Notes are cut where the address would grow too long. Raises SettingsError for an address or a field that cannot be.
    """
    url, entries = settings.handoff.form_url, settings.handoff.entries
    if not url:
        return None
    if urlsplit(url).scheme != "https" or not urlsplit(url).hostname:
        raise SettingsError(f"handoff.form_url is no address of a form: {url!r}", "copy the form's address; it begins with https://")
    if strange := sorted(set(entries) - set(found.answers)):
        raise SettingsError(f"handoff.entries names {', '.join(strange)}, which we cannot answer", f"fields are {', '.join(found.answers)}")
    answers = {entry: found.answers[name] or "" for name, entry in entries.items() if found.answers[name] is not None}
    base = url.split("?")[0]

    def link(given: Mapping[str, str]) -> str:
        return f"{base}?{urlencode({'usp': 'pp_url', **given})}"

    notes = entries.get("notes", "")
    while len(link(answers)) > LONGEST_LINK and len(answers.get(notes, "")) > 1:
        answers[notes] = answers[notes][: len(answers[notes]) * 9 // 10 - 1] + "…"
    return link(answers)

"""The handoff form as CSV, in the two ways in which Google hands it out."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime

from support_metrics.demo.days import ZONE
from support_metrics.demo.history import Handoff
from support_metrics.demo.writers import View

HEADINGS = (
    "Timestamp",
    "Who hands off?",
    "Who takes over?",
    "For which week? (its Monday)",
    "Users helped on Monday",
    "Users helped on Tuesday",
    "Users helped on Wednesday",
    "Users helped on Thursday",
    "Users helped on Friday",
    "Anything the next one should know?",
)


def responses(view: View, as_sheet: bool) -> bytes:
    """All submissions until then, oldest first."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n" if as_sheet else "\n", quoting=csv.QUOTE_MINIMAL if as_sheet else csv.QUOTE_ALL)
    writer.writerow(HEADINGS)
    for handoff in sorted(view.history.handoffs, key=_submitted_at):
        if view.sees(handoff.submitted_at):
            stamp, week = (_sheet_stamp, _sheet_date) if as_sheet else (_form_stamp, date.isoformat)
            users = [handoff.users[weekday] for weekday in range(5)]
            monday = week(handoff.week) if handoff.week else ""
            writer.writerow([stamp(handoff.submitted_at), handoff.exterminator, handoff.next_exterminator, monday, *users, handoff.notes])
    return text.getvalue().encode()


def _submitted_at(handoff: Handoff) -> datetime:
    return handoff.submitted_at


def _sheet_stamp(moment: datetime) -> str:
    """`9/6/2018 0:06:16`: month first, in the sheet's own time zone, which it does not name."""
    local = moment.astimezone(ZONE)
    return f"{local.month}/{local.day}/{local.year} {local.hour}:{local:%M:%S}"


def _sheet_date(day: date) -> str:
    return f"{day.month}/{day.day}/{day.year}"


def _form_stamp(moment: datetime) -> str:
    """`2026/06/14 10:10:09 AM GMT+1`, as the form's own download writes it."""
    local = moment.astimezone(ZONE)
    hours = (local.utcoffset() or local - local).total_seconds() / 3600
    return f"{local:%Y/%m/%d} {local.hour % 12 or 12}:{local:%M:%S} {'AM' if local.hour < 12 else 'PM'} GMT{hours:+.0f}"

"""The weekly handoff form: what the person on duty counted, mostly right."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from support_metrics.demo import days
from support_metrics.demo.cast import Cast
from support_metrics.demo.dice import Dice
from support_metrics.demo.history import Handoff, History, Person

MISSED_HANDOFF = date(2025, 10, 27)
LATE_HANDOFF = date(2025, 11, 17)
RESUBMITTED_HANDOFF = date(2026, 1, 26)
MISCOUNTED_HANDOFF = date(2026, 2, 9)
WITHOUT_WEEK = (date(2025, 9, 29), LATE_HANDOFF)
NOTES = (
    "Quiet week.",
    "Registry questions again, docs page is on its way.",
    "Two customers wait for the next release, see the tickets.",
    "Busy Monday. Please look after the sync issues first.",
    "Nothing open from my side.",
    'Watch out for the "cache key" reports, they are all one bug; see #help',
    "",
)


def users_per_day(history: History) -> dict[date, set[str]]:
    """The truth: who asked in GitHub or Slack, per local day; withdrawn ones too, spam not."""
    found: dict[date, set[str]] = {}

    def count(person: Person | None, moment: datetime) -> None:
        if person and not person.is_bot and not person.is_staff(moment):
            found.setdefault(days.local_day(moment), set()).add(person.key)

    for message in history.messages:
        if message.kind in ("question", "form"):
            count(message.asker or message.author, message.sent_at)
    for issue in history.issues:
        if not issue.is_pull and issue.left_at is None and all(event.detail != "spam" for event in issue.events):
            count(issue.author, issue.arrived_at or issue.created_at)
    return found


def hand_off(seed: int, cast: Cast, history: History) -> None:
    dice, truth = Dice(seed, "handoffs"), users_per_day(history)
    for week in days.weeks():
        if week == MISSED_HANDOFF:
            continue
        last = days.business_days(week)[-1]
        submitted_at = days.at_second(last, dice.between(15 * 3600 + 1800, 16 * 3600 + 3300) if last != days.HALF_DAY else 41_000)
        handoff = Handoff(
            submitted_at,
            cast.exterminator(week).name,
            cast.exterminator(week + timedelta(days=7)).name,
            None if week in WITHOUT_WEEK else week,
            {day.weekday(): _typed(dice, len(truth.get(day, ()))) for day in (week + timedelta(days=number) for number in range(5))},
            dice.pick(NOTES),
        )
        for day in (week + timedelta(days=number) for number in range(5)):
            if day in days.HOLIDAYS:
                handoff.users[day.weekday()] = ""
        if week == LATE_HANDOFF:
            handoff.submitted_at = days.at(week + timedelta(days=7), "10:12:40")
            handoff.notes = "Sorry, forgot it on Friday."
        if week == MISCOUNTED_HANDOFF:
            handoff.users[1] = str(len(truth[week + timedelta(days=1)]) + 9)
        if week == RESUBMITTED_HANDOFF:
            first = Handoff(
                submitted_at - timedelta(minutes=47), handoff.exterminator + " ", handoff.next_exterminator, week, dict(handoff.users), ""
            )
            first.users[3] = "0"
            history.handoffs.append(first)
            handoff.notes = "Second try: Thursday was missing."
        history.handoffs.append(handoff)
    plant = history.plant
    plant("missed_handoff", "Nobody filled in the form; the rota in the settings knows who was on duty.", week=MISSED_HANDOFF)
    plant(
        "late_handoff",
        "Submitted on Monday 2025-11-24 10:12 without a week by last week's exterminator: belongs to this week.",
        week=LATE_HANDOFF,
    )
    plant(
        "resubmitted_handoff",
        "Submitted twice; the latest wins. The first has Thursday 0 and a trailing space in the name.",
        week=RESUBMITTED_HANDOFF,
    )
    plant("miscounted_handoff", "Tuesday has nine too many.", week=MISCOUNTED_HANDOFF, day=MISCOUNTED_HANDOFF + timedelta(days=1))


def _typed(dice: Dice, count: int) -> str:
    """People miscount by one now and then, and type a space behind the number."""
    if dice.chance(0.12):
        count = max(0, count + dice.pick((-1, 1)))
    return f"{count} " if dice.chance(0.1) else str(count)

"""What deserves attention this week, in sentences; each leads to the place that tells more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from support_metrics.report.week import MISSED, Week
from support_metrics.report.wording import moment, name_of, number, plural


@dataclass(frozen=True)
class Notice:
    """`tone` is `warning` for what makes the figures doubtful, `miss` for a broken promise, `calm` for the rest."""

    tone: str
    text: str
    anchor: str


def notices(week: Week) -> list[Notice]:
    """The week's notices, doubts about the figures first."""
    return [*_doubts(week), *_requests(week), *_process(week), *_restated(week)]


def _doubts(week: Week) -> Iterator[Notice]:
    if week.build["known_at"]:
        yield Notice("warning", f"A replay: only what was known at {moment(week.build['known_at'], week.zone)} counts here.", "counted")
    if not week.is_over:
        yield Notice("warning", f"The week is not over: figures run until {moment(week.as_of, week.zone)}.", "counted")
    stale: dict[str, list[str]] = {}
    for row in week.sources:
        if row["is_stale"]:
            stale.setdefault(row["source"], []).append(row["stream"])
    for source, streams in stale.items():
        _, until = week.covered(source)
        reach = f"its figures stop at {moment(until, week.zone)}" if until else "nothing of it is counted"
        listed = ", ".join(name_of(stream).lower() for stream in streams)
        yield Notice("warning", f"{name_of(source)} is stale ({listed}): {reach}.", "sources")
    aside: Counter[str] = Counter()
    for row in week.sources:
        aside[row["source"]] += row["set_aside"]
    for source, count in aside.items():
        if count:
            yield Notice("warning", f"{plural(count, 'record')} of {name_of(source)} could not be used and count nowhere.", "sources")


def _requests(week: Week) -> Iterator[Notice]:
    states = Counter(row["state"] for row in week.requests)
    if states["overdue"]:
        yield Notice("miss", f"{plural(states['overdue'], 'request')} past due and still unanswered.", "requests")
    if week.earlier:
        yield Notice("miss", f"{plural(len(week.earlier), 'request')} of the four weeks before still unanswered.", "earlier")
    missed = {"late": "answered late", "closed_silently": "closed without a word"}
    if said := [f"{number(states[state])} {words}" for state, words in missed.items() if states[state]]:
        yield Notice("miss", f"{' and '.join(said)}.".capitalize(), "requests")
    if states["pending"]:
        yield Notice("calm", f"{plural(states['pending'], 'request')} unanswered, not yet due.", "requests")
    sla = week.of_week(week.sla, channel="all")
    if sla and sla["judged"] and not any(states[state] for state in MISSED):
        yield Notice("calm", "No promise was missed.", "promises")


def _process(week: Week) -> Iterator[Notice]:
    release = week.of_week(week.releases)
    if release and release["is_compliant"] is False and week.is_over:
        yield Notice("miss", "No release happened this week.", "process")
    duty = week.of_week(week.duties)
    if duty and week.is_over and duty["is_on_time"] is False:
        yield Notice("miss", "The handoff was late." if duty["handed_off_at"] else "No handoff was submitted.", "process")
    differing = [row for row in week.handoff if row["difference"]]
    if differing:
        yield Notice("calm", f"The handoff's count differs from the measured one on {plural(len(differing), 'day')}.", "process")


def _restated(week: Week) -> Iterator[Notice]:
    if week.restatements:
        verb = "has" if len(week.restatements) == 1 else "have"
        yield Notice("warning", f"{plural(len(week.restatements), 'figure')} of earlier reports {verb} changed.", "restated")

"""What deserves attention this week, in sentences; each leads to the place that tells more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import takewhile

from support_metrics.report.restated import largest
from support_metrics.report.week import MISSED, Row, Week
from support_metrics.report.wording import hours, moment, name_of, number, plural

SECTIONS = {"has_summary": "a summary", "has_breaking_changes": "breaking changes", "has_deprecations": "deprecations"}


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
    before = week.of_week(week.sla, week.monday - timedelta(weeks=1), "all") or {}
    if states["overdue"]:
        waiting = f"{plural(states['overdue'], 'request')} past due and still unanswered"
        yield Notice("miss", f"{waiting}{_of_week_before(week, before.get('overdue'))}.", "requests")
    yield from _earlier(week)
    missed = {"late": "answered late", "closed_silently": "closed without a word"}
    said = [
        f"{number(states[state])} {words}{_of_week_before(week, before.get(state))}" for state, words in missed.items() if states[state]
    ]
    if said:
        yield Notice("miss", f"{' and '.join(said)}.".capitalize(), "requests")
    if states["pending"]:
        yield Notice("calm", f"{plural(states['pending'], 'request')} unanswered, not yet due{_week_ago(week, 'pending')}.", "requests")
    sla = week.of_week(week.sla, channel="all")
    if sla and sla["judged"] and not any(states[state] for state in MISSED):
        yield Notice("calm", "No promise was missed among this week’s requests.", "promises")


def _of_week_before(week: Week, count: int | None) -> str:
    return "" if count is None or not week.is_over else f" ({number(count)} of the week before)"


def _week_ago(week: Week, counted: str) -> str:
    """How many it were a week before, where that week's requests are known."""
    before = week.of_week(week.sla, week.monday - timedelta(weeks=1), "all")
    count = week.week_ago[0][counted]
    return f" ({number(count)} a week before)" if week.is_over and before and before["judged"] is not None and count is not None else ""


def _earlier(week: Week) -> Iterator[Notice]:
    backlog = week.backlog[0]
    answered = backlog["answered"]
    cleared = f"; {number(answered)} past due when the week began {'was' if answered == 1 else 'were'} answered in it" if answered else ""
    if backlog["earlier"]:
        yield Notice(
            "miss",
            f"{plural(backlog['earlier'], 'request')} of the four weeks before still unanswered{_week_ago(week, 'earlier')}{cleared}.",
            "earlier",
        )
        cleared = ""
    if backlog["older"]:
        since = moment(backlog["oldest_at"], week.zone, week.monday.year)
        oldest = f"since {since}" if backlog["older"] == 1 else f"the oldest since {since}"
        yield Notice(
            "miss",
            f"{plural(backlog['older'], 'request')} open for more than four weeks{_week_ago(week, 'older')}, {oldest}{cleared}.",
            "older",
        )


def _process(week: Week) -> Iterator[Notice]:
    yield from _release(week)
    duty = week.of_week(week.duties)
    if duty and week.is_over and duty["is_on_time"] is False:
        run = _run(week, week.duties, "is_on_time")
        yield Notice("miss", f"{'The handoff was late' if duty['handed_off_at'] else 'No handoff was submitted'}{run}.", "process")
    yield from _unassigned(week)
    yield from _unfiled(week)
    differing = [row for row in week.handoff if row["difference"]]
    if differing:
        before = f" ({number(week.handoff_before[0]['days'])} in the week before)" if week.is_over else ""
        days = f"{plural(len(differing), 'day')}{before}"
        yield Notice("calm", f"The handoff's count differs from the measured one on {days}.", "process")


def _release(week: Week) -> Iterator[Notice]:
    release = week.of_week(week.releases)
    if release is None:
        return
    if release["is_compliant"] is False and week.is_over:
        yield Notice("miss", f"No release happened this week{_run(week, week.releases, 'is_compliant')}.", "process")
    if lacking := _lacking(release):
        titles = " and ".join(filter(None, [", ".join(lacking[:-1]), lacking[-1]]))
        earlier = week.of_week(week.releases, week.monday - timedelta(weeks=1))
        before = f" ({number(len(_lacking(earlier)))} the week before)" if earlier and earlier["releases"] and week.is_over else ""
        missing = f"{number(len(lacking))} of {number(len(SECTIONS))} missing{before}"
        yield Notice("miss", f"The week’s release notes have no section for {titles}: {missing}.", "process")


def _lacking(release: Row) -> list[str]:
    return [title for name, title in SECTIONS.items() if release["releases"] and release[name] is False]


def _unassigned(week: Week) -> Iterator[Notice]:
    """High-priority issues that nobody has been assigned to: the one that has waited longest by its title."""
    waiting = [
        row
        for row in week.priorities
        if row["priority"] == "high" and row["state"] == "open" and not (row["assigned_at"] or row["assignee"])
    ]
    if not waiting:
        return
    longest = max(waiting, key=lambda row: (row["seconds_waiting"] or 0, row["request_id"]))
    since = f" since {moment(longest['prioritised_at'], week.zone, week.monday.year)}" if longest["prioritised_at"] else ""
    waited = f", {hours(longest['seconds_waiting'])} of business time" if longest["seconds_waiting"] is not None else ""
    title = f"“{longest['title'] or longest['request_id']}”"
    before = _week_ago(week, "unassigned")
    if len(waiting) == 1:
        yield Notice("miss", f"Nobody is assigned to 1 issue of high priority{before}: {title}{since}{waited}.", "priorities")
    else:
        yield Notice(
            "miss",
            f"Nobody is assigned to {number(len(waiting))} issues of high priority{before}, longest to {title}{since}{waited}.",
            "priorities",
        )


def _unfiled(week: Week) -> Iterator[Notice]:
    unfiled = sum(row["filed_as"] is None for row in week.reports)
    if unfiled:
        before = _of_week_before(week, week.reports_before[0]["unfiled"])
        reports = plural(len(week.reports), "problem")
        yield Notice(
            "miss",
            f"{number(unfiled)} of {reports} the team reported itself {'is' if unfiled == 1 else 'are'} not filed{before}.",
            "reports",
        )


def _run(week: Week, rows: list[Row], kept: str) -> str:
    """`, after 6 weeks without a miss` or `, week 3 in a row`, from the weeks just before of which it is known."""
    known = [row[kept] for row in sorted(rows, key=lambda row: row["week"], reverse=True) if row["week"] < week.monday]
    alike = list(takewhile(lambda each: each is not None and each == known[0], known))
    if not alike:
        return ""
    return f", after {plural(len(alike), 'week')} without a miss" if alike[0] else f", week {len(alike) + 1} in a row"


def _restated(week: Week) -> Iterator[Notice]:
    if week.restatements:
        figures = plural(len(week.restatements), "figure")
        yield Notice("warning", f"{figures} of earlier reports would have read differently, {largest(week.restatements)}.", "restated")

"""The list behind a day or a week as lines of text. Text from outside stands in them as it came."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from support_metrics.explain.parts import Listed, Passed, Period
from support_metrics.explain.text import as_of_line
from support_metrics.explain.wording import beginning, counted, day_name, local

WITHOUT = {"bot": "by bots", "team": "by the team", "nobody": "by nobody named", "pull_request": "pull requests", "reply": "replies"}


def period_lines(period: Period) -> Iterator[str]:
    """The figures, everybody who counts, what was left out, and what came near."""
    view = period.view
    name = day_name(period.first_day) if period.kind == "day" else f"the week {period.first_day} – {period.last_day}"
    yield (
        f"Who needed us on {name}, channel {period.channel}"
        if period.kind == "day"
        else f"Who needed us in {name}, channel {period.channel}"
    )
    yield from _figures(period)
    yield from _askers(period)
    if period.excluded:
        yield from ("", "Excluded, so not counted")
        for each in period.excluded:
            yield from _listed(each, period, f"{each.person_name}: {each.why}")
    near = [each for each in period.passed if each.kind == "not_asking" or each.channel != "slack"]
    if near:
        yield from ("", "Near misses: began a conversation and were not counted")
        for passed in near:
            yield from _passed(passed, period)
    others = Counter(each.kind for each in period.passed if each not in near)
    if others:
        yield from (
            "",
            "At top level as well: " + ", ".join(f"{count} {WITHOUT.get(kind, kind)}" for kind, count in sorted(others.items())),
        )
    if period.askers or period.excluded or near:
        yield from ("", "support-metrics explain LINK follows one of them to its messages, accounts and hours.")
    yield from ("", as_of_line(view))


def _figures(period: Period) -> Iterator[str]:
    table = f"marts.{'daily' if period.kind == 'day' else 'weekly'}_users"
    if not period.is_covered:
        yield f"  {table} is empty here, which is not zero: the sources do not cover it. Covered:"
        yield from (f"    {each}" for each in period.covered or ["nothing"])
        yield "  What is known is listed below, but more may have been asked."
        return
    was = period.published
    new = "new users not yet known" if was.new_users is None else f"{was.new_users:,} of them new"
    yield f"  {table}: {counted(was.users, 'user')} ({new}), {counted(was.requests, 'request')}"
    if period.differences:
        yield from (f"  !!! THE LIST DOES NOT GIVE THE NUMBER: {each}" for each in period.differences)
    else:
        new = "" if was.new_users is None else f" ({period.recounted.new_users:,} of them new)"
        yield f"  this list: {counted(period.recounted.users, 'user')}{new}, {counted(period.recounted.requests, 'request')}: they agree"


def _askers(period: Period) -> Iterator[str]:
    if not period.askers:
        yield from ("", "Nobody is known to have asked.")
    for number, asker in enumerate(period.askers, 1):
        new = "; the first request ever" if asker.is_new else ""
        yield ""
        yield f"{number:>3}. {asker.name} [{asker.person_id}] — {counted(len(asker.requests), 'request')}{new}"
        for each in asker.requests:
            yield from _listed(each, period, f"{each.state}; counts because: {each.verdict}")


def _listed(each: Listed, period: Period, says: str) -> Iterator[str]:
    yield f"     {local(each.opened_at, period.view.time_zone)}  {each.place if each.place != '*' else each.channel}  “{beginning(each.title, 80)}”"
    yield f"       {says}"
    yield f"       {each.url or each.request_id}"


def _passed(each: Passed, period: Period) -> Iterator[str]:
    yield f"     {local(each.sent_at, period.view.time_zone)}  {each.place if each.place != '*' else each.channel}  {each.author}: “{beginning(each.text, 80)}”"
    yield f"       {each.rule}"
    yield f"       {each.url or each.message_id}"

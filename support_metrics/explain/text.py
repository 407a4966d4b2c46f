"""Explanations as lines of text. Text from outside stands in them as it came: whoever prints them makes it harmless."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from support_metrics.explain.parts import Clock, Decision, Explanation, Interval, Message, NoRequest, Person, Request, View
from support_metrics.explain.wording import beginning, counted, day_name, duration, from_to, local, local_and_utc

MOST_INTERVALS = 12


def explanation_lines(explanation: Explanation) -> Iterator[str]:
    """The path of a request, or why something is none."""
    view, named = explanation.view, explanation.named
    if named and not explanation.requests:
        yield from _no_request(named, view)
    elif named:
        yield f"{named.message.message_id} is no request of its own: {named.rule}."
        yield f"It has a part in {counted(len(explanation.requests), 'request')}; there it is marked with >."
        if not any(each.message_id == named.message.message_id for request in explanation.requests for each in request.messages):
            yield from _message(named.message, view, ">")
        yield ""
    for number, request in enumerate(explanation.requests):
        if number:
            yield ""
        yield from _request(request, view, named.message.message_id if named else None)
    yield ""
    yield as_of_line(view)


def as_of_line(view: View) -> str:
    known = f", known at {local_and_utc(view.known_at, view.time_zone)}" if view.known_at else ""
    return f"As of {local_and_utc(view.as_of_at, view.time_zone)}{known}. Times are {view.time_zone}, in brackets UTC."


def _no_request(named: NoRequest, view: View) -> Iterator[str]:
    yield f"{named.message.message_id} is no request: {named.rule}."
    yield from _message(named.message, view)
    yield f"    in {named.place}"
    if named.author:
        yield from _section("Its author", _person(named.author))
    if "not_asking" in named.message.roles:
        yield "  To count it all the same, name it under [[include]] in the overrides."
    yield from _section("Decided by hand", _decisions(named.overrides))


def _request(request: Request, view: View, named: str | None) -> Iterator[str]:
    yield f"Request {request.request_id} in {request.place}"
    yield f"  {beginning(request.title)}"
    if request.url:
        yield f"  {request.url}"
    yield f"  {request.state}: {request.why}"
    counts = f"counts on {day_name(request.opened_on)} and in the week of {request.week}" if request.is_counted else "counts nowhere"
    yield f"  {counts}; taken for a request because: {request.verdict}"
    yield from _section("Messages", _messages(request, view, named))
    yield from _section("Who asked", _person(request.person))
    if request.responder:
        yield from _section("Who answered", [f"  {request.responder.standing}"])
    yield from _section("Decided by hand", _decisions(request.overrides))
    yield from _section("Closed", _closings(request, view))
    yield from _section("The clock", _clock(request, view))


def _section(heading: str, lines: Iterator[str] | Sequence[str]) -> Iterator[str]:
    """A heading with its lines; nothing where there are none."""
    held = list(lines)
    if held:
        yield from ("", heading, *held)


def _messages(request: Request, view: View, named: str | None) -> Iterator[str]:
    for message in request.messages:
        yield from _message(message, view, ">" if message.message_id == named else " ")
    if request.later_messages:
        yield f"  … and {counted(request.later_messages, 'later message')} that change nothing"


def _message(message: Message, view: View, mark: str = " ") -> Iterator[str]:
    account = f" [{message.account_id}]" if message.account_id else ""
    yield f"{mark} {local_and_utc(message.sent_at, view.time_zone)}  {message.author}{account}"
    if message.text:
        yield f"    “{beginning(message.text)}”"
    if message.says:
        yield f"    = {message.says}"
    if message.url:
        yield f"    {message.url}"


def _person(person: Person) -> Iterator[str]:
    yield f"  {person.name}, counted once under {person.person_id}"
    yield f"  {person.standing}"
    if len(person.accounts) > 1 and not person.is_team:
        yield f"  {counted(len(person.accounts), 'account')}:"
        for account in person.accounts:
            yield f"    {account.account_id}  {account.name or account.handle or ''} ({account.kind})"
        yield "  taken for one person, because:"
        for link in person.links:
            yield f"    {link.account_id} = {link.other_account_id}"
            yield f"      {link.why} ({link.rule})"


def _decisions(decisions: Sequence[Decision]) -> Iterator[str]:
    for each in decisions:
        target = f" -> {each.object}" if each.object else ""
        yield f"  {each.kind} {each.subject}{target}, by {each.why}"


def _closings(request: Request, view: View) -> Iterator[str]:
    for each in request.closings:
        by = f"by {each.by}" if each.by else "by a bot or nobody known"
        role = " of the team" if each.is_by_team else ", who opened it" if each.is_by_author else ""
        again = f"; open again {local_and_utc(each.reopened_at, view.time_zone)}" if each.reopened_at else ""
        yield f"  {local_and_utc(each.closed_at, view.time_zone)} {by}{role}{again}"
    if request.channel != "github" and request.closed_at:
        yield f"  known to be deleted {local_and_utc(request.closed_at, view.time_zone)}"


def _clock(request: Request, view: View) -> Iterator[str]:
    clock = request.clock
    if clock.policy is None or clock.target_seconds is None:
        yield f"  no promise was in force for {request.channel}"
    else:
        kind = " of business time" if clock.clock == "business" else ""
        since = f", in force {from_to(clock.promised_from, None)}" if clock.promised_from else ""
        yield f"  promise   “{clock.policy}”: an answer within {duration(clock.target_seconds)}{kind}{since}"
    if clock.calendar:
        name, _, first = clock.calendar.partition("@")
        since = from_to(date.fromisoformat(first), None)
        yield f"  calendar  {name}, in force {since}: {clock.calendar_hours} ({clock.calendar_zone})"
    yield f"  opened    {local_and_utc(clock.opened_at, view.time_zone)}"
    yield from _counted(clock, view)
    yield f"  stopped   {local_and_utc(clock.stopped_at, view.time_zone)} by {_stop(clock)}"
    if clock.business_seconds is not None:
        total = sum(each.seconds for each in clock.intervals)
        yield f"  sum       {total:,} s = {duration(total)} of business time"
        if not clock.is_reconciled:
            yield f"  !!! THIS IS NOT THE PUBLISHED business_seconds, {clock.business_seconds:,} s. Please report it."
    yield f"  plain     {clock.calendar_seconds:,} s = {duration(clock.calendar_seconds)}"
    if clock.due_at:
        yield f"  due       {local_and_utc(clock.due_at, view.time_zone)}"
    if clock.withdrawn_at and clock.withdrawn_seconds is not None:
        yield f"  withdrawn {local_and_utc(clock.withdrawn_at, view.time_zone)}, {duration(clock.withdrawn_seconds)} after opening on the promise's clock"
    yield f"  state     {request.state}"


def _stop(clock: Clock) -> str:
    return {
        "first response": "the first response",
        "as_of": "the moment of judgement, unanswered",
        "end of coverage": "the end of what its source covers, unanswered",
    }[clock.stopped_by]


def _counted(clock: Clock, view: View) -> Iterator[str]:
    """Open intervals and days that were closed, in order of time; many are cut in the middle."""
    zone = clock.calendar_zone or view.time_zone
    lines = [(each.from_at.isoformat(), _interval(each, zone)) for each in clock.intervals]
    closed = [
        (f"{each.day}", f"  {'closed' if each.is_holiday else 'special'}    {day_name(each.day)} {each.name}")
        for each in clock.special_days
    ]
    ordered = [line for _, line in sorted(lines + closed)]
    if len(ordered) > MOST_INTERVALS:
        first, last = ordered[: MOST_INTERVALS - 3], ordered[-2:]
        hidden = clock.intervals and len(ordered) - len(first) - len(last)
        yield from [*first, f"            … {hidden} more lines, with --format json all …", *last]
    elif not ordered and clock.calendar:
        yield "  counted   nothing: the calendar was closed all the while"
    else:
        yield from ordered


def _interval(interval: Interval, zone: str) -> str:
    begins, ends = local(interval.from_at, zone), local(interval.to_at, zone)
    is_one_day = begins[:14] == ends[:14]
    return f"  counted   {begins} – {ends[15:] if is_one_day else ends}  {interval.seconds:>7,} s"

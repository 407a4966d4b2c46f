"""The week in words: what happened, each sentence with its number, its change and a link to the part that shows it."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import fmean

from support_metrics.report.charts.marks import control_of
from support_metrics.report.week import Row, Week
from support_metrics.report.wording import moment, name_of, number, percent, plural, points

WORD = re.compile(r"[^\W\d_][\w-]{3,}")
# A word names what a day was about if so many people wrote it, that share of the day's, and so many times oftener than in other weeks.
THEME_PEOPLE, THEME_SHARE, THEME_RATIO = 3, 0.4, 4


@dataclass(frozen=True)
class Sentence:
    """`anchor` is the section or chart that shows it."""

    text: str
    anchor: str


def story(week: Week) -> list[Sentence]:
    """What happened in the week, the load first; nothing is said of what is not known, but where nothing is, why."""
    known = [*_load(week), *_busiest(week), *_new(week), *_tickets(week), *_promise(week), *_wanted(week)]
    return known if week.is_covered else [*_not_covered(week), *known]


def _not_covered(week: Week) -> Iterator[Sentence]:
    """Since when, or until when, each source is covered, of a week of which none is."""
    spans = {source: week.covered(source) for source in sorted({row["source"] for row in week.sources}, key=name_of)}
    year = week.monday.year
    said = [
        f"{name_of(source)} since {moment(since, week.zone, year)}"
        if since >= week.ends_at
        else f"{name_of(source)} until {moment(until, week.zone, year)}"
        for source, (since, until) in spans.items()
        if since and until and (since >= week.ends_at or until <= week.begins_at)
    ]
    if said:
        yield Sentence(f"Nothing of this week is covered: {', '.join(said)}.", "sources")


def _load(week: Week) -> Iterator[Sentence]:
    users = {row["week"]: row["users"] for row in week.users if row["channel"] == "all"}
    if (now := users.get(week.monday)) is None:
        return
    text = f"{plural(now, 'person', 'people')} needed help{_so_far(week)}{_on_four_weeks(week, users)}"
    yield Sentence(f"{text}{_usual(week, users)}.", "users-per-week")


def _usual(week: Week, values: dict[date, float | None]) -> str:
    """Whether the week's value is usual, by the rule that the chart states; a holiday week is not judged by it."""
    limits = control_of(week, values)
    if limits is None or not week.is_over:
        return ""
    span = f"{number(limits.lower)} to {number(limits.upper)}"
    if week.monday not in limits.judged:
        return f"; a holiday week, not judged against the usual {span}"
    why = limits.unusual.get(week.monday)
    return f": unusual, {why}" if why else f", within the usual {span}"


def _so_far(week: Week) -> str:
    return "" if week.is_over else " so far"


def _on_four_weeks(week: Week, values: dict[date, float | None]) -> str:
    """`, up 9 on the four-week mean of 25.0`; nothing where no week before is known, or while the week is not over."""
    if not week.is_over:
        return ""
    before = _four_before(week.monday, values)
    mean_of = "the four-week mean" if len(before) == 4 else f"the mean of {plural(len(before), 'week')}"
    return _on_mean(values[week.monday], before, mean_of)


def _four_before(day: date, values: dict[date, float | None]) -> list[float]:
    """What is known of the same weekday of the four weeks before."""
    return [value for back in range(1, 5) if (value := values.get(day - timedelta(weeks=back))) is not None]


def _on_mean(now: float | None, before: list[float], mean_of: str) -> str:
    if not before or now is None:
        return ""
    mean = fmean(before)
    change = round(now - mean, 1)
    if not change:
        return f", as in {mean_of}"
    return f", {'up' if change > 0 else 'down'} {abs(change):g} on {mean_of} of {number(mean, 1)}"


def _busiest(week: Week) -> Iterator[Sentence]:
    days = {row["day"]: row["users"] for row in week.days_of_week if row["channel"] == "all" and row["users"]}
    if not days or len(days) < 2:
        return
    most = max(days.values())
    (day, *others) = [each for each, users in days.items() if users == most]
    if others:
        return
    asked = [row for row in week.asked if row["opened_on"] == day]
    every_day = {row["day"]: row["users"] for row in week.days if row["channel"] == "all"}
    before = _four_before(day, every_day)
    mean_of = f"the four-{day:%A} mean" if len(before) == 4 else f"the mean of {plural(len(before), f'{day:%A}')}"
    change = _on_mean(most, before, mean_of) if day < week.days_ended_before else ""
    text = f"{day:%A}’s {number(most)} were the most of a day{_so_far(week)}{change}"
    yield Sentence(f"{text}{_theme(week, day, asked)}{_main_channel(asked, most)}.", "users-per-day")


def _theme(week: Week, day: date, asked: list[Row]) -> str:
    """`; 5 of them wrote about “webhook”`, by the rule of THEME_*."""
    people, common = _people_by_word(asked), _people_by_word([row for row in week.asked if row["opened_on"] != day])
    all_today = len({row["person_id"] for row in asked})
    all_before = len({(row["opened_on"], row["person_id"]) for row in week.asked if row["opened_on"] != day})
    telling = [
        (len(who), word)
        for word, who in people.items()
        if len(who) >= max(THEME_PEOPLE, THEME_SHARE * all_today)
        and len(who) / all_today >= THEME_RATIO * len(common.get(word, ())) / max(all_before, 1)
    ]
    if not telling:
        return ""
    count, word = max(telling)
    return f"; {number(count)} of them wrote about “{word}”"


def _people_by_word(rows: list[Row]) -> dict[str, set[tuple[date, str]]]:
    found = defaultdict(set)
    for row in rows:
        for word in WORD.findall((row["title"] or "").casefold()):
            found[word].add((row["opened_on"], row["person_id"]))
    return found


def _main_channel(asked: list[Row], most: int) -> str:
    people = Counter(channel for channel, _ in {(row["channel"], row["person_id"]) for row in asked})
    if not people:
        return ""
    channel, count = people.most_common(1)[0]
    return (
        f", {number(count)} in {name_of(channel)}"
        if 0.6 * most <= count < most
        else f", all in {name_of(channel)}"
        if count == most
        else ""
    )


def _new(week: Week) -> Iterator[Sentence]:
    new = {row["week"]: row["new_users"] for row in week.users if row["channel"] == "all"}
    everybody = week.of_week(week.users, channel="all")
    if everybody and everybody["users"] and (now := new.get(week.monday)) is not None:
        verb = "was" if now == 1 else "were"
        people = plural(everybody["users"], "person", "people")
        yield Sentence(f"{number(now)} of the week’s {people} {verb} new{_on_four_weeks(week, new)}.", "leads")


def _tickets(week: Week) -> Iterator[Sentence]:
    tickets = {row["week"]: row["tickets"] for row in week.tickets}
    row = week.of_week(week.tickets)
    if row is None or row["tickets"] is None:
        return
    kinds = ", ".join(plural(row[kind], kind.removesuffix("s"), kind) for kind in ("bugs", "features", "chores") if row[kind])
    usual = _usual(week, tickets)
    usual = usual if "unusual" in usual else ""
    text = f"{plural(row['tickets'], 'ticket')}{_so_far(week)}{f' ({kinds})' if kinds else ''}{_on_four_weeks(week, tickets)}{usual}"
    yield Sentence(f"{text}.", "tickets")


def _promise(week: Week) -> Iterator[Sentence]:
    now = week.of_week(week.sla, channel="all")
    if now is None or not now["judged"]:
        return
    judged = f"{number(now['met'])} of {plural(now['judged'], 'request')} that can be judged"
    text = f"{judged} were answered in time, {percent(now['compliance'])}{_on_rate(week, now['compliance'])}"
    yield Sentence(f"{text}{_where_missed(week)}.", "promises")


def _on_rate(week: Week, now: float) -> str:
    """`, up 10 points on the 80 % of the four weeks before`, taken together; nothing while the week is not over."""
    rows = {row["week"]: row for row in week.sla if row["channel"] == "all"}
    before = [row for back in range(1, 5) if (row := rows.get(week.monday - timedelta(weeks=back))) and row["judged"]]
    if not before or not week.is_over:
        return ""
    then = sum(row["met"] for row in before) / sum(row["judged"] for row in before)
    weeks = "four weeks" if len(before) == 4 else plural(len(before), "week")
    difference = points(now, then)
    if not difference:
        return f", as in the {weeks} before"
    return f", {'up' if difference > 0 else 'down'} {plural(abs(difference), 'point')} on the {percent(then)} of the {weeks} before"


def _where_missed(week: Week) -> str:
    """Which channel missed the most: none is called so that shares its number with another."""
    rows = [row for row in week.sla if row["week"] == week.monday and row["channel"] != "all" and row["judged"]]
    missed = {row["channel"]: row["judged"] - row["met"] for row in rows if row["judged"] > row["met"]}
    if not missed:
        return ""
    most = max(missed.values())
    channels = sorted((channel for channel, count in missed.items() if count == most), key=name_of)
    if len(channels) > 1:
        named = f"{', '.join(map(name_of, channels[:-1]))} and {name_of(channels[-1])}, {number(most)} each"
        return f"; the misses in {named}" if len(channels) == len(missed) else f"; the most misses of any channel in {named}"
    judged = next(row["judged"] for row in rows if row["channel"] == channels[0])
    which = "the most misses of any channel" if len(missed) > 1 else "the only miss" if most == 1 else "all misses"
    return f"; {which} in {name_of(channels[0])}, {number(most)} of its {number(judged)}"


def _wanted(week: Week) -> Iterator[Sentence]:
    risen = max(week.wanted, key=lambda row: row["new_voters"] or 0, default=None)
    if risen and (risen["new_voters"] or 0) >= 2:
        title = risen["title"] or risen["request_id"]
        more = plural(risen["new_voters"], "more person", "more people")
        known = more if risen["is_week_covered"] else f"At least {more}"
        yield Sentence(f"{known} wanted “{title}”, now {number(risen['voters'])}.", "wanted")

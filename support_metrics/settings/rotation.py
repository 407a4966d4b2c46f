"""The rotation: who is on duty in which week, by an order that repeats and by swaps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from support_metrics.settings.fields import Said
from support_metrics.settings.sections import Duty, Section

WEEK = timedelta(weeks=1)


def _monday(day: date) -> date:
    if day.weekday():
        raise ValueError(f"{day} is a {day:%A}; name a week by its Monday, {day - timedelta(days=day.weekday())}")
    return day


Monday = Annotated[date, AfterValidator(_monday)]


class Turns(Section):
    """From this Monday on these people follow one another, over and over."""

    from_: Monday = Field(alias="from")
    people: list[Said] = Field(min_length=1, description="Names as in the roster, in the order of their weeks.")


class Swap(Section):
    """One week is somebody else's; everybody else keeps theirs."""

    week: Monday
    exterminator: Said
    why: str = ""


class Rotation(Section):
    order: list[Turns] = []
    swap: list[Swap] = []

    @model_validator(mode="after")
    def _one_name_a_week(self) -> Rotation:
        for kind, weeks in (("order", [each.from_ for each in self.order]), ("swap", [each.week for each in self.swap])):
            if twice := {week for week in weeks if weeks.count(week) > 1}:
                raise ValueError(f"two entries of {kind} begin on {min(twice)}; keep one")
        return self

    @property
    def people(self) -> set[str]:
        """Everybody named."""
        return {name for turns in self.order for name in turns.people} | {each.exterminator for each in self.swap}


def duties(rota: Iterable[Duty], rotation: Rotation, until: date) -> Iterator[tuple[date, str, str]]:
    """Week, name and how it is known (`order`, `settings` or `swap`), by week, up to and with the week of `until`.

    A swap wins over a `[[rota]]` entry of the settings, and that over the order. Of several orders the latest begun is in force.
    A week that `[[rota]]` names twice has two on duty.
    """
    found: dict[date, tuple[list[str], str]] = {}
    order = sorted(rotation.order, key=lambda each: each.from_)
    for turns, following in zip(order, [*order[1:], None], strict=False):
        ends = min(following.from_ if following else until + WEEK, until + WEEK)
        week, number = turns.from_, 0
        while week < ends:
            found[week] = ([turns.people[number % len(turns.people)]], "order")
            week, number = week + WEEK, number + 1
    by_hand: Mapping[date, list[str]] = _by_week(rota)
    found |= {week: (names, "settings") for week, names in by_hand.items()}
    found |= {each.week: ([each.exterminator], "swap") for each in rotation.swap}
    for week, (names, how) in sorted(found.items()):
        for name in names:
            yield week, name, how


def _by_week(rota: Iterable[Duty]) -> dict[date, list[str]]:
    found: dict[date, list[str]] = {}
    for each in rota:
        found.setdefault(each.week, []).append(each.exterminator)
    return found

"""What people say of themselves on GitHub, as GitHub users write it: with an at sign, without, with markup, or nothing."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from support_metrics.demo.cast import Cast
from support_metrics.demo.days import at
from support_metrics.demo.dice import Dice
from support_metrics.demo.history import History, Person, Profile
from support_metrics.demo.names import domain

# Whoever came earlier may have been there before: nobody looks them up.
KNOWN_TO_BE_NEW_FROM = at(date(2025, 9, 29), "00:00")
OPEN_SOURCE = ("gearworks-community", "spindle-project")
OWN = "tilter-example"
SAID = {
    "script": "<script>alert(2)</script> at @pickled-bits ",
    "arabic": "أومبر للسفر 🧳 @umber-travel",
    "wren": 'Kite "String" Labs',
    "calla": " @amber-quay, formerly @tilter-example",
}


def introduce(seed: int, cast: Cast, history: History) -> None:
    """A profile for everybody outside the team whose first words are an issue, from when on they can be known to be new."""
    asked: dict[str, datetime] = {}
    for first_at, issue in sorted(((each.arrived_at or each.created_at, each) for each in history.issues), key=lambda each: each[0]):
        if not issue.is_pull:
            asked.setdefault(issue.author.key, first_at)
    for key, first_at in asked.items():
        person = cast[key]
        if (
            person.github
            and not (person.employed or person.is_bot or _is_known(person, history, first_at))
            and first_at >= KNOWN_TO_BE_NEW_FROM
        ):
            person.github.profile = _profile(Dice(seed, f"profile of {key}"), person, first_at)
    _plant(cast, history)


def _is_known(person: Person, history: History, moment: datetime) -> bool:
    """Whether they had been heard of before, in Slack with their GitHub address in the profile, or by the mail address that is there."""
    if not person.slack or not (person.slack.github_url or person.slack.profile_edits):
        return False
    said = [each.sent_at for each in history.messages if each.author is person]
    return any(each < moment for each in [*said, *(mail.sent_at for mail in history.emails if mail.sender[1] == person.email)])


def _profile(dice: Dice, person: Person, first_at: datetime) -> Profile:
    employer = domain(person.company).removesuffix(".example.org") if person.company else ""
    plain, with_sign = person.company, f"@{employer} " if employer else None
    company = SAID.get(person.key) or dice.weighted((plain, with_sign, None), (4, 4, 3))
    organisations = ([employer] if employer and dice.chance(0.4) else []) + ([dice.pick(OPEN_SOURCE)] if dice.chance(0.2) else [])
    name = person.name if dice.chance(0.8) else None
    changed_at = first_at - timedelta(days=dice.between(2, 400), minutes=dice.between(0, 1440))
    return Profile(first_at, changed_at.replace(microsecond=0), name, company, organisations)


def _plant(cast: Cast, history: History) -> None:
    ours, named = cast["renamed"], cast["calla"]
    assert ours.github and ours.github.profile and named.github and named.github.profile
    ours.github.profile.company, ours.github.profile.organisations = None, [OWN]
    history.plant("own_organisation", "A public member of the team's own organisation only: no clue to an employer.", person=ours)
    history.plant(
        "company_with_at_sign", "The profile names two organisations, of which one is the team's own: amber-quay is the clue.", person=named
    )

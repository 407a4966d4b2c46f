"""GitHub's profiles and lists of organisations as JSON lines: of everybody whose first issue a snapshot brings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from support_metrics.demo.history import Profile
from support_metrics.demo.writers import View, lines, seconds

API = "https://api.github.com"


def files(view: View) -> dict[str, bytes]:
    """Name to content; accounts deleted by then have neither."""
    people = sorted(_introduced(view), key=lambda each: each[0])
    return {
        "users.jsonl": lines(_user(*each) for each in people),
        "organisations.jsonl": lines(_organisations(*each) for each in people),
    }


def _introduced(view: View) -> Iterator[tuple[int, str, Profile]]:
    for person in view.history.people:
        account = person.github
        if account and account.profile and view.since <= account.profile.first_at <= view.until and not view.sees(account.deleted_at):
            yield account.id, account.login(view.until), account.profile


def _user(number: int, login: str, profile: Profile) -> dict[str, Any]:
    return {
        "login": login,
        "id": number,
        "html_url": f"https://github.com/{login}",
        "type": "User",
        "name": profile.name,
        "company": profile.company,
        "blog": "",
        "location": None,
        "email": None,
        "bio": None,
        "created_at": "2019-05-01T08:00:00Z",
        "updated_at": seconds(profile.changed_at),
    }


def _organisations(number: int, login: str, profile: Profile) -> dict[str, Any]:
    return {"user": {"id": number, "login": login}, "organizations": [_organisation(each) for each in profile.organisations]}


def _organisation(login: str) -> dict[str, Any]:
    return {"login": login, "id": 5_000_000 + sum(map(ord, login)), "url": f"{API}/orgs/{login}", "description": None}

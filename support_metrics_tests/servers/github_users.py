"""The people of a loopback GitHub: their public profiles, and the organisations of which they are members publicly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from support_metrics_tests.servers.github_objects import API, Repository, lines, user

Objects = list[dict[str, Any]]


def organisation(login: str) -> dict[str, Any]:
    """As `GET /users/{login}/orgs` lists it."""
    url = f"{API}/orgs/{login}"
    links = {f"{name}_url": f"{url}/{name}" for name in ("repos", "events", "hooks", "issues")}
    links |= {"members_url": f"{url}/members{{/member}}", "public_members_url": f"{url}/public_members{{/member}}"}
    number = 5_000_000 + sum(map(ord, login))
    avatar = f"https://avatars.githubusercontent.com/{login}"
    return {"login": login, "id": number, "node_id": f"O_{login}", "url": url, **links, "avatar_url": avatar, "description": None}


def profile(simple: Mapping[str, Any], **said: Any) -> dict[str, Any]:
    """A public profile; who says nothing of themselves has one, too."""
    unsaid = dict.fromkeys(("name", "company", "location", "email", "hireable", "bio", "twitter_username"))
    counts = dict.fromkeys(("public_repos", "public_gists", "followers", "following"), 0)
    stamps = {"created_at": "2019-05-01T08:00:00Z", "updated_at": "2026-01-10T08:00:00Z"}
    return {**user(simple["login"], simple["id"]), **simple, "user_view_type": "public", **unsaid, "blog": "", **counts, **stamps, **said}


class Users:
    """Profiles and lists of organisations, by the id of an account; whoever has done something and has none set here has an empty one.

    `gone` are the ids of deleted accounts.
    """

    def __init__(self) -> None:
        self.profiles: dict[int, dict[str, Any]] = {}
        self.organisations: dict[int, Objects] = {}
        self.gone: set[int] = set()

    def introduce(self, login: str, *organisations: str, **said: Any) -> dict[str, Any]:
        """Somebody with a profile."""
        value = profile(user(login), **said)
        self.profiles[value["id"]] = value
        self.organisations[value["id"]] = [organisation(each) for each in organisations]
        return value

    def load(self, folder: Path) -> None:
        """Add what files of JSON lines hold; newer takes the place of older."""
        self.profiles |= {value["id"]: value for value in lines(folder / "users.jsonl")}
        self.organisations |= {value["user"]["id"]: value["organizations"] for value in lines(folder / "organisations.jsonl")}

    def called(self, who: str, repositories: Iterable[Repository]) -> dict[str, Any] | None:
        """The profile of whoever bears a login now, or has that number."""
        bearers = [each for people in (_seen(repositories), self.profiles.values()) for each in people if who.lower() in _names(each)]
        if not bearers or bearers[-1]["id"] in self.gone:
            return None
        return self.profiles.get(bearers[-1]["id"]) or profile(bearers[-1])


def _names(simple: Mapping[str, Any]) -> tuple[str, str]:
    return simple["login"].lower(), str(simple["id"])


def _seen(repositories: Iterable[Repository]) -> Iterator[dict[str, Any]]:
    """Everybody who did something, in the order in which the server came to know of it."""
    for repository in repositories:
        done = (repository.issues, repository.comments, repository.events, *repository.reactions.values())
        for value in (each for objects in done for each in objects.values()):
            for simple in (value.get("user"), value.get("actor")):
                if simple:
                    yield simple

"""The raw files, read in plain Python."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

REPOSITORY = Path(__file__).parents[2]
GIVEN = os.environ.get("REALDATA")
REALDATA = Path(GIVEN).absolute() if GIVEN else REPOSITORY.parent / "shared/realdata"
VDAF, SD_JWT, ANTS = "cfrg/draft-irtf-cfrg-vdaf", "oauth-wg/oauth-selective-disclosure-jwt", "panjf2000/ants"
STAFF = ("OWNER", "MEMBER", "COLLABORATOR")
ZONE = ZoneInfo("America/New_York")
# A Monday at 08:00 in New York, so the warehouse published is the one the last week's report is made from.
AS_OF = datetime(2026, 4, 20, 12, tzinfo=UTC)

Row = dict[str, Any]


def read_lines(repository: str, stream: str) -> list[Row]:
    with open(REALDATA / "github" / repository / f"{stream}.jsonl", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def login_of(value: Row) -> str:
    return str(value["user"]["login"]) if value["user"] else ""


def read_issues() -> dict[int, Row]:
    """Every issue that is no pull request, by id, with its comments in order of time."""
    found: dict[int, Row] = {}
    for repository in (VDAF, SD_JWT, ANTS):
        comments: dict[int, dict[int, Row]] = defaultdict(dict)
        for comment in read_lines(repository, "comments"):
            comments[int(comment["issue_url"].rsplit("/", 1)[1])][comment["id"]] = comment
        for issue in read_lines(repository, "issues"):
            if "pull_request" not in issue:
                said = sorted(comments[issue["number"]].values(), key=lambda each: (each["created_at"], each["id"]))
                found[issue["id"]] = issue | {"said": said, "repository": repository}
    return found


def issues_asked(staff: set[str]) -> dict[str, Row]:
    """The issues opened by an outside human, by request id."""
    return {
        f"github:issue:{number}": issue
        for number, issue in read_issues().items()
        if login_of(issue) not in staff and (issue["user"] or {}).get("type") != "Bot"
    }


def answers_to(issue: Row) -> list[Row]:
    """Comments by another human at or after the opening."""
    return [
        each
        for each in issue["said"]
        if each["created_at"] >= issue["created_at"] and login_of(each) != login_of(issue) and (each["user"] or {}).get("type") != "Bot"
    ]


def houston_messages() -> list[tuple[str, str, Row]]:
    """Channel name, day in the file's name, message."""
    folder = REALDATA / "slack/houstondatavis"
    return [
        (path.parent.name, path.stem, message)
        for path in sorted(folder.glob("*/*.json"))
        for message in json.loads(path.read_text("utf-8"))
    ]


def houston_organizers() -> set[str]:
    users = json.loads((REALDATA / "slack/houstondatavis/users.json").read_text("utf-8"))
    return {user["id"] for user in users if user.get("is_admin")}


def recorded_stories() -> list[Row]:
    """Every story in the recorded answers of the Shortcut API, once per answer it stands in."""
    stories: list[Row] = []

    def collect(value: Any) -> None:
        if isinstance(value, dict):
            if value.get("entity_type") == "story":
                stories.append(value)
            else:
                collect(list(value.values()))
        elif isinstance(value, list):
            for each in value:
                collect(each)

    for path in sorted((REALDATA / "shortcut").glob("*.yml")):
        for exchange in yaml.safe_load(path.read_text("utf-8"))["http_interactions"]:
            if exchange["response"]["status"]["code"] < 300 and exchange["response"]["body"]["string"]:
                collect(json.loads(exchange["response"]["body"]["string"]))
    return stories


def electron_releases() -> list[Row]:
    releases: list[Row] = json.loads((REALDATA / "github/electron_releases.json").read_text("utf-8"))
    return releases


def instant_of(text: str) -> datetime:
    return datetime.fromisoformat(text)


def moment_of(ts: str) -> datetime:
    seconds, micros = ts.split(".")
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(seconds), microseconds=int(micros))


def day_of(moment: datetime) -> date:
    return moment.astimezone(ZONE).date()


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def business_seconds(since: datetime, until: datetime) -> int:
    """Seconds on Mondays to Fridays from 09:00 to 17:00 in New York, day by day."""
    total = timedelta()
    day = day_of(since)
    while day <= day_of(until):
        if day.weekday() < 5:
            opens, closes = (datetime.combine(day, time(hour), ZONE).astimezone(UTC) for hour in (9, 17))
            total += max(timedelta(), min(until, closes) - max(since, opens))
        day += timedelta(days=1)
    return total // timedelta(seconds=1)


def people_per(requests: Iterable[tuple[Any, Any]]) -> dict[Any, int]:
    people: dict[Any, set[Any]] = defaultdict(set)
    for place, person in requests:
        people[place].add(person)
    return {place: len(each) for place, each in people.items()}

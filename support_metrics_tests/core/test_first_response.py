"""First responses over all issues, staff-opened ones too, against vectors computed elsewhere.

Two real repositories: the first comment by anyone else and by staff, and the business seconds to each, which two business-hours
libraries agreed on. And a GitHub metrics tool's own cases: those that hang on pull-request reviews are named and left out.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from support_metrics import pipeline, warehouse
from support_metrics.settings import Bot, Calendar, GitHub, Member, Paths, Roster, Settings
from support_metrics_tests.core.judging import Asked, judge
from support_metrics_tests.sources.world import lines, write_tree

REALDATA = Path(__file__).parents[3] / "shared/realdata"
STAFF = {"MEMBER", "OWNER", "COLLABORATOR"}
ZONES = ("UTC", "America/New_York")
REPOSITORIES = ("cfrg__draft-irtf-cfrg-vdaf", "oauth-wg__oauth-selective-disclosure-jwt")

# Cases of a metrics tool whose answer needs no review of a pull request: there are none, or they came after the comment.
NEED_NO_REVIEW = {f"issue-metrics-fr-{number}" for number in ("01", "02", "04", "06", "09")}
# Left out, since we read issues and no reviews: what answered there, and what the comments alone say, in days.
HANG_ON_REVIEWS = {
    "issue-metrics-fr-03": ("two reviews, no comment", None),
    "issue-metrics-fr-05": ("a review a day before the comment", 2),
    "issue-metrics-fr-07": ("a review a day before the comment of the one user who is not ignored", 4),
    "issue-metrics-fr-08": ("a review after the pull request was ready, no comment", None),
    "issue-metrics-fr-10": ("a review a day before the comment of the one user who is not the author", 4),
    "issue-metrics-fr-11": ("a review, and the comment is a bot's; the author is deleted", None),
}


def _vector(name: str) -> Any:
    path = REALDATA / "vectors" / name
    if not path.exists():
        pytest.skip(f"{path} is not here: the first responses computed elsewhere were NOT checked")
    return json.loads(path.read_text("utf-8"))


def _responses(settings: Settings, as_of: datetime) -> dict[int, tuple[datetime, datetime | None, datetime | None]]:
    """By issue number: opened, first human answer, first response, from a whole build."""
    outcome = pipeline.land(settings)
    assert not [each for each in outcome.values() if isinstance(each, Exception)], outcome
    with warehouse.whole(settings, as_of=as_of, read=["core.responses", "core.issue_states"]) as connection:
        rows = connection.execute(
            """
            select issues.number, responses.opened_at, responses.first_human_at, responses.first_response_at
            from core.responses as responses
            inner join core.issue_states as issues on issues.issue_id = responses.conversation_id
            where not issues.is_pull_request
            """
        ).fetchall()
    return {number: (opened, human, response) for number, opened, human, response in rows}


def _staff(folder: Path) -> list[str]:
    found: set[str] = set()
    for file in ("issues.jsonl", "comments.jsonl"):
        for line in (folder / file).read_text("utf-8").splitlines():
            record = json.loads(line)
            if record.get("author_association") in STAFF and record["user"]:
                found.add(str(record["user"]["id"]))
    return sorted(found)


@pytest.mark.parametrize("name", REPOSITORIES)
def test_every_issue_of_two_real_repositories(name: str, tmp_path: Path) -> None:
    vector = _vector("ietf_first_response.json")[name]
    folder = REALDATA / "github" / vector["repo"]
    settings = Settings(
        folder=tmp_path,
        paths=Paths(landing=Path("landing"), warehouse=Path("warehouse")),
        github=GitHub(files=[str(REALDATA / "github")], repositories=[vector["repo"]]),
        roster=Roster(member=[Member(name=f"Staff {each}", github=[each]) for each in _staff(folder)]),
    )
    as_of = datetime.fromisoformat(vector["as_of"])
    found = _responses(settings, as_of)
    expected = {
        issue["number"]: tuple(
            datetime.fromisoformat(issue[field]) if issue[field] else None
            for field in ("created_at", "first_any_response_at", "first_staff_response_at")
        )
        for issue in vector["issues"]
    }
    assert found == expected
    assert len(found) == {"cfrg__draft-irtf-cfrg-vdaf": 205}.get(name, 297)

    # The seconds of both, in both zones, by the SQL that judges requests.
    calendars = [Calendar(name=zone, time_zone=zone) for zone in ZONES]
    answers = {"any": 1, "staff": 2}
    asked = [
        Asked(f"{number} {who}_business_seconds_{zone}", zone, times[0], times[position], 10_800)
        for number, times in found.items()
        for who, position in answers.items()
        for zone in ZONES
        if times[0] and times[position]
    ]
    seconds = {key: each.business_seconds for key, each in judge(calendars, asked, as_of).items()}
    stated = {
        f"{issue['number']} {field}": int(issue[field])
        for issue in vector["issues"]
        for who in answers
        for zone in ZONES
        if issue[field := f"{who}_business_seconds_{zone}"] is not None
    }
    assert seconds == stated


def test_a_metrics_tools_own_cases(tmp_path: Path) -> None:
    cases = _vector("first_response.json")
    assert {case["id"] for case in cases} == NEED_NO_REVIEW | set(HANG_ON_REVIEWS)
    assert {case["id"] for case in cases if not case["reviews"]} < NEED_NO_REVIEW
    checked = [case for case in cases if case["id"] in NEED_NO_REVIEW]
    assert _seconds(checked, tmp_path) == {case["id"]: case["expected_seconds_to_first_response"] for case in checked}


def test_its_cases_that_hang_on_reviews_by_their_comments_alone(tmp_path: Path) -> None:
    """Ignored users, a bot, the author's own words and a deleted author are no answer in these either."""
    cases = [case for case in _vector("first_response.json") if case["id"] in HANG_ON_REVIEWS]
    assert _seconds(cases, tmp_path) == {name: days and days * 86_400 for name, (_, days) in HANG_ON_REVIEWS.items()}


def _seconds(cases: list[dict[str, Any]], folder: Path) -> dict[str, int | None]:
    """Seconds to the first human answer of each case, an issue each; a name is an account, ignored ones are on the list of bots."""
    names = sorted({each["author"] for case in cases for each in case["comments"]} | {case["author"] or "" for case in cases})
    ids = {name: 100 + number for number, name in enumerate(names)}

    def user(case: dict[str, Any], name: str | None) -> dict[str, Any] | None:
        if name is None:
            return None
        own = ids[name] * 100 + int(case["id"][-2:])  # the same name is another account in another case
        kinds = {each["author"]: each["author_type"] for each in case["comments"]}
        return {"id": own, "login": f"{name}-{case['id']}", "type": kinds.get(name, "User")}

    def address(number: int) -> str:
        return f"https://api.github.com/repos/acme/tool/issues/{number}"

    numbered = {int(case["id"][-2:]): case for case in cases}
    issues = [
        {
            "id": 1000 + number, "number": number, "url": address(number), "title": case["id"], "user": user(case, case["author"]),
            "created_at": case["created_at"], "updated_at": case["created_at"], "labels": [],
        }
        for number, case in numbered.items()
    ]  # fmt: skip
    comments = [
        {
            "id": number * 100 + position, "issue_url": address(number), "user": user(case, each["author"]),
            "created_at": each["at"], "updated_at": each["at"], "body": "words",
        }
        for number, case in numbered.items()
        for position, each in enumerate(case["comments"])
    ]  # fmt: skip
    write_tree(folder, {"acme/tool/issues.jsonl": lines(*issues), "acme/tool/comments.jsonl": lines(*comments)})
    ignored = [user(case, name) for case in cases for name in case["ignore_users"]]
    settings = Settings(
        folder=folder,
        paths=Paths(landing=Path("landing"), warehouse=Path("warehouse")),
        github=GitHub(files=["."], repositories=["acme/tool"]),
        bots=[Bot.model_validate({"account": f"github:user:{each['id']}", "from": "2000-01-01"}) for each in ignored if each],
    )
    found = _responses(settings, datetime(2023, 2, 1, tzinfo=UTC))
    return {
        numbered[number]["id"]: None if human is None else (human - opened) // timedelta(seconds=1)
        for number, (opened, human, _) in found.items()
    }

"""The loopback GitHub answers as the real one: by its published schema, and as recorded exchanges with it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
import requests

from benchmarks.calls import github_calls
from support_metrics.landing import Landing
from support_metrics.sources import SOURCES
from support_metrics.sources.base import Known
from support_metrics_tests.servers.base import serving
from support_metrics_tests.servers.github import GitHubApi
from support_metrics_tests.sources.github_world import STREAMS, TOKEN, Clock, World, at, github, latest, populate
from support_metrics_tests.sources.memory import Memory
from support_metrics_tests.sources.world import REALDATA, land, settings_at

OPENAPI = REALDATA / "api" / "github.openapi.json"
RECORDED = REALDATA / "github" / "octokit_scenarios" / "api.github.com" / "paginate-issues" / "raw-fixture.json"
DEMO = Path(__file__).parents[2] / "data" / "demo" / "2026-03-16" / "github"
real = pytest.mark.skipif(not REALDATA.exists(), reason=f"no real data at {REALDATA}")
LISTED = {
    "issues?state=all": "issue",
    "issues/comments": "issue-comment",
    "issues/events": "issue-event",
    "issues/2/reactions": "reaction",
    "releases": "release",
}


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    with github(tmp_path) as world:
        populate(world.tool)
        yield world


def get(api: GitHubApi, path: str, **headers: str) -> requests.Response:
    url = path if path.startswith("http") else f"{api.address}/repos/acme/tool/{path}"
    return requests.get(url, headers={"Authorization": f"token {TOKEN}", **headers}, timeout=5, allow_redirects=False)


@pytest.fixture(scope="module")
def schemas() -> dict[str, Any]:
    """The component schemas, with OpenAPI 3.0's `nullable` said as JSON Schema says it."""

    def plain(value: Any) -> Any:
        if isinstance(value, list):
            return [plain(each) for each in value]
        if not isinstance(value, dict):
            return value
        told = {key: plain(each) for key, each in value.items() if key not in ("nullable", "example", "examples")}
        return {"anyOf": [told, {"type": "null"}]} if value.get("nullable") is True else told

    components: dict[str, Any] = plain(json.loads(OPENAPI.read_text())["components"])
    return components


@real
@pytest.mark.parametrize("path", LISTED)
def test_objects_fit_the_published_schema(world: World, schemas: dict[str, Any], path: str) -> None:
    items = get(world.api, path).json()
    assert items
    reference = {"$ref": f"#/components/schemas/{LISTED[path]}", "components": schemas}
    validator = jsonschema.Draft202012Validator(reference)
    problems = [f"{error.json_path}: {error.message[:200]}" for item in items for error in validator.iter_errors(item)]
    assert not [problem for problem in problems if not re.match(r"\$\.(user|actor): None", problem)]
    if path.startswith("issues?"):
        single = get(world.api, "issues/1").json()
        assert not list(validator.iter_errors(single))


@real
def test_numbered_links_are_those_of_a_recorded_exchange(tmp_path: Path) -> None:
    exchanges = [each for each in json.loads(RECORDED.read_text()) if each["method"] == "get" and "/issues" in each["path"]]
    headers = [dict(zip(each["rawHeaders"][::2], each["rawHeaders"][1::2], strict=True)) for each in exchanges]
    recorded = [_shape(each["Link"]) for each in headers]
    assert len(recorded) == 5
    api = GitHubApi(Clock())
    api.numbered = {"issues"}
    repository = api.repository("acme/tool")
    for number in range(1, 14):
        repository.open_issue(number, at(number))
    with serving(api):
        assert [_shape(get(api, f"issues?per_page=3&page={page}").headers["Link"]) for page in range(1, 6)] == recorded
        assert "next" not in get(api, "issues?per_page=3&page=5").links


def _shape(link: str) -> dict[str, tuple[str, str]]:
    """By relation: the path without the repository's number, and the parameters."""
    found = re.findall(r'<https?://[^/]+(/repositories/)\d+(/\w+)\?([^>]*)>; rel="(\w+)"', link)
    return {rel: (start + end, "&".join(sorted(given.split("&")))) for start, end, given, rel in found}


@real
def test_profiles_fit_the_published_schema(world: World, schemas: dict[str, Any]) -> None:
    world.api.users.introduce("mary", "acme", company="@acme ", name="Mary", email="mary@acme.example")
    address = world.api.address
    for login, name in (("mary", "Mary"), ("ada", None)):
        answer = get(world.api, f"{address}/users/{login}")
        reference = {"$ref": "#/components/schemas/public-user", "components": schemas}
        assert not list(jsonschema.Draft202012Validator(reference).iter_errors(answer.json()))
        assert answer.json()["name"] == name
        assert get(world.api, f"{address}/users/{login}", **{"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert get(world.api, f"{address}/users/nobody").status_code == 404
    assert get(world.api, f"{address}/users/ada/orgs").json() == []


def test_organisations_look_as_recorded_by_github(world: World) -> None:
    """Field by field as GitHub documents `GET /users/{username}/orgs`, https://docs.github.com/rest/orgs/orgs#list-organizations-for-a-user."""
    world.api.users.introduce("mary", "acme", "umbrella", "globex")
    (listed, *others) = get(world.api, f"{world.api.address}/users/mary/orgs").json()
    documented = "avatar_url description events_url hooks_url id issues_url login members_url node_id public_members_url repos_url url"
    assert (sorted(listed), len(others)) == (documented.split(), 2)
    first = get(world.api, f"{world.api.address}/users/mary/orgs?per_page=2")
    assert re.search(r"<http://[^/]+/user/\d+/orgs\?per_page=2&page=2>; rel=\"next\"", first.headers["Link"])
    assert [each["login"] for each in get(world.api, first.links["next"]["url"]).json()] == ["globex"]


def test_cursors_take_the_place_of_numbers(world: World) -> None:
    first = get(world.api, "issues?state=all&per_page=2&sort=created&direction=asc")
    assert re.fullmatch(
        r'<http://[^/]+/repositories/1000/issues\?state=all&per_page=2&sort=created&direction=asc&after=[^&>]+>; rel="next"',
        first.headers["Link"],
    )
    seen, page = [issue["number"] for issue in first.json()], first
    while "next" in page.links:
        page = get(world.api, page.links["next"]["url"])
        seen += [issue["number"] for issue in page.json()]
    assert seen == [1, 2, 3, 4, 5]
    refused = get(world.api, "issues?page=2")
    assert (refused.status_code, "cursor based pagination" in refused.json()["message"]) == (422, True)


def test_what_has_not_changed_is_not_sent_again(world: World) -> None:
    first = get(world.api, "issues/events")
    again = get(world.api, "issues/events", **{"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["X-RateLimit-Remaining"] == first.headers["X-RateLimit-Remaining"] == "4999"
    world.tool.happen(1, "reopened", at(200))
    assert get(world.api, "issues/events", **{"If-None-Match": first.headers["ETag"]}).status_code == 200


def test_what_is_gone_and_what_has_moved(world: World) -> None:
    other = world.api.repository("acme/other")
    world.tool.transfer(1, other, at(300), 9)
    world.tool.delete_issue(2)
    world.api.rename(other, "acme/another")
    statuses = {path: get(world.api, path).status_code for path in ("issues/1", "issues/2", "issues/comments/5", "releases/5", "nothing")}
    assert statuses == {"issues/1": 301, "issues/2": 410, "issues/comments/5": 404, "releases/5": 404, "nothing": 404}
    moved = get(world.api, f"{world.api.address}/repos/acme/other/issues?state=all")
    assert (moved.status_code, moved.headers["Location"]) == (301, f"{world.api.address}/repositories/1001/issues?state=all")
    assert [issue["number"] for issue in get(world.api, moved.headers["Location"]).json()] == [9]


def test_a_limit_used_up_refuses_until_it_is_reset(world: World) -> None:
    world.api.remaining = 0
    refused = get(world.api, "issues")
    assert (refused.status_code, refused.headers["X-RateLimit-Remaining"]) == (403, "0")
    assert int(refused.headers["X-RateLimit-Reset"]) > world.clock.now.timestamp()


def test_the_demo_lands_the_same_over_http_as_from_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    names = [f"{path.parent.name}/{path.name}" for path in sorted(DEMO.glob("*/*/"))]
    api = GitHubApi(Clock())
    api.load(DEMO)
    people = {f"github:user:{value['id']}": value["login"] for value in api.users.profiles.values()}
    from_files, live = Landing(tmp_path / "files"), Memory()
    land(from_files, "github", settings_at(DEMO.parent, github={"files": ["github"], "repositories": names}))
    with serving(api) as address:
        settings = settings_at(tmp_path, github={"live": True, "api_url": address, "repositories": names})
        for unit in SOURCES["github"].fetch(settings, list(STREAMS), Known(new_people=people)):
            live.take(unit)
    assert live.latest() == latest(from_files)
    assert {key.split(":")[1] for key in live.latest()} == {"issue", "comment", "event", "reaction", "release", "user", "organisations"}


def test_syncs_keep_their_budget_of_calls() -> None:
    rows = github_calls(issues=130, comments=210, events=110, voted=2)
    assert [(row.calls, row.budget) for row in rows] == [(10, 13), (4, 4), (4, 4), (4, 4), (4, 4), (10, 10)]
    assert [(row.profile_calls, row.profile_budget) for row in rows] == [(0, 0), (40, 40), (10, 10), (0, 0), (0, 0), (0, 0)]


@pytest.mark.long
def test_syncs_keep_their_budget_of_calls_where_pages_are_numbered() -> None:
    rows = github_calls(issues=130, comments=210, events=110, voted=2, is_numbered=True)
    assert [(row.calls, row.budget) for row in rows] == [(12, 13), (4, 4), (4, 4), (4, 4), (4, 4), (12, 12)]
    rows = github_calls(issues=130, comments=210, events=0, voted=0, is_numbered=True)
    assert (rows[0].calls, rows[0].budget) == (9, 9)

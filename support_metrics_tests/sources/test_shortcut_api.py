"""Shortcut's API: complete, incremental, gentle, and through any failure."""

import json
import logging
from collections.abc import Iterator
from copy import deepcopy
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml

from support_metrics.errors import SourceError, SourceUnavailable
from support_metrics.landing import Landing
from support_metrics.settings import Settings
from support_metrics.sources import SOURCES
from support_metrics.sources.base import Known
from support_metrics.sources.shortcut import Shortcut, live
from support_metrics.sources.web import Pace
from support_metrics_tests.servers.base import Asked, Reply, refused, serving
from support_metrics_tests.servers.shortcut import STATS, TOKEN, ShortcutApi, created, demo, label, member, relabelled, story
from support_metrics_tests.sources.syncs import NOON, Clock, Faults, Place, everything_written, latest, quick
from support_metrics_tests.sources.world import REALDATA, land, settings_at, write

DEMO = Path(__file__).parents[2] / "data" / "demo"
STORIES = [
    story(7, "2024-03-01T09:00:00Z", "2026-03-02T09:00:00Z"),
    story(8, "2025-06-01T09:00:00Z", archived=True),
    story(9, "2026-03-02T09:00:00Z"),
]
# Members, labels and workflows; the workspace; three years or what is new, in sight and archived.
WHOLE = 3
FULL, CHANGES = WHOLE + 1 + 3 * 2, WHOLE + 2
NOTHING = {"members": 0, "labels": 0, "stories": 0}


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHORTCUT_API_TOKEN", TOKEN)


def configured(folder: Path, address: str, **shortcut: Any) -> Settings:
    return settings_at(folder, shortcut={"live": True, "api_url": f"{address}/api/v3", **shortcut})


def make(clock: Clock) -> ShortcutApi:
    return ShortcutApi(deepcopy(STORIES), [member()], clock)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def api(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[ShortcutApi]:
    api = make(clock)
    with quick(monkeypatch, clock), serving(api):
        yield api


@pytest.fixture
def place(tmp_path: Path, api: ShortcutApi, clock: Clock) -> Place:
    return Place("shortcut", configured(tmp_path, api.address), Landing(tmp_path / "landing", clock))


@pytest.fixture
def faults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Faults:
    return Faults("shortcut", make, configured, tmp_path, monkeypatch)


@pytest.mark.long
def test_requests_that_fail_before_they_are_answered_cost_nothing(faults: Faults) -> None:
    faults.survives_transient()


def test_an_earlier_answer_sent_again_or_a_wrong_clock_is_made_good(faults: Faults) -> None:
    """An earlier answer that was empty looks like any other; what it hides is found when all stories are listed again."""
    faults.after, faults.later = 1, timedelta(days=8)
    faults.survives_misleading()


@pytest.mark.parametrize("number", range(WHOLE + 2, FULL))
def test_an_answer_to_another_question_is_asked_for_again(number: int, place: Place, api: ShortcutApi) -> None:
    """As a proxy sends it that keeps answers by address alone."""
    wrong = STORIES[(number + 1) // 2 % 3]
    api.faults = {number: lambda _: Reply([wrong], 201)}
    place.sync()
    assert len(api.asked) in (FULL, FULL + 1)
    assert {key.rpartition(":")[2] for stream, key in place.latest() if stream == "stories"} == {"7", "8", "9"}


def test_whatever_is_refused_the_next_sync_makes_good(faults: Faults) -> None:
    faults.survives_permanent(TOKEN)


@pytest.mark.long
@pytest.mark.parametrize("days", [1, 8])
def test_every_fault_of_the_next_sync(days: int, faults: Faults) -> None:
    """With what changed and the history of a story that got the label, and a week later with all stories and one that is gone."""

    def move(api: ShortcutApi, clock: Clock) -> None:
        clock.at = NOON + timedelta(days=days)
        at = clock.at.isoformat()
        api.stories[7] |= {"name": "renamed", "updated_at": at}
        api.stories[8] |= {"labels": [label("exterminator")], "label_ids": [77], "updated_at": at}
        api.changes[8] = [created(api.stories[8], []), relabelled(8, at, adds=[77])]
        api.stories[10] = story(10, at)
        del api.stories[9]

    def bare(clock: Clock) -> ShortcutApi:
        api = make(clock)
        api.stories[8] |= {"labels": [], "label_ids": []}
        return api

    faults.make, faults.before, faults.after, faults.move = bare, 1, 2, move
    asked = faults.paths()
    assert len(asked) == (CHANGES + 1 if days == 1 else CHANGES + FULL - WHOLE + 1 + 1)
    assert asked[-1] == "/api/v3/stories/8/history?"
    assert (days == 8) == ("/api/v3/stories/9?" in asked)
    faults.survives_transient()
    faults.survives_permanent(TOKEN)
    faults.later = timedelta(days=8)
    faults.survives_misleading()


def test_the_api_lands_what_a_file_of_the_same_lands(tmp_path: Path, place: Place, api: ShortcutApi) -> None:
    folders = sorted(DEMO.glob("2*"))
    seeded = demo(folders, api.date)
    api.show(seeded)
    place.sync()
    write(tmp_path / "shortcut" / "stories.json", list(seeded.stories.values()))
    for stream in ("members", "labels", "workflows"):
        held = getattr(api, stream)
        write(tmp_path / "shortcut" / f"{stream}.json", list(held.values()) if isinstance(held, dict) else held)
    files = Landing(tmp_path / "files")
    land(files, "shortcut", settings_at(tmp_path, shortcut={"files": ["shortcut/*.json"]}))
    assert len(api.stories) > 100
    assert place.latest() == latest(files, "shortcut")


def test_the_first_sync_reads_all_and_the_next_what_changed(place: Place, api: ShortcutApi, clock: Clock) -> None:
    assert place.sync().written == {"members": 1, "labels": 1, "workflows": 1, "stories": 3}
    assert len(api.asked) == FULL
    (covered,) = place.coverage("stories")
    assert covered[:2] == ("*", "2024-03-01T09:00:00+00:00")
    clock.at += timedelta(hours=3)
    changed_at = clock.at - timedelta(minutes=1)
    api.stories[7] |= {"name": "renamed", "updated_at": changed_at.isoformat()}
    api.stories[8] |= {"archived": False, "updated_at": changed_at.isoformat()}
    assert place.sync().written == NOTHING | {"stories": 2}
    assert len(api.asked) == FULL + CHANGES
    since = json.loads(api.asked[-1].given["json"])["updated_at_start"]
    assert datetime.fromisoformat(since) <= datetime.fromisoformat(covered[2]) - timedelta(minutes=60)


def test_what_changes_during_a_sync_is_in_the_next(place: Place, api: ShortcutApi, clock: Clock) -> None:
    def move_on(number: int, asked: Asked) -> None:
        if number == FULL - 1:
            api.stories[7] |= {"name": "renamed meanwhile", "updated_at": clock().isoformat()}
            api.stories[10] = story(10, clock().isoformat())

    api.before = move_on
    place.sync()
    place.sync()
    assert place.latest()["stories", "shortcut:story:7"][2]["name"] == "renamed meanwhile"
    assert ("stories", "shortcut:story:10") in place.latest()


@pytest.mark.parametrize("units", range(3, 8))
def test_a_sync_that_was_killed_goes_on_where_it_stood(units: int, place: Place, api: ShortcutApi) -> None:
    place.sync(units=units)
    killed = len(api.asked)
    place.sync("stories")
    assert len(place.latest()) == 6
    assert len(api.asked) - killed == (FULL - WHOLE, 4, 2, FULL - WHOLE, CHANGES - WHOLE)[units - 3]
    assert place.coverage("stories")[0][1] == "2024-03-01T09:00:00+00:00"


def test_a_story_that_is_gone_is_told_by_the_sweep_alone(place: Place, api: ShortcutApi, clock: Clock) -> None:
    place.sync()
    del api.stories[9]
    place.sync()
    assert not place.latest()["stories", "shortcut:story:9"][1]
    clock.at += timedelta(days=7, hours=1)
    before = len(api.asked)
    place.sync()
    version, deleted, payload = place.latest()["stories", "shortcut:story:9"]
    assert (version, deleted, payload["name"]) == (None, True, "Story 9")
    assert len(api.asked) - before == CHANGES + FULL - WHOLE + 1
    clock.at += timedelta(days=8)
    assert place.sync().written["stories"] == 0


def test_a_story_the_listing_forgot_is_asked_for_before_it_counts_as_gone(place: Place, api: ShortcutApi, clock: Clock) -> None:
    place.sync()
    clock.at += timedelta(days=8)
    forgotten = api.stories.pop(9)

    def put_back(number: int, asked: Asked) -> None:
        if asked.path.endswith("/stories/9"):
            api.stories[9] = forgotten

    api.before = put_back
    place.sync()
    assert "GET /api/v3/stories/9" in api.paths()
    assert not place.latest()["stories", "shortcut:story:9"][1]


def test_that_most_are_gone_is_not_believed(place: Place, api: ShortcutApi, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "GONE_AT_ONCE", 1)
    place.sync()
    clock.at += timedelta(days=8)
    api.stories = {9: STORIES[2]}
    with pytest.raises(SourceError, match="2 of 3 stories are no longer there"):
        place.sync()
    assert not any(deleted for _, deleted, _ in place.latest().values())


def test_odd_objects_sink_nothing(place: Place, api: ShortcutApi) -> None:
    api.stories[9] = {"id": 9, "entity_type": "story", "created_at": "2026-03-02T09:00:00Z", "owner_ids": None, "never_seen": {"a": 1}}
    api.stories[10] = story(10) | {"id": None}
    api.members["x"] = {"id": "x", "profile": None}
    landed = place.sync()
    assert [each.reason for each in landed.damaged] == ["has no id"]
    assert place.latest()["stories", "shortcut:story:9"][2]["never_seen"] == {"a": 1}


def test_a_rate_limit_is_waited_for(place: Place, api: ShortcutApi, clock: Clock) -> None:
    def until_then(reply: Reply) -> Reply | str:
        return refused(429, {"message": "slow"}, x_ratelimit_reset=str(int(clock.at.timestamp()) + 40))(reply)

    api.faults = {4: refused(429, Retry_After="17"), 7: until_then}
    place.sync()
    assert [why for _, why in place.waits] == [
        "shortcut: the oldest stories: rate limit",
        "shortcut: stories from 2025-01-01 on: rate limit",
    ]
    assert place.waits[0][0] == 17 and 20 < place.waits[1][0] <= 41


def test_two_hundred_calls_a_minute_and_no_more() -> None:
    clock, waits = [0.0], []

    def wait(seconds: float, why: str) -> None:
        waits.append(why)
        clock[0] += seconds

    pace = Pace(live.CALLS_A_MINUTE, clock=lambda: clock[0])
    for _ in range(401):
        pace.keep(Known(wait=wait), "shortcut")
    assert clock[0] == 120 and waits == ["shortcut: 200 calls in 60 s are allowed"] * 2


def test_a_wrong_token_says_what_to_do_and_shows_no_token(place: Place, api: ShortcutApi, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    api.token = "another"
    with pytest.raises(SourceError) as caught:
        place.sync()
    assert str(caught.value).splitlines()[0] == "shortcut: members: refused with 401: Unauthorized"
    assert "SHORTCUT_API_TOKEN" in caught.value.mend
    api.token = TOKEN
    place.sync()
    assert TOKEN.encode() not in everything_written(place.landing.root) + caplog.text.encode() + repr(place.told).encode()


def test_without_a_token_or_a_server_the_error_is_clear(place: Place, api: ShortcutApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SHORTCUT_API_TOKEN")
    with pytest.raises(SourceError, match="SHORTCUT_API_TOKEN"):
        place.sync()
    monkeypatch.setenv("SHORTCUT_API_TOKEN", TOKEN)
    place.settings = configured(place.settings.folder, "http://127.0.0.1:1")
    with pytest.raises(SourceUnavailable, match="cannot be reached, 6 times over"):
        place.sync()


def test_doctor_asks_whose_token_it_is(place: Place, api: ShortcutApi) -> None:
    assert isinstance(SOURCES["shortcut"], Shortcut)
    assert list(SOURCES["shortcut"].check_live(place.settings)) == [
        ("ok", "shortcut.live: the token is good, for the workspace 'acme'", ""),
        ("ok", "shortcut.label: 'exterminator' is label 77", ""),
    ]
    api.token = "another"
    with pytest.raises(SourceError, match="401"):
        list(SOURCES["shortcut"].check_live(place.settings))


def _loosened(value: Any) -> Any:
    """Swagger 2.0 as JSON schema: what is nullable may be null."""
    if isinstance(value, list):
        return [_loosened(each) for each in value]
    if not isinstance(value, dict):
        return value
    nullable, rest = value.get("x-nullable"), {key: _loosened(each) for key, each in value.items() if key != "format"}
    return {"anyOf": [rest, {"type": "null"}]} if nullable is True else rest


@pytest.mark.long
@pytest.mark.skipif(not REALDATA.exists(), reason=f"no real data at {REALDATA}")
def test_the_server_answers_as_the_api_is_described(api: ShortcutApi) -> None:
    swagger = _loosened(json.loads((REALDATA / "api" / "shortcut.swagger.json").read_text()))
    for schema, values in (
        ("StorySlim", [*api.stories.values(), story(1)]),
        ("Member", list(api.members.values())),
        ("MemberInfo", [api.owner]),
        ("LabelSlim", api.labels),
        ("Label", [{**label("exterminator"), "stats": STATS}]),
        ("Workflow", api.workflows),
        ("History", [created(story(1)), relabelled(1, "2026-03-03T09:00:00Z", adds=[77], removes=[78])]),
        ("HistoryActionStoryCreate", created(story(1))["actions"]),
        ("HistoryActionStoryUpdate", relabelled(1, "2026-03-03T09:00:00Z", adds=[77])["actions"]),
        ("HistoryReferenceLabel", relabelled(1, "2026-03-03T09:00:00Z", adds=[77])["references"]),
    ):
        jsonschema.validate(values, {"type": "array", "items": {"$ref": f"#/definitions/{schema}"}, "definitions": swagger["definitions"]})
    question = swagger["definitions"]["SearchStories"]["properties"]
    assert {"archived", "updated_at_start", "created_at_start", "created_at_end"} <= question.keys()


@pytest.mark.skipif(not REALDATA.exists(), reason=f"no real data at {REALDATA}")
def test_stories_recorded_from_the_live_api_come_through_the_server_unchanged(place: Place, api: ShortcutApi) -> None:
    recorded = [
        answer
        for path in ("searches_stories", "lists_all_stories_for_a_project")
        for exchange in yaml.safe_load((REALDATA / "shortcut" / f"{path}.yml").read_text())["http_interactions"]
        for answer in (lambda body: body["data"] if isinstance(body, dict) else body)(json.loads(exchange["response"]["body"]["string"]))
    ]
    api.stories = {each["id"]: each for each in recorded}
    place.sync()
    landed = {payload["id"]: payload for (stream, _), (_, _, payload) in place.latest().items() if stream == "stories"}
    assert landed == api.stories and landed

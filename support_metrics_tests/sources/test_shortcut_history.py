"""Shortcut's labels and workflows, and the histories of stories that got the label after they had landed: each asked for once."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from support_metrics.errors import SourceUnavailable
from support_metrics.landing import Landing
from support_metrics.sources import SOURCES
from support_metrics.sources.base import Unit
from support_metrics.sources.files import Span
from support_metrics.sources.shortcut.files import read
from support_metrics_tests.servers.base import Asked, refused, serving
from support_metrics_tests.servers.shortcut import TOKEN, ShortcutApi, created, label, member, relabelled, story
from support_metrics_tests.sources.memory import Memory
from support_metrics_tests.sources.syncs import Clock, Faults, Place, quick
from support_metrics_tests.sources.test_shortcut_api import configured

MONDAY, THURSDAY = "2026-03-02T09:00:00Z", "2026-03-05T10:00:00Z"
BARE: dict[str, Any] = {"labels": [], "label_ids": []}
CHANGES = [created(story(9, MONDAY), []), relabelled(9, "2026-03-03T10:00:00Z", adds=[77])]


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHORTCUT_API_TOKEN", TOKEN)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def api(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[ShortcutApi]:
    api = ShortcutApi([story(8, MONDAY), story(9, MONDAY, **BARE)], [member()], clock)
    with quick(monkeypatch, clock), serving(api):
        yield api


@pytest.fixture
def place(tmp_path: Path, api: ShortcutApi, clock: Clock) -> Place:
    return Place("shortcut", configured(tmp_path, api.address), Landing(tmp_path / "landing", clock))


def histories(api: ShortcutApi) -> list[str]:
    return [path.removeprefix("GET /api/v3/stories/") for path in api.paths() if path.endswith("/history")]


def put_label_on(api: ShortcutApi, clock: Clock) -> None:
    """Story 9 got the label on Tuesday and was changed again just now."""
    clock.at += timedelta(hours=3)
    api.stories[9] = story(9, MONDAY, clock.at.isoformat())
    api.changes[9] = CHANGES


def landed(place: Place) -> list[str]:
    return sorted(key for stream, key in place.latest() if stream == "history")


def test_a_history_is_read_once_and_again_when_its_story_changed(place: Place, api: ShortcutApi, clock: Clock) -> None:
    place.sync()
    assert histories(api) == [] and landed(place) == []
    put_label_on(api, clock)
    assert place.sync().written["history"] == 2
    assert histories(api) == ["9/history"]
    assert landed(place) == sorted(f"shortcut:history:9:{each['id']}" for each in CHANGES)
    assert place.latest()["history", landed(place)[0]][2]["story_id"] == 9
    place.sync()
    assert histories(api) == ["9/history"]
    clock.at += timedelta(hours=3)
    api.stories[9] |= {"name": "renamed", "updated_at": clock.at.isoformat()}
    assert place.sync().written["history"] == 0
    assert histories(api) == ["9/history"] * 2
    assert place.coverage("history")[-1][2] == place.coverage("stories")[-1][2]


def test_a_label_taken_off_again_is_still_asked_about(place: Place, api: ShortcutApi, clock: Clock) -> None:
    place.sync()
    put_label_on(api, clock)
    place.sync("stories")
    clock.at += timedelta(hours=3)
    api.stories[9] = story(9, MONDAY, clock.at.isoformat(), **BARE)
    place.sync("stories")
    place.sync("history")
    assert histories(api) == ["9/history"] and len(landed(place)) == 2


def test_a_kill_between_a_story_and_its_history_loses_nothing(place: Place, api: ShortcutApi, clock: Clock) -> None:
    place.sync()
    put_label_on(api, clock)
    place.sync(units=4)
    assert place.latest()["stories", "shortcut:story:9"][2]["label_ids"] == [77] and histories(api) == []
    place.sync()
    assert histories(api) == ["9/history"] and len(landed(place)) == 2


def test_a_history_is_asked_for_where_files_landed_the_story_without_the_label(place: Place, api: ShortcutApi, clock: Clock) -> None:
    """As for a team that exported before it read live: stories of both kinds lie in landing, and the API shows nothing new of them."""
    for at, labels in ((MONDAY, BARE), (THURSDAY, {})):
        unit = Unit("a file", [read(story(9, MONDAY, at, **labels), "stories", "", Span())], observed_at=datetime.fromisoformat(at))
        assert list(place.landing.land("shortcut", [unit], ["stories"]))
    api.stories[9] = story(9, MONDAY, THURSDAY)
    place.sync()
    assert histories(api) == ["9/history"]


def test_a_renamed_label_is_the_same_label(place: Place, api: ShortcutApi, clock: Clock) -> None:
    place.sync()
    put_label_on(api, clock)
    api.labels = [label("support") | {"updated_at": clock.at.isoformat()}]
    api.stories[9] |= {"labels": [label("support")]}
    place.sync()
    assert histories(api) == ["9/history"]
    level, says, mend = list(SOURCES["shortcut"].check_live(place.settings))[-1]  # type: ignore[attr-defined]
    assert (level, says) == ("wrong", "shortcut.label: the workspace has no label 'exterminator', or has it no more") and "renamed" in mend


def test_doctor_says_that_the_label_is_archived(place: Place, api: ShortcutApi) -> None:
    api.labels[0]["archived"] = True
    found = list(SOURCES["shortcut"].check_live(place.settings))  # type: ignore[attr-defined]
    assert found[-1] == ("note", "shortcut.label: 'exterminator' is label 77, which is archived", "")


def test_a_story_that_is_gone_has_no_history_and_is_not_asked_for_again(place: Place, api: ShortcutApi, clock: Clock) -> None:
    place.sync()
    put_label_on(api, clock)

    def remove(number: int, asked: Asked) -> None:
        if asked.path.endswith("/history"):
            api.stories.pop(9, None)

    api.before = remove
    assert place.sync().written.get("history", 0) == 0
    place.sync()
    assert histories(api) == ["9/history"]


def test_odd_changes_are_set_aside_and_the_rest_lands(place: Place, api: ShortcutApi, clock: Clock) -> None:
    place.sync()
    put_label_on(api, clock)
    odd: list[Any] = [{"changed_at": MONDAY}, "x", CHANGES[0] | {"id": "z", "changed_at": "yesterday"}]
    api.changes[9] = [*CHANGES, *odd]
    assert [each.reason for each in place.sync().damaged] == ["has no id", "is no JSON object", "its changed_at is no ISO 8601 instant"]
    assert len(landed(place)) == 2


def test_a_workflow_lands_again_when_it_changes_and_not_when_stories_move(place: Place, api: ShortcutApi, clock: Clock) -> None:
    place.sync()
    (state, *_) = api.workflows[0]["states"]
    state["num_stories"] = 17
    assert place.sync().written.get("workflows", 0) == 0
    state |= {"name": "Backlog", "updated_at": "2026-03-16T11:00:00Z"}
    assert place.sync().written["workflows"] == 1
    version, _, payload = place.latest()["workflows", "shortcut:workflow:500000005"]
    assert version == datetime(2026, 3, 16, 11, tzinfo=UTC) and payload["states"][0]["name"] == "Backlog"


def test_labels_come_without_counts(place: Place, api: ShortcutApi) -> None:
    place.sync()
    assert "stats" not in place.latest()["labels", "shortcut:label:77"][2]


def test_a_history_that_cannot_be_read_fails_and_is_asked_for_next_time(place: Place, api: ShortcutApi, clock: Clock) -> None:
    place.sync()
    put_label_on(api, clock)
    before = len(api.asked)
    api.faults = {before + 5 + attempt: refused(503) for attempt in range(6)}
    with pytest.raises(SourceUnavailable, match="history of story 9: answered 503, 6 times over"):
        place.sync()
    assert place.sync().written["history"] == 2


def test_the_histories_of_many_stories_land_by_and_by(place: Place, api: ShortcutApi, clock: Clock) -> None:
    api.stories = {number: story(number, MONDAY, **BARE) for number in range(1, 121)}
    place.sync()
    clock.at += timedelta(hours=3)
    api.stories = {number: story(number, MONDAY, clock.at.isoformat()) for number in api.stories}
    place.sync(units=6)
    assert len(histories(api)) == 100
    place.sync()
    assert sorted(histories(api)) == sorted(f"{number}/history" for number in api.stories)
    assert [each for each in place.told if "histories" in each][:2] == [
        "shortcut: histories of 50 of 120 stories",
        "shortcut: histories of 100 of 120 stories",
    ]


@pytest.mark.long
class TestFaults:
    """Story 9 landed without the label from a file; the sync that is disturbed finds it labelled and reads its history."""

    @pytest.fixture
    def faults(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Faults:
        def make(clock: Clock) -> ShortcutApi:
            api = ShortcutApi([story(8, MONDAY), story(9, MONDAY, THURSDAY)], [member()], clock)
            api.changes[9] = CHANGES
            return api

        def seed(memory: Memory) -> None:
            memory.take(Unit("a file", [read(story(9, MONDAY, **BARE), "stories", "", Span())], observed_at=datetime.fromisoformat(MONDAY)))

        return Faults("shortcut", make, configured, tmp_path, monkeypatch, seed)

    def test_requests_that_fail_before_they_are_answered_cost_nothing(self, faults: Faults) -> None:
        assert any(key.startswith("shortcut:history:9:") for key in faults.sound()[0])
        faults.survives_transient()

    def test_whatever_is_refused_the_next_sync_makes_good(self, faults: Faults) -> None:
        faults.survives_permanent(TOKEN)

"""Shortcut's objects, in the forms people save them."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from support_metrics.landing import Landing
from support_metrics.settings import Settings
from support_metrics.sources.base import Coverage
from support_metrics_tests.sources.world import (
    MONDAY,
    REALDATA,
    all_rows,
    coverage,
    damaged,
    items,
    land,
    lines,
    records,
    refused,
    settings_at,
    write,
    write_tree,
)

STORIES = [
    {"id": 7, "entity_type": "story", "name": "a", "created_at": "2026-03-01T09:00:00Z", "updated_at": "2026-03-02T09:00:00Z"},
    {"id": 8, "name": "of 2016", "created_at": "2026-03-01T10:00:00Z"},
]
MEMBERS = [{"id": "57e0b4eb-a95f", "entity_type": "member", "profile": {"name": "Ada"}, "updated_at": "2026-02-01T00:00:00Z"}]
FORMS: dict[str, Any] = {
    "lines": lines(*STORIES),
    "array": STORIES,
    "indented array": json.dumps(STORIES, indent=2),
    "search": {"next": None, "data": STORIES},
    "pages": lines({"data": STORIES[:1], "next": "/x"}, {"data": STORIES[1:], "next": None}),
}


def configured(folder: Path, *files: str) -> Settings:
    return settings_at(folder, shortcut={"files": list(files) or ["shortcut/*.json*"]})


@pytest.mark.parametrize("content", FORMS.values(), ids=FORMS.keys())
def test_stories_in_any_form_are_the_same(tmp_path: Path, content: Any) -> None:
    write(tmp_path / "shortcut" / "stories.json", content)
    found = items("shortcut", configured(tmp_path))
    assert [(record.key, record.version, record.payload) for record in records(found, "stories")] == [
        ("shortcut:story:7", datetime(2026, 3, 2, 9, tzinfo=UTC), STORIES[0]),
        ("shortcut:story:8", datetime(2026, 3, 1, 10, tzinfo=UTC), STORIES[1]),
    ]
    assert coverage(found) == [Coverage("stories", "*", datetime(2026, 3, 1, 9, tzinfo=UTC), datetime(2026, 3, 2, 9, tzinfo=UTC))]


def test_members_are_told_by_their_type_or_the_files_name(tmp_path: Path) -> None:
    write_tree(tmp_path / "shortcut", {"all.json": [*STORIES, *MEMBERS], "members.json": [{"id": "0f-1", "profile": {}}]})
    found = items("shortcut", configured(tmp_path))
    assert [record.key for record in records(found, "members")] == ["shortcut:member:57e0b4eb-a95f", "shortcut:member:0f-1"]
    assert {item.stream for item in items("shortcut", configured(tmp_path), ["members"])} == {"members"}


def test_labels_workflows_and_histories_are_told_likewise(tmp_path: Path) -> None:
    at = {"created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-02T00:00:00Z"}
    named = {"id": 77, "entity_type": "label", "name": "exterminator", **at}
    state = {"id": 8, "name": "To Do", "updated_at": "2026-02-03T00:00:00Z"}
    changes = [
        {"id": "c1", "changed_at": "2026-03-01T09:00:00Z", "primary_id": 7, "actions": []},
        {"id": "c1", "changed_at": "2026-03-01T09:00:00Z", "story_id": 8, "primary_id": 7, "actions": []},
        {"id": "c2", "changed_at": "2026-03-01T09:00:00Z", "actions": []},
    ]
    write_tree(
        tmp_path / "shortcut",
        {
            "all.json": [*STORIES, named, {"id": 5, "entity_type": "workflow", **at, "states": [state, None]}],
            "labels.json": [{"id": 78, "name": "old", "updated_at": None, "created_at": None}],
            "shortcut_history.jsonl": lines(*changes),
            "workflows.json": [{"id": 6, "states": None}],
        },
    )
    found = items("shortcut", configured(tmp_path))
    assert [(record.key, record.version) for record in records(found, "labels")] == [
        ("shortcut:label:77", datetime(2026, 1, 2, tzinfo=UTC)),
        ("shortcut:label:78", None),
    ]
    assert [(record.key, record.version) for record in records(found, "workflows")] == [
        ("shortcut:workflow:5", datetime(2026, 2, 3, tzinfo=UTC)),
        ("shortcut:workflow:6", None),
    ]
    assert [record.key for record in records(found, "history")] == ["shortcut:history:7:c1", "shortcut:history:8:c1"]
    assert [(each.stream, each.reason) for each in damaged(found)] == [("history", "has no primary_id")]
    assert len(records(found, "stories")) == 2


def test_an_empty_answer_of_a_known_time_covers(tmp_path: Path) -> None:
    write_tree(
        tmp_path / "shortcut",
        {"stories.json": [], "manifest.json": {"observed_at": "2026-03-02T09:00:00Z", "covered_from": "2026-01-01T00:00:00Z"}},
    )
    assert items("shortcut", configured(tmp_path)) == [Coverage("stories", "*", datetime(2026, 1, 1, tzinfo=UTC), MONDAY)]


def test_landing_twice_gives_the_same_rows(tmp_path: Path) -> None:
    write_tree(tmp_path / "shortcut", {"stories.jsonl": FORMS["lines"], "again.json": FORMS["search"], "members.json": MEMBERS})
    landing = Landing(tmp_path / "landing", lambda: MONDAY)
    assert land(landing, "shortcut", configured(tmp_path)).written == {"stories": 2, "members": 1}
    rows = all_rows(landing)
    assert land(landing, "shortcut", configured(tmp_path)).written == {}
    assert all_rows(landing) == rows


def test_what_is_no_story_is_set_aside(tmp_path: Path) -> None:
    write(tmp_path / "shortcut" / "stories.json", {"data": [*STORIES, {"id": 1, "entity_type": "epic"}, {"name": "x"}, []], "next": None})
    found = items("shortcut", configured(tmp_path))
    assert len(records(found, "stories")) == 2
    assert [(each.place, each.reason) for each in damaged(found)] == [
        ("shortcut/stories.json:1, item 3", "is of type epic, which is not read; read are story, member, label, workflow"),
        ("shortcut/stories.json:1, item 4", "has no id"),
        ("shortcut/stories.json:1, item 5", "is no JSON object"),
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('[{"id": 7},\n{"id"', "line 2, column 6: the JSON is cut short"),
        (b'[{"id": 7, "name": "\xff"}]', "line 1: byte 0xff is not UTF-8"),
        ("", "the file is empty"),
        ({"message": "Unauthorized"}, "error answer"),
    ],
)
def test_a_damaged_file_lands_nothing(tmp_path: Path, content: Any, said: str) -> None:
    write(tmp_path / "shortcut" / "stories.json", content)
    refused("shortcut", configured(tmp_path), tmp_path / "landing", "shortcut/stories.json", said, "again")


def test_a_missing_file_names_the_setting(tmp_path: Path) -> None:
    refused("shortcut", configured(tmp_path, "stories.json"), tmp_path / "landing", "shortcut.files: 'stories.json' matches nothing")


@pytest.mark.skipif(not REALDATA.exists(), reason=f"no real data at {REALDATA}")
def test_stories_recorded_from_the_live_api(tmp_path: Path) -> None:
    for recording in sorted((REALDATA / "shortcut").glob("*.yml")):
        for number, exchange in enumerate(yaml.safe_load(recording.read_text())["http_interactions"]):
            asked, answered = exchange["request"], exchange["response"]
            if answered["status"]["code"] in (200, 201) and re.search(r"/stories(/bulk|/search)?(\?.*)?$", asked["uri"]):
                write(tmp_path / "shortcut" / f"{recording.stem}-{number}.json", answered["body"]["string"])
    found = items("shortcut", configured(tmp_path))
    assert len({record.key for record in records(found, "stories")}) == 6
    assert not damaged(found)

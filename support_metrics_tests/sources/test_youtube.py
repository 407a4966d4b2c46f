"""Pages of the YouTube Data API v3."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from support_metrics.landing import Landing
from support_metrics.settings import Settings
from support_metrics.sources.base import Coverage
from support_metrics_tests.sources.world import (
    MONDAY,
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


def comment(name: str, published: int, updated: int) -> dict[str, Any]:
    at = "2026-03-02T{:02}:00:00Z"
    return {"kind": "youtube#comment", "id": name, "snippet": {"publishedAt": at.format(published), "updatedAt": at.format(updated)}}


def hour(number: int) -> datetime:
    return datetime(2026, 3, 2, number, tzinfo=UTC)


THREAD = {
    "kind": "youtube#commentThread",
    "id": "Ugx1",
    "snippet": {"topLevelComment": comment("Ugx1", 9, 10), "totalReplyCount": 2},
    "replies": {"comments": [comment("Ugx1.a", 11, 13), comment("Ugx1.b", 12, 12)]},
}
LONELY = {"kind": "youtube#commentThread", "id": "Ugx2", "snippet": {"topLevelComment": comment("Ugx2", 8, 8)}}
PAGE = {"kind": "youtube#commentThreadListResponse", "items": [THREAD, LONELY]}
FORMS: dict[str, Any] = {
    "one page": PAGE,
    "pages": [PAGE],
    "pages, one a line": lines(PAGE, {"items": []}),
    "items, one a line": lines(THREAD, LONELY),
}


def configured(folder: Path) -> Settings:
    return settings_at(folder, youtube={"files": ["youtube/*.json*"]})


@pytest.mark.parametrize("content", FORMS.values(), ids=FORMS.keys())
def test_a_thread_is_as_new_as_its_newest_comment(tmp_path: Path, content: Any) -> None:
    write(tmp_path / "youtube" / "threads.json", content)
    found = items("youtube", configured(tmp_path))
    assert not damaged(found)
    assert [(record.key, record.version, record.payload) for record in records(found, "comment_threads")] == [
        ("youtube:thread:Ugx1", hour(13), THREAD),
        ("youtube:thread:Ugx2", hour(8), LONELY),
    ]
    assert coverage(found) == [Coverage("comment_threads", "*", hour(8), hour(13))]


def test_replies_listed_apart_are_comments(tmp_path: Path) -> None:
    write(tmp_path / "youtube" / "replies.json", {"kind": "youtube#commentListResponse", "items": [comment("Ugx1.c", 9, 14)]})
    found = items("youtube", configured(tmp_path))
    assert [(record.key, record.version) for record in records(found, "comments")] == [("youtube:comment:Ugx1.c", hour(14))]
    assert items("youtube", configured(tmp_path), ["comment_threads"]) == []


def test_landing_twice_gives_the_same_rows(tmp_path: Path) -> None:
    write_tree(
        tmp_path / "youtube",
        {"threads.json": PAGE, "again.jsonl": FORMS["items, one a line"], "replies.json": {"items": [comment("r", 9, 9)]}},
    )
    landing = Landing(tmp_path / "landing", lambda: MONDAY)
    assert land(landing, "youtube", configured(tmp_path)).written == {"comment_threads": 2, "comments": 1}
    rows = all_rows(landing)
    assert land(landing, "youtube", configured(tmp_path)).written == {}
    assert all_rows(landing) == rows


def test_what_is_no_thread_is_set_aside(tmp_path: Path) -> None:
    bad = [{"id": "x", "snippet": {}}, {"snippet": THREAD["snippet"]}, 3, THREAD | {"replies": {"comments": [1]}}]
    write(tmp_path / "youtube" / "threads.json", {"items": [*bad, THREAD]})
    found = items("youtube", configured(tmp_path))
    assert [each.place for each in damaged(found)] == [f"youtube/threads.json:1, item {number}" for number in (1, 2, 3, 4)]
    assert len(records(found, "comment_threads")) == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"items": [', "line 1, column"),
        (b'{"items": ["\xfe"]}', "line 1: byte 0xfe is not UTF-8"),
        ("", "the file is empty"),
        ({"error": {"code": 403, "message": "quotaExceeded"}}, "error answer, not data: quotaExceeded"),
    ],
)
def test_a_damaged_file_lands_nothing(tmp_path: Path, content: Any, said: str) -> None:
    write(tmp_path / "youtube" / "threads.json", content)
    refused("youtube", configured(tmp_path), tmp_path / "landing", "youtube/threads.json", said)

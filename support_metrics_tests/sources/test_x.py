"""Pages of the X API v2."""

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

POST = {"id": "101", "author_id": "5", "text": "@acme how?", "created_at": "2026-03-02T09:00:00.000Z"}
OLD = {"id": "1", "author_id": "6", "text": "years ago", "created_at": "2019-03-02T09:00:00.000Z"}
USER = {"id": "5", "username": "ada", "name": "Ada"}
DM = {
    "id": "900",
    "event_type": "MessageCreate",
    "dm_conversation_id": "5-7",
    "sender_id": "5",
    "text": "hi",
    "created_at": "2026-03-02T10:00:00.000Z",
}
PAGE = {"data": [POST], "includes": {"users": [USER], "tweets": [OLD], "media": [{}]}, "meta": {"result_count": 1}}
NINE, TEN = datetime(2026, 3, 2, 9, tzinfo=UTC), datetime(2026, 3, 2, 10, tzinfo=UTC)


def configured(folder: Path) -> Settings:
    return settings_at(folder, x={"files": ["x/*"]})


FORMS: dict[str, Any] = {"one page": PAGE, "an array of pages": [PAGE], "pages, one a line": lines(PAGE, {"meta": {"result_count": 0}})}


@pytest.mark.parametrize("content", FORMS.values(), ids=FORMS.keys())
def test_a_page_gives_its_posts_what_they_refer_to_and_their_authors(tmp_path: Path, content: Any) -> None:
    write(tmp_path / "x" / "mentions.json", content)
    found = items("x", configured(tmp_path))
    assert [(record.key, record.version, record.payload) for record in records(found, "posts")] == [
        ("x:post:101", NINE, POST),
        ("x:post:1", datetime(2019, 3, 2, 9, tzinfo=UTC), OLD),
    ]
    assert [(record.key, record.version) for record in records(found, "users")] == [("x:user:5", None)]
    assert coverage(found) == [Coverage("posts", "*", NINE, NINE)]  # not since 2019


def test_direct_messages_and_bare_objects_are_told_by_their_fields(tmp_path: Path) -> None:
    write_tree(tmp_path / "x", {"dms.json": {"data": [DM]}, "bare.jsonl": lines(POST, USER, DM), "one.json": {"data": OLD}})
    found = items("x", configured(tmp_path))
    assert {(record.key, record.version) for record in records(found, "direct_messages")} == {("x:dm:900", TEN)}
    assert {record.key for record in records(found, "posts")} == {"x:post:101", "x:post:1"}
    assert {item.stream for item in items("x", configured(tmp_path), ["users"])} == {"users"}


def test_an_empty_page_of_a_known_time_covers(tmp_path: Path) -> None:
    manifest = {"observed_at": "2026-03-02T10:00:00Z", "covered_from": "2026-03-02T09:00:00Z"}
    write_tree(
        tmp_path / "x",
        {"manifest.json": manifest, "dms.json": {"meta": {"result_count": 0}}, "mentions.json": {"meta": {"result_count": 0}}},
    )
    assert items("x", configured(tmp_path)) == [Coverage("direct_messages", "*", NINE, TEN), Coverage("posts", "*", NINE, TEN)]


def test_landing_twice_gives_the_same_rows(tmp_path: Path) -> None:
    write_tree(tmp_path / "x", {"mentions.json": PAGE, "again.json": [PAGE], "dms.json": [DM]})
    landing = Landing(tmp_path / "landing", lambda: MONDAY)
    assert land(landing, "x", configured(tmp_path)).written == {"posts": 2, "users": 1, "direct_messages": 1}
    rows = all_rows(landing)
    assert land(landing, "x", configured(tmp_path)).written == {}
    assert all_rows(landing) == rows


def test_a_post_without_an_author_is_set_aside_with_what_to_ask_for(tmp_path: Path) -> None:
    write(tmp_path / "x" / "mentions.json", {"data": [{"id": "1", "text": "bare"}, POST, "?", {"author_id": "1"}], "meta": {}})
    found = items("x", configured(tmp_path))
    assert [each.place for each in damaged(found)] == [f"x/mentions.json:1, item {number}" for number in (1, 3, 4)]
    assert "tweet.fields=author_id" in damaged(found)[0].reason
    assert len(records(found, "posts")) == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"data": [\n', "line 1, column"),
        (b'{"data": [{"text": "\xfe"}]}', "line 1: byte 0xfe is not UTF-8"),
        ("", "the file is empty"),
        ({"title": "Unauthorized", "status": 401, "detail": "Unauthorized"}, "error answer, not data: Unauthorized"),
    ],
)
def test_a_damaged_file_lands_nothing(tmp_path: Path, content: Any, said: str) -> None:
    write(tmp_path / "x" / "mentions.json", content)
    refused("x", configured(tmp_path), tmp_path / "landing", "x/mentions.json", said)

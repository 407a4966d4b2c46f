"""GitHub's REST objects as JSON lines."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support_metrics.errors import SourceError
from support_metrics.landing import Landing
from support_metrics.settings import Settings
from support_metrics.sources import SOURCES
from support_metrics.sources.base import Coverage, Known
from support_metrics_tests.sources.world import (
    MONDAY,
    REALDATA,
    all_rows,
    coverage,
    damaged,
    fetch,
    items,
    land,
    lines,
    records,
    refused,
    settings_at,
    write,
    write_tree,
)

NINE, TEN, ELEVEN = "2026-03-02T09:00:00Z", "2026-03-02T10:00:00Z", "2026-03-02T11:00:00Z"
ISSUES = [
    {"id": 1, "number": 1, "user": {"login": "ada", "id": 5}, "created_at": NINE, "updated_at": ELEVEN},
    {"id": 2, "number": 2, "user": None, "created_at": TEN, "updated_at": TEN},
    {"id": 3, "number": 3, "user": None, "created_at": TEN, "updated_at": TEN, "pull_request": {"url": "u"}},
]
URL = "https://api.github.com/repos/Acme/Tool/issues/7"
REPOSITORY: dict[str, Any] = {
    "issues.jsonl": lines(*ISSUES),
    "comments.jsonl": lines({"id": 11, "issue_url": URL, "user": None, "created_at": TEN, "updated_at": ELEVEN}),
    "events.jsonl": lines(*[{"id": 21, "event": "closed", "actor": None, "created_at": TEN}] * 2),
    "reactions.jsonl": lines(
        {"id": 31, "content": "+1", "issue_url": URL, "created_at": TEN}, {"id": 32, "content": "+1", "created_at": TEN}
    ),
    "releases.json": [
        {"id": 41, "tag_name": "v1", "created_at": NINE, "published_at": TEN},
        {"node_id": "RE_42", "tag_name": "v2", "published_at": ELEVEN},
        {"tag_name": "v3", "draft": True, "created_at": ELEVEN, "published_at": None},
        {"name": "nameless"},
    ],
}


def configured(folder: Path, *repositories: str, files: tuple[str, ...] = ("github",), releases: tuple[str, ...] = ()) -> Settings:
    asked = list(repositories or ("acme/tool",))
    return settings_at(folder, github={"files": list(files), "repositories": asked, "release_repositories": list(releases)})


def test_every_stream_is_keyed_and_versioned_by_its_own_clock(tmp_path: Path) -> None:
    write_tree(tmp_path / "github" / "Acme" / "Tool", REPOSITORY)
    found = items("github", configured(tmp_path))
    nine, ten, eleven = (datetime(2026, 3, 2, hour, tzinfo=UTC) for hour in (9, 10, 11))
    assert [
        (record.key, record.version)
        for stream in ("issues", "comments", "events", "reactions", "releases")
        for record in records(found, stream)
    ] == [
        ("github:issue:1", eleven),
        ("github:issue:2", ten),
        ("github:issue:3", ten),
        ("github:comment:11", eleven),
        ("github:event:21", ten),
        ("github:event:21", ten),
        ("github:reaction:acme/tool:7:31", ten),
        ("github:release:acme/tool:41", ten),
        ("github:release:acme/tool:RE_42", eleven),
        ("github:release:acme/tool:v3", eleven),
    ]
    assert [record.payload for record in records(found, "issues")] == ISSUES
    assert [tuple(each) for each in damaged(found)] == [
        ("reactions", "github/Acme/Tool/reactions.jsonl:2", "has no issue_url"),
        ("releases", "github/Acme/Tool/releases.json:1, item 4", "has no id"),
    ]
    assert Coverage("issues", "acme/tool", nine, eleven) in coverage(found)
    assert Coverage("comments", "acme/tool", ten, eleven) in coverage(found)


def test_repositories_that_nobody_configured_stay_unread(tmp_path: Path) -> None:
    write_tree(
        tmp_path / "github",
        {"acme/tool/issues.jsonl": lines(*ISSUES), "acme/secret/issues.jsonl": "not even JSON", "acme/tool/notes.txt": ""},
    )
    assert [unit.name for unit in fetch("github", configured(tmp_path, "ACME/Tool"))] == ["github/acme/tool/issues.jsonl"]


def test_a_repository_named_for_its_releases_gives_only_those(tmp_path: Path) -> None:
    write_tree(tmp_path / "github" / "acme" / "tool", REPOSITORY)
    write_tree(tmp_path / "github" / "acme" / "cli", REPOSITORY)
    units = fetch("github", configured(tmp_path, releases=("acme/cli",)))
    assert [unit.name for unit in units if "/cli/" in unit.name] == ["github/acme/cli/releases.json"]
    assert len(units) == 6


def test_only_the_chosen_streams_are_yielded(tmp_path: Path) -> None:
    write_tree(tmp_path / "github" / "acme" / "tool", REPOSITORY)
    assert {item.stream for item in items("github", configured(tmp_path), ["comments", "releases"])} == {"comments", "releases"}


def test_snapshots_are_read_in_the_order_they_were_taken(tmp_path: Path) -> None:
    write_tree(tmp_path / "github", {f"{name}/acme/tool/issues.jsonl": lines(*ISSUES) for name in ("a", "b")})
    taken = {
        "a": {"observed_at": "2026-03-09T00:00:00Z"},
        "b": {"observed_at": "2026-03-02T00:00:00Z", "covered_from": "2026-01-01T00:00:00Z"},
    }
    write(tmp_path / "github" / "manifest.json", {"files": taken})
    units = fetch("github", configured(tmp_path, files=("github/*",)))
    assert [unit.name for unit in units] == ["github/b/acme/tool/issues.jsonl", "github/a/acme/tool/issues.jsonl"]
    assert coverage(list(units[0].items)) == [
        Coverage("issues", "acme/tool", datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC))
    ]


def test_landing_twice_gives_the_same_rows(tmp_path: Path) -> None:
    write_tree(tmp_path / "github" / "acme" / "tool", REPOSITORY)
    landing = Landing(tmp_path / "landing", lambda: MONDAY)
    assert land(landing, "github", configured(tmp_path)).units == 5
    rows = all_rows(landing)
    again = land(landing, "github", configured(tmp_path))
    assert (again.units_known, again.written) == (5, {})
    assert all_rows(landing) == rows


def test_a_copy_of_a_file_and_an_overlapping_one_add_nothing_known(tmp_path: Path) -> None:
    write_tree(tmp_path / "github", {"a/acme/tool/issues.jsonl": lines(*ISSUES)})
    landing = Landing(tmp_path / "landing", lambda: MONDAY)
    land(landing, "github", configured(tmp_path, files=("github/*",)))
    write_tree(tmp_path / "github", {"b/acme/tool/issues.jsonl": lines(*ISSUES), "c/acme/tool/issues.jsonl": lines(*ISSUES[1:], {"id": 4})})
    again = land(landing, "github", configured(tmp_path, files=("github/*",)))
    assert (again.units, again.units_known, again.written) == (3, 2, {"issues": 1})


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8"), max_size=8), st.lists, max_leaves=5)


@settings(max_examples=12, deadline=None)
@given(st.lists(st.fixed_dictionaries({"id": st.integers(1, 50)}, optional={"body": JSON, "title": JSON}), max_size=20))
def test_landing_any_issues_twice_gives_the_same_rows(tmp_path_factory: pytest.TempPathFactory, issues: list[dict[str, Any]]) -> None:
    folder = tmp_path_factory.mktemp("team")
    write(folder / "github" / "acme" / "tool" / "issues.json", issues)
    landing = Landing(folder / "landing", lambda: MONDAY)
    land(landing, "github", configured(folder))
    rows = all_rows(landing)
    assert {row[0] for row in rows.get(("github", "issues"), [])} == {f"github:issue:{issue['id']}" for issue in issues}
    land(landing, "github", configured(folder))
    assert all_rows(landing) == rows


# Bad input


def test_a_configured_repository_that_is_in_no_folder_names_its_setting(tmp_path: Path) -> None:
    write_tree(tmp_path / "github" / "acme" / "tool", REPOSITORY)
    refused("github", configured(tmp_path, "acme/tool", "acme/toll"), tmp_path / "landing", "github.repositories", "acme/toll/issues.jsonl")
    refused("github", configured(tmp_path, releases=("acme/cli",)), tmp_path / "landing", "github.release_repositories", "acme/cli")


def test_a_file_in_the_place_of_a_folder_names_the_setting(tmp_path: Path) -> None:
    write(tmp_path / "issues.jsonl", lines(*ISSUES))
    refused("github", configured(tmp_path, files=("issues.jsonl",)), tmp_path / "landing", "issues.jsonl: is no folder", "github.files")


DAMAGE = {
    "truncated": (lines(*ISSUES) + '{"id": 4, "ti', "line 4, column 11: the JSON is cut short"),
    "empty": ("", "line 1: the file is empty"),
    "not UTF-8": (lines(*ISSUES).encode() + b'{"id": 4, "title": "caf\xe9"}\n{"id": 5}\n', "line 4: byte 0xe9 is not UTF-8"),
    "HTML": ("<html>\n<body>Whoa there!</body>", "line 1, column 1: holds HTML"),
    "an error": ({"message": "Not Found", "documentation_url": "https://docs.github.com/rest", "status": "404"}, "error answer"),
}


@pytest.mark.parametrize(("content", "said"), DAMAGE.values(), ids=DAMAGE.keys())
def test_a_damaged_file_lands_nothing(tmp_path: Path, content: Any, said: str) -> None:
    write(tmp_path / "github" / "acme" / "tool" / "issues.jsonl", content)
    refused("github", configured(tmp_path), tmp_path / "landing", "github/acme/tool/issues.jsonl", said, "again")


def test_a_damaged_file_leaves_the_sound_ones_before_it(tmp_path: Path) -> None:
    write_tree(tmp_path / "github" / "acme" / "tool", REPOSITORY | {"comments.jsonl": '{"id"'})
    landing = Landing(tmp_path / "landing", lambda: MONDAY)
    with pytest.raises(SourceError, match=r"comments\.jsonl, line 1"):
        land(landing, "github", configured(tmp_path))
    assert set(landing.snapshot()) == {("github", "issues"), ("support_metrics", "files"), ("support_metrics", "syncs")}


def test_damaged_records_are_set_aside_with_file_and_line(tmp_path: Path) -> None:
    content = lines(*ISSUES, {"number": 4}, {"id": True}, {"id": 1.5}, {"id": 6, "updated_at": "last week"}, 7, {"id": 8})
    write(tmp_path / "github" / "acme" / "tool" / "issues.jsonl", content + '{"id": 9, "title": "\\udc00"}\n')
    landing = Landing(tmp_path / "landing", lambda: MONDAY)
    landed = land(landing, "github", configured(tmp_path))
    assert landed.written == {"issues": 4}
    assert [(each.place.rpartition("/")[2], each.reason) for each in landed.damaged] == [
        ("issues.jsonl:4", "has no id"),
        ("issues.jsonl:5", "its id is neither text nor an integer"),
        ("issues.jsonl:6", "its id is neither text nor an integer"),
        ("issues.jsonl:7", "its updated_at is no ISO 8601 instant"),
        ("issues.jsonl:8", "is no JSON object"),
        ("issues.jsonl:10", "holds half of a surrogate pair, which is no character"),
    ]


# Real repositories


@pytest.mark.skipif(not REALDATA.exists(), reason=f"no real data at {REALDATA}")
def test_real_repositories(tmp_path: Path) -> None:
    names = ("panjf2000/ants", "cfrg/draft-irtf-cfrg-vdaf", "oauth-wg/oauth-selective-disclosure-jwt")
    real = configured(REALDATA, *names)
    landing = Landing(tmp_path, lambda: MONDAY)
    written = {unit.name.removeprefix("github/"): landed.written for unit, landed in _land_by_unit(landing, real)}
    assert written == {
        "cfrg/draft-irtf-cfrg-vdaf/issues.jsonl": {"issues": 612},
        "cfrg/draft-irtf-cfrg-vdaf/comments.jsonl": {"comments": 790},
        "oauth-wg/oauth-selective-disclosure-jwt/issues.jsonl": {"issues": 580},
        "oauth-wg/oauth-selective-disclosure-jwt/comments.jsonl": {"comments": 1415},
        "panjf2000/ants/issues.jsonl": {"issues": 42},
        "panjf2000/ants/comments.jsonl": {"comments": 95},
        "panjf2000/ants/events.jsonl": {"events": 50},
    }
    assert len({key for (key,) in landing.rows("github", "events", "key")}) == 49
    assert (
        len([1 for (payload,) in landing.rows("github", "issues", "payload") if '"pull_request":{' in payload and "panjf2000" in payload])
        == 16
    )
    assert landing.rows("support_metrics", "damaged") == []


def _land_by_unit(landing: Landing, asked: Settings) -> Any:
    streams = list(SOURCES["github"].streams)
    return landing.land("github", SOURCES["github"].fetch(asked, streams, Known()), streams)


@pytest.mark.skipif(not REALDATA.exists(), reason=f"no real data at {REALDATA}")
def test_real_releases_without_ids(tmp_path: Path) -> None:
    write(tmp_path / "github" / "electron" / "electron" / "releases.json", (REALDATA / "github" / "electron_releases.json").read_bytes())
    found = items("github", configured(tmp_path, "electron/electron"))
    assert len({record.key for record in records(found, "releases")}) == 1750
    assert not damaged(found)

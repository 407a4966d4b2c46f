"""Globs, manifests, recognition by content, and what a file covers."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from support_metrics.errors import SourceError
from support_metrics.settings import Settings
from support_metrics.sources.base import Coverage
from support_metrics.sources.files import Found, Span, find
from support_metrics_tests.sources.world import write, write_tree


def at(folder: Path) -> Settings:
    return Settings.model_validate({"folder": folder})


def test_globs_begin_at_the_settings_folder_and_may_recurse(tmp_path: Path) -> None:
    write_tree(tmp_path / "set [1]", {"in/a.json": 1, "in/deep/b.json": 2, "c.txt": "3"})
    found = find(at(tmp_path / "set [1]"), ["in/**/*.json", "in/a.json"], "x.files")
    assert [each.name for each in found] == ["in/a.json", "in/deep/b.json"]


def test_an_absolute_pattern_is_taken_as_it_is(tmp_path: Path) -> None:
    path = write(tmp_path / "elsewhere" / "a.json", 1)
    (tmp_path / "team").mkdir()
    assert [each.name for each in find(at(tmp_path / "team"), [str(path)], "x.files")] == ["../elsewhere/a.json"]


def test_a_pattern_that_matches_nothing_names_the_setting(tmp_path: Path) -> None:
    write(tmp_path / "manifest.json", {})
    with pytest.raises(SourceError) as caught:
        find(at(tmp_path), ["*.json"], "shortcut.files")
    assert "shortcut.files: '*.json' matches nothing" in caught.value.problem
    assert "shortcut.files" in caught.value.mend


def test_the_manifest_orders_files_and_a_file_of_its_own_wins(tmp_path: Path) -> None:
    write_tree(
        tmp_path,
        {
            "manifest.json": {
                "observed_at": "2026-03-09T10:00:00+01:00",
                "covered_from": "2026-01-01T00:00:00Z",
                "files": {"z.json": {"observed_at": "2026-03-02T09:00:00Z"}},
            },
            "a.json": 1,
            "z.json": 2,
            "without/0.json": 3,
        },
    )
    found = find(at(tmp_path), ["**/*.json"], "x.files")
    march = [datetime(2026, 3, day, 9, tzinfo=UTC) for day in (2, 9)]
    assert [(each.name, each.observed_at) for each in found] == [("z.json", march[0]), ("a.json", march[1]), ("without/0.json", None)]
    assert [each.covered_from for each in found] == [datetime(2026, 1, 1, tzinfo=UTC)] * 2 + [None]


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        ("[]", "no JSON object"),
        ('{"observed_at": "2026-03-02', "line 1"),
        ({"observed_at": "2026-03-02T09:00:00"}, "observed_at is no instant with its offset"),
        ({"observed_at": 5}, "observed_at is no instant with its offset"),
        ({"files": {"a.json": {"covered_from": "yesterday"}}}, "files.a.json.covered_from is no instant"),
        ({"files": {"a.json": {"observed": "2026-03-02T09:00:00Z"}}}, "unknown field files.a.json.observed"),
        ({"files": []}, "`files` is no object"),
    ],
)
def test_a_wrong_manifest_is_one_clear_error(tmp_path: Path, manifest: object, said: str) -> None:
    write_tree(tmp_path, {"manifest.json": manifest, "a.json": 1})
    with pytest.raises(SourceError, match=r"manifest\.json") as caught:
        find(at(tmp_path), ["a.json"], "x.files")
    assert said in caught.value.problem


def test_content_is_what_recognises_a_file(tmp_path: Path) -> None:
    first, copy, other = (write(tmp_path / name, text) for name, text in (("a", "same"), ("b", "same"), ("c", "other")))
    before = Found(first, "a").digest([("", first)])
    os.utime(first, (1, 1))
    assert before == Found(first, "a").digest([("", first)]) == Found(copy, "b").digest([("", copy)])
    assert before != Found(other, "c").digest([("", other)])
    assert before != Found(first, "a").digest([("", first)], "read for another repository")
    assert before != Found(first, "a", covered_from=datetime(2026, 1, 1, tzinfo=UTC)).digest([("", first)])


def test_a_span_covers_what_the_manifest_says_else_what_was_seen(tmp_path: Path) -> None:
    march, april, may = (datetime(2026, month, 1, tzinfo=UTC) for month in (3, 4, 5))
    span = Span()
    assert list(span.coverage(Found(tmp_path, "f", observed_at=may), "s")) == []
    span.see(april, None, march)
    assert list(span.coverage(Found(tmp_path, "f"), "s", "scope")) == [Coverage("s", "scope", march, april)]
    assert list(span.coverage(Found(tmp_path, "f", observed_at=may), "s")) == [Coverage("s", "*", march, may)]
    assert list(span.coverage(Found(tmp_path, "f", may, april), "s")) == [Coverage("s", "*", april, may)]

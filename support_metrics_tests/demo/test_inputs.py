"""The demo inputs as files: they reproduce, stay small, and every source reads them without a damaged record."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from datetime import datetime
from pathlib import Path

from support_metrics.demo.dice import Dice
from support_metrics.demo.phrases import GRAMMAR
from support_metrics.demo.snapshots import demo_files
from support_metrics.settings import load_settings
from support_metrics.sources import SOURCES
from support_metrics.sources.base import Coverage, Damaged, Known, Record
from support_metrics_tests.demo.conftest import SNAPSHOTS


def committed(demo: Path) -> dict[str, bytes]:
    return {path.relative_to(demo).as_posix(): path.read_bytes() for path in demo.rglob("*") if path.is_file()}


def test_the_generator_reproduces_the_committed_files_byte_for_byte(demo: Path) -> None:
    made = dict(demo_files())
    there = committed(demo)
    assert sorted(made) == sorted(there)
    assert [name for name in made if made[name] != there[name]] == []


def test_the_command_gives_the_same_bytes_whatever_the_hash_seed_and_time_zone(demo: Path, tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONHASHSEED": "12345", "TZ": "Asia/Kolkata", "LC_ALL": "C"}
    subprocess.run([sys.executable, "-m", "support_metrics.demo", str(tmp_path)], check=True, env=environment, capture_output=True)
    assert committed(tmp_path) == committed(demo)


def test_another_seed_tells_another_story(demo: Path) -> None:
    other = dict(demo_files(seed=7))
    assert other["2025-11-17/slack.zip"] != committed(demo)["2025-11-17/slack.zip"]


def test_throws_of_the_dice_are_the_same_under_every_python() -> None:
    dice = Dice(1, "known")
    assert [dice.between(1, 6) for _ in range(10)] == [2, 4, 5, 2, 6, 1, 6, 4, 3, 1]


def test_the_files_stay_under_five_megabytes(demo: Path) -> None:
    assert sum(map(len, committed(demo).values())) < 5_000_000


def test_zips_hold_no_time_and_are_not_deflated(demo: Path) -> None:
    with zipfile.ZipFile(demo / "2026-01-19" / "slack.zip") as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_STORED}


def test_one_export_is_a_folder_and_another_a_zip(demo: Path) -> None:
    assert (demo / "2026-03-09" / "slack").is_dir() and (demo / "2026-01-19" / "slack.zip").is_file()


def test_every_snapshot_says_when_it_was_taken_and_overlaps_the_one_before(demo: Path) -> None:
    until = None
    for snapshot in SNAPSHOTS:
        manifest = json.loads((demo / snapshot / "manifest.json").read_text())
        observed_at, covered_from = (datetime.fromisoformat(manifest[field]) for field in ("observed_at", "covered_from"))
        assert f"{observed_at:%Y-%m-%d}" == snapshot and f"{observed_at:%a}" == "Mon"
        assert until is None or covered_from < until
        until = observed_at


def test_the_settings_pin_the_present_and_every_source_reads_its_files(demo: Path) -> None:
    settings = load_settings(demo / "support_metrics.toml")
    assert settings.team.as_of is not None and settings.team.as_of.isoformat() == "2026-03-16T12:00:00+00:00"
    for source in SOURCES.values():
        items = [item for unit in source.fetch(settings, list(source.streams), Known()) for item in unit.items]
        assert [item for item in items if isinstance(item, Damaged)] == []
        assert {item.stream for item in items if isinstance(item, Record)} >= set(source.streams) - {"comments"} or source.name == "github"
        assert any(isinstance(item, Coverage) for item in items)


def test_overrides_name_things_that_are_there(demo: Path) -> None:
    settings = load_settings(demo / "support_metrics.toml")
    keys = {
        item.key
        for source in SOURCES.values()
        for unit in source.fetch(settings, list(source.streams), Known())
        for item in unit.items
        if isinstance(item, Record)
    }
    overrides = settings.overrides
    for request in (*overrides.include, *overrides.exclude, *overrides.reattribute, *overrides.answer):
        assert request.request.startswith("https://github.com/") or request.request in keys
    assert overrides.answer[0].message in keys and overrides.reattribute[0].account in keys
    assert all(getattr(overrides, kind) for kind in type(overrides).model_fields)


def test_several_hundred_sentences() -> None:
    assert len({sentence for sentences in GRAMMAR.values() for sentence in sentences}) > 500

"""`make run LIVE=1`: the demo synced from loopback servers, snapshot after snapshot, gives the marts that its files give."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest

from support_metrics import pipeline
from support_metrics.settings import load_settings
from support_metrics_tests.demo.live import SETTINGS, TOKENS, compare, run_files, run_live, write_settings
from support_metrics_tests.sources.syncs import everything_written


def test_the_settings_differ_in_how_sources_are_read_and_in_nothing_else(tmp_path: Path) -> None:
    lines = {name: {"live": "true"} for name in ("slack", "github", "shortcut", "x", "youtube")}
    more = {"handoff": {"urls": '["http://sheet"]'}, "email": {"imap_host": '"h"'}}
    live = load_settings(write_settings(tmp_path / "live", lines | more))
    demo = load_settings(SETTINGS)
    assert not any(getattr(live, name).files for name in (*lines, "handoff", "email"))
    assert (live.roster, live.overrides, live.rota, live.targets) == (demo.roster, demo.overrides, demo.rota, demo.targets)
    assert [path.parent for path in (live.landing_path, live.warehouse_path, live.reports_path)] == [tmp_path / "live"] * 3


@pytest.mark.long
def test_read_live_the_demo_gives_the_marts_of_its_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    environment = dict(os.environ)
    live, files = run_live(tmp_path / "live"), run_files(tmp_path / "files")
    printed = capsys.readouterr().out
    assert compare(live, files).differences == []
    marts, rows, _ = compare(live, files)
    assert marts >= 19 and rows > 5_000
    assert "Week of 9 – 15 March 2026" in printed and f"Report: {tmp_path / 'live' / 'reports' / '2026-03-09.html'}" in printed
    settings = load_settings(live)
    kept = everything_written(settings.landing_path) + printed.encode()
    assert [name for name, secret in TOKENS.items() if secret.encode() in kept] == []
    assert dict(os.environ) == environment
    # The comparison is one: the same day earlier differs.
    assert settings.team.as_of
    pipeline.build_and_publish(settings, settings.team.as_of - timedelta(days=1))
    assert [each for each in compare(live, files).differences if each.startswith("requests: only the files: ")]

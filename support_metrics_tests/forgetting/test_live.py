"""Forgotten between two syncs over HTTP and IMAP, people are not brought back by the next, and every figure is as if nobody had been."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from support_metrics.settings import load_settings
from support_metrics_tests.demo.live import SETTINGS, Servers, _environment, _refresh, _sync, snapshots, write_settings
from support_metrics_tests.forgetting.conftest import run
from support_metrics_tests.forgetting.team import found_in
from support_metrics_tests.forgetting.test_forget import OF_PEOPLE, figures

# Known from Slack, GitHub and e-mail; from GitHub alone; from Slack alone; from e-mail; from X; from YouTube. What tells who they are.
PEOPLE = {
    "osandovalkerr": ("otis.sandoval", "otis sandoval", "osandovalkerr", "146473962", "u052v9xys8h"),
    "github:user:106665738": ("106665738", "junivale"),
    "lpettigrove": ("u0580ymlj0f", "lpettigrove"),
    "email:leocadia.zamorin@pickled-bits.example.org": ("leocadia.zamorin@", "leocadia zamorin"),
    "x:user:1200000095028002065": ("1200000095028002065", "rocco_ridgew12"),
    "Gaspar Silverlock": ("uc0922010224gaspar_silxx",),
}


@pytest.mark.long
@pytest.mark.timeout(600)
def test_a_live_sync_does_not_bring_them_back(tmp_path: Path) -> None:
    servers = Servers(load_settings(SETTINGS))
    folders = tmp_path / "kept", tmp_path / "forgotten"
    with servers.running() as live, _environment():
        files = [write_settings(folder, live) for folder in folders]
        for folder, file in zip(folders, files, strict=True):
            # The overrides are changed by forgetting; the demo's are not ours to change.
            shutil.copy(SETTINGS.with_name("overrides.toml"), folder)
            file.write_text(re.sub('overrides = ".*"', 'overrides = "overrides.toml"', file.read_text("utf-8")), "utf-8")
        *earlier, last = snapshots()
        for snapshot in earlier:
            servers.show(snapshot)
            for file in files:
                _sync(load_settings(file), servers.now)
        needles = tuple(needle for each in PEOPLE.values() for needle in each)
        assert {needle for there in found_in(folders[0], needles).values() for needle in there} == set(needles)
        for person in PEOPLE:
            result = run(folders[1], "forget", person, "--yes")
            assert result.exit_code == 0, result.output
        assert found_in(folders[1], needles) == {}
        servers.show(last)
        for file in files:
            _refresh(file)
    assert found_in(folders[1], needles) == {}
    ours, theirs = (figures(folder) for folder in folders)
    assert [name for name in ours if ours[name] != theirs[name]] == []
    assert len(ours) + len(OF_PEOPLE) > 20

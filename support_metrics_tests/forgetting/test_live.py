"""Forgotten between two syncs over HTTP and IMAP, people are not brought back by the next, and every figure is as if nobody had been."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from support_metrics import pipeline
from support_metrics.settings import load_settings
from support_metrics_tests.demo.live import FIRST_AS_OF, SETTINGS, Servers, _environment, _refresh, run_files, snapshots, write_settings
from support_metrics_tests.forgetting.conftest import run
from support_metrics_tests.forgetting.team import found_in
from support_metrics_tests.forgetting.test_forget import figures

pytestmark = pytest.mark.long

# Known from Slack, GitHub and e-mail; from X; from YouTube. What tells who they are.
PEOPLE = {
    "osandovalkerr": ("otis.sandoval", "otis sandoval", "osandovalkerr", "146473962", "u052v9xys8h"),
    "x:user:1200000095028002065": ("1200000095028002065", "rocco_ridgew12"),
    "Gaspar Silverlock": ("uc0922010224gaspar_silxx",),
}
NEEDLES = tuple(needle for each in PEOPLE.values() for needle in each)


@pytest.mark.timeout(600)
def test_a_live_sync_does_not_bring_them_back(tmp_path: Path) -> None:
    servers, folder = Servers(load_settings(SETTINGS)), tmp_path / "live"
    with servers.running() as live, _environment():
        file = write_settings(folder, live)
        # The overrides are changed by forgetting; the demo's are not ours to change.
        shutil.copy(SETTINGS.with_name("overrides.toml"), folder)
        file.write_text(re.sub('overrides = ".*"', 'overrides = "overrides.toml"', file.read_text("utf-8")), "utf-8")
        *earlier, first, last = snapshots()
        for snapshot in earlier:
            servers.show(snapshot)
            outcome = pipeline.land(load_settings(file))
            assert not [each for each in outcome.values() if isinstance(each, Exception)]
        servers.show(first)
        _refresh(file, "--as-of", FIRST_AS_OF)
        assert {needle for there in found_in(folder, NEEDLES).values() for needle in there} == set(NEEDLES)
        for person in PEOPLE:
            result = run(folder, "forget", person, "--yes")
            assert result.exit_code == 0, result.output
        assert found_in(folder, NEEDLES) == {}
        servers.show(last)
        _refresh(file)
    assert found_in(folder, NEEDLES) == {}
    ours, theirs = figures(folder), figures(run_files(tmp_path / "files").parent)
    assert [name for name in ours if name != "sources" and ours[name] != theirs[name]] == []

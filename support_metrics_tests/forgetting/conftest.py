"""Forgetting somebody, once, on the small team."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner, Result

from support_metrics.cli import main
from support_metrics.landing import Landing
from support_metrics.settings import load_settings
from support_metrics.sources.base import Progress, Unit
from support_metrics_tests.forgetting.team import NEEDLES, PERSON, make_team


def run(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["--settings", str(folder / "support_metrics.toml"), *arguments])


class Forgotten(NamedTuple):
    """The team as it was, the team without her, and what the command said."""

    before: Path
    after: Path
    result: Result


@pytest.fixture(scope="package")
def refreshed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("refreshed")
    make_team(folder)
    result = run(folder, "refresh", "--observed-until", "2026-03-09T08:00:00Z", "--as-of", "2026-03-09T08:00:00Z")
    assert result.exit_code == 0, result.output
    # As a live sync keeps when somebody's profile was asked for.
    asked = Progress("users", "github:user:88000001", datetime(2026, 3, 8, tzinfo=UTC), "{}")
    assert list(
        Landing(load_settings(folder / "support_metrics.toml").landing_path).land("github", [Unit("a profile", [asked])], ["users"])
    )
    assert run(folder, "build").exit_code == 0
    # As a build or a landing that is killed leaves what its memory did not hold.
    for spilled in ("warehouse/.spill", "landing/.aside"):
        part = folder / "data" / spilled / "duckdb_temp_storage-0.tmp"
        part.parent.mkdir(exist_ok=True)
        part.write_text(NEEDLES[0])
    return folder


@pytest.fixture(scope="package")
def forgotten(refreshed: Path, tmp_path_factory: pytest.TempPathFactory) -> Forgotten:
    """Shared: tests must leave it as it is."""
    after = Path(shutil.copytree(refreshed, tmp_path_factory.mktemp("forgotten") / "team", symlinks=True))
    return Forgotten(refreshed, after, run(after, "forget", PERSON, "--yes"))


@pytest.fixture
def team(refreshed: Path, tmp_path: Path) -> Path:
    """A copy of the refreshed team of one's own."""
    return Path(shutil.copytree(refreshed, tmp_path / "team", symlinks=True))

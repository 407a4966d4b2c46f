"""The main job on all the real data, done once."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner

from support_metrics.cli import main
from support_metrics.pipeline import published_with_steps
from support_metrics.settings import load_settings
from support_metrics.warehouse import models, open_published
from support_metrics_tests.real_data.raw import (
    ANTS,
    GIVEN,
    REALDATA,
    SD_JWT,
    STAFF,
    VDAF,
    Row,
    houston_organizers,
    login_of,
    read_lines,
    recorded_stories,
)

SETTINGS = """
[team]
name = "Real"
time_zone = "America/New_York"
as_of = 2026-04-20T12:00:00Z
[[calendars]]
time_zone = "America/New_York"
[slack]
files = ["exports/houstondatavis"]
channels = ["*"]
domain = "houstondatavis"
[github]
files = ["exports/github"]
repositories = ["cfrg/draft-irtf-cfrg-vdaf", "oauth-wg/oauth-selective-disclosure-jwt", "panjf2000/ants"]
release_repositories = ["electron/electron"]
[shortcut]
files = ["exports/shortcut_stories.json"]
label = "Goons"
"""
MANIFEST = {"observed_at": "2026-04-20T11:00:00Z", "covered_from": "2013-08-01T00:00:00Z"}
SMALL_SETTINGS = """
[team]
time_zone = "America/New_York"
as_of = 2016-04-04T12:00:00Z
[slack]
files = ["export*"]
channels = ["*"]
"""


@dataclass
class World:
    """What the main job published with the steps on the way there, what the jobs printed, and every mart after each run."""

    warehouse: duckdb.DuckDBPyConnection
    printed: list[str]
    marts: dict[str, dict[str, str]]
    staff: set[str]

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.warehouse.execute(sql).fetchall()

    def dicts(self, sql: str) -> list[Row]:
        answer = self.warehouse.execute(sql)
        names = [column[0] for column in answer.description or ()]
        return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]

    def one(self, sql: str) -> Any:
        ((value,),) = self.rows(sql)
        return value


@pytest.fixture(scope="session")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterable[World]:
    """The main job on everything, twice; and on the small export as the zip it is and as a folder whose day files are misnamed."""
    if not REALDATA.is_dir():
        if GIVEN:
            pytest.fail(f"REALDATA={GIVEN}: there is no such folder")
        pytest.skip(f"no real data: {REALDATA} is not there; say where they are: make real REALDATA=folder")
    folder = tmp_path_factory.mktemp("real")
    staff = _lay_out(folder)
    printed, marts = [], {}
    for run in ("first", "again"):
        printed.append(_refresh(folder / "support_metrics.toml"))
        marts[run] = _marts(folder / "support_metrics.toml")
    for name, export in (("zip", _linked_zip), ("misnamed", _misnamed_folder)):
        small = tmp_path_factory.mktemp(name)
        export(small)
        (small / "support_metrics.toml").write_text(SMALL_SETTINGS, "utf-8")
        printed.append(_refresh(small / "support_metrics.toml"))
        marts[name] = _marts(small / "support_metrics.toml")
    with published_with_steps(load_settings(folder / "support_metrics.toml")) as warehouse:
        yield World(warehouse, printed, marts, staff)


def _lay_out(folder: Path) -> set[str]:
    """The settings, and links to the files as they are; returns the logins of the staff, who are the team here."""
    exports = folder / "exports"
    for repository in (VDAF, SD_JWT, ANTS):
        place = exports / "github" / repository
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(REALDATA / "github" / repository)
    (exports / "github/electron/electron").mkdir(parents=True)
    (exports / "github/electron/electron/releases.json").symlink_to(REALDATA / "github/electron_releases.json")
    (exports / "houstondatavis").symlink_to(REALDATA / "slack/houstondatavis")
    (exports / "shortcut_stories.json").write_text(json.dumps(recorded_stories()), "utf-8")
    (exports / "manifest.json").write_text(json.dumps(MANIFEST), "utf-8")
    staff = {
        login_of(each)
        for repository in (VDAF, SD_JWT, ANTS)
        for each in (*read_lines(repository, "issues"), *read_lines(repository, "comments"))
        if each["author_association"] in STAFF
    }
    (folder / "support_metrics.toml").write_text(SETTINGS, "utf-8")
    members = [f'[[member]]\nname = "{login}"\ngithub = ["{login}"]\n' for login in sorted(staff)]
    members += [f'[[member]]\nname = "{user}"\nslack = ["{user}"]\n' for user in sorted(houston_organizers())]
    (folder / "roster.toml").write_text("\n".join(members), "utf-8")
    return staff


def _refresh(settings: Path) -> str:
    result = CliRunner().invoke(main, ["--settings", str(settings), "refresh"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def _marts(settings: Path) -> dict[str, str]:
    """A digest of every mart's rows as CSV; `sources` alone tells of syncing and may differ."""
    with closing(open_published(load_settings(settings))) as connection:
        digests = {}
        for model in models():
            if model.layer == "marts" and model.name != "sources":
                rows = connection.execute(f"from {model.table}").fetchall()
                digests[model.name] = f"{len(rows)} rows, {hashlib.sha256(repr(rows).encode()).hexdigest()}"
        return digests


def _linked_zip(folder: Path) -> None:
    (folder / "export.zip").symlink_to(REALDATA / "slack/small_export.zip")


def _misnamed_folder(folder: Path) -> None:
    """The same export unpacked, its day files named by days on which nothing was said, in another order."""
    export = folder / "export"
    with zipfile.ZipFile(REALDATA / "slack/small_export.zip") as archive:
        for number, name in enumerate(sorted(archive.namelist(), reverse=True)):
            if not name.endswith("/"):
                channel, slash, _ = name.rpartition("/")
                path = export / (f"{channel}/{date(2001, 1, 1) + timedelta(days=number)}.json" if slash else name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(archive.read(name))

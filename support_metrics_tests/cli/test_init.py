"""`init` writes files that load, and overwrites nothing."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from support_metrics.cli import main
from support_metrics.settings import Settings, load_settings
from support_metrics.starter import FILES, proposed_holiday_weeks, write_starter


def test_the_files_load_and_mean_the_defaults(tmp_path: Path) -> None:
    list(write_starter(tmp_path, date(2026, 3, 4)))
    settings = load_settings(tmp_path / "support_metrics.toml")
    assert settings.team.holiday_weeks == [date(2026, 11, 23), date(2026, 12, 21), date(2027, 11, 22), date(2027, 12, 20)]
    plain = Settings(folder=tmp_path, path=tmp_path / "support_metrics.toml")
    assert settings.model_copy(update={"team": plain.team}) == plain


def test_what_is_commented_out_is_valid_too(tmp_path: Path) -> None:
    """Every example, with its # removed, is a setting that exists."""
    list(write_starter(tmp_path, date(2026, 3, 4)))
    for name in FILES:
        path = tmp_path / name
        text = path.read_text("utf-8")
        path.write_text(re.sub(r"^# (?=\[\[?[a-z_.]+\]|[a-z_0-9-]+ = )", "", text, flags=re.MULTILINE), "utf-8")
    settings = load_settings(tmp_path / "support_metrics.toml")
    assert settings.roster.member
    assert settings.roster.shared
    assert settings.leads.lead
    assert all(made for _, made in settings.overrides)
    raw = tomllib.loads((tmp_path / "support_metrics.toml").read_text("utf-8"))
    assert set(raw) == set(Settings.model_fields) - {"folder", "path", "roster", "overrides", "rotation", "leads"}
    for section in ("team", "slack", "github", "shortcut", "handoff", "email", "x", "youtube", "releases", "paths"):
        assert set(raw[section]) == set(Settings.model_fields[section].annotation.model_fields), section  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("year", "thanksgiving", "christmas"),
    [
        (2022, date(2022, 11, 21), date(2022, 12, 19)),
        (2023, date(2023, 11, 20), date(2023, 12, 25)),
        (2024, date(2024, 11, 25), date(2024, 12, 23)),
        (2026, date(2026, 11, 23), date(2026, 12, 21)),
    ],
)
def test_the_weeks_of_thanksgiving_and_christmas(year: int, thanksgiving: date, christmas: date) -> None:
    assert proposed_holiday_weeks(year) == (thanksgiving, christmas)


def test_nothing_is_overwritten_and_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "roster.toml").write_text("# ours\n")
    result = CliRunner().invoke(main, ["init", str(tmp_path)])
    assert result.exit_code == 0
    assert f"wrote {tmp_path / 'support_metrics.toml'}" in result.output
    assert f"kept  {tmp_path / 'roster.toml'} (it was already there and is not overwritten)" in result.output
    assert (tmp_path / "roster.toml").read_text() == "# ours\n"
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    assert CliRunner().invoke(main, ["init", str(tmp_path)]).exit_code == 0
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_folder_that_is_a_file_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = CliRunner().invoke(main, ["init", str(tmp_path / "file/below")])
    assert result.exit_code == 1
    assert result.stderr.startswith("error: Not a directory: ")
    assert "what to do: " in result.stderr


def test_the_doctor_knows_what_is_missing_next(tmp_path: Path) -> None:
    CliRunner().invoke(main, ["init", str(tmp_path / "new")])
    result = CliRunner().invoke(main, ["doctor", "--settings", str(tmp_path / "new/support_metrics.toml")])
    assert result.exit_code == 1
    wrong = [line for line in result.output.splitlines() if line.startswith("WRONG")]
    assert len(wrong) == 2
    assert "names no member" in wrong[0]
    assert "no source is configured" in wrong[1]

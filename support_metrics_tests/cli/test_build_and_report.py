"""`build` and `report` at other moments, and `compact`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import Result

from support_metrics_tests.cli.conftest import Run, runner


@pytest.fixture
def team(refreshed: tuple[Path, Result], tmp_path: Path) -> Path:
    """A copy of the refreshed team."""
    return Path(shutil.copytree(refreshed[0], tmp_path / "team", symlinks=True))


@pytest.fixture
def run(team: Path) -> Run:
    return runner(team)


def one(run: Run, sql: str) -> object:
    result = run("query", "--format", "json", sql)
    assert result.exit_code == 0, result.output
    (row,) = json.loads(result.output)
    return next(iter(row.values()))


@pytest.mark.parametrize(
    ("given", "moment"),
    [
        ("2026-02-25T12:00:00+01:00", "2026-02-25T11:00:00Z"),
        ("2026-02-25 12:00", "2026-02-25T11:00:00Z"),
        ("2026-02-25", "2026-02-25T22:59:59.999999Z"),
    ],
)
def test_a_build_as_of_an_earlier_moment_shows_that_moment(run: Run, given: str, moment: str) -> None:
    result = run("build", "--as-of", given)
    assert result.exit_code == 0, result.output
    assert one(run, "select as_of_at from build") == moment
    assert one(run, "select count(*) from requests") == 1


def test_a_build_as_known_before_anything_was_landed_is_refused(team: Path, run: Run) -> None:
    before = (team / "kept/warehouse/warehouse.duckdb").resolve()
    for command in (["build"], ["report", "--week", "2026-03-02"]):
        result = run(*command, "--known-at", "2026-03-09")
        assert result.exit_code == 1
        assert "nothing had been landed by Mon 2026-03-09 23:59 Europe/Berlin" in result.stderr
    assert (team / "kept/warehouse/warehouse.duckdb").resolve() == before


def test_a_build_as_known_later_states_it(run: Run) -> None:
    assert run("build", "--known-at", "2099-03-09").exit_code == 0
    assert one(run, "select known_at from build") == "2099-03-09T22:59:59.999999Z"
    assert one(run, "select count(*) from requests") == 4


def test_a_build_says_when_an_override_has_no_effect(team: Path, run: Run) -> None:
    assert "Overrides:" not in run("build").output
    (team / "overrides.toml").write_text('[[exclude]]\nrequest = "slack:T:C:1.0"\nwho = "Ana"\nwhy = "spam"\n', "utf-8")
    result = run("build")
    assert result.exit_code == 0, result.output
    assert "Overrides: 1 entry without effect; `support-metrics doctor` says which and why" in result.output


def test_a_build_from_nothing_is_refused(team: Path, run: Run) -> None:
    shutil.rmtree(team / "kept/landing")
    link = (team / "kept/warehouse/warehouse.duckdb").resolve()
    result = run("build")
    assert result.exit_code == 1
    assert "nothing has been landed" in result.stderr
    assert (team / "kept/warehouse/warehouse.duckdb").resolve() == link


def test_a_damaged_landing_file_leaves_the_published_warehouse(team: Path, run: Run) -> None:
    before = (team / "kept/warehouse/warehouse.duckdb").resolve()
    content = before.read_bytes()
    file = next((team / "kept/landing/slack/messages").glob("*.parquet"))
    file.write_bytes(file.read_bytes()[:100])
    for command in (["build"], ["refresh"], ["report"]):
        result = run(*command)
        assert result.exit_code == 1
        assert result.stderr.count("error: ") >= 1
        assert "Traceback" not in result.stderr
        assert result.exception is None or isinstance(result.exception, SystemExit)
    assert (team / "kept/warehouse/warehouse.duckdb").resolve() == before
    assert before.read_bytes() == content
    assert not list((team / "kept/warehouse").glob("build-*"))
    assert "WRONG  landing     slack/messages: " in run("doctor").stdout


def test_report_prints_its_path_alone_and_publishes_nothing(team: Path, run: Run) -> None:
    before = (team / "kept/warehouse/warehouse.duckdb").resolve()
    for given, monday in (("2026-02-26", "2026-02-23"), ("2026-02-23", "2026-02-23"), (None, "2026-03-02")):
        result = run("report", *(["--week", given] if given else []))
        assert result.exit_code == 0, result.output
        path = Path(result.stdout.removesuffix("\n"))
        assert path == team / f"kept/reports/{monday}.html"
        assert path.is_file()
    assert (team / "kept/warehouse/warehouse.duckdb").resolve() == before
    assert not list((team / "kept/warehouse").glob("build-*"))


def test_the_current_week_can_be_reported_so_far_but_not_the_next(run: Run) -> None:
    assert run("report", "--week", "2026-03-09").exit_code == 0
    result = run("report", "--week", "2026-03-16")
    assert result.exit_code == 2
    assert "the week of 2026-03-16 has not begun as of Mon 2026-03-09 08:00 Europe/Berlin" in result.stderr


def test_a_week_before_history_is_refused_and_leaves_no_page(team: Path, run: Run) -> None:
    index = (team / "kept/reports/index.html").read_bytes()
    result = run("report", "--week", "2019-01-01")
    assert result.exit_code == 1
    assert "nothing is known of the week of 2018-12-31: history begins with the week of" in result.stderr
    assert not (team / "kept/reports/2018-12-31.html").exists()
    assert (team / "kept/reports/index.html").read_bytes() == index


def test_a_report_as_known_then_has_a_name_of_its_own(team: Path, run: Run) -> None:
    before = (team / "kept/reports/2026-03-02.html").read_bytes()
    result = run("report", "--known-at", "2027-01-01T00:00:00Z")
    assert Path(result.stdout.strip()).name != "2026-03-02.html"
    assert (team / "kept/reports/2026-03-02.html").read_bytes() == before


def test_a_week_is_no_instant(run: Run) -> None:
    result = run("report", "--week", "last")
    assert result.exit_code == 2
    assert "'last' is no date; write any day of the week, such as 2026-03-02" in result.stderr


def test_compact_leaves_every_result_as_it_was(team: Path, run: Run) -> None:
    query = ("query", "--format", "json", "from requests")
    files = len(list((team / "kept/landing").glob("*/*/*.parquet")))
    before = run(*query).output
    assert "files replaced" in run("compact").output
    assert run("build").exit_code == 0
    assert run(*query).output == before
    assert "nothing to compact" in run("compact").output
    assert len(list((team / "kept/landing").glob("*/*/*.parquet"))) < files

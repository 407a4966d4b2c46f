"""`leads` lists, exports and keeps where we stand with new people."""

from __future__ import annotations

import csv
import io
import json
import shutil
import threading
import tomllib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from click.testing import Result

from support_metrics.leads import HUBSPOT_COLUMNS, HUBSPOT_STATUS, employer, hubspot_row, set_status
from support_metrics.settings import Settings
from support_metrics.settings.leads import Status
from support_metrics_tests.cli.conftest import Run, runner, write


@pytest.fixture
def leading(refreshed: tuple[Path, Result], tmp_path: Path) -> Path:
    """A copy of the refreshed team, to write in."""
    return Path(shutil.copytree(refreshed[0], tmp_path / "team", symlinks=True))


def rows_of(result: Result) -> list[dict[str, str]]:
    assert result.exit_code == 0, result.output
    return list(csv.DictReader(io.StringIO(result.stdout, newline="")))


def test_new_people_with_what_they_asked(ask: Run) -> None:
    everybody = json.loads(ask("leads", "--format", "json", "--status", "unknown", "--status", "new").stdout)
    assert [(row["person_id"], row["first_question"], row["requests"]) for row in everybody] == [
        ("github:user:9", "Crash on start", 1),
        ("slack:T1:U8", "Why does my build fail with error 7?", 1),
        ("slack:T1:U7", "How do I install this? I get an error.", 2),
    ]
    assert everybody[0]["profile_urls"] == ["https://github.com/barbara"]


def test_by_week_day_and_status(ask: Run) -> None:
    def people(*options: str) -> list[str]:
        return [row["person_id"] for row in rows_of(ask("leads", "--format", "csv", "--status", "unknown", "--status", "new", *options))]

    assert people("--week", "2026-03-05") == ["github:user:9"]
    assert people("--since", "2026-02-26") == ["github:user:9", "slack:T1:U8"]
    assert people("--since", "2026-03-05") == []
    assert rows_of(ask("leads", "--format", "csv", "--status", "customer")) == []
    assert ask("leads", "--since", "2026-03-05", "--week", "2026-03-05").exit_code == 2


def test_the_help_speaks_of_dates(ask: Run) -> None:
    assert "--since DATE" in ask("leads", "--help").stdout


def test_the_table_says_what_matters_most_and_steers_no_terminal(ask: Run) -> None:
    result = ask("leads", "--status", "unknown", "--status", "new")
    assert "Crash on start" in result.stdout
    assert "\x1b" not in result.stdout
    assert "\u202e" not in result.stdout


def test_a_status_is_kept_with_comments_and_history(leading: Path) -> None:
    run, file = runner(leading), leading / "leads.toml"
    file.write_text("# ours\n[[lead]]\nperson = 'barbara' # met at a fair\nstatus = 'contacted'\nsince = 2026-03-05\nwho = 'Nick'\n")
    assert run("leads", "set", "@Barbara", "customer", "--who", "Nick", "--note", '=1+1 "won"').exit_code == 0
    text = file.read_text()
    assert "# ours\n" in text
    assert "# met at a fair" in text
    assert [each["status"] for each in tomllib.loads(text)["lead"]] == ["contacted", "customer"]
    assert run("build").exit_code == 0
    ((row,), (contact,)) = (rows_of(run("leads", "--status", "customer", "--format", form)) for form in ("csv", "hubspot"))
    assert (row["person_id"], row["status_by"], row["status_since_on"]) == ("github:user:9", "Nick", "2026-03-09")
    assert row["status_note"] == '\'=1+1 "won"'
    assert contact["Note"] == '\'=1+1 "won"'
    assert contact["Lifecycle Stage"] == "Customer"


def test_the_first_status_makes_the_file(leading: Path) -> None:
    assert runner(leading)("leads", "set", "slack:T1:U8", "not a lead", "--who", "Nick").exit_code == 0
    assert tomllib.loads((leading / "leads.toml").read_text())["lead"][0]["person"] == "slack:T1:U8"


def test_entries_said_at_once_are_all_kept(tmp_path: Path) -> None:
    settings = Settings(folder=tmp_path)
    begin = threading.Barrier(8)

    def say(number: int) -> None:
        begin.wait()
        set_status(settings, f"github:user:{number}", f"name {number}", "new", date(2026, 3, 1), "Nick")

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(say, range(8)))
    entries = tomllib.loads((tmp_path / "leads.toml").read_text())["lead"]
    assert {entry["person"] for entry in entries} == {f"github:user:{number}" for number in range(8)}


@pytest.mark.parametrize(("given", "says"), [("nobody", "nobody is known as 'nobody'"), ("ada", "on the team")])
def test_whom_it_cannot_tell_it_refuses(leading: Path, given: str, says: str) -> None:
    result = runner(leading)("leads", "set", given, "new", "--who", "Nick")
    assert result.exit_code == 1
    assert says in result.stderr
    assert not (leading / "leads.toml").exists()


def test_a_damaged_file_is_left_as_it_is(leading: Path) -> None:
    (leading / "leads.toml").write_text("lead = 1\n")
    result = runner(leading)("leads", "set", "barbara", "new", "--who", "Nick")
    assert result.exit_code == 1
    assert "leads.toml" in result.stderr
    assert (leading / "leads.toml").read_text() == "lead = 1\n"


def test_an_entry_that_means_nobody_is_named(leading: Path) -> None:
    write(leading / "leads.toml", "[[lead]]\nperson = 'barbra'\nstatus = 'new'\nsince = 2026-03-05\nwho = 'Nick'\n")
    run = runner(leading)
    assert run("build").exit_code == 0
    assert "entry 1, 'barbra', means nobody known; it has no effect" in run("leads").stderr


def test_statuses_are_no_figure(leading: Path) -> None:
    run = runner(leading)
    before = run("query", "--format", "csv", "select settings_hash, roster_hash, overrides_hash from build").stdout
    run("leads", "set", "barbara", "customer", "--who", "Nick")
    run("build")
    assert run("query", "--format", "csv", "select settings_hash, roster_hash, overrides_hash from build").stdout == before


def test_hubspots_layout(leading: Path, tmp_path: Path) -> None:
    out = tmp_path / "contacts.csv"
    result = runner(leading)("leads", "--format", "hubspot", "--status", "new", "--out", str(out))
    assert result.exit_code == 0
    assert result.stdout == ""
    assert "3 people in" in result.stderr
    raw = out.read_bytes()
    assert raw.decode("utf-8").splitlines()[0] == ",".join(HUBSPOT_COLUMNS)
    rows = list(csv.DictReader(io.StringIO(raw.decode(), newline="")))
    assert (rows[0]["First Name"], rows[0]["Last Name"], rows[0]["GitHub Login"]) == ("", "", "barbara")
    assert [(row["First Name"], row["Last Name"], row["Company Name"]) for row in rows][1:] == [
        ("Alan", "| <script>", ""),
        ("Grace", "\x1b[31m\u202eRed", ""),
    ]
    assert list(tmp_path.glob(".contacts*")) == []


def test_a_title_is_no_company_and_hides_no_domain() -> None:
    known = dict.fromkeys(
        ["person_id", "name", "full_name", "company", "organisation", "email", "github_login", "slack_name", "status_note"]
    )
    known |= dict.fromkeys(["first_question", "first_question_url", "mentioned_in_triage_url", "last_seen_at"])
    row = known | {"job_title": "Senior Backend Engineer", "employer_domain": "acme.example", "profile_urls": [], "channels": ["slack"], "requests": 1,
                   "status": "new", "first_seen_at": datetime(2026, 3, 2, tzinfo=UTC), "is_mentioned_in_triage": False}  # fmt: skip
    contact = dict(zip(HUBSPOT_COLUMNS, hubspot_row(row), strict=True))
    assert (contact["Company Name"], contact["Job Title"], contact["Website URL"]) == (
        None,
        "Senior Backend Engineer",
        "https://acme.example",
    )
    assert employer(row) == "acme.example"


def test_every_status_has_a_word_at_hubspot() -> None:
    assert set(HUBSPOT_STATUS) == set(Status.__args__)  # type: ignore[attr-defined]


def test_the_statuses_are_those_of_the_file() -> None:
    from typing import get_args

    from support_metrics.cli.leads import STATUSES
    from support_metrics.settings.leads import Status

    assert get_args(Status) == STATUSES

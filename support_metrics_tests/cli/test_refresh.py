"""`refresh`: what it tells, what it leaves behind, and what still stands when something is wrong."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import Result

from support_metrics_tests.cli.conftest import SETTINGS, USERS, Run, message, write


def published(team: Path) -> tuple[Path, bytes]:
    """The published file's identity and content."""
    file = (team / "kept/warehouse/warehouse.duckdb").resolve(strict=True)
    return file, file.read_bytes()


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "support_metrics.cli", *arguments]


def ask(run: Run, sql: str) -> list[dict[str, object]]:
    result = run("query", "--format", "json", sql)
    assert result.exit_code == 0, result.output
    rows: list[dict[str, object]] = json.loads(result.output)
    return rows


def change(team: Path, was: str, now: str) -> None:
    path = team / "support_metrics.toml"
    text = path.read_text()
    assert was in text
    path.write_text(text.replace(was, now, 1))


def test_it_shows_progress_then_the_week_then_the_report(refreshed: tuple[Path, Result]) -> None:
    folder, result = refreshed
    assert result.exit_code == 0, result.output
    assert re.search(r"slack +1 unit, 9 records, 9 new, 0 set aside", result.stdout)
    assert re.search(r"github +2 units, 2 records, 2 new, 0 set aside", result.stdout)
    assert re.search(r"marts +\d+ tables, [\d,]+ rows", result.stdout)
    summary = result.stdout.split("Week of ")[1]
    assert summary.startswith("2 – 8 March 2026, as of Mon 9 Mar 08:00 Europe/Berlin\n")
    figures = {line[2:20].strip(): line[20:].split() for line in summary.splitlines() if line.startswith("  ")}
    assert figures["users"] == ["0", "1", "1", "0", "0", "0", "0", "0.4", "2"]
    assert figures["the week before"] == ["0", "1", "0", "1", "0", "0", "0", "0.4", "2"]
    assert figures["change"] == ["0", "0", "+1", "-1", "0", "0", "0", "0", "0"]
    assert " ".join(figures["tickets"]) == "1 (the week before 0, change +1)"
    assert " ".join(figures["SLA compliance"]) == "100 % = 2 of 2 judged (the week before 50 % = 1 of 2 judged, change +50 points)"
    assert summary.splitlines()[-1] == f"Report: {folder / 'kept/reports/2026-03-02.html'}"
    assert (folder / "kept/reports/2026-03-02.html").stat().st_size > 10_000


def test_a_second_run_lands_nothing_new_and_says_the_same(team: Path, run: Run) -> None:
    first, rows = run("refresh"), None
    rows = ask(run, "from requests")
    second = run("refresh")
    assert second.exit_code == 0, second.output
    assert re.search(r"slack +1 unit \(1 of them landed before\), 0 records, 0 new", second.stdout)
    assert second.stdout.split("Week of ")[1] == first.stdout.split("Week of ")[1]
    assert ask(run, "from requests") == rows


def test_a_damaged_record_is_set_aside_and_named(team: Path, run: Run) -> None:
    day = [message("U7", "2026-03-05T09:00:00Z", "Does this work with Java 21?"), {"type": "message", "user": "U8", "text": "no moment"}]
    write(team / "exports/slack/support/2026-03-05.json", json.dumps(day, indent=4))
    result = run("refresh", "--only", "slack")
    assert result.exit_code == 0, result.output
    assert re.search(r"slack +1 unit, 10 records, 10 new, 1 set aside", result.stdout)
    lines = result.stdout.splitlines()
    (number,) = (number for number, line in enumerate(lines) if "  set aside:" in line)
    assert lines[number] == "    set aside: exports/slack/support/2026-03-05.json:8: has no ts"
    assert lines[number + 1].endswith("set aside: correct them at the source and export or fetch again; all others have landed")


def test_a_failing_source_is_named_and_the_others_go_on(team: Path, run: Run) -> None:
    assert run("refresh").exit_code == 0
    write(team / "exports/slack/support/2026-03-05.json", '[{"type": "message", "ts"')
    issues = team / "exports/github/tilt/demo/issues.jsonl"
    later = json.loads(issues.read_text()) | {
        "id": 2002,
        "number": 8,
        "created_at": "2026-03-05T10:00:00Z",
        "updated_at": "2026-03-05T10:00:00Z",
    }
    issues.write_text(issues.read_text() + json.dumps(later) + "\n")
    result = run("refresh")
    assert result.exit_code == 1
    assert re.search(r"slack +FAILED", result.stdout)
    assert "2026-03-05.json" in result.stderr.split("error: ")[1]
    assert "what to do: " in result.stderr
    assert result.stderr.splitlines()[-1].startswith("error: slack could not be read (see above); everything was built")
    assert "Week of 2 – 8 March 2026" in result.stdout
    assert [row["request_id"] for row in ask(run, "from requests where channel = 'github' order by all")] == [
        "github:issue:2001",
        "github:issue:2002",
    ]
    assert len(ask(run, "from requests where channel = 'slack'")) == 3


def test_what_could_not_be_written_was_not_unreadable(team: Path, run: Run) -> None:
    """A source that cannot be landed, as on a full disk, is told apart from one that cannot be read."""
    (team / "kept/landing").mkdir(parents=True)
    (team / "kept/landing/slack").symlink_to("nowhere")
    result = run("refresh")
    assert result.exit_code == 1
    assert result.stderr.startswith("error: cannot write the landing zone")
    assert "\nerror: slack could not be landed (see above); everything was built" in result.stderr
    write(team / "exports/stories.json", "[")
    told = run("refresh").stderr.splitlines()[-1]
    assert told.startswith("error: shortcut could not be read, slack could not be landed (see above); everything was built")


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ("channels =", "chanels =", "unknown setting slack.chanels, did you mean channels?"),
        ('zone = "Europe/Berlin"', 'zone = "Europe/Berlni"', "Europe/Berlni"),
        ("[slack]", "[slak]", "unknown setting slak, did you mean slack?"),
        ("[slack]", "[handoff.columns]\ntues = 'Tuesday'\n[slack]", "handoff.columns.tues: Input should be 'submitted_at'"),
        ("[slack]", "[slack", "not valid TOML"),
        ("[[calendars]]", '[[calendars]]\ncountry = "ZZ"', "ZZ"),
    ],
)
def test_wrong_settings_are_one_clear_error_and_what_was_published_stands(
    refreshed: tuple[Path, Result], tmp_path: Path, was: str, now: str, said: str
) -> None:
    from support_metrics_tests.cli.conftest import runner

    folder, _ = refreshed
    before = published(folder)
    write(tmp_path / "roster.toml", "")
    for name in ("exports", "kept"):
        (tmp_path / name).symlink_to(folder / name)
    assert was in SETTINGS
    write(tmp_path / "support_metrics.toml", SETTINGS.replace(was, now, 1))
    for command in ("refresh", "build"):
        result = runner(tmp_path)(command)
        assert result.exit_code == 1
        assert result.stderr.count("error: ") == result.stderr.count("what to do: ") == 1
        assert said in result.stderr
        assert "Traceback" not in result.stderr
    assert published(folder) == before


def test_files_that_are_not_there_fail_their_source_alone(team: Path, run: Run) -> None:
    change(team, '"exports/slack*"', '"exports/slak*"')
    result = run("refresh")
    assert result.exit_code == 1
    assert "slack.files: 'exports/slak*' matches nothing" in result.stderr
    assert len(re.findall("FAILED", result.stdout)) == 1
    assert "Report: " in result.stdout


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ('channels = ["support"]', 'channels = ["suport"]', "slack.channels: no export holds a channel 'suport'"),
        ('"tilt/demo"', '"tilt/dmeo"', "github.repositories: tilt/dmeo is in none"),
    ],
)
def test_a_place_that_is_nowhere_stops_the_build_since_its_figures_would_count_too_little(
    team: Path, run: Run, was: str, now: str, said: str
) -> None:
    assert run("refresh").exit_code == 0
    before = published(team)
    stories = json.loads((team / "exports/stories.json").read_text())
    write(team / "exports/stories.json", [*stories, {**stories[0], "id": 12}])
    pages = {page.name: page.read_bytes() for page in (team / "kept/reports").iterdir()}
    change(team, was, now)
    result = run("refresh")
    assert result.exit_code == 1
    assert result.stderr.startswith(f"error: {said}")
    assert result.stderr.count("error: ") == result.stderr.count("what to do: ") == 1
    assert result.stderr.splitlines()[-1].startswith("nothing was built")
    assert re.search(r"shortcut +1 unit, 2 records, 1 new", result.stdout), "the other sources have landed all the same"
    assert "Report: " not in result.stdout
    assert published(team) == before
    assert {page.name: page.read_bytes() for page in (team / "kept/reports").iterdir()} == pages


def test_a_place_that_was_there_before_fails_alone(team: Path, run: Run) -> None:
    """A channel renamed since, whose requests stay, and a repository whose files are gone."""
    assert run("refresh").exit_code == 0
    requests = ask(run, "select request_id from requests order by all")
    write(team / "exports/slack/channels.json", [{"id": "C1", "name": "help"}])
    (team / "exports/slack/support").rename(team / "exports/slack/help")
    (team / "exports/github/tilt/demo").rename(team / "exports/github/tilt/other")
    result = run("refresh")
    assert result.exit_code == 1 and "Report: " in result.stdout
    assert 'error: slack.channels: #support is now #help\nwhat to do: write "help" in its place' in result.stderr
    assert "error: github.repositories: tilt/demo is in none of the folders that github.files names any more" in result.stderr
    assert "error: slack, github could not be read (see above); everything was built" in result.stderr
    assert ask(run, "select request_id from requests order by all") == requests


def test_nothing_landed_is_an_error_and_publishes_nothing(team: Path, run: Run) -> None:
    write(team / "exports/slack/support/2026-03-05.json", "[")
    result = run("refresh", "--only", "slack")
    assert result.exit_code == 1
    assert "error: nothing could be landed, so there is nothing to build" in result.stderr
    assert not (team / "kept/warehouse").exists()


def test_no_source_configured_says_so(team: Path, run: Run) -> None:
    write(team / "support_metrics.toml", "")
    result = run("refresh")
    assert result.exit_code == 1
    assert "no source is configured" in result.stderr


@pytest.mark.parametrize(("name", "said"), [("slak", "there is no source 'slak'"), ("email", "source 'email' is not configured")])
def test_only_takes_configured_sources(run: Run, name: str, said: str) -> None:
    result = run("refresh", "--only", name)
    assert result.exit_code == 1
    assert said in result.stderr


def test_history_can_be_replayed_as_it_happened(team: Path, run: Run) -> None:
    """On the earlier Monday the later export was not there yet, and the moment judged at is that Monday."""
    moments = {"files": {"slack": {"observed_at": "2026-03-02T06:00:00Z", "covered_from": "2026-01-01T00:00:00Z"}}}
    write(team / "exports/manifest.json", {"observed_at": "2026-03-09T06:30:00Z", **moments})
    write(team / "exports/slack/users.json", USERS)
    result = run("refresh", "--observed-until", "2026-03-02 08:00")
    assert result.exit_code == 0, result.output
    assert re.search(r"slack +1 unit,", result.stdout)
    assert re.search(r"github +0 units,", result.stdout)
    assert "Building as of Mon 2026-03-02 08:00 Europe/Berlin" in result.stdout
    assert "Week of 23 February – 1 March 2026" in result.stdout
    assert ask(run, "select as_of_at from build") == [{"as_of_at": "2026-03-02T07:00:00Z"}]
    assert "nothing was taken by" in run("refresh", "--observed-until", "2025-01-01", "--settings", str(elsewhere(team))).stderr


def elsewhere(team: Path) -> Path:
    """The same team with an empty landing zone."""
    path = team / "other.toml"
    path.write_text((team / "support_metrics.toml").read_text().replace('"kept/', '"empty/'))
    return path


@pytest.mark.parametrize(("setting", "name"), [("landing", "landing zone"), ("warehouse", "warehouse"), ("reports", "report")])
def test_an_unwritable_folder_is_one_clear_error(team: Path, run: Run, setting: str, name: str) -> None:
    """Below a file no folder can be made, whoever asks."""
    write(team / "file", "")
    change(team, f'{setting} = "kept/{setting}"', f'{setting} = "file/{setting}"')
    result = run("refresh")
    assert result.exit_code == 1
    assert f"file/{setting}" in result.stderr
    assert name in result.stderr
    assert "what to do: " in result.stderr
    assert "Traceback" not in result.stderr


def test_an_interrupted_refresh_is_quiet_and_leaves_no_half_build(team: Path, run: Run) -> None:
    assert run("refresh", "--only", "github").exit_code == 0
    before = published(team)
    with subprocess.Popen(command("refresh"), cwd=team, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stderr
        while "Building as of" not in (line := process.stdout.readline()):
            assert line, process.stderr.read()
        process.send_signal(signal.SIGINT)
        said = process.stderr.read()
        assert "error" not in said
        assert process.wait(timeout=60) == 130, said
    assert published(team) == before
    assert not list((team / "kept/warehouse").glob("build-*"))


def test_on_a_terminal_a_moving_line_comes_and_goes(team: Path) -> None:
    """What stays are the lines that a pipe gets; the cursor is shown again."""
    write(team / "exports/slack/support/2026-03-05.json", [{"type": "message", "user": "U8", "text": "no moment"}])
    reader, writer = os.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "120"}
    with subprocess.Popen(command("refresh"), cwd=team, stdout=writer, stderr=subprocess.PIPE, env=environment) as process:
        os.close(writer)
        shown = b""
        while block := _read(reader):
            shown += block
        assert process.wait(timeout=60) == 0
    os.close(reader)
    text = shown.decode()
    assert "landing slack" in text
    assert text.rindex("\x1b[?25h") > text.rindex("\x1b[?25l")
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)
    assert "set aside: exports/slack/support/2026-03-05.json" in plain
    assert plain.splitlines()[-1].strip() == "Report: kept/reports/2026-03-02.html"


def _read(reader: int) -> bytes:
    """The next block; nothing when the other side has been closed, which Linux calls an error."""
    try:
        return os.read(reader, 65536)
    except OSError:
        return b""

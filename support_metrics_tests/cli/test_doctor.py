"""`doctor` finds what is wrong and says how to mend it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from click.testing import Result

from support_metrics.doctor import examine
from support_metrics.settings import Settings
from support_metrics.sources import SOURCES
from support_metrics.sources.base import Known, Unit
from support_metrics.sources.x import X
from support_metrics_tests.cli.conftest import ROSTER, SETTINGS, Run, write


def test_a_sound_team_has_nothing_wrong(ask: Run, refreshed: tuple[Path, Result]) -> None:
    result = ask("doctor")
    assert result.exit_code == 0, result.output
    assert result.stdout.endswith("\nNothing is wrong.\n")
    for line in (
        "slack.files: 'exports/slack*' matches 1 path",
        "1 of the team, 0 shared",
        "as of 2026-03-09 07:00Z",
        "the last week whose report is due is that of 2026-03-02",
    ):
        assert line in result.stdout
    assert "versions in" in result.stdout


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ("[github]\n", "[github]\nrepositorys = []\n", "unknown setting github.repositorys, did you mean repositories?"),
        ('"exports/slack*"', '"exports/slak*", "exports/slack"', "slack.files: 'exports/slak*' matches nothing"),
        ('channels = ["support"]', 'channels = ["help"]', "no export holds a channel 'help'"),
        ('channels = ["support"]', "channels = []", "slack.channels: no channel is configured"),
        ('"tilt/demo"', '"tilt/other"', "github.repositories: tilt/other is in none of the folders"),
        ('"kept/reports"', '"roster.toml/reports"', "paths.reports: cannot write to"),
        ("[[calendars]]\n", '[[calendars]]\ncountry = "ZZ"\n', "ZZ"),
        ("[slack]", '[[targets]]\npolicy = "soon"\nchannels = ["slack"]\nwithin = "1h"\n[slack]', "no target names channel 'github'"),
        (
            "[slack]",
            '[[rota]]\nweek = 2026-03-02\nexterminator = "Bob"\n[slack]',
            "'Bob', on duty in the week of 2026-03-02, is not in the roster",
        ),
    ],
)
def test_wrong_settings_are_found_and_mended(team: Path, run: Run, was: str, now: str, said: str) -> None:
    assert was in SETTINGS
    write(team / "support_metrics.toml", SETTINGS.replace(was, now, 1))
    result = run("doctor")
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    (found,) = (number for number, line in enumerate(lines) if line.startswith("WRONG"))
    assert said in lines[found]
    assert "what to do: " in lines[found + 1]
    assert lines[-1] == "1 thing is wrong."


@pytest.mark.parametrize("again", ["[slack]\nlive = true\n", '[github]\nrepositories = ["a/b"]\nrepositories = []\n'])
def test_a_section_pasted_below_the_one_there_is_told_as_such(team: Path, run: Run, again: str) -> None:
    write(team / "support_metrics.toml", SETTINGS.replace("[github]", "[elsewhere]") + again)
    assert "stands in the file already: change it there" in run("doctor").stdout


@pytest.mark.parametrize(
    ("roster", "said"),
    [
        ("", "names no member"),
        ('[[member]]\nname = "Ada"\n', "Ada has no account"),
        (ROSTER + "from = 2026-02-01\nto = 2026-01-01\n", "Ada leaves on 2026-01-01, before joining on 2026-02-01"),
        (ROSTER + '[[member]]\nname = "Bob"\nslack = ["U1"]\n', "slack U1 belongs to both Ada and Bob"),
        ("[[membr]]", "unknown setting membr, did you mean member?"),
    ],
)
def test_a_wrong_roster_is_found(team: Path, run: Run, roster: str, said: str) -> None:
    write(team / "roster.toml", roster)
    result = run("doctor")
    assert result.exit_code == 1
    assert said in result.stdout


def test_an_account_may_change_hands(team: Path, run: Run) -> None:
    members = (
        '[[member]]\nname = "Ada"\nemail = ["a@b.c"]\nto = 2026-01-31\n[[member]]\nname = "Bob"\nemail = ["a@b.c"]\nfrom = 2026-02-01\n'
    )
    write(team / "roster.toml", members)
    assert "belongs to both" not in run("doctor").stdout


def test_accounts_nobody_has_seen_are_noted(team: Path, run: Run) -> None:
    write(team / "roster.toml", ROSTER.replace("[1]", '["adaa"]').replace('"U1"', '"U1", "U99"'))
    assert run("refresh").exit_code == 0
    result = run("doctor")
    assert "note   roster      Ada: no GitHub account adaa has been landed; is it spelt right?" in result.stdout
    assert "note   roster      Ada: no Slack account U99 has been landed; is it spelt right?" in result.stdout


def test_what_was_set_aside_is_told_until_it_is_mended(team: Path, run: Run) -> None:
    day = team / "exports/slack/support/2026-03-05.json"
    write(day, [{"type": "message", "user": "U7", "text": "no ts"}])
    assert run("refresh").exit_code == 0
    for _ in range(2):  # in the run that meets it, and in those after
        result = run("refresh")
        assert result.exit_code == 0
        assert "1 record of Slack could not be used" in result.stdout
        assert "slack messages: 1 record could not be used (exports/slack/support/2026-03-05.json:1: has no ts)" in run("doctor").stdout
    day.unlink()
    result = run("refresh")
    assert "could not be used" not in result.stdout + run("doctor").stdout


FAILED = {
    "a day file cut short": ("exports/slack/support/2026-03-05.json", '[{"ts": "17', "2026-03-05.json, line 1, column 9: the JSON is cut short"),
    "stories that are no JSON": ("exports/stories.json", "<html>", "exports/stories.json, line 1, column 1: holds HTML or XML"),
    "a line of issues": ("exports/github/tilt/demo/issues.jsonl", "{}\n{", "exports/github/tilt/demo/issues.jsonl, line 2"),
}  # fmt: skip


@pytest.mark.parametrize(("file", "content", "said"), FAILED.values(), ids=FAILED.keys())
def test_what_failed_in_the_last_refresh_is_told_until_it_is_mended(team: Path, run: Run, file: str, content: str, said: str) -> None:
    assert run("refresh").exit_code == 0
    was = (team / file).read_text() if (team / file).exists() else "[]"
    write(team / file, content)
    assert run("refresh").exit_code == 1
    result = run("doctor")
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    (found,) = (number for number, line in enumerate(lines) if line.startswith("WRONG"))
    assert said in lines[found] and "export or fetch it again" in lines[found + 1]
    assert lines[-1] == "1 thing is wrong."
    write(team / file, was)
    assert run("doctor").exit_code == 0


def test_every_damaged_file_is_told_and_so_is_what_the_sound_ones_hold(team: Path, run: Run) -> None:
    """A refresh stops a source at its first; the doctor reads on, and what landing holds it does not read."""
    assert run("refresh").exit_code == 0
    story = json.loads((team / "exports/stories.json").read_text())
    for name, content in (("stories_a", "["), ("stories_b", "{"), ("stories_c", [*story, *story, {}])):
        write(team / f"exports/{name}.json", content)
    write(team / "support_metrics.toml", SETTINGS.replace("exports/stories.json", "exports/stories*.json"))
    said = run("doctor").stdout
    assert "exports/stories_a.json, line 1" in said and "exports/stories_b.json, line 1" in said
    assert "shortcut.files: 1 unit not landed yet, and readable; `support-metrics refresh` does it; 1 record could not be used" in said
    assert "(exports/stories_c.json:1, item 3: has no id); correct them at the source" in said
    assert "2 things are wrong." in said


def test_headings_are_looked_for_in_every_handoff_file_landed_or_not(team: Path, run: Run) -> None:
    write(team / "handoff_a.csv", "Timestamp,Exterminator\n2026/03/06 5:00:00 PM,Ada\n")
    write(team / "handoff_b.csv", "Timestamp,Exterminator,Days\n2026/03/06 5:00:00 PM,Ada,3\n")
    handoff = '[handoff]\nfiles = ["handoff_*.csv"]\n[handoff.columns]\nsubmitted_at = "Timestamp"\nexterminator = "Exterminator"\n'
    write(team / "support_metrics.toml", SETTINGS + handoff)
    assert run("refresh").exit_code == 0
    assert run("doctor").exit_code == 0
    write(team / "support_metrics.toml", f'{SETTINGS}{handoff}mon = "Days"\n')
    result = run("doctor")
    assert result.exit_code == 1
    assert result.stdout.count("WRONG") == 1
    assert "WRONG  handoff     handoff_a.csv, line 1: no column 'Days', which handoff.columns.mon names" in result.stdout
    assert "what to do: set handoff.columns.mon to headings there are, or leave out what the form does not ask" in result.stdout
    (team / "kept/landing").rename(team / "kept/landed")
    assert run("doctor").stdout.count("WRONG") == 1, "what is told of a heading and of an answer is told once"


def test_files_are_read_without_asking_the_api(team: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class LiveX(X):
        def fetch(self, settings: Settings, streams: Sequence[str], known: Known) -> Iterator[Unit]:
            raise AssertionError("it asked the API")

    monkeypatch.setitem(SOURCES, "x", LiveX())
    write(team / "x_mentions.json", '{"data": [')
    write(team / "support_metrics.toml", f'{SETTINGS}[x]\nfiles = ["x_mentions.json"]\n')
    (wrong,) = (finding.says for finding in examine(str(team / "support_metrics.toml")) if finding.level == "wrong")
    assert wrong == "x_mentions.json, line 1, column 11: the JSON is cut short"
    for source in SOURCES.values():
        assert hasattr(source, "fetch_files") or not hasattr(source, "check_live"), source.name


def test_a_file_that_is_no_warehouse_is_found(team: Path, run: Run) -> None:
    write(team / "kept/warehouse/warehouse.duckdb", "not a database")
    result = run("doctor")
    assert result.exit_code == 1
    assert "WRONG  warehouse" in result.stdout
    assert "support-metrics build" in result.stdout


def test_tokens_are_named_and_never_shown(team: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A live source tells which environment variables it needs."""

    class LiveX(X):
        tokens: Mapping[str, str] = {"X_TOKEN_HELD": "mentions", "X_TOKEN_MISSING": "direct messages"}

    monkeypatch.setitem(SOURCES, "x", LiveX())
    not_configured = [finding.says for finding in examine(str(team / "support_metrics.toml")) if finding.about == "x"]
    assert not_configured == [
        "not configured: no files under [x], and not read live, for which the environment would hold X_TOKEN_HELD or X_TOKEN_MISSING (docs/x.md)"
    ]
    write(team / "x_mentions.json", '{"data": [], "meta": {}}')
    write(team / "support_metrics.toml", f'{SETTINGS}[x]\nfiles = ["x_mentions.json"]\n')
    monkeypatch.setenv("X_TOKEN_HELD", "s3cret")
    monkeypatch.delenv("X_TOKEN_MISSING", raising=False)
    said = [finding.says for finding in examine(str(team / "support_metrics.toml")) if finding.about == "x"]
    assert "token X_TOKEN_HELD (mentions): set" in said
    assert "token X_TOKEN_MISSING (direct messages): not set, needed only for the live source" in said
    assert "s3cret" not in "".join(said)


def test_it_changes_nothing(team: Path, run: Run) -> None:
    before = {path: path.is_file() and path.read_bytes() for path in team.rglob("*")}
    run("doctor")
    assert {path: path.is_file() and path.read_bytes() for path in team.rglob("*")} == before


def test_without_settings_it_says_how_to_begin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("doctor", "--settings", "nowhere.toml")
    assert result.exit_code == 1
    assert "no settings file nowhere.toml" in result.stdout
    assert "support-metrics init" in result.stdout


def test_a_slack_id_under_another_team_is_never_passed_over_in_silence(team: Path, run: Run) -> None:
    """Without `team_id` the roster's ids must still meet the export's, or the doctor must say that they do not."""
    write(team / "support_metrics.toml", SETTINGS.replace('team_id = "T1"\n', ""))
    assert run("refresh").exit_code == 0
    answered = "(1 row)" in run("query", "select request_id from requests where opened_on = '2026-03-03' and state = 'met'").output
    assert answered or 'what to do: set team_id = "T1" under [slack]' in run("doctor").stdout

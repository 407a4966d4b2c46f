"""Numbers followed to their messages on the command line: text and JSON, wrong input, and nothing that steers the terminal."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import duckdb
import pytest

from support_metrics.cli.explain import CHANNELS
from support_metrics_tests.cli.conftest import Run, make_team, message, runner, write

ASKED = "2026-03-03T09:00:00Z"
ESCAPES = "How do I stop \x1b[2J\x1b]0;owned\x07 \x9b31m this\u202e error?\r\nwiped \x00 line \u2066x"


def test_a_request_as_text(ask: Run) -> None:
    result = ask("explain", "tilt/demo#7")
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[:5] == [
        "Request github:issue:2001 in tilt/demo",
        "  Crash on start",
        "  https://github.com/tilt/demo/issues/7",
        "  met: answered by Ada 30 min of business time after opening; target 3 h",
        "  counts on Wed 2026-03-04 and in the week of 2026-03-02; taken for a request because: opened an issue",
    ]
    assert "an answer within 3 h of business time" in result.stdout
    assert "Wed 2026-03-04 11:00:00 (10:00:00Z)  barbara [github:user:9]" in result.stdout


def test_a_request_as_json(ask: Run) -> None:
    found = json.loads(ask("explain", "tilt/demo#7", "--format", "json").stdout)
    assert found["view"] == {"as_of_at": "2026-03-09T07:00:00Z", "known_at": None, "time_zone": "Europe/Berlin"}
    (request,) = found["requests"]
    assert (request["request_id"], request["opened_at"], request["week"]) == ("github:issue:2001", "2026-03-04T10:00:00Z", "2026-03-02")
    assert [each["roles"] for each in request["messages"]] == [["opens"], ["first_human", "first_response"]]
    assert request["responder"]["roster"][0]["to_on"] is None


def test_a_day_and_a_week(ask: Run) -> None:
    day = ask("explain", "--day", "2026-03-03", "--channel", "slack").stdout
    assert day.startswith("Who needed us on Tue 2026-03-03, channel slack\n  marts.daily_users: 1 user (0 of them new), 1 request\n")
    week = ask("explain", "--week", "2026-03-05")
    assert "Who needed us in the week 2026-03-02 – 2026-03-08, channel all" in week.stdout
    found = json.loads(ask("explain", "--week", "2026-03-05", "--format", "json").stdout)
    assert found["published"] == found["recounted"] == {"users": 2, "new_users": 1, "requests": 2}
    assert [each["name"] for each in found["askers"]] == ["Grace \x1b[31m\u202eRed", "barbara"]


def test_text_from_outside_cannot_steer_the_terminal(tmp_path: Path) -> None:
    run = runner(make_team(tmp_path))
    settings = tmp_path / "support_metrics.toml"
    settings.write_text(f'{settings.read_text("utf-8")}[[targets]]\npolicy = "soon"\nchannels = ["github"]\nwithin = "3h"\n', "utf-8")
    asked = message("U7", ASKED, ESCAPES)
    near = message("U8", "2026-03-03T12:00:00Z", "thanks \x1b[31mall")
    write(tmp_path / "exports/slack/support/2026-03-03.json", [asked, near])
    assert run("refresh").exit_code == 0
    key = f"slack:T1:C1:{asked['ts']}"
    for arguments in (
        [key],
        ["--day", "2026-03-03"],
        [key, "--format", "json"],
        ["--day", "2026-03-03", "--format", "json"],
        ["t1\x1b[31m"],
    ):
        result = run("explain", *arguments)
        steering = [each for each in result.output if not each.isprintable() and each != "\n"]
        assert steering == [], arguments
    text = run("explain", key).stdout
    assert "  no promise was in force for slack\n" in text
    assert "“How do I stop \N{REPLACEMENT CHARACTER}[2J" in text and "wiped" in text
    json_text = run("explain", key, "--format", "json").stdout
    assert json.loads(json_text)["requests"][0]["messages"][0]["text"] == ESCAPES


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "give either REQUEST_OR_URL or --day or --week"),
        (["a", "--day", "2026-03-02"], "only one of them"),
        (["--day", "2026-03-02", "--week", "2026-03-02"], "only one of them"),
        (["a", "--channel", "slack"], "--channel goes with --day or --week"),
        (["--day", "yesterday"], "'yesterday' is no date; write it as 2026-03-02"),
        (["--day", "2026-03-02", "--channel", "fax"], "'fax' is not one of"),
        (["a", "--format", "csv"], "'csv' is not one of"),
    ],
)
def test_wrong_use_says_how(ask: Run, arguments: list[str], said: str) -> None:
    result = ask("explain", *arguments)
    assert result.exit_code == 2
    assert said in result.stderr


def test_what_is_unknown_is_an_error_with_what_to_do(ask: Run) -> None:
    for asked in ("https://example.org/nonsense", "hello", "other/place#1", ""):
        result = ask("explain", asked)
        assert (result.exit_code, result.stdout) == (1, ""), asked
        assert result.stderr.startswith("error: ") and "\nwhat to do: give a request_id, its link" in result.stderr
    assert "other/place is not among the repositories read (tilt/demo)" in ask("explain", "other/place#1").stderr


def test_without_a_warehouse_it_says_what_to_run(run: Run) -> None:
    result = run("explain", "tilt/demo#7")
    assert result.exit_code == 1
    assert "what to do: run `support-metrics refresh` first" in result.stderr


def test_figures_that_do_not_follow_from_the_list_fail(refreshed: tuple[Path, object], tmp_path: Path) -> None:
    folder = tmp_path / "team"
    shutil.copytree(refreshed[0], folder, symlinks=True)
    with duckdb.connect(str((folder / "kept/warehouse/warehouse.duckdb").resolve())) as connection:
        connection.execute("update marts.daily_users set requests = 7 where day = date '2026-03-03' and channel = 'slack'")
    result = runner(folder)("explain", "--day", "2026-03-03", "--channel", "slack")
    assert result.exit_code == 1
    assert "!!! THE LIST DOES NOT GIVE THE NUMBER: requests is 7 in the mart, 1 by this list" in result.stdout
    assert "error: what is listed does not give the published figure: requests is 7 in the mart, 1 by this list" in result.stderr


def test_the_channels_offered_are_those_counted() -> None:
    from support_metrics import explain

    assert (*explain.CHANNELS, "all") == CHANNELS

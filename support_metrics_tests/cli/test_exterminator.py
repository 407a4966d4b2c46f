"""The commands of the person on duty, on a small team."""

from __future__ import annotations

import json

from support_metrics_tests.cli.conftest import Run


def test_today(ask: Run) -> None:
    result = ask("exterminator", "today")
    assert result.exit_code == 0, result.output
    assert result.output.startswith("Waiting at Mon 9 Mar 08:00 Europe/Berlin, as known at Mon 9 Mar 08:00")
    assert "\x1b" not in result.output
    found = json.loads(ask("exterminator", "today", "--json").output)
    assert sorted(found) == ["as_of", "high_priority_unassigned", "known_until", "moment", "waiting"]
    lines = [line for line in result.output.splitlines() if "asked" in line and "due" in line]
    assert len(lines) == len(found["waiting"])


def test_week_handoff_release_and_rota(ask: Run) -> None:
    for command, words in {
        "week": ["Week of 2 – 8 March 2026", "on duty", "release  ", "waiting  "],
        "handoff": ["Week: 2026-03-02", "Monday:", "Notes:"],
        "release": ["Week of 2026-03-02: "],
    }.items():
        result = ask("exterminator", command, "--week", "2026-03-04")
        assert result.exit_code == 0, result.output
        assert [each for each in words if each not in result.output] == []
    result = ask("exterminator", "rota", "--weeks", "2")
    assert result.output == "2026-03-09  nobody yet\n2026-03-16  nobody yet\n"
    assert json.loads(ask("exterminator", "handoff", "--json").output)["answers"]["week"] == "2026-03-09"


def test_without_a_warehouse_it_says_what_to_do(run: Run) -> None:
    for command in ("today", "week", "handoff", "release"):
        result = run("exterminator", command)
        assert result.exit_code == 1
        assert "what to do:" in result.stderr


def test_a_week_that_is_not_over_is_compared_day_by_day_with_what_has_ended(ask: Run) -> None:
    output = ask("exterminator", "week", "--week", "2026-03-09").output
    assert "the week is not over: its first day has not ended" in output
    (changes,) = (line for line in output.splitlines() if line.startswith("  change"))
    assert set(changes.split()[1:]) == {"—"}
    assert "change +" not in output and "change -" not in output


def test_addresses_are_refused_before_a_token_is_asked_for(ask: Run) -> None:
    result = ask("exterminator", "sync", "--issue", "https://gitlab.com/x/y/issues/1")
    assert result.exit_code == 1
    assert "lies on gitlab.com" in result.stderr and "TOKEN" not in result.output

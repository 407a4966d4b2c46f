"""Help comes fast, and every command shows how it is used."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from support_metrics.cli import main

COMMANDS = [
    "init",
    "doctor",
    "refresh",
    "build",
    "report",
    "serve",
    "query",
    "explain",
    "exterminator",
    "leads",
    "tables",
    "compact",
    "forget",
]
HEAVY = {"pydantic", "duckdb", "pandas", "dagster", "plotly", "pyarrow", "rich", "holidays", "numpy", "jinja2"}


def examples(help_text: str) -> list[str]:
    """The commands of a help's example: without prompt, comment or redirection."""
    lines = help_text.split("Example:", 1)[1].splitlines()
    parts = [part.strip() for line in lines for part in line.split(" #")[0].split("&&")]
    return [re.split(r" [<>] ", part)[0] for part in parts if part.startswith("support-metrics")]


def test_the_commands_are_these() -> None:
    assert list(main.commands) == COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
def test_every_help_has_an_example_that_the_command_understands(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shown = CliRunner().invoke(main, [command, "--help"])
    assert shown.exit_code == 0, shown.output
    used = [shlex.split(example)[1:] for example in examples(shown.output)]
    assert any(command in arguments for arguments in used)
    for arguments in used:
        context = main.make_context("support-metrics", list(arguments))
        name, chosen, rest = main.resolve_command(context, [*context._protected_args, *context.args])
        assert chosen is not None
        chosen.make_context(name, rest, parent=context)


@pytest.mark.parametrize("command", [None, *COMMANDS])
def test_the_settings_file_may_stand_before_or_after_the_command(command: str | None) -> None:
    chosen: click.Command = main if command is None else main.commands[command]
    offers = any("--settings" in parameter.opts for parameter in chosen.params)
    assert offers == (command != "init")


def test_help_in_a_process_of_its_own_imports_nothing_heavy() -> None:
    code = "import sys; from support_metrics.cli import main; main(['--help'], standalone_mode=False); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert "Usage: " in done.stdout
    assert not HEAVY & {name.split(".")[0] for name in done.stderr.split()}


def test_a_misspelt_command_is_refused() -> None:
    result = CliRunner().invoke(main, ["refesh"])
    assert result.exit_code == 2
    assert "refesh" in result.output


@pytest.mark.parametrize("given", ["yesterday", "2026-13-01", "12:00"])
def test_an_instant_that_is_none_says_how_to_write_one(given: str) -> None:
    result = CliRunner().invoke(main, ["build", "--as-of", given])
    assert result.exit_code == 2
    assert f"'{given}' is no instant; write 2026-03-06T17:00:00Z" in result.output

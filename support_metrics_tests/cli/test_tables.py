"""What tables exist and what they say comes from the models' headers."""

from __future__ import annotations

from click.testing import CliRunner

from support_metrics.cli import main
from support_metrics.warehouse import models


def tables(*arguments: str) -> str:
    result = CliRunner().invoke(main, ["tables", *arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_list_names_every_table_marts_first() -> None:
    named = [line.split()[0] for line in tables().splitlines() if line.split(".")[0] in ("marts", "core", "staging")]
    assert sorted(named) == sorted(model.table for model in models())
    assert [name.split(".")[0] for name in named] == sorted((model.layer for model in models()), key=["marts", "core", "staging"].index)


def test_a_table_tells_its_grain_and_every_column() -> None:
    shown = tables("daily_users")
    (model,) = (model for model in models() if model.table == "marts.daily_users")
    assert shown.startswith("marts.daily_users\n")
    assert "one row per day, channel" in shown
    for column in model.columns:
        assert column.name in shown
        assert column.type in shown
    assert " ".join(shown.split()).count(model.columns[2].says) == 1


def test_a_mart_wins_over_a_core_table_of_the_same_name() -> None:
    assert tables("requests").startswith("marts.requests\n")
    assert tables("core.requests").startswith("core.requests\n")


def test_an_unknown_table_is_guessed() -> None:
    result = CliRunner().invoke(main, ["tables", "dayly_users"])
    assert result.exit_code == 1
    assert "did you mean marts.daily_users?" in result.stderr

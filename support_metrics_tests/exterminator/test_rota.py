"""The rotation: an order that repeats, swaps, and what wins."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
from pydantic import ValidationError

from support_metrics.errors import SettingsError
from support_metrics.exterminator.rota import handed_over, told, turns
from support_metrics.settings import Duty, Member, Roster, Rotation, Settings, load_settings
from support_metrics.settings.rotation import duties
from support_metrics_tests.report.example import insert

FIRST = date(2026, 3, 2)
ORDER = [{"from": FIRST, "people": ["Ada", "Ben", "Cleo"]}]


def weeks(rotation: dict[str, object], until: date = date(2026, 4, 6), rota: list[Duty] | None = None) -> list[str]:
    return [f"{week:%m-%d} {name}" for week, name, _ in duties(rota or [], Rotation.model_validate(rotation), until)]


def test_people_follow_one_another_over_and_over() -> None:
    assert weeks({"order": ORDER}) == ["03-02 Ada", "03-09 Ben", "03-16 Cleo", "03-23 Ada", "03-30 Ben", "04-06 Cleo"]


def test_a_swap_takes_one_week_and_moves_nobody_else() -> None:
    assert weeks({"order": ORDER, "swap": [{"week": "2026-03-09", "exterminator": "Cleo"}]}, date(2026, 3, 23)) == [
        "03-02 Ada", "03-09 Cleo", "03-16 Cleo", "03-23 Ada",
    ]  # fmt: skip


def test_a_later_order_takes_over_and_begins_anew() -> None:
    later = [*ORDER, {"from": date(2026, 3, 16), "people": ["Dan", "Ada"]}]
    assert weeks({"order": later}, date(2026, 3, 30)) == ["03-02 Ada", "03-09 Ben", "03-16 Dan", "03-23 Ada", "03-30 Dan"]


def test_the_settings_win_over_the_order_and_a_swap_over_both() -> None:
    rota = [
        Duty(week=date(2026, 3, 9), exterminator="Eve"),
        Duty(week=date(2026, 3, 16), exterminator="Eve"),
        Duty(week=date(2026, 3, 9), exterminator="Fay"),
    ]
    found = weeks({"order": ORDER, "swap": [{"week": "2026-03-16", "exterminator": "Ada"}]}, date(2026, 3, 16), rota)
    assert found == ["03-02 Ada", "03-09 Eve", "03-09 Fay", "03-16 Ada"]


@pytest.mark.parametrize(
    ("rotation", "problem"),
    [
        ({"order": [{"from": "2026-03-03", "people": ["Ada"]}]}, "2026-03-03 is a Tuesday; name a week by its Monday, 2026-03-02"),
        ({"order": [{"from": "2026-03-02", "people": []}]}, "at least 1 item"),
        ({"swap": [{"week": "2026-03-02", "exterminator": "Ada"}] * 2}, "two entries of swap begin on 2026-03-02"),
        ({"order": ORDER * 2}, "two entries of order begin on 2026-03-02"),
    ],
)
def test_what_cannot_be_is_said(rotation: dict[str, object], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        Rotation.model_validate(rotation)


def test_a_name_that_is_not_on_the_roster_is_an_error_with_a_guess(tmp_path: Path) -> None:
    (tmp_path / "support_metrics.toml").write_text("")
    (tmp_path / "roster.toml").write_text('[[member]]\nname = "Ada Example"\n')
    (tmp_path / "rotation.toml").write_text('[[order]]\nfrom = 2026-03-02\npeople = ["Ada Exampel"]\n')
    with pytest.raises(SettingsError, match="'Ada Exampel' is not on the roster, did you mean 'Ada Example'"):
        load_settings(tmp_path / "support_metrics.toml")


def test_the_weeks_to_come_with_swaps_and_doubts() -> None:
    roster = Roster(member=[Member(name="Ada"), Member(name="Ben", to=date(2026, 3, 10)), Member(name="Cleo")])
    swap = [{"week": "2026-03-16", "exterminator": "Ada", "why": "Cleo is away"}]
    settings = Settings(roster=roster, rotation=Rotation.model_validate({"order": ORDER, "swap": swap}))
    lines = [told(turn) for turn in turns(settings, date(2026, 2, 23), 7, {date(2026, 3, 2): "Ben"})]
    assert lines == [
        "2026-02-23  nobody yet",
        "2026-03-02  Ada",
        "2026-03-09  Ben",
        "2026-03-16  Ada  (instead of Cleo; Cleo is away)",
        "2026-03-23  Ada",
        "2026-03-30  Ben  (NOT ON THE TEAM THAT WEEK)",
        "2026-04-06  Cleo",
    ]


def test_where_the_settings_name_nobody_the_handoff_form_tells(marts: duckdb.DuckDBPyConnection) -> None:
    monday = date(2026, 2, 16)
    insert(marts, "weekly_exterminators", week=monday, exterminator="Ada", next_exterminator="Ben")
    insert(marts, "weekly_exterminators", week=monday + timedelta(weeks=1), exterminator="Cleo", next_exterminator="Dan")
    handed = handed_over(marts)
    settings = Settings(rotation=Rotation.model_validate({"order": [{"from": date(2026, 3, 9), "people": ["Ada"]}]}))
    assert [told(turn) for turn in turns(settings, date(2026, 2, 9), 5, handed)] == [
        "2026-02-09  nobody yet",
        "2026-02-16  Ada  (by the handoff form)",
        "2026-02-23  Cleo  (by the handoff form)",
        "2026-03-02  Dan  (by the handoff form)",
        "2026-03-09  Ada",
    ]

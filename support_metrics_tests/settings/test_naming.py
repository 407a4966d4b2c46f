"""Errors in the settings name what is wrong as whoever wrote the file would look for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from support_metrics.errors import SettingsError
from support_metrics.settings import load_settings
from support_metrics.settings.naming import name_of
from support_metrics_tests.sources.world import write_tree

HELPDESK = 'policy = "soon"\nwithin = "3h"\n'
WRONG = {
    "a member by the name": ("roster", '[[member]]\nname = "Bo"\n[[member]]\nname = "Ana Lima"\nform = 1\n', "member 2 (Ana Lima): form"),
    "a member without a name": ("roster", "[[member]]\n", "member 1: name: Field required"),
    "a shared account": ("roster", '[[shared]]\nname = "desk"\nslack = [7]\n', "shared 1 (desk): slack 1 (7): Input should be a valid string"),
    "one of several types": ("roster", '[[member]]\nname = "Bo"\ngithub = ["a", 1.5]\n', "member 1 (Bo): github 2 (1.5): Input should be"),
    "a calendar that has no name": ("settings", '[[calendars]]\ntime_zone = "X/Y"\n', "calendars 1: time_zone: 'X/Y' is no IANA time zone"),
    "a whole entry": ("settings", '[[calendars]]\nname = "late"\nhours = {mon = [["17:00", "9:00"]]}\n', "calendars 1 (late): hours on mon close"),
    "a list in a list": ("settings", '[[calendars]]\nhours = {tue = [["9:00", "x"]]}\n', "calendars 1: hours.tue 1.2: 'x' is no time of day"),
    "a list too short": ("settings", '[[calendars]]\nhours = {tue = [["9:00"]]}\n', "calendars 1: hours.tue 1.2: Field required"),
    "a target by its policy": ("settings", f'[[targets]]\n{HELPDESK}channels = ["x", "slak"]\n', "targets 1 (soon): channels 2 ('slak'): Input"),
    "a value of a section's list": ("settings", "[slack]\nfiles = [3]\n", "slack.files 1 (3): Input should be a valid string"),
    "a week of the rota": ("settings", '[[rota]]\nweek = 2026-03-02\n', "rota 1 (2026-03-02): exterminator: Field required"),
    "an override": ("overrides", '[[exclude]]\nrequest = "slack:T1:C1:2"\nwho = ""\nwhy = "spam"\n', "exclude 1 (slack:T1:C1:2): who: is empty"),
    "a lead": ("leads", '[[lead]]\nperson = "ana"\nstatus = "hm"\nsince = 2026-01-01\nwho = "Bo"\n', "lead 1 (ana): status: Input should be"),
}  # fmt: skip


@pytest.mark.parametrize(("file", "content", "said"), WRONG.values(), ids=WRONG.keys())
def test_an_entry_is_counted_from_one_and_called_by_its_name(tmp_path: Path, file: str, content: str, said: str) -> None:
    write_tree(tmp_path, {"settings.toml": "", f"{file}.toml": content})
    with pytest.raises(SettingsError) as caught:
        load_settings(tmp_path / "settings.toml")
    assert f"{file}.toml: {said}" in caught.value.problem.replace("unknown setting ", "")


def test_a_long_name_is_cut() -> None:
    assert name_of(("member", 0, "to"), {"member": [{"name": "a" * 1000}]}) == f"member 1 ({'a' * 60}…): to"

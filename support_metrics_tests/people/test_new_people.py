"""Whose profile is worth a call to GitHub, as the published marts tell: people known to be new who asked lately, and nobody else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from support_metrics import pipeline
from support_metrics.new_people import new_people
from support_metrics.settings import Settings
from support_metrics.sources.base import Known, Unit
from support_metrics_tests.small_team import COVERED_ISSUES, MONDAY, ROSTER, TEAM, SmallTeam, at, issue

NOW = at(7, "08:00")
SETTINGS = (
    TEAM.replace("new_user_warmup_days = 0", "new_user_warmup_days = 10").replace("[github]", "[github]\nlive = true")
    + '[[bots]]\naccount = "github:user:4"\nfrom = 2020-01-01\n'
)
LEADS = '[[lead]]\nperson = "no-lead"\nstatus = "not a lead"\nsince = 2026-03-03\nwho = "Nick"\n'


@pytest.fixture
def team(tmp_path: Path) -> SmallTeam:
    team = SmallTeam(tmp_path)
    team.write(settings=SETTINGS, roster=ROSTER)
    (tmp_path / "leads.toml").write_text(LEADS)
    return team


class Listening:
    """A source that yields nothing and keeps what it is told of new people."""

    name = "github"
    streams: Mapping[str, str] = {"users": "Nothing."}

    def __init__(self) -> None:
        self.told: list[Mapping[str, str]] = []

    def is_configured(self, settings: Settings) -> bool:
        return True

    def fetch(self, settings: Settings, streams: Sequence[str], known: Known) -> Iterator[Unit]:
        self.told.append(known.new_people)
        return iter(())


def changed(settings: Settings, **github: object) -> Settings:
    return settings.model_copy(update={"github": settings.github.model_copy(update=github)})


def test_nobody_before_anything_was_published(team: SmallTeam) -> None:
    assert new_people(team.settings) == {}


def test_who_is_known_to_be_new_and_asked_lately(team: SmallTeam) -> None:
    team.land(
        "github",
        [
            issue(1, 1, "first", at(0, "10:00")),
            issue(2, 2, "latest", at(1, "10:00")),
            issue(3, 3, "tess", at(1, "11:00")),  # of the team
            issue(4, 4, "machine", at(1, "12:00")),  # a bot by the settings
            issue(5, 5, "helper[bot]", at(1, "12:00")),
            issue(6, None, "", at(1, "13:00")),  # an account deleted since
            issue(7, 7, "no-lead", at(1, "14:00")),
            issue(8, 8, "there-already", MONDAY - timedelta(days=55)),  # when history began
            issue(9, 8, "there-already", at(2, "10:00")),
            issue(10, 10, "long-silent", MONDAY - timedelta(days=40)),
            issue(11, 11, "voter-only", at(1, "15:00"), pull_request={"url": "x"}),
            *COVERED_ISSUES,
        ],
    )
    settings = team.settings
    pipeline.build_and_publish(settings, NOW)
    assert list(new_people(settings).items()) == [
        ("github:user:2", "latest"),
        ("github:user:1", "first"),
        ("github:user:10", "long-silent"),
    ]
    assert new_people(changed(settings, profiles_per_sync=0)) == {} == new_people(changed(settings, live=False))
    pipeline.build_and_publish(settings, NOW + timedelta(days=50))
    assert list(new_people(settings)) == ["github:user:2", "github:user:1"]


def test_the_source_is_told(team: SmallTeam) -> None:
    team.land("github", [issue(1, 1, "first", at(0, "10:00")), *COVERED_ISSUES])
    pipeline.build_and_publish(team.settings, NOW)
    source = Listening()
    pipeline.land_source(team.settings, source)
    assert source.told == [{"github:user:1": "first"}]

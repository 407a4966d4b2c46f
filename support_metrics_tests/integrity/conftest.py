"""The demo, landed once: what had been observed by an early moment kept aside, then everything else; and its records counted again."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import duckdb
import pytest

from support_metrics import pipeline, warehouse
from support_metrics.settings import Settings, load_settings
from support_metrics_tests.integrity.people import People
from support_metrics_tests.integrity.recount import Recount, Request
from support_metrics_tests.integrity.slack import SlackRequests

DEMO = Path(__file__).parents[2] / "data/demo/support_metrics.toml"
EARLY = datetime(2026, 1, 19, 13, tzinfo=UTC)  # after the demo's second snapshot was taken
REPORTED = datetime(2026, 3, 9, 13, tzinfo=UTC)  # after the third, on the Monday on which the week before was reported


class Demo(NamedTuple):
    settings: Settings
    as_of: datetime
    early: Settings  # the same with what had been observed by EARLY only
    known_at: datetime  # when that was landed and nothing else
    reported_at: datetime  # when what had been observed by REPORTED was


def demo_at(folder: Path) -> Settings:
    settings = load_settings(DEMO)
    paths = settings.paths.model_copy(update={"landing": folder / "landing", "warehouse": folder / "warehouse"})
    return settings.model_copy(update={"paths": paths})


@pytest.fixture(scope="package")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    folder = tmp_path_factory.mktemp("demo")
    settings, early = demo_at(folder / "all"), demo_at(folder / "early")
    outcome = pipeline.land(settings, observed_until=EARLY)
    shutil.copytree(settings.landing_path, early.landing_path)
    known_at = datetime.now(UTC)
    outcome |= pipeline.land(settings, observed_until=REPORTED)
    reported_at = datetime.now(UTC)
    outcome |= pipeline.land(settings)
    assert not [each for each in outcome.values() if isinstance(each, Exception)], outcome
    assert settings.team.as_of
    return Demo(settings, settings.team.as_of, early, known_at, reported_at)


@pytest.fixture(scope="package")
def built(demo: Demo) -> Iterator[duckdb.DuckDBPyConnection]:
    with warehouse.whole(demo.settings, as_of=demo.as_of) as connection:
        yield connection


@pytest.fixture(scope="package")
def people(demo: Demo) -> People:
    return People(Recount(demo.settings, demo.as_of, {}))


@pytest.fixture(scope="package")
def recount(demo: Demo, people: People) -> Recount:
    return Recount(demo.settings, demo.as_of, people.persons)


@pytest.fixture(scope="package")
def slack(recount: Recount, people: People, built: duckdb.DuckDBPyConnection) -> SlackRequests:
    rows = built.execute("select message_id, asks, leads_up from core.slack_questions").fetchall()
    return SlackRequests(recount, people, {key: (asks, leads_up) for key, asks, leads_up in rows})


@pytest.fixture(scope="package")
def requests(recount: Recount, slack: SlackRequests) -> list[Request]:
    return recount.requests(slack.requests())

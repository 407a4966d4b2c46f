"""What sources are told of requests that wait for an answer, from the published warehouse to the thread that is read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from support_metrics import pipeline
from support_metrics.settings import Settings, load_settings
from support_metrics.sources import SOURCES
from support_metrics.warehouse import LINK, open_published
from support_metrics_tests.servers.base import serving
from support_metrics_tests.sources.slack_world import HELP, World, ts
from support_metrics_tests.sources.world import write

HOUR, MINUTE = 1 / 24, 1 / 1440
FIRST, SECOND, ALONE = ts(HOUR), ts(HOUR - 3 * MINUTE), ts(2 * HOUR)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    world = World(monkeypatch)
    world.space.channel(HELP, "help")
    for user, name in (("U1", "ada"), ("U2", "bob"), ("U3", "cleo")):
        world.space.user(user, name)
    world.space.post(HELP, ALONE, "U3", "Why does my build fail with error 9?")
    world.space.post(HELP, FIRST, "U2", "How do I install this? I get an error.")
    world.space.post(HELP, SECOND, "U2", "It says error 7, what can I do?")
    with serving(world.api):
        yield world


@pytest.fixture
def settings(world: World, tmp_path: Path) -> Settings:
    write(tmp_path / "roster.toml", '[[member]]\nname = "Ada"\nslack = ["U1"]\n')
    slack = f'[slack]\nlive = true\napi_url = "{world.api.address}/api/"\nchannels = ["help"]\nrequests_per_minute = 1e6\n'
    return load_settings(write(tmp_path / "settings.toml", f'[paths]\nlanding = "landing"\nwarehouse = "warehouse"\n{slack}'))


def refreshed(world: World, settings: Settings) -> dict[str, dict[str, Any]]:
    """Requests by the ts that opened them, after a sync and a build."""
    pipeline.land_source(settings, SOURCES["slack"])
    pipeline.build_and_publish(settings, world.clock)
    with open_published(settings) as connection:
        rows = connection.execute("select request_id, message_ids, first_response_at, state from marts.requests").fetchall()
    return {row[0].rpartition(":")[2]: dict(zip(("message_ids", "answered_at", "state"), row[1:], strict=True)) for row in rows}


def test_a_late_answer_in_the_thread_of_a_later_message_of_the_request_is_found(world: World, settings: Settings) -> None:
    first = refreshed(world, settings)
    assert first[FIRST]["message_ids"] == [f"slack:T1:{HELP}:{each}" for each in (FIRST, SECOND)]
    assert first[ALONE]["message_ids"] is None and first[FIRST]["answered_at"] is None
    world.later(days=35)
    pipeline.land_source(settings, SOURCES["slack"])
    world.later(days=5)
    world.space.post(HELP, ts(-39.9), "U1", "Take the new installer.", thread=SECOND)
    world.asked()
    answered = refreshed(world, settings)
    assert answered[FIRST]["state"] == "late" and answered[FIRST]["answered_at"] is not None
    assert answered[ALONE]["state"] == "overdue"
    assert world.asked().count("conversations.replies") == 3, "one for each message of the two requests"


def test_a_warehouse_of_an_earlier_version_tells_the_requests_alone(settings: Settings, tmp_path: Path) -> None:
    """Then only the thread of the first message is read again, until the next build."""
    (tmp_path / "warehouse").mkdir()
    with duckdb.connect(str(tmp_path / "warehouse" / LINK)) as connection:
        connection.execute("create schema marts")
        connection.execute(
            "create table marts.requests as select 'a' as request_id, null::timestamptz as first_response_at, 'overdue' as state"
        )
    assert pipeline.waiting_requests(settings) == {"a"}

"""A source's step: what it shows, what it retries, and how it fails without stopping the others."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from dagster import AssetKey, AssetsDefinition, Backoff, DagsterInstance, Jitter, RetryPolicy

from support_metrics.assets.settings_file import SettingsFile
from support_metrics.assets.streams import IS_READABLE, NOTHING_ASIDE, RETRIES, stream_assets
from support_metrics.errors import SourceError, SourceUnavailable
from support_metrics.settings import Settings
from support_metrics.sources import SOURCES
from support_metrics.sources.base import Coverage, Damaged, Item, Known, Record, Unit
from support_metrics_tests.assets.conftest import Run, checks, failures, materialized

AT_ONCE = RetryPolicy(max_retries=2, delay=0)
THEN = datetime(2026, 3, 2, tzinfo=UTC)


@dataclass
class Birds:
    """A small real source: two streams, one damaged record, and as many failures first as it is given."""

    failures: list[Exception] = field(default_factory=list)
    attempts: int = 0
    name: str = "birds"
    streams: Mapping[str, str] = field(default_factory=lambda: {"calls": "What was heard.", "nests": "Where they live."})

    def is_configured(self, settings: Settings) -> bool:
        return True

    def fetch(self, settings: Settings, streams: Sequence[str], known: Known) -> Iterator[Unit]:
        self.attempts += 1
        if self.failures:
            raise self.failures.pop(0)
        items: list[Item] = [Record("calls", "birds:1", {"is": "a robin"}, THEN), Damaged("calls", "calls, line 2", "no bird")]
        items += [Coverage("calls", "garden", THEN, THEN), Coverage("calls", "roof", THEN, THEN)]
        known.tell("birds: 1 of 3 gardens, about 2 min left")
        yield Unit("the garden", items, observed_at=THEN)


def birds(*failures: Exception) -> tuple[Birds, AssetsDefinition]:
    source = Birds(list(failures))
    return source, stream_assets(source, retries=AT_ONCE)


@pytest.mark.parametrize("source", SOURCES.values(), ids=lambda source: source.name)
def test_every_stream_is_an_asset_that_says_what_it_holds(source: object) -> None:
    assets = stream_assets(SOURCES[source.name])  # type: ignore[attr-defined]
    found = {spec.key.path[1]: spec for spec in assets.specs}
    assert {name: spec.description for name, spec in found.items()} == dict(SOURCES[assets.node_def.name].streams)
    assert {spec.group_name for spec in found.values()} == {"sources"}
    assert all(spec.freshness_policy for spec in found.values())
    assert assets.can_subset


def test_retries_wait_longer_each_time_and_not_all_at_once() -> None:
    assert (RETRIES.max_retries, RETRIES.backoff, RETRIES.jitter) == (3, Backoff.EXPONENTIAL, Jitter.PLUS_MINUS)
    assert all(stream_assets(source).op.retry_policy == RETRIES for source in SOURCES.values())


def test_what_landed_is_told(materialize: Run) -> None:
    result = materialize(birds()[1])
    assert result.success
    calls = materialized(result)["birds/calls"]
    assert (calls["records received"], calls["new versions written"], calls["records set aside"]) == (1, 1, 1)
    assert calls["covered until"] == THEN.timestamp()
    assert "records received" in materialized(result)["birds/nests"]
    found = checks(result)
    assert found["birds/calls", IS_READABLE].passed and found["birds/nests", NOTHING_ASIDE].passed
    damaged = found["birds/calls", NOTHING_ASIDE]
    assert not damaged.passed and "no bird" in str(damaged.metadata["set aside"].value)


def test_how_a_long_sync_comes_on_stands_in_the_log(materialize: Run) -> None:
    with DagsterInstance.ephemeral() as instance:
        result = materialize(birds()[1], instance=instance)
        logged = [entry.user_message for entry in instance.all_logs(result.run_id)]
    assert [line for line in logged if "garden" in line] == ["birds: 1 of 3 gardens, about 2 min left", "the garden: 1 records, 1 new"]


def test_what_may_mend_itself_is_tried_again(materialize: Run) -> None:
    source, assets = birds(SourceUnavailable("no answer", "wait"), ConnectionResetError("reset by peer"))
    result = materialize(assets)
    assert result.success and source.attempts == 3
    assert checks(result)["birds/calls", IS_READABLE].passed


def test_what_stays_out_of_reach_fails_in_the_end(materialize: Run) -> None:
    source, assets = birds(*[SourceUnavailable("no answer", "wait")] * 9)
    result = materialize(assets)
    assert not result.success and source.attempts == 1 + AT_ONCE.max_retries
    assert materialized(result) == {}


@pytest.mark.parametrize("error", [SourceError("refused", "renew the token"), KeyError("a fault of ours")], ids=["damaged", "fault"])
def test_what_cannot_mend_itself_is_not_tried_again(materialize: Run, error: Exception) -> None:
    source, assets = birds(error, error)
    result = materialize(assets)
    assert not result.success and source.attempts == 1


def test_a_failure_says_problem_and_mend_and_materializes_nothing(materialize: Run) -> None:
    result = materialize(birds(SourceError("the token was refused", "renew the token"))[1])
    assert failures(result) == {"birds": ("the token was refused\n  what to do: renew the token", "renew the token")}
    assert materialized(result) == {}
    for stream in Birds().streams:
        readable = checks(result)[f"birds/{stream}", IS_READABLE]
        assert not readable.passed
        assert {name: value.value for name, value in readable.metadata.items()} == {
            "problem": "the token was refused",
            "what to do": "renew the token",
        }


def test_a_damaged_file_names_itself(materialize: Run) -> None:
    result = materialize(stream_assets(SOURCES["shortcut"]))
    readable = checks(result)["shortcut/stories", IS_READABLE]
    assert not readable.passed and "stories.json" in str(readable.metadata["problem"].value)
    assert materialized(result) == {}


def test_a_record_set_aside_stays_shown_when_its_file_is_known(materialize: Run) -> None:
    slack = stream_assets(SOURCES["slack"])
    first, second = materialize(slack), materialize(slack)
    assert materialized(first)["slack/messages"]["records received"] == 2
    assert materialized(second)["slack/messages"]["records received"] == 0
    for result in (first, second):
        damaged = checks(result)["slack/messages", NOTHING_ASIDE]
        assert not damaged.passed and "2026-03-03.json" in str(damaged.metadata["set aside"].value)
        assert checks(result)["slack/users", NOTHING_ASIDE].passed


def test_a_mended_file_is_no_longer_shown_as_damaged(materialize: Run, settings_file: SettingsFile) -> None:
    slack = stream_assets(SOURCES["slack"])
    materialize(slack)
    day = Path(settings_file.path).parent / "slack/support/2026-03-03.json"
    day.write_text(json.dumps(json.loads(day.read_text())[:2]))
    assert checks(materialize(slack))["slack/messages", NOTHING_ASIDE].passed


def test_one_stream_alone_can_be_read(materialize: Run) -> None:
    result = materialize(stream_assets(SOURCES["slack"]), selection=[AssetKey(["slack", "users"])])
    assert result.success and list(materialized(result)) == ["slack/users"]
    assert {asset for asset, _ in checks(result)} == {"slack/users"}


def test_a_source_that_is_not_configured_is_there_but_silent(materialize: Run) -> None:
    result = materialize(stream_assets(SOURCES["youtube"]))
    assert result.success
    assert materialized(result) == {} and checks(result) == {}

"""The composition root: everything is there whatever the settings, and a run goes on when one source fails."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from dagster import (
    AssetKey,
    AssetSelection,
    DagsterInstance,
    DefaultScheduleStatus,
    DefaultSensorStatus,
    Definitions,
    JobDefinition,
    JobExecutionResult,
    RunRequest,
    build_schedule_context,
    define_asset_job,
    execute_job,
    instance_for_test,
    reconstructable,
)

from support_metrics import pipeline, warehouse
from support_metrics.assets.models import OWN_STREAMS, WRITER
from support_metrics.definitions import IN_PROCESS, defs
from support_metrics.settings import SETTINGS_VARIABLE, load_settings
from support_metrics.sources import SOURCES
from support_metrics_tests.assets.conftest import failures, make_team, materialized

ROOT = Path(__file__).parents[1]


def refresh() -> JobDefinition:
    """The job as Dagster's processes find it."""
    return defs.resolve_job_def("refresh")


def test_the_definitions_load() -> None:
    Definitions.validate_loadable(defs)


@pytest.mark.parametrize("settings", [None, "[team]\nnaem = 'Tilt'\n"], ids=["without settings", "with wrong settings"])
def test_they_load_whatever_the_settings(tmp_path: Path, settings: str | None) -> None:
    environment = {name: value for name, value in os.environ.items() if name != SETTINGS_VARIABLE}
    if settings:
        (tmp_path / "support_metrics.toml").write_text(settings)
    program = "from support_metrics.definitions import defs; print(*sorted(job.name for job in defs.resolve_all_job_defs()))"
    done = subprocess.run([sys.executable, "-c", program], check=False, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert {"refresh", "refresh_handoff", "weekly_report"} <= set(done.stdout.split())


def test_every_stream_model_and_report_is_an_asset() -> None:
    graph = defs.resolve_asset_graph()
    streams = {AssetKey([source.name, stream]) for source in SOURCES.values() for stream in source.streams}
    tables = {AssetKey([model.layer, model.name]) for model in warehouse.models()}
    own = {AssetKey(["support_metrics", stream]) for stream in OWN_STREAMS}
    assert graph.get_all_asset_keys() == streams | tables | own | {AssetKey(["reports", "weekly_report"])}
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        assert node.description and node.group_name != "default", f"{key.to_user_string()} says nothing about itself"


def test_refresh_takes_every_stream_and_every_table() -> None:
    selected = refresh().asset_layer.selected_asset_keys
    assert selected == {key for key in defs.resolve_asset_graph().materializable_asset_keys if key.path[0] != "reports"}


def test_the_schedules_run_hourly_and_on_monday_morning() -> None:
    hourly, monday = (defs.resolve_schedule_def(name) for name in ("refresh_hourly", "weekly_report_on_monday"))
    assert (hourly.cron_schedule, hourly.job_name) == ("45 * * * *", "refresh"), "so that the report finds what is new"
    assert {hourly.default_status, monday.default_status} == {DefaultScheduleStatus.RUNNING}
    assert monday.execution_timezone == monday.job.partitions_def.timezone  # type: ignore[union-attr]
    morning = datetime(2026, 3, 9, 8, tzinfo=UTC)
    ticked = monday.evaluate_tick(build_schedule_context(scheduled_execution_time=morning, repository_def=defs.get_repository_def()))
    (request,) = ticked.run_requests or []
    assert isinstance(request, RunRequest) and request.partition_key == "2026-03-02"


def test_the_sensor_watches_handoff_files_from_the_start() -> None:
    sensor = defs.resolve_sensor_def("handoff_files")
    assert (sensor.job_name, sensor.default_status) == ("refresh_handoff", DefaultSensorStatus.RUNNING)


def test_the_instance_has_one_slot_for_the_writer_and_tells_nobody(tmp_path: Path) -> None:
    shutil.copy(ROOT / "dagster.yaml", tmp_path)
    with DagsterInstance.from_config(str(tmp_path)) as instance:
        assert not instance.telemetry_enabled
        storage = instance.event_log_storage
        assert storage.initialize_concurrency_limit_to_default(WRITER)
        assert storage.claim_concurrency_slot(WRITER, "one run", "warehouse").is_claimed
        assert not storage.claim_concurrency_slot(WRITER, "another run", "warehouse").is_claimed
        storage.free_concurrency_slots_for_run("one run")
        assert storage.claim_concurrency_slot(WRITER, "another run", "warehouse").is_claimed


def test_the_workspace_names_this_module() -> None:
    assert "module_name: support_metrics.definitions" in (ROOT / "workspace.yaml").read_text()


def refresh_here() -> JobDefinition:
    """The same assets by the executor of the small jobs: in this process."""
    everything = AssetSelection.assets(*refresh().asset_layer.selected_asset_keys)
    job = define_asset_job("refresh_here", everything, executor_def=IN_PROCESS)
    return Definitions(assets=defs.assets, jobs=[job], resources=defs.resources).resolve_job_def("refresh_here")


@pytest.fixture(scope="module")
def refreshed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, JobExecutionResult]]:
    """A refresh of a team whose Shortcut file is damaged."""
    settings = make_team(tmp_path_factory.mktemp("team"))
    with DagsterInstance.ephemeral() as instance, pytest.MonkeyPatch.context() as environment:
        environment.setenv(SETTINGS_VARIABLE, str(settings))
        with execute_job(reconstructable(refresh_here), instance=instance, raise_on_error=False) as result:
            yield settings, result


def test_a_source_that_fails_is_named_and_its_assets_are_not_made(refreshed: tuple[Path, JobExecutionResult]) -> None:
    _, result = refreshed
    assert not result.success, "so that Dagster shows its assets as failed and alerts are sent"
    assert failures(result).keys() == {"shortcut"}
    problem, mend = failures(result)["shortcut"]
    assert "stories.json" in problem and "replace the file" in mend
    assert not any(asset.startswith("shortcut/") for asset in materialized(result))


def test_the_other_sources_go_on_and_the_build_happens(refreshed: tuple[Path, JobExecutionResult]) -> None:
    settings, result = refreshed
    made = materialized(result)
    assert {"slack/messages", "github/issues", "handoff/responses"} <= made.keys()
    assert {model.table for model in warehouse.models()} <= {asset.replace("/", ".") for asset in made}
    with warehouse.open_published(load_settings(settings)) as connection:
        assert connection.execute("select channel from marts.requests order by channel").fetchall() == [("github",), ("slack",)]


def test_what_is_not_configured_neither_fails_nor_stops_the_rest(refreshed: tuple[Path, JobExecutionResult]) -> None:
    _, result = refreshed
    assert not any(asset.startswith(("x/", "youtube/", "email/")) for asset in materialized(result))
    assert {"x", "youtube", "email"} <= {str(event.step_key) for event in result.all_events if event.is_step_success}


def test_a_place_that_never_was_leaves_what_was_published_standing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on the command line: what is built without it would count too little. The other sources land."""
    file = make_team(tmp_path)
    file.write_text(file.read_text().replace('"support"', '"suport"'))
    monkeypatch.setenv(SETTINGS_VARIABLE, str(file))
    streams = [AssetKey(["slack", "channels"]), AssetKey(["github", "issues"])]
    chosen = [*streams, AssetKey(["staging", "slack_channels"]), AssetKey(["staging", "github_issues"])]
    with (
        DagsterInstance.ephemeral() as instance,
        execute_job(reconstructable(refresh_here), instance=instance, asset_selection=chosen, raise_on_error=False) as result,
    ):
        assert failures(result).keys() == {"slack"}
        assert "no export holds a channel 'suport'" in failures(result)["slack"][0]
        assert "github/issues" in materialized(result)
        assert WRITER not in {event.step_key for event in result.all_events if event.is_step_success or event.is_step_failure}


@pytest.mark.long
def test_processes_side_by_side_keep_the_same_promise(tmp_path: Path) -> None:
    """The refresh itself runs in processes of its own; of it, one stream that fails and one table below it."""
    file = make_team(tmp_path)
    pipeline.land(load_settings(file), ["slack"])
    chosen = [AssetKey(["shortcut", "stories"]), AssetKey(["staging", "shortcut_stories"])]
    # They are forked from a server that has the environment of the moment another test may have started it.
    named = {"resources": {"settings_file": {"config": {"path": str(file)}}}}
    with (
        instance_for_test() as instance,
        execute_job(reconstructable(refresh), instance, run_config=named, asset_selection=chosen, raise_on_error=False) as result,
    ):
        assert failures(result).keys() == {"shortcut"}
        assert "stories.json" in failures(result)["shortcut"][0]
        assert [event.step_key for event in result.all_events if event.is_step_success] == [WRITER]

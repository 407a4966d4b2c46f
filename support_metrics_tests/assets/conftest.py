"""A small team on disk with one damaged source, its settings as Dagster's resource, and models of a test's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import dagster
import pytest

from support_metrics import warehouse
from support_metrics.assets.settings_file import SettingsFile
from support_metrics.model import Model, load_models
from support_metrics.tables_read import tables_read
from support_metrics_tests.sources.world import lines, write, write_tree

SETTINGS = """
[team]
name = "Tilt"
time_zone = "Europe/Berlin"
as_of = 2026-03-11T07:00:00Z
[slack]
files = ["slack"]
channels = ["support"]
team_id = "T1"
[github]
files = ["github"]
repositories = ["tilt/demo"]
[shortcut]
files = ["stories.json"]
[handoff]
files = ["handoff.csv"]
"""
HANDOFF = "Timestamp,Exterminator,Next exterminator,Week,Monday,Tuesday,Wednesday,Thursday,Friday,Notes\n"
QUESTION, ANSWER = "1772528400.000100", "1772530200.000200"  # Tuesday 3 March 2026, 09:00 and 09:30 UTC


def make_team(folder: Path) -> Path:
    """The team's files; its Shortcut file is cut off in the middle. Returns the settings file."""
    write_tree(
        folder,
        {
            "roster.toml": '[[member]]\nname = "Ada"\nslack = ["U1"]\n',
            "manifest.json": {"observed_at": "2026-03-11T06:00:00Z", "covered_from": "2026-01-01T00:00:00Z"},
            "slack/channels.json": [{"id": "C1", "name": "support"}],
            "slack/users.json": [{"id": "U1", "team_id": "T1", "name": "ada"}, {"id": "U7", "team_id": "T1", "name": "grace"}],
            "slack/support/2026-03-03.json": [
                {"type": "message", "user": "U7", "text": "How do I install this? I get an error.", "ts": QUESTION},
                {"type": "message", "user": "U1", "text": "Try the script.", "ts": ANSWER, "thread_ts": QUESTION},
                {"type": "message", "user": "U7", "text": "a message that does not say when"},
            ],
            "github/tilt/demo/issues.jsonl": lines(
                {
                    "id": 2001,
                    "number": 7,
                    "title": "Crash on start",
                    "user": {"id": 9, "login": "barbara", "type": "User"},
                    "state": "open",
                    "created_at": "2026-03-04T10:00:00Z",
                    "updated_at": "2026-03-04T10:00:00Z",
                    "html_url": "https://github.com/tilt/demo/issues/7",
                    "url": "https://api.github.com/repos/tilt/demo/issues/7",
                    "labels": [],
                }
            ),
            "stories.json": '[{"id": 11, "name": "Crash on st',
            "handoff.csv": HANDOFF + "3/6/2026 17:00:00,Ada,Ben,3/2/2026,0,1,1,0,0,quiet\n",
        },
    )
    return write(folder / "support_metrics.toml", SETTINGS)


@pytest.fixture
def settings_file(tmp_path: Path) -> SettingsFile:
    """The settings of a team of one's own, of which nothing has been read yet."""
    return SettingsFile(path=str(make_team(tmp_path)))


Run = Callable[..., dagster.ExecuteInProcessResult]


@pytest.fixture
def materialize(settings_file: SettingsFile) -> Run:
    """Materialize assets in this process with the team's settings; failures are returned, not raised."""

    def run(
        *assets: dagster.AssetsDefinition,
        selection: Sequence[dagster.AssetKey] | None = None,
        instance: dagster.DagsterInstance | None = None,
    ) -> dagster.ExecuteInProcessResult:
        resources = {"settings_file": settings_file}
        return dagster.materialize(list(assets), selection=selection, resources=resources, raise_on_error=False, instance=instance)

    return run


@pytest.fixture
def own_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Model]]:
    """Put models of the test's own, `{"marts/x": sql}`, in the place of the package's."""

    def put(files: dict[str, str]) -> list[Model]:
        for name, text in files.items():
            write(tmp_path / "sql" / f"{name}.sql", text)
        found = load_models(tables_read, tmp_path / "sql")
        for module in (warehouse, warehouse.tables):
            monkeypatch.setattr(module, "models", lambda: found)
        return found

    return put


def checks(result: dagster.ExecuteInProcessResult) -> dict[tuple[str, str], dagster.AssetCheckEvaluation]:
    """Every evaluated check by asset and name."""
    return {(each.asset_key.to_user_string(), each.check_name): each for each in result.get_asset_check_evaluations()}


def materialized(result: dagster.ExecuteInProcessResult | dagster.JobExecutionResult) -> dict[str, dict[str, object]]:
    """The metadata of every asset that the run materialized."""
    events = [event for event in result.all_events if event.is_step_materialization]
    return {
        event.step_materialization_data.materialization.asset_key.to_user_string(): {
            name: value.value for name, value in event.step_materialization_data.materialization.metadata.items()
        }
        for event in events
    }


def failures(result: dagster.ExecuteInProcessResult | dagster.JobExecutionResult) -> dict[str, tuple[str, str]]:
    """For every step that failed: what it says is wrong and what to do about it."""
    found = {}
    for event in result.all_events:
        if event.is_step_failure:
            said = event.step_failure_data.user_failure_data
            assert said, f"{event.step_key} failed without saying why: {event.step_failure_data.error}"
            found[str(event.step_key)] = (said.description or "", str(said.metadata["what to do"].value))
    return found

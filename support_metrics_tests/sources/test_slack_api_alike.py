"""What the API lands is what exports of the same workspace land, and what the loopback server sends looks as what Slack sends."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import jsonschema  # type: ignore[import-untyped]
import pytest

from support_metrics.landing import Landing
from support_metrics.warehouse import create, models, prepare
from support_metrics_tests.servers.base import Asked, serving
from support_metrics_tests.sources import slack_world
from support_metrics_tests.sources.slack_world import STREAMS, World
from support_metrics_tests.sources.world import REALDATA, settings_at
from support_metrics_tests.sources.world import land as land_files

DEMO = Path(__file__).parents[2] / "data" / "demo"
EXPORTS = ("2025-11-17/slack.zip", "2026-01-19/slack.zip", "2026-03-09/slack", "2026-03-16/slack")
METHODS = ("auth.test", "team.info", "users.list", "conversations.list", "conversations.history", "conversations.replies")
# What Slack says although its samples do not: of a deleted first message, and of fields that a workspace has made up.
UNSAMPLED = {".messages[].hidden", ".messages[].root.is_locked", ".messages[].root.user", ".members[].profile.fields.Xf05GITHUB0"}
# What only the description of 2021 requires.
OUTDATED = {"channel_actions_ts", "channel_actions_count"}


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """An empty workspace, to be filled with the demo's exports; its clock stands."""
    world = World(monkeypatch)
    world.api.before = lambda number, asked: None
    with serving(world.api):
        yield world


def fill(world: World) -> Iterator[datetime]:
    """The demo's workspace as it grows, at each moment when it was exported."""
    for export in EXPORTS:
        world.space.load(DEMO / export)
        manifest = json.loads((DEMO / export).with_name("manifest.json").read_text())
        world.clock = datetime.fromisoformat(manifest["observed_at"])
        yield world.clock


def test_the_api_lands_what_exports_land(world: World, tmp_path: Path) -> None:
    """Synced whenever it was exported: keys and versions of all that lives, and the staging tables to the letter."""
    by_file, by_api = (Landing(tmp_path / name, lambda: world.clock) for name in ("file", "api"))
    channels = {"channels": ["integrations-help"], "triage_channels": ["triage-customers"], "since": "2025-09-01"}
    land_files(by_file, "slack", settings_at(DEMO, slack={"files": list(EXPORTS), **channels}))
    for _ in fill(world):
        slack_world.land(by_api, world.settings(tmp_path, page_size=200, **channels))
    for stream in STREAMS:
        of_files, of_api = (_living(landing, stream) for landing in (by_file, by_api))
        assert of_files == of_api, stream
    assert _staged(by_api, world.clock) == _staged(by_file, world.clock)


def _living(landing: Landing, stream: str) -> set[tuple[Any, ...]]:
    return {(key, version) for key, version, deleted in landing.rows("slack", stream, "key, version, deleted") if not deleted}


def _staged(landing: Landing, as_of: datetime) -> dict[str, list[tuple[Any, ...]]]:
    chosen = [model for model in models() if model.table.startswith("staging.slack_")]
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        prepare(connection, settings_at(DEMO), as_of, None, landing.snapshot(), chosen)
        for model in chosen:
            create(connection, model)
        return {model.table: connection.execute(f"from {model.table} order by all").fetchall() for model in chosen}


# What the loopback server sends


def _said(world: World) -> dict[str, Any]:
    assert list(fill(world))
    (channel,) = (each["id"] for each in world.space.channels.values() if each["name"] == "help")
    thread = next(ts for ts in world.space.messages[channel] if world.space.replies(channel, ts))
    given = {"channel": channel, "ts": thread, "types": "public_channel,private_channel", "limit": "500"}
    headers = {"authorization": f"Bearer {world.api.token}"}
    return {method: world.api.reply(Asked("POST", f"/api/{method}", given, headers)).body for method in METHODS}


@pytest.mark.skipif(not REALDATA.exists(), reason=f"no real data at {REALDATA}")
def test_the_server_answers_as_slack_describes_it(world: World) -> None:
    described = _loose(json.loads((REALDATA / "api" / "slack.openapi.json").read_text()))
    for method, answer in _said(world).items():
        schema = described["paths"][f"/{method}"]["get"]["responses"]["200"]["schema"]
        schema["required"] = sorted(set(schema.get("required", ())) - OUTDATED)
        jsonschema.Draft7Validator({**schema, "definitions": described["definitions"]}).validate(json.loads(json.dumps(answer)))


@pytest.mark.skipif(not REALDATA.exists(), reason=f"no real data at {REALDATA}")
def test_the_server_sends_no_field_that_slack_does_not(world: World) -> None:
    for method, answer in _said(world).items():
        sample = REALDATA / "slack" / "api_samples" / f"{method}.json"
        if sample.exists():
            assert set(_strange(answer, json.loads(sample.read_text()), "")) <= UNSAMPLED, method


@pytest.mark.skipif(not REALDATA.exists(), reason=f"no real data at {REALDATA}")
def test_the_server_refuses_as_slack_does(world: World) -> None:
    examples = json.loads((REALDATA / "api" / "slack.method_examples.json").read_text())
    for method in METHODS:
        refused = world.api.reply(Asked("POST", f"/api/{method}", {}, {"authorization": "Bearer wrong"}))
        assert refused.status == 200 and refused.body["error"] == "invalid_auth"
        (example,) = examples.get(f"/{method}", {"responses": {"default": {"": refused.body}}})["responses"]["default"].values()
        assert refused.body.keys() == example.keys()


def _loose(described: Any) -> Any:
    """The description of 2021 without its ban on fields that came later."""
    if isinstance(described, dict):
        return {key: _loose(value) for key, value in described.items() if key not in ("additionalProperties", "$schema")}
    return [_loose(each) for each in described] if isinstance(described, list) else described


def _strange(said: Any, sample: Any, path: str) -> Iterator[str]:
    """Fields that the sample lacks, and values of another type."""
    if isinstance(said, dict) and isinstance(sample, dict):
        for key, value in said.items():
            if key in sample:
                yield from _strange(value, sample[key], f"{path}.{key}")
            else:
                yield f"{path}.{key}"
    elif isinstance(said, list) and isinstance(sample, list):
        for value in said:
            yield from _strange(value, sample[0], f"{path}[]") if sample else ()
    elif said is not None and sample is not None and type(said) is not type(sample):
        yield f"{path} is {type(said).__name__}"

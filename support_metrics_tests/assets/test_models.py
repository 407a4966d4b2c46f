"""The warehouse's step: what it shows of each table, what it publishes, and how it fails."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from dagster import AssetCheckSeverity, AssetKey, TableMetadataValue, asset

from support_metrics import warehouse
from support_metrics.assets.models import FILLED, GRAIN, WRITER, model_assets
from support_metrics.assets.settings_file import SettingsFile
from support_metrics.assets.streams import stream_assets
from support_metrics.model import Model
from support_metrics.sources import SOURCES
from support_metrics_tests.assets.conftest import Run, checks, failures, materialized

MESSAGES = """/*
description: Slack messages.
grain: [message_id]
columns:
  message_id: {type: VARCHAR, says: "Key."}
  text: {type: VARCHAR, says: "What was said."}
*/
select key as message_id, payload ->> 'text' as text from landing.slack_messages
"""
ANSWERS = """/*
description: Handoff answers.
grain: [response_id]
columns:
  response_id: {type: VARCHAR, says: "Key."}
*/
select key as response_id from landing.handoff_responses
"""
WEEKS = """/*
description: Promises kept.
grain: [week]
columns:
  week: {type: DATE, says: "Monday."}
  met: {type: BIGINT, says: "In time."}
  late: {type: BIGINT, says: "Too late."}
  overdue: {type: BIGINT, says: "Not at all."}
  closed_silently: {type: BIGINT, says: "Without a word."}
  judged: {type: BIGINT, says: "All of these."}
  compliance: {type: DOUBLE, says: "met / judged."}
  compliance_lenient: {type: DOUBLE, says: "The same, more kindly."}
*/
select date '2026-03-03' as week, 1::bigint as met, 0::bigint as late, 0::bigint as overdue, 0::bigint as closed_silently,
    count(*)::bigint + 6 as judged, 1.0::double as compliance, 1.0::double as compliance_lenient
from core.messages
"""
BROKEN = """/*
description: Weeks, twice.
grain: [week]
columns:
  week: {type: DATE, says: "Monday."}
  note: {type: VARCHAR, says: "Never there.", required: true}
*/
select unnest([date '2026-03-02', date '2026-03-02']) as week, null::varchar as note from core.messages
"""
CORE = MESSAGES.replace("Slack messages", "Messages").replace(
    "select key as message_id, payload ->> 'text' as text from landing.slack_messages", "from staging.slack_messages"
)
MART = CORE.replace("from staging.slack_messages", "from core.messages").replace("description: Messages", "description: Said")
SOUND = {"staging/slack_messages": MESSAGES, "staging/handoff_responses": ANSWERS, "core/messages": CORE}
Put = Callable[[dict[str, str]], list[Model]]
LANDED = [stream_assets(SOURCES[name]) for name in ("slack", "handoff")]


def test_every_model_says_what_it_is_before_it_is_built() -> None:
    assets = model_assets(warehouse.models(), SOURCES)
    specs = {".".join(spec.key.path): spec for spec in assets.specs}
    assert set(specs) == {model.table for model in warehouse.models()}
    for model in warehouse.models():
        spec = specs[model.table]
        assert (spec.group_name, spec.description) == (model.layer, model.description)
        shown = spec.metadata["dagster/column_schema"]
        assert [(each.name, each.type, each.description) for each in shown.columns] == [
            (each.name, each.type, each.says) for each in model.columns
        ]
        deps = {".".join(dep.asset_key.path) for dep in spec.deps}
        assert {read for read in model.reads if read.split(".")[0] in ("staging", "core", "marts")} <= deps
        assert len(deps) == len({read for read in model.reads if not read.startswith("settings.")})
    names = {(".".join(each.asset_key.path), each.name) for each in assets.check_specs}
    assert names >= {(model.table, name) for model in warehouse.models() for name in (GRAIN, FILLED)}


def test_the_writer_holds_a_pool() -> None:
    assert model_assets(warehouse.models(), SOURCES).op.pool == WRITER


def test_a_staging_model_comes_after_its_stream(own_models: Put) -> None:
    (messages,) = own_models({"staging/slack_messages": MESSAGES})
    (spec,) = model_assets([messages], SOURCES).specs
    assert [dep.asset_key for dep in spec.deps] == [AssetKey(["slack", "messages"])]


def test_a_complete_build_is_published_with_rows_and_seconds(own_models: Put, materialize: Run, settings_file: SettingsFile) -> None:
    built = model_assets(own_models(SOUND | {"marts/said": MART}), SOURCES)
    result = materialize(*LANDED, built)
    assert result.success
    tables = materialized(result)
    assert tables["staging/slack_messages"]["dagster/row_count"] == 2
    assert "build seconds" in tables["core/messages"]
    assert all(check.passed for (asset, _), check in checks(result).items() if not asset.startswith("slack/"))
    with warehouse.open_published(settings_file.load()) as connection:
        assert connection.execute("select count(*) from marts.said").fetchall() == [(2,)]


def test_a_mart_shows_its_last_rows(own_models: Put, materialize: Run) -> None:
    result = materialize(*LANDED, model_assets(own_models(SOUND | {"marts/said": MART}), SOURCES))
    assert result.success
    tables = materialized(result)
    preview = tables["marts/said"]["last rows"]
    assert isinstance(preview, TableMetadataValue)
    shown = [record.data for record in preview.records]
    keys = [str(row["message_id"]) for row in shown]
    assert keys == sorted(keys, reverse=True)
    assert len(shown) == 2 and all(set(row) == {"message_id", "text"} for row in shown)
    assert "last rows" not in tables["core/messages"]


def test_a_subset_takes_its_neighbours_along_and_is_not_published(own_models: Put, materialize: Run, settings_file: SettingsFile) -> None:
    built = model_assets(own_models(SOUND), SOURCES)
    materialize(*LANDED, built)
    link = settings_file.load().warehouse_path / warehouse.LINK
    before = link.resolve()
    result = materialize(built, selection=[AssetKey(["core", "messages"])])
    assert result.success
    assert materialized(result) == {}, "a table that was not published is not materialized"
    assert {asset for asset, _ in checks(result)} == {"core/messages"}
    assert link.resolve() == before
    assert [path.name for path in before.parent.glob("*.duckdb")].count(before.name) == 1
    assert not list(before.parent.glob("build-*")), "the private build is removed"


def test_what_lies_below_an_unpublished_subset_runs(own_models: Put, materialize: Run) -> None:
    materialize(*LANDED)

    @asset(deps=[["core", "messages"]])
    def below() -> None:
        """Builds for itself, as the report does."""

    result = materialize(model_assets(own_models(SOUND), SOURCES), below, selection=[AssetKey(["core", "messages"]), below.key])
    assert result.success and list(materialized(result)) == ["below"]


def test_a_subset_that_takes_all_along_is_published(own_models: Put, materialize: Run, settings_file: SettingsFile) -> None:
    models = own_models({name: SOUND[name] for name in ("staging/slack_messages", "core/messages")})
    built = model_assets(models, SOURCES)
    materialize(*LANDED)
    result = materialize(built, selection=[AssetKey(["core", "messages"])])
    assert result.success
    assert set(materialized(result)) == {"staging/slack_messages", "core/messages"}
    assert (settings_file.load().warehouse_path / warehouse.LINK).exists()


def test_a_header_that_does_not_hold_is_shown_and_publishes_nothing(own_models: Put, materialize: Run, settings_file: SettingsFile) -> None:
    materialize(*LANDED, model_assets(own_models(SOUND), SOURCES))
    link = settings_file.load().warehouse_path / warehouse.LINK
    before = link.resolve()
    result = materialize(model_assets(own_models(SOUND | {"marts/twice": BROKEN}), SOURCES))
    assert not result.success and materialized(result) == {}
    found = checks(result)
    assert not found["marts/twice", GRAIN].passed and not found["marts/twice", FILLED].passed
    assert found["marts/twice", FILLED].metadata["note_is_not_null"].value == 4
    assert found["core/messages", GRAIN].passed
    assert "marts.twice" in failures(result)[WRITER][0]
    assert link.resolve() == before


def test_numbers_that_contradict_each_other_are_shown(own_models: Put, materialize: Run) -> None:
    result = materialize(*LANDED, model_assets(own_models(SOUND | {"marts/weekly_sla": WEEKS}), SOURCES))
    found = checks(result)
    wrong = {name for (asset, name), check in found.items() if asset == "marts/weekly_sla" and not check.passed}
    assert wrong == {"judged_is_the_sum", "compliance_is_met_of_judged", "week_is_a_monday"}
    shown = found["marts/weekly_sla", "judged_is_the_sum"]
    assert shown.severity == AssetCheckSeverity.ERROR and "2026-03-03" in str(shown.metadata["rows"].value)


def test_nothing_landed_is_said_instead_of_publishing_nothing(own_models: Put, materialize: Run, settings_file: SettingsFile) -> None:
    result = materialize(model_assets(own_models(SOUND), SOURCES))
    assert "nothing has been landed" in failures(result)[WRITER][0]
    assert not (settings_file.load().warehouse_path / warehouse.LINK).exists()


@pytest.mark.parametrize("content", ["[team]\nnaem = 'Tilt'\n", None], ids=["misspelt", "missing"])
def test_wrong_settings_fail_the_step_and_say_so(
    own_models: Put, materialize: Run, settings_file: SettingsFile, content: str | None
) -> None:
    path = Path(settings_file.path)
    path.write_text(content) if content else path.unlink()
    result = materialize(*LANDED, model_assets(own_models(SOUND), SOURCES))
    said = failures(result)
    assert said.keys() == {"slack", "handoff"} and all(settings_file.path in problem for problem, _ in said.values())
    assert not checks(result)["slack/messages", "is_readable"].passed

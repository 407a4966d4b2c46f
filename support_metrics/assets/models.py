"""An asset per SQL model, all made by one step: one database in memory, one landing snapshot, one publication."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from hashlib import sha256
from typing import Any

from dagster import (
    AssetCheckResult,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    AssetMaterialization,
    AssetsDefinition,
    AssetSpec,
    Failure,
    MaterializeResult,
    MetadataValue,
    Output,
    TableColumn,
    TableColumnConstraints,
    TableConstraints,
    TableRecord,
    TableSchema,
    multi_asset,
)

from support_metrics import pipeline, warehouse
from support_metrics.assets.rules import Rule, rules
from support_metrics.assets.settings_file import SettingsFile, explained
from support_metrics.assets.streams import unrecorded
from support_metrics.checks import Check
from support_metrics.errors import BuildError, LandingError, SupportMetricsError
from support_metrics.landing import OWN
from support_metrics.model import Model
from support_metrics.settings import Settings
from support_metrics.sources.base import Source

# One warehouse writer at a time: dagster.yaml gives every pool one slot.
WRITER = "warehouse"
GRAIN = "grain_is_unique"
FILLED = "required_columns_are_not_null"
SHOWN_ROWS = 20
PREVIEW_ROWS, PREVIEW_LENGTH = 14, 120
OWN_STREAMS = {
    "syncs": "Syncs and imports that finished, with the span of time each covered.",
    "files": "Files read, recognised by their content.",
    "damaged": "Records set aside: where they stand and why they cannot be used.",
    "reports": "Reports delivered, with every figure they showed.",
    "posts": "What was sent to Slack and by e-mail, noted before and after.",
}

ModelEvent = MaterializeResult[None] | AssetCheckResult | Output[None]


def own_streams() -> list[AssetSpec]:
    """What support_metrics lands about itself; no step makes it, so it has no button."""
    return [AssetSpec([OWN, stream], description=says, group_name="bookkeeping", kinds={"parquet"}) for stream, says in OWN_STREAMS.items()]


def model_assets(models: Sequence[Model], sources: Mapping[str, Source]) -> AssetsDefinition:
    """The assets `<layer>/<model>` and their checks, made by one step.

    Chosen models take all up- and downstream along, as one landing snapshot must carry them; only a complete build is published.
    """
    streams = {f"landing.{name}_{stream}": AssetKey([name, stream]) for name, source in sources.items() for stream in source.streams}
    streams |= {f"landing.{OWN}_{stream}": AssetKey([OWN, stream]) for stream in OWN_STREAMS}
    ruled = rules(models)

    @multi_asset(
        name=WRITER,
        specs=[model_spec(model, streams) for model in models],
        check_specs=[spec for model in models for spec in _header_checks(model)]
        + [AssetCheckSpec(rule.name, asset=_key(rule.table), description=rule.says) for rule in ruled],
        can_subset=True,
        pool=WRITER,
        description="Build the tables in order and, if all of them are built and hold their checks, publish the new warehouse.",
    )
    def build_models(context: AssetExecutionContext, settings_file: SettingsFile) -> Iterator[ModelEvent]:
        asked_for = {*context.selected_asset_keys, *(check.asset_key for check in context.selected_asset_check_keys)}
        chosen = [model.table for model in models if _key(model.table) in asked_for]
        try:
            settings = settings_file.load()
            result = _build(context, settings, chosen if len(chosen) < len(models) else None)
            checks = _header_results(result.checks) + _rule_results(result, ruled)
            shown = _previews(result)
            _publish(context, settings, result)
        except SupportMetricsError as error:
            if isinstance(error, BuildError):
                yield from _chosen_checks(context, _header_results(error.checks))
            raise Failure(str(error), metadata=explained(error), allow_retries=False) from error
        yield from _materialized(context, result, shown)
        yield from _chosen_checks(context, checks)

    return build_models


def model_spec(model: Model, streams: Mapping[str, AssetKey]) -> AssetSpec:
    """What the UI shows of a table before it is built: description, columns, query and what it reads."""
    columns = [
        TableColumn(column.name, column.type, column.says, constraints=TableColumnConstraints(nullable=column.name not in model.required))
        for column in model.columns
    ]
    return AssetSpec(
        _key(model.table),
        deps=[streams.get(table) or _key(table) for table in sorted(model.reads) if not table.startswith("settings.")],
        description=model.description,
        group_name=model.layer,
        kinds={"duckdb", "sql"},
        code_version=sha256(model.query.encode()).hexdigest()[:12],
        skippable=True,
        metadata={
            "dagster/column_schema": TableSchema(columns, TableConstraints([f"one row per {', '.join(model.grain)}"])),
            "dagster/table_name": model.table,
            "query": MetadataValue.md(f"```sql\n{model.query}\n```"),
        },
    )


def _key(table: str) -> AssetKey:
    return AssetKey(table.split("."))


def _header_checks(model: Model) -> list[AssetCheckSpec]:
    """Two per table: a check per column would be several hundred, and Dagster's bookkeeping for one takes longer than the check."""
    key = _key(model.table)
    return [
        AssetCheckSpec(GRAIN, asset=key, description=f"No two rows have the same {', '.join(model.grain)}."),
        AssetCheckSpec(FILLED, asset=key, description=f"Never null: {', '.join(model.required)}."),
    ]


def _build(context: AssetExecutionContext, settings: Settings, chosen: Sequence[str] | None) -> warehouse.Build:
    if not pipeline.has_landed(settings):
        raise LandingError("nothing has been landed, so there is nothing to build", "materialize the assets of group `sources` first")
    as_of = pipeline.as_of_now(settings)
    context.log.info(f"building as of {as_of.isoformat()}" + (", which the settings pin" if settings.team.as_of else ""))
    return warehouse.build(
        settings,
        as_of=as_of,
        chosen=chosen,
        on_table=lambda model, rows, seconds: context.log.info(f"{model.table}: {rows:,} rows in {seconds:.2f} s"),
    )


def _publish(context: AssetExecutionContext, settings: Settings, result: warehouse.Build) -> None:
    if result.complete:
        context.log.info(f"published {warehouse.publish(settings, result)}")
        return
    warehouse.discard(result)
    context.log.warning(
        f"not published: this build holds {len(result.rows)} of {len(warehouse.models())} tables (those chosen, with all up- and downstream),"
        " and only a complete one replaces the warehouse. The checks below hold for it. To publish, materialize all models."
    )


def _materialized(
    context: AssetExecutionContext, result: warehouse.Build, shown: Mapping[str, MetadataValue]
) -> Iterator[MaterializeResult[None] | Output[None]]:
    """A table counts as materialized when it was published; tables taken along are recorded with those asked for."""
    for table, rows in result.rows.items():
        key, asked_for = _key(table), _key(table) in context.selected_asset_keys
        metadata: dict[str, Any] = {
            "dagster/row_count": rows,
            "build seconds": round(result.seconds[table], 3),
            "as of": MetadataValue.timestamp(result.as_of),
            **({"last rows": shown[table]} if table in shown else {}),
        }
        if result.complete and asked_for:
            yield MaterializeResult(asset_key=key, metadata=metadata)
        elif result.complete:
            context.log_event(AssetMaterialization(key, metadata=metadata))
        elif asked_for:
            yield unrecorded(key)


def _previews(result: warehouse.Build) -> dict[str, MetadataValue]:
    """Of every mart that was built the last rows in the order of its grain, which for days and weeks are the newest."""
    found: dict[str, MetadataValue] = {}
    grains = {model.table: model.grain for model in warehouse.models()}
    with closing(warehouse.open_read_only(result.path)) as connection:
        for table in result.rows:
            if table.startswith("marts.") and result.rows[table] and table in grains:
                order = ", ".join(f'"{column}" desc nulls last' for column in grains[table])
                shown = connection.execute(f"from {table} order by {order} limit {PREVIEW_ROWS}")
                names = [column[0] for column in shown.description or ()]
                rows = [[None if value is None else str(value)[:PREVIEW_LENGTH] for value in row] for row in shown.fetchall()]
                found[table] = MetadataValue.table([TableRecord(dict(zip(names, row, strict=True))) for row in rows])
    return found


def _chosen_checks(context: AssetExecutionContext, results: Sequence[AssetCheckResult]) -> Iterator[AssetCheckResult]:
    chosen = {(check.asset_key, check.name) for check in context.selected_asset_check_keys}
    yield from (result for result in results if (result.asset_key, result.check_name) in chosen)


def _header_results(checks: Sequence[Check]) -> list[AssetCheckResult]:
    tables: dict[str, dict[str, int]] = {}
    for check in checks:
        tables.setdefault(check.table, {})[check.name] = check.failures
    return [
        result
        for table, failures in tables.items()
        for grain in [failures.pop(GRAIN)]
        for result in (
            AssetCheckResult(passed=grain == 0, asset_key=_key(table), check_name=GRAIN, metadata={"rows too many": grain}),
            AssetCheckResult(
                passed=not any(failures.values()),
                asset_key=_key(table),
                check_name=FILLED,
                metadata={name: count for name, count in failures.items() if count},
            ),
        )
    ]


def _rule_results(result: warehouse.Build, ruled: Sequence[Rule]) -> list[AssetCheckResult]:
    with ExitStack() as on_failure, closing(warehouse.open_read_only(result.path)) as connection:
        on_failure.callback(warehouse.discard, result)
        results = []
        for rule in ruled:
            if rule.table not in result.rows:
                continue
            ((count,),) = connection.execute(f"select count(*) from ({rule.breaking})").fetchall()
            shown = connection.execute(f"select * from ({rule.breaking}) limit {SHOWN_ROWS}")
            names = [column[0] for column in shown.description or ()]
            rows = [
                TableRecord({name: None if value is None else str(value) for name, value in zip(names, row, strict=True)})
                for row in shown.fetchall()
            ]
            said: dict[str, Any] = {"rows": MetadataValue.table(rows), "what to do": rule.mend} if count else {}
            results.append(
                AssetCheckResult(
                    passed=count == 0,
                    asset_key=_key(rule.table),
                    check_name=rule.name,
                    severity=rule.severity,
                    metadata={"rows that break it": count} | said,
                )
            )
        on_failure.pop_all()
    return results

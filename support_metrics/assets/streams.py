"""An asset per source stream. One step per source fetches it once; the steps run side by side, landing needs no lock."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    AssetSpec,
    Backoff,
    Failure,
    FreshnessPolicy,
    Jitter,
    MaterializeResult,
    MetadataValue,
    Output,
    RetryPolicy,
    TableRecord,
    multi_asset,
)
from dagster._core.definitions.source_asset import SYSTEM_METADATA_KEY_SOURCE_ASSET_OBSERVATION as UNRECORDED

from support_metrics import pipeline
from support_metrics.assets.settings_file import SettingsFile, explained
from support_metrics.errors import PlaceMissing, SourceUnavailable, SupportMetricsError
from support_metrics.landing import Landed, Landing
from support_metrics.landing.standing import Span, coverage, set_aside
from support_metrics.settings import Settings
from support_metrics.sources.base import SET_ASIDE_MEND, Source, Unit

IS_READABLE = "is_readable"
NOTHING_ASIDE = "nothing_is_set_aside"
# Retries live here and nowhere else: about 10, 20 and 40 seconds later.
RETRIES = RetryPolicy(max_retries=3, delay=10, backoff=Backoff.EXPONENTIAL, jitter=Jitter.PLUS_MINUS)
SHOWN_RECORDS = 50

StreamEvent = MaterializeResult[None] | AssetCheckResult | Output[None]
Keys = Mapping[str, AssetKey]


def stream_assets(source: Source, *, retries: RetryPolicy = RETRIES, fresh_within: timedelta = timedelta(hours=24)) -> AssetsDefinition:
    """The assets `<source>/<stream>`, made by one step.

    A source that cannot be read fails: its step is red, its streams are not materialized, and their check `is_readable` says
    the problem and the mend. What lies downstream runs all the same (see `unrecorded`), unless the settings name a place that never was
    there: then it is skipped, and what was published stands.
    """
    keys: Keys = {stream: AssetKey([source.name, stream]) for stream in source.streams}

    @multi_asset(
        name=source.name,
        specs=[
            AssetSpec(
                key,
                description=source.streams[stream],
                group_name="sources",
                kinds={source.name},
                skippable=True,
                freshness_policy=FreshnessPolicy.time_window(fail_window=fresh_within, warn_window=fresh_within / 2),
            )
            for stream, key in keys.items()
        ],
        check_specs=[spec for key in keys.values() for spec in _check_specs(key)],
        can_subset=True,
        retry_policy=retries,
        description=f"Read {source.name} and land what is new.",
    )
    def land_streams(context: AssetExecutionContext, settings_file: SettingsFile) -> Iterator[StreamEvent]:
        asked_for = {*context.selected_asset_keys, *(check.asset_key for check in context.selected_asset_check_keys)}
        chosen = {stream: key for stream, key in keys.items() if key in asked_for}
        try:
            settings = settings_file.load()
            if not source.is_configured(settings):
                context.log.warning(f"{source.name} is not configured: nothing was read. To read it, name its files under [{source.name}].")
                yield from _pass_on(context, chosen)
                return
            landed = _land(context, settings, source, list(chosen))
            events = list(_landed(settings, source.name, chosen, landed))
        except Exception as error:
            if _may_mend_itself(error) and context.retry_number < retries.max_retries:
                raise
            yield from _failed(context, chosen, error)
        else:
            yield from _asked_for(context, events)

    return land_streams


def _check_specs(key: AssetKey) -> list[AssetCheckSpec]:
    return [
        AssetCheckSpec(IS_READABLE, asset=key, description="The source could be read to its end."),
        AssetCheckSpec(
            NOTHING_ASIDE, asset=key, description="Every record could be used. Those that cannot are set aside; the rest lands."
        ),
    ]


def _land(context: AssetExecutionContext, settings: Settings, source: Source, streams: Sequence[str]) -> Landed:
    def log(source: Source, unit: Unit, landed: Landed) -> None:
        came_to = (
            "known already" if landed.units_known else f"{sum(landed.received.values()):,} records, {sum(landed.written.values()):,} new"
        )
        context.log.info(f"{unit.name}: {came_to}")

    return pipeline.land_source(settings, source, streams, on_unit=log, tell=context.log.info)


def _may_mend_itself(error: Exception) -> bool:
    """A source out of reach and the operating system's refusals; neither a damaged file nor a fault of ours."""
    return isinstance(error, SourceUnavailable | OSError)


def _asked_for(context: AssetExecutionContext, events: Sequence[StreamEvent]) -> Iterator[StreamEvent]:
    checks = {(check.asset_key, check.name) for check in context.selected_asset_check_keys}
    for event in events:
        if isinstance(event, AssetCheckResult):
            if (event.asset_key, event.check_name) in checks:
                yield event
        elif not isinstance(event, MaterializeResult) or event.asset_key in context.selected_asset_keys:
            yield event


def unrecorded(key: AssetKey) -> Output[None]:
    """An output that lets downstream steps run although this asset was not materialized.

    Dagster records a materialization for every output, and without an output it skips what lies downstream: one expired token
    would stop the build. The mark, Dagster's own, makes an output that is not recorded. Outputs of a step that fails afterwards
    count because the executors are told so (`definitions.GO_ON`).
    """
    return Output(None, output_name=key.to_python_identifier(), metadata={UNRECORDED: True})


def _pass_on(context: AssetExecutionContext, chosen: Keys) -> Iterator[Output[None]]:
    yield from (unrecorded(key) for key in chosen.values() if key in context.selected_asset_keys)


def _failed(context: AssetExecutionContext, chosen: Keys, error: Exception) -> Iterator[StreamEvent]:
    """The failing checks, then what lets the build go on where it may, then the failure itself."""
    shown = error
    if not isinstance(shown, SupportMetricsError):
        shown = SupportMetricsError(f"unexpected {type(error).__name__}: {error}", "please report this with the stack trace of the step")
    results = [
        AssetCheckResult(passed=False, asset_key=key, check_name=name, severity=severity, metadata=explained(shown))
        for key in chosen.values()
        for name, severity in ((IS_READABLE, AssetCheckSeverity.ERROR), (NOTHING_ASIDE, AssetCheckSeverity.WARN))
    ]
    yield from _asked_for(context, results)
    if not isinstance(error, PlaceMissing):
        yield from _pass_on(context, chosen)
    raise Failure(str(shown), metadata=explained(shown), allow_retries=False) from error


def _landed(settings: Settings, source: str, chosen: Keys, landed: Landed) -> Iterator[StreamEvent]:
    landing = Landing(settings.landing_path)
    spans = coverage(landing, source)
    aside = {(each["stream"], each["place"]): each["reason"] for each in set_aside(landing, source)}
    aside |= {(each.stream, each.place): each.reason for each in landed.damaged}
    for stream, key in chosen.items():
        damaged = {place: reason for (of, place), reason in aside.items() if of == stream}
        said: dict[str, Any] = {}
        if damaged:
            rows = [TableRecord({"place": place, "reason": damaged[place]}) for place in sorted(damaged)[:SHOWN_RECORDS]]
            said = {
                "set aside": MetadataValue.table(rows),
                "what to do": f"{SET_ASIDE_MEND}; all others have landed",
            }
        metadata: dict[str, Any] = {
            "records received": landed.received.get(stream, 0),
            "new versions written": landed.written.get(stream, 0),
            "records set aside": len(damaged),
            "files or pages": landed.units,
            "files known already": landed.units_known,
        }
        yield MaterializeResult(asset_key=key, metadata=metadata | _covered(spans.get(stream, {})) | said)
        yield AssetCheckResult(passed=True, asset_key=key, check_name=IS_READABLE)
        yield AssetCheckResult(
            passed=not damaged,
            asset_key=key,
            check_name=NOTHING_ASIDE,
            severity=AssetCheckSeverity.WARN,
            metadata=said,
        )


def _covered(scopes: dict[str, Span]) -> dict[str, Any]:
    """From when until when all scopes together are covered, and each for itself where there are several."""
    if not scopes:
        return {}
    metadata: dict[str, Any] = {
        "covered from": MetadataValue.timestamp(max(since for since, _ in scopes.values())),
        "covered until": MetadataValue.timestamp(min(until for _, until in scopes.values())),
    }
    if len(scopes) > 1:
        rows = [
            TableRecord({"scope": scope, "from": since.isoformat(), "until": until.isoformat()}) for scope, (since, until) in scopes.items()
        ]
        metadata["coverage"] = MetadataValue.table(rows)
    return metadata

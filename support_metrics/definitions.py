"""The composition root: assets, checks, jobs, schedules and sensors. It loads without settings, or with wrong ones."""

from datetime import timedelta

from dagster import (
    AssetKey,
    AssetSelection,
    DefaultScheduleStatus,
    Definitions,
    ScheduleDefinition,
    build_schedule_from_partitioned_job,
    define_asset_job,
    in_process_executor,
    multiprocess_executor,
)

from support_metrics.assets.breach_sensor import breach_sensor
from support_metrics.assets.handoff_sensor import handoff_sensor
from support_metrics.assets.models import model_assets, own_streams
from support_metrics.assets.report import report_asset, weeks
from support_metrics.assets.settings_file import SettingsFile
from support_metrics.assets.streams import stream_assets
from support_metrics.errors import SupportMetricsError
from support_metrics.pipeline import first_published_week
from support_metrics.settings import Settings, load_settings
from support_metrics.sources import SOURCES
from support_metrics.warehouse import models

# A source that fails does not stop the build: what it passed on before failing counts.
GO_ON = {"step_dependency_config": {"require_upstream_step_success": False}}
IN_PROCESS = in_process_executor.configured(GO_ON)
# Sources wait for the network, so they run side by side, each in a process forked from one that has imported all it needs.
SIDE_BY_SIDE = multiprocess_executor.configured(
    GO_ON | {"max_concurrent": 4, "start_method": {"forkserver": {"preload_modules": ["dagster", "support_metrics.pipeline"]}}}
)


def _settings() -> Settings:
    """The team's settings where they can be read, for its zone and hours; a step that needs them says what is wrong with them."""
    try:
        return load_settings()
    except SupportMetricsError:
        return Settings()


_found = _settings()
_team = _found.team
_streams = [stream_assets(source, fresh_within=timedelta(hours=_team.freshness_hours)) for source in SOURCES.values()]
_models = model_assets(models(), SOURCES)
_report = report_asset(
    weeks(_team.time_zone, _team.as_of, first_published_week(_found)),
    [AssetKey(model.table.split(".")) for model in models() if model.layer == "marts"],
)

refresh = define_asset_job(
    "refresh",
    AssetSelection.assets(*_streams, _models),
    description="Read every source, build every table, publish. A source that fails leaves the others going.",
    executor_def=SIDE_BY_SIDE,
)
refresh_handoff = define_asset_job(
    "refresh_handoff",
    AssetSelection.key_prefixes("handoff") | AssetSelection.assets(_models),
    description="Read the handoff form, build every table, publish.",
    executor_def=IN_PROCESS,
)
weekly_report = define_asset_job(
    "weekly_report",
    AssetSelection.assets(_report),
    description="Make the report of a week, as of the Monday morning after it.",
    executor_def=IN_PROCESS,
)

defs = Definitions(
    assets=[*_streams, _models, *own_streams(), _report],
    jobs=[refresh, refresh_handoff, weekly_report],
    schedules=[
        ScheduleDefinition(
            name="refresh_hourly",
            job=refresh,
            cron_schedule=f"{(_team.report_at // 60 + 45) % 60} * * * *",  # a quarter of an hour before the report's minute
            execution_timezone=_team.time_zone,
            default_status=DefaultScheduleStatus.RUNNING,
        ),
        build_schedule_from_partitioned_job(
            weekly_report,
            name="weekly_report_on_monday",
            hour_of_day=_team.report_at // 3600 % 24,
            minute_of_hour=_team.report_at // 60 % 60,
            day_of_week=1 + _team.report_at // 86400,
            default_status=DefaultScheduleStatus.RUNNING,
        ),
    ],
    sensors=[handoff_sensor(refresh_handoff.name), breach_sensor()],
    executor=IN_PROCESS,
    resources={"settings_file": SettingsFile(path="")},
)

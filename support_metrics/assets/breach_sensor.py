"""A sensor that posts requests which are about to miss their target."""

import contextlib
from collections.abc import Iterator

from dagster import DefaultSensorStatus, SensorDefinition, SkipReason, sensor

from support_metrics import pipeline
from support_metrics.assets.settings_file import SettingsFile
from support_metrics.errors import SupportMetricsError
from support_metrics.posting.once import Outcome

EVERY = 300  # seconds


def breach_sensor() -> SensorDefinition:
    """`posts_before_a_breach`: looks at the published warehouse; starts no run, since all it does is post."""

    @sensor(
        name="posts_before_a_breach",
        minimum_interval_seconds=EVERY,
        default_status=DefaultSensorStatus.RUNNING,
        description="Posts to posting.alert_channel, once, what has less than posting.alert_before left on its own clock.",
    )
    def posts_before_a_breach(settings_file: SettingsFile) -> Iterator[SkipReason]:
        try:
            yield SkipReason(_posted(settings_file))
        except SupportMetricsError as error:
            raise RuntimeError(str(error)) from None

    return posts_before_a_breach


def _posted(settings_file: SettingsFile) -> str:
    from support_metrics.exterminator.alerts import about_to_breach, post_alerts
    from support_metrics.warehouse import open_published

    settings = settings_file.load()
    if not settings.posting.alert_channel:
        return "posting.alert_channel is not set: nothing is posted"
    with contextlib.closing(open_published(settings)) as connection:
        now = pipeline.as_of_now(settings)
        outcomes = [outcome for _, outcome in post_alerts(settings, connection, now)]
        unknown = len(about_to_breach(settings, connection, now)[1])
    sent = sum(outcome is Outcome.SENT for outcome in outcomes)
    stale = f"; {unknown} more in channels that have not been read for long: refresh them" if unknown else ""
    return f"{len(outcomes)} about to miss their target, {sent} posted now{stale}"

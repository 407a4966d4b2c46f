"""A sensor that posts requests which are about to miss their target."""

import contextlib
from collections.abc import Iterator, Sequence

from dagster import DefaultSensorStatus, SensorDefinition, SkipReason, sensor

from support_metrics import pipeline
from support_metrics.assets.settings_file import SettingsFile
from support_metrics.errors import PostingError, SupportMetricsError
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
    """Post what is near, and tell what became of it. Raises PostingError, which tells the same, where some could not be posted."""
    from support_metrics.exterminator.alerts import about_to_breach, post_alerts
    from support_metrics.warehouse import open_published

    settings = settings_file.load()
    if not settings.posting.alert_channel:
        return "posting.alert_channel is not set: nothing is posted"
    with contextlib.closing(open_published(settings)) as connection:
        now = pipeline.as_of_now(settings)
        near, unknown = map(len, about_to_breach(settings, connection, now))
        outcomes: list[Outcome] = []
        try:
            for _, outcome in post_alerts(settings, connection, now):
                outcomes.append(outcome)
        except PostingError as error:
            raise PostingError(f"{error.problem}; {_told(near, unknown, outcomes)}", error.mend) from None
    return _told(near, unknown, outcomes)


def _told(near: int, unknown: int, outcomes: Sequence[Outcome]) -> str:
    sent, left = outcomes.count(Outcome.SENT), outcomes.count(Outcome.LEFT)
    failed = near - len(outcomes)
    parts = [f"{near} about to miss their target, {sent} posted now"]
    parts += [f"{failed} failed"] if failed else []
    parts += [f"{left} left, since nobody can tell whether an earlier look posted them: look in the channel"] if left else []
    said = ", ".join(parts)
    return f"{said}; {unknown} more in channels that have not been read for long: refresh them" if unknown else said

"""A sensor that notices new or changed handoff files by their content."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from dagster import DefaultSensorStatus, RunRequest, SensorDefinition, SensorEvaluationContext, SkipReason, sensor

from support_metrics.assets.settings_file import SettingsFile
from support_metrics.errors import SupportMetricsError
from support_metrics.settings import Settings
from support_metrics.sources.files import find


def handoff_sensor(job_name: str) -> SensorDefinition:
    """Runs the job when what the handoff files say has changed since it last looked; the first look only remembers."""

    @sensor(
        job_name=job_name,
        name="handoff_files",
        minimum_interval_seconds=60,
        default_status=DefaultSensorStatus.RUNNING,
        description="Notices a new or changed handoff file within a minute, by its content, and brings the tables up to date.",
    )
    def handoff_files(context: SensorEvaluationContext, settings_file: SettingsFile) -> RunRequest | SkipReason:
        try:
            settings = settings_file.load()
            if not settings.handoff.files:
                return SkipReason("no handoff files are named in the settings (handoff.files)")
            state = content(settings)
        except SupportMetricsError as error:
            return SkipReason(str(error))
        before = context.cursor
        context.update_cursor(state)
        if before is None:
            return SkipReason("watching the handoff files from now on")
        if before == state:
            return SkipReason("the handoff files say what they said before")
        return RunRequest(run_key=state)

    return handoff_files


def content(settings: Settings) -> str:
    """A digest over names and contents of the handoff files; raises SourceError where a setting names a file that is not there."""
    total = sha256()
    for found in find(settings, settings.handoff.files, "handoff.files"):
        total.update(f"{found.name}\n{found.digest(_files(found.path))}\n".encode(errors="surrogateescape"))
    return total.hexdigest()


def _files(path: Path) -> Iterator[tuple[str, Path]]:
    for each in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if each.is_file():
            yield each.name, each

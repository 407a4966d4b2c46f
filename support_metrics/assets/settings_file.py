"""The settings as Dagster meets them: a resource that reads the file when a step runs, and errors as Dagster shows them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dagster import ConfigurableResource, Failure, MetadataValue
from pydantic import Field

from support_metrics.errors import SupportMetricsError
from support_metrics.settings import SETTINGS_FILE, SETTINGS_VARIABLE, Settings, load_settings


class SettingsFile(ConfigurableResource[Settings]):
    """The team's settings. They are read anew by every step, so an edit counts from the next run on."""

    path: str = Field("", description=f"The settings file. When empty: {SETTINGS_VARIABLE}, else {SETTINGS_FILE} in the working folder.")

    def load(self) -> Settings:
        """Raises SettingsError, naming file, setting and mend."""
        return load_settings(self.path or None)


def explained(error: SupportMetricsError) -> dict[str, Any]:
    """What is wrong and how to mend it, as metadata."""
    return {"problem": MetadataValue.text(error.problem), "what to do": MetadataValue.text(error.mend)}


@contextmanager
def failures_explained() -> Iterator[None]:
    """Turn our errors into Dagster's failure with problem and mend. Trying again mends none of them, so nothing is retried."""
    try:
        yield
    except SupportMetricsError as error:
        raise Failure(str(error), metadata=explained(error), allow_retries=False) from error

"""GitHub: issues, pull requests and what is said about them, from files and from the REST API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from support_metrics.settings import Settings
from support_metrics.sources.base import NOTHING_KNOWN, Known, Unit
from support_metrics.sources.github.api import examine, live_units
from support_metrics.sources.github.files import file_units
from support_metrics.sources.github.records import STREAMS, asked_for


class GitHub:
    """Issues, pull requests and what is said about them."""

    name = "github"
    streams: Mapping[str, str] = STREAMS
    tokens: Mapping[str, str] = {
        "GITHUB_TOKEN": "fine-grained token with read access to Issues, Pull requests, Contents and Metadata of the repositories",
        "GITHUB_APP_PRIVATE_KEY": "private key of the GitHub App that github.app_id names, in place of a token",
    }

    def is_configured(self, settings: Settings) -> bool:
        return bool(settings.github.files or settings.github.live)

    def fetch(self, settings: Settings, streams: Sequence[str], known: Known) -> Iterator[Unit]:
        """One unit per file, then one per page of the API. Raises SourceError where either cannot be read."""
        yield from self.fetch_files(settings, streams, known)
        if settings.github.live:
            yield from live_units(settings, streams, asked_for(settings), known)

    def fetch_files(self, settings: Settings, streams: Sequence[str], known: Known = NOTHING_KNOWN) -> Iterator[Unit]:
        """One unit per file."""
        if settings.github.files:
            yield from file_units(settings, streams, asked_for(settings), known)

    def check_live(self, settings: Settings, known: Known = NOTHING_KNOWN) -> Iterator[tuple[str, str, str]]:
        """What `doctor` finds by asking the API: level, what it says, what to do. Raises SourceError where it refuses us."""
        if settings.github.live:
            yield from examine(settings, asked_for(settings))

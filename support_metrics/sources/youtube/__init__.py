"""YouTube: comments on the channel's videos, from files and from the Data API v3."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from support_metrics.settings import Settings
from support_metrics.sources.base import NOTHING_KNOWN, Known, Unit
from support_metrics.sources.youtube.files import fetch_files

__all__ = ["YouTube"]


class YouTube:
    """Comments on the videos of the channel."""

    name = "youtube"
    streams: Mapping[str, str] = {
        "comment_threads": "Top-level comments with the replies that the API sends along.",
        "comments": "Replies that the API lists apart.",
    }
    tokens: Mapping[str, str] = {"YOUTUBE_API_KEY": "an API key of a Google Cloud project in which YouTube Data API v3 is enabled"}

    def is_configured(self, settings: Settings) -> bool:
        return bool(settings.youtube.files) or settings.youtube.live

    def fetch(self, settings: Settings, streams: Sequence[str], known: Known) -> Iterator[Unit]:
        """One unit per file, then one per page of the API; there threads and the replies listed apart always come together."""
        yield from self.fetch_files(settings, streams, known)
        if settings.youtube.live:
            from support_metrics.sources.youtube.live import fetch_live

            yield from fetch_live(settings, known)

    def fetch_files(self, settings: Settings, streams: Sequence[str], known: Known = NOTHING_KNOWN) -> Iterator[Unit]:
        """One unit per file."""
        if settings.youtube.files:
            yield from fetch_files(settings, streams)

    def check_live(self, settings: Settings, known: Known = NOTHING_KNOWN) -> Iterator[tuple[str, str, str]]:
        """What `doctor` finds by asking the API: level, what it says, what to do. Raises SourceError where it refuses us."""
        if settings.youtube.live:
            from support_metrics.sources.youtube.live import check

            yield from check(settings)

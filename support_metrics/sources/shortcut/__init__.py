"""Shortcut: stories and what explains them, from files and from the REST API v3."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from support_metrics.settings import Settings
from support_metrics.sources.base import NOTHING_KNOWN, Known, Unit
from support_metrics.sources.shortcut.files import fetch_files

__all__ = ["Shortcut"]


class Shortcut:
    """Internal work: stories, and who the owners are."""

    name = "shortcut"
    streams: Mapping[str, str] = {
        "stories": "Stories with their labels, owners and links.",
        "members": "Members of the workspace.",
        "labels": "Labels, by the ids that stay when they are renamed.",
        "workflows": "Workflows with their states: what a story's state is called, and whether it is a finished one.",
        "history": "Changes of stories that got the label after they were first read, which say when.",
    }
    tokens: Mapping[str, str] = {"SHORTCUT_API_TOKEN": "an API token of any member who sees all stories; syncing only reads with it"}

    def is_configured(self, settings: Settings) -> bool:
        return bool(settings.shortcut.files) or settings.shortcut.live

    def fetch(self, settings: Settings, streams: Sequence[str], known: Known) -> Iterator[Unit]:
        """One unit per file, then those of the API."""
        yield from self.fetch_files(settings, streams, known)
        if settings.shortcut.live:
            from support_metrics.sources.shortcut.live import fetch_live

            yield from fetch_live(settings, streams, known)

    def fetch_files(self, settings: Settings, streams: Sequence[str], known: Known = NOTHING_KNOWN) -> Iterator[Unit]:
        """One unit per file."""
        if settings.shortcut.files:
            yield from fetch_files(settings, streams)

    def check_live(self, settings: Settings, known: Known = NOTHING_KNOWN) -> Iterator[tuple[str, str, str]]:
        """What `doctor` finds by asking the API: level, what it says, what to do. Raises SourceError where it refuses us."""
        if settings.shortcut.live:
            from support_metrics.sources.shortcut.live import check

            yield from check(settings)

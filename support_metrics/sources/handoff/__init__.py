"""The weekly handoff form: its answers as CSV, from files and from the address of its sheet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from support_metrics.settings import Settings
from support_metrics.sources.base import NOTHING_KNOWN, Known, Unit
from support_metrics.sources.handoff.files import check_headings, fetch_files, submission_instant

__all__ = ["Handoff", "submission_instant"]


class Handoff:
    """What the exterminators reported at the end of their weeks."""

    name = "handoff"
    streams: Mapping[str, str] = {"responses": "Answers to the weekly handoff form, every column as typed."}
    tokens: Mapping[str, str] = {}

    def is_configured(self, settings: Settings) -> bool:
        return bool(settings.handoff.files or settings.handoff.urls)

    def fetch(self, settings: Settings, streams: Sequence[str], known: Known) -> Iterator[Unit]:
        """One unit per file, then one per address."""
        yield from self.fetch_files(settings, streams, known)
        if settings.handoff.urls:
            from support_metrics.sources.handoff.live import fetch_live

            yield from fetch_live(settings, known)

    def fetch_files(self, settings: Settings, streams: Sequence[str], known: Known = NOTHING_KNOWN) -> Iterator[Unit]:
        """One unit per file."""
        if settings.handoff.files:
            yield from fetch_files(settings)

    def check_files(self, settings: Settings) -> Iterator[tuple[str, str, str]]:
        """What `doctor` finds wrong in the headings of the files: level, what it says, what to do."""
        if settings.handoff.files:
            yield from check_headings(settings)

    def check_live(self, settings: Settings, known: Known = NOTHING_KNOWN) -> Iterator[tuple[str, str, str]]:
        """What `doctor` finds by asking for the sheets: level, what it says, what to do. Raises SourceError where one cannot be read."""
        if settings.handoff.urls:
            from support_metrics.sources.handoff.live import check

            yield from check(settings)

"""Slack: exports first, then the Web API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from support_metrics.settings import Settings
from support_metrics.sources.base import NOTHING_KNOWN, Known, Unit
from support_metrics.sources.slack.export import fetch_exports
from support_metrics.sources.slack.records import instant_of

__all__ = ["Slack", "instant_of"]


class Slack:
    """Support, triage and internal channels of one workspace."""

    name = "slack"
    streams: Mapping[str, str] = {
        "messages": "Messages and thread replies of the configured channels, with edits and deletions.",
        "users": "Members of the workspace, bots included.",
        "channels": "The configured channels.",
    }
    tokens: Mapping[str, str] = {
        "SLACK_BOT_TOKEN": "a bot token, with the scopes channels:read, channels:history, groups:read, groups:history, users:read, "
        "users:read.email and team:read"
    }

    def is_configured(self, settings: Settings) -> bool:
        return bool(settings.slack.files) or settings.slack.live

    def fetch(self, settings: Settings, streams: Sequence[str], known: Known) -> Iterator[Unit]:
        """One unit per export, then one per page of the API.

        Raises SourceError where an export is damaged, a configured channel is nowhere or not found any more, or the API refuses us.
        """
        yield from self.fetch_files(settings, streams, known)
        if settings.slack.live:
            from support_metrics.sources.slack.api import fetch_api

            yield from fetch_api(settings, streams, known)

    def fetch_files(self, settings: Settings, streams: Sequence[str], known: Known = NOTHING_KNOWN) -> Iterator[Unit]:
        """One unit per export."""
        if settings.slack.files:
            yield from fetch_exports(settings, streams, known)

    def check_live(self, settings: Settings, known: Known = NOTHING_KNOWN) -> Iterator[tuple[str, str, str]]:
        """What `doctor` finds by asking the API: level, what it says, what to do. Raises SourceError where it refuses us."""
        if settings.slack.live:
            from support_metrics.sources.slack.check import check

            yield from check(settings, known)

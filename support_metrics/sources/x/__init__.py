"""X (Twitter): mentions, the brand's own posts and direct messages, from files and from the API v2."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from support_metrics.settings import Settings
from support_metrics.sources.base import NOTHING_KNOWN, Known, Unit
from support_metrics.sources.x.files import fetch_files

__all__ = ["X"]


class X:
    """Mentions of the brand's account and direct messages to it."""

    name = "x"
    streams: Mapping[str, str] = {
        "posts": "Posts that mention the account, its own, and those they refer to.",
        "direct_messages": "Direct messages with the account.",
        "users": "Who wrote them.",
    }
    tokens: Mapping[str, str] = {
        "X_BEARER_TOKEN": "the app's bearer token: it reads mentions and own posts",
        "X_USER_TOKEN": "with x.direct_messages: a user access token of the brand's account, with the scopes dm.read, tweet.read and users.read",
    }

    def is_configured(self, settings: Settings) -> bool:
        return bool(settings.x.files) or settings.x.live

    def fetch(self, settings: Settings, streams: Sequence[str], known: Known) -> Iterator[Unit]:
        """One unit per file, then one per page of the API; there users always come along with what they wrote."""
        yield from self.fetch_files(settings, streams, known)
        if settings.x.live:
            from support_metrics.sources.x.live import fetch_live

            yield from fetch_live(settings, streams, known)

    def fetch_files(self, settings: Settings, streams: Sequence[str], known: Known = NOTHING_KNOWN) -> Iterator[Unit]:
        """One unit per file."""
        if settings.x.files:
            yield from fetch_files(settings, streams)

    def check_live(self, settings: Settings, known: Known = NOTHING_KNOWN) -> Iterator[tuple[str, str, str]]:
        """What `doctor` finds by asking the API: level, what it says, what to do. Raises SourceError where it refuses us."""
        if settings.x.live:
            from support_metrics.sources.x.live import check

            yield from check(settings)

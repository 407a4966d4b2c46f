"""E-mail: the support mailboxes, from mbox files and by IMAP."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from support_metrics.settings import Settings
from support_metrics.sources.base import NOTHING_KNOWN, Known, Unit
from support_metrics.sources.email.files import fetch_files

__all__ = ["Email"]


class Email:
    """The support mailboxes."""

    name = "email"
    streams: Mapping[str, str] = {"messages": "Messages received and sent, with all headers and their plain text."}
    tokens: Mapping[str, str] = {
        "IMAP_PASSWORD": "the password of email.imap_user, most often an app password; the mailbox is opened read-only"
    }

    def is_configured(self, settings: Settings) -> bool:
        return bool(settings.email.files or settings.email.imap_host)

    def fetch(self, settings: Settings, streams: Sequence[str], known: Known) -> Iterator[Unit]:
        """One unit per mbox file, then one per batch of new messages in the mailbox."""
        yield from self.fetch_files(settings, streams, known)
        if settings.email.imap_host:
            from support_metrics.sources.email.live import fetch_live

            yield from fetch_live(settings, known)

    def fetch_files(self, settings: Settings, streams: Sequence[str], known: Known = NOTHING_KNOWN) -> Iterator[Unit]:
        """One unit per mbox file."""
        if settings.email.files:
            yield from fetch_files(settings)

    def check_live(self, settings: Settings, known: Known = NOTHING_KNOWN) -> Iterator[tuple[str, str, str]]:
        """What `doctor` finds by opening the mailbox: level, what it says, what to do. Raises SourceError where it refuses us."""
        if settings.email.imap_host:
            from support_metrics.sources.email.live import check

            yield from check(settings)

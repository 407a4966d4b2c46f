"""E-mail by IMAP (RFC 9051), read-only: folders are opened by EXAMINE and messages peeked at, so nothing is ever marked as read.

A message has a number in its folder, its UID, that grows and is never used again as long as the folder's UIDVALIDITY stays the same.
That a message leaves a folder says nothing, people file mail away; so nothing is ever taken for deleted.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from support_metrics.errors import PlaceMissing, SourceError, SourceUnavailable, together
from support_metrics.settings import Settings
from support_metrics.sources.base import Coverage, Damaged, Known, Progress, Record, Unit
from support_metrics.sources.email.mailbox import FolderRefused, Mailbox
from support_metrics.sources.email.message import read_message
from support_metrics.sources.files import Span
from support_metrics.sources.timeleft import TimeLeft
from support_metrics.sources.web import IMPATIENT

MESSAGES = "messages"
# UIDs looked for at once: an answer is one line, and the standard library reads none beyond a million characters.
UIDS_AT_ONCE = 50_000
MESSAGES_AT_ONCE = 50
BYTES_AT_ONCE = 16 * 2**20


def now() -> datetime:
    return datetime.now(UTC)


class Mark(NamedTuple):
    """How far a folder has been read: every message up to `uid`, as long as the folder is `validity`; its oldest was of `oldest`."""

    validity: int = 0
    uid: int = 0
    oldest: str = ""

    @classmethod
    def of(cls, progress: Progress | None) -> Mark:
        if not progress:
            return cls()
        validity, uid, oldest = progress.position.split(" ", 2)
        return cls(int(validity), int(uid), oldest)

    def __str__(self) -> str:
        return f"{self.validity} {self.uid} {self.oldest}"


def fetch_live(settings: Settings, known: Known) -> Iterator[Unit]:
    """New messages of every folder, then what has been covered. How far each folder was read is kept as a progress of its own.

    A folder that cannot be opened, or was read before and is gone, leaves the others going; its error is raised in place of coverage.
    Raises PlaceMissing at once for one that never was there.
    """
    began_at = now()
    span = Span()
    mailbox = Mailbox(settings, known)
    cursor = known.cursors.get((MESSAGES, "*"))
    is_first = False
    refused = list[SourceError]()
    try:
        for folder in settings.email.imap_folders:
            mark = Mark.of(known.unfinished.get((MESSAGES, folder)))
            is_first = is_first or not mark.validity
            if mark.oldest:
                span.see(datetime.fromisoformat(mark.oldest))
            try:
                yield from _folder(mailbox, known, folder, mark, began_at, span)
            except FolderRefused as error:
                refused.append(error)
            except PlaceMissing as error:
                if not mark.validity:
                    raise
                refused.append(error)
    finally:
        mailbox.close()
    if refused:
        raise together(refused)
    since = cursor if cursor and not is_first else min(filter(None, (cursor, span.oldest, began_at)))
    since = settings.midnight(settings.email.covered_from) or since
    yield Unit("email: mailbox", [Coverage(MESSAGES, "*", min(since, began_at), began_at)], observed_at=began_at)


def check(settings: Settings) -> Iterator[tuple[str, str, str]]:
    """Whether every folder can be opened, and how many messages it holds."""
    mailbox = Mailbox(settings, IMPATIENT)
    try:
        for folder in settings.email.imap_folders:
            yield "ok", f"email.imap_folders: {folder!r} can be read, {mailbox.open(folder).messages:,} messages", ""
    finally:
        mailbox.close()


def _folder(mailbox: Mailbox, known: Known, folder: str, mark: Mark, began_at: datetime, span: Span) -> Iterator[Unit]:
    opened = mailbox.open(folder)
    is_new = opened.validity != mark.validity
    if is_new:
        mark = Mark(opened.validity)
    read, left = 0, TimeLeft()
    for uids in _new(mailbox, mark.uid, opened.next_uid):
        items = _messages(mailbox, folder, uids, span)
        if mailbox.open(folder).validity != opened.validity:
            raise SourceUnavailable(f"email: {folder!r} was made anew while it was read", "nothing is lost; refresh again")
        read += len(items)
        of = "" if mark.uid else f" of {opened.messages:,}"
        known.tell(f"email: {read:,}{of} new messages of {folder}{left.after(uids[-1], opened.next_uid - 1)}")
        position = str(Mark(opened.validity, uids[-1], span.oldest.isoformat() if span.oldest else ""))
        yield Unit(f"email: {folder}, up to UID {uids[-1]}", [*items, Progress(MESSAGES, folder, began_at, position)], observed_at=now())
    if is_new and not read:
        # That it was there is known from now on, even if it stays empty.
        yield Unit(f"email: {folder}, empty", [Progress(MESSAGES, folder, began_at, str(mark))], observed_at=now())


def _messages(mailbox: Mailbox, folder: str, uids: list[int], span: Span) -> list[Record | Damaged]:
    """A batch of messages, in their order. One that the server lists and does not give is set aside; one that has left meanwhile is left out."""
    found: dict[int, bytes] = {}
    for group in _groups(mailbox.sizes(uids)):
        found |= mailbox.messages(group)
    items = [read_message(as_in_mbox(raw), f"{folder}, UID {uid}", span) for uid, raw in sorted(found.items())]
    withheld = set(uids) - found.keys()
    if withheld:
        withheld &= set(mailbox.search(uids[0], uids[-1]))
    return [*items, *(Damaged(MESSAGES, f"{folder}, UID {uid}", "the server lists it and does not give it") for uid in sorted(withheld))]


def _new(mailbox: Mailbox, after: int, next_uid: int) -> Iterator[list[int]]:
    """UIDs beyond `after` that were there when the folder was opened, a batch at a time. Later ones are the next sync's."""
    for first in range(after + 1, next_uid, UIDS_AT_ONCE):
        uids = mailbox.search(first, min(first + UIDS_AT_ONCE, next_uid) - 1)
        for at in range(0, len(uids), MESSAGES_AT_ONCE):
            yield uids[at : at + MESSAGES_AT_ONCE]


def _groups(sizes: dict[int, int]) -> Iterator[list[int]]:
    """UIDs whose messages fit into memory together."""
    group: list[int] = []
    total = 0
    for uid, size in sorted(sizes.items()):
        if group and total + size > BYTES_AT_ONCE:
            yield group
            group, total = [], 0
        group.append(uid)
        total += size
    if group:
        yield group


def as_in_mbox(raw: bytes) -> bytes:
    """A message as an mbox file would hold it, so that both land the same: lines end in LF, and an empty one follows."""
    raw = raw.replace(b"\r\n", b"\n")
    return raw + (b"\n" if raw.endswith(b"\n") else b"\n\n")

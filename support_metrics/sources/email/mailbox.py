"""One IMAP connection: opened when needed, opened anew when it breaks, and never used to change anything."""

from __future__ import annotations

import base64
import imaplib
import re
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, NamedTuple, TypeVar

from support_metrics.errors import PlaceMissing, SourceError
from support_metrics.settings import Settings
from support_metrics.sources.base import Known
from support_metrics.sources.calls import TryAgain, call, hide, secret

T = TypeVar("T")
TIMEOUT = 60.0
# Response codes of RFC 5530 for refusals that pass.
MAY_PASS = re.compile(r"\[(?:UNAVAILABLE|INUSE|LIMIT|SERVERBUG|THROTTLED|OVERQUOTA)\]|too many|try again|temporar", re.IGNORECASE)
MISSING = re.compile(r"\[(?:NONEXISTENT|TRYCREATE)\]|does ?n[o']t exist|unknown mailbox|no such mailbox", re.IGNORECASE)
_UID = re.compile(rb"\bUID (\d+)")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d+)")
_SAID = 200


class FolderRefused(SourceError):
    """One folder cannot be opened; others may."""


class Opened(NamedTuple):
    """A folder as it was when it was opened."""

    validity: int
    next_uid: int
    messages: int


class Mailbox:
    """The mailbox that the settings name. Raises SourceError, or SourceUnavailable where it cannot be reached."""

    def __init__(self, settings: Settings, known: Known) -> None:
        self.settings, self.known = settings.email, known
        if not settings.email.imap_user:
            raise SourceError(
                "email.imap_host is set, but email.imap_user is not", "set email.imap_user to the name the mailbox is opened with"
            )
        self.password = secret("IMAP_PASSWORD", f"the password of {settings.email.imap_user}", "reading by IMAP (email.imap_host)")
        self._imap: imaplib.IMAP4 | None = None
        self._folder = ""

    def open(self, folder: str) -> Opened:
        """Open a folder for reading only."""
        return self._call(f"folder {folder!r}", lambda imap: self._examine(imap, folder))

    def search(self, first: int, last: int) -> list[int]:
        """The UIDs there are between two, both included."""
        (found,) = self._call("searching", lambda imap: _good(imap.uid("SEARCH", "UID", f"{first}:{last}")))[:1] or [b""]
        return sorted(uid for uid in map(int, (found or b"").split()) if first <= uid <= last)

    def sizes(self, uids: Sequence[int]) -> dict[int, int]:
        """How many bytes each message has."""
        parts = self._call("sizes of messages", lambda imap: _good(imap.uid("FETCH", _set(uids), "(UID RFC822.SIZE)")))
        texts = [part for part in parts if isinstance(part, bytes)]
        found = {int(uid[1]): int(size[1]) for text in texts if (uid := _UID.search(text)) and (size := _SIZE.search(text))}
        return {uid: size for uid, size in found.items() if uid in set(uids)}

    def messages(self, uids: Sequence[int]) -> dict[int, bytes]:
        """The messages, whole; one that is no longer there is left out."""
        parts = self._call("messages", lambda imap: _good(imap.uid("FETCH", _set(uids), "(UID BODY.PEEK[])")))
        found: dict[int, bytes] = {}
        for part, following in zip(parts, [*parts[1:], b""], strict=True):
            if isinstance(part, tuple):
                # The UID may stand before the message or after it.
                uid = _UID.search(part[0]) or _UID.search(following if isinstance(following, bytes) else b"")
                if uid and int(uid[1]) in uids:
                    found[int(uid[1])] = part[1]
        return found

    def close(self) -> None:
        imap, self._imap, self._folder = self._imap, None, ""
        if imap:
            with suppress(imaplib.IMAP4.error, OSError):
                imap.logout()

    def _call(self, what: str, do: Callable[[imaplib.IMAP4], T]) -> T:
        return call(self.known, f"email: {what}", lambda: self._once(what, do))

    def _once(self, what: str, do: Callable[[imaplib.IMAP4], T]) -> T:
        """One attempt. Whatever breaks it breaks the connection, since an answer may still be on its way."""
        why = ""
        try:
            return do(self._connected())
        except ssl.SSLCertVerificationError:
            raise SourceError(
                f"email: {self.settings.imap_host}: the server's certificate is not trusted",
                "correct email.imap_host, or install the certificate of your organization",
            ) from None
        except ssl.SSLError as error:
            if error.reason == "WRONG_VERSION_NUMBER":
                raise SourceError(
                    f"email: {self.settings.imap_host} speaks no TLS at port {self.settings.imap_port}",
                    "correct email.imap_port, most often 993",
                ) from None
            why = "the connection was cut"
        except TimeoutError:
            why = f"no answer within {TIMEOUT:g} s"
        except (imaplib.IMAP4.abort, OSError, EOFError):
            why = "the connection was cut" if self._imap else "cannot be reached"
        except (imaplib.IMAP4.error, ValueError) as error:
            why = f"answered what cannot be understood: {self._shown(error)}"
        except TryAgain as error:
            why = self._shown(error)
        self._imap, broken = None, self._imap
        if broken:
            with suppress(imaplib.IMAP4.error, OSError):
                broken.shutdown()
        raise TryAgain(why)

    def _connected(self) -> imaplib.IMAP4:
        """The connection, logged in, with the last folder open."""
        if self._imap is None:
            host, port = self.settings.imap_host, self.settings.imap_port
            if self.settings.imap_tls:
                imap: imaplib.IMAP4 = imaplib.IMAP4_SSL(host, port, ssl_context=ssl.create_default_context(), timeout=TIMEOUT)
            else:
                imap = imaplib.IMAP4(host, port, timeout=TIMEOUT)
            self._imap, folder = imap, self._folder
            self._log_in(imap)
            if folder:
                self._examine(imap, folder)
        return self._imap

    def _log_in(self, imap: imaplib.IMAP4) -> None:
        said = ""
        try:
            imap.login(self.settings.imap_user, self.password)
            return
        except UnicodeEncodeError:
            said = "name or password holds letters that this way of logging in cannot carry"
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:
            said = self._shown(error)
        if MAY_PASS.search(said):
            raise TryAgain(said, is_limit=True)
        raise SourceError(
            f"email: {self.settings.imap_host} refuses to let {self.settings.imap_user!r} in: {said}",
            "correct email.imap_user and IMAP_PASSWORD; many providers want an app password, and IMAP to be allowed for the mailbox",
        )

    def _examine(self, imap: imaplib.IMAP4, folder: str) -> Opened:
        status, said = imap.select(mailbox_name(folder), readonly=True)
        if status != "OK":
            text = _text(said)
            if MAY_PASS.search(text):
                raise TryAgain(text)
            kind = PlaceMissing if MISSING.search(text) else FolderRefused
            raise kind(f"email.imap_folders: {folder!r} cannot be opened: {hide(text, [self.password])}", "correct the name of the folder")
        self._folder = folder
        validity, next_uid = (_number(imap.response(name)[1]) for name in ("UIDVALIDITY", "UIDNEXT"))
        if not validity or not next_uid:
            raise TryAgain("the server does not say how its messages are numbered")
        return Opened(validity, next_uid, _number(said))

    def _shown(self, error: Exception) -> str:
        text = _text(error.args) if error.args else type(error).__name__
        return hide(text, [self.password])


def mailbox_name(name: str) -> str:
    """A folder's name as IMAP wants it: quoted, and what is not ASCII in its own UTF-7 (RFC 3501, 5.1.3)."""

    def encoded(match: re.Match[str]) -> str:
        return "&" + base64.b64encode(match[0].encode("utf-16-be")).decode().rstrip("=").replace("/", ",") + "-"

    text = re.sub(r"[^\x20-\x7e]+", encoded, name.replace("&", "&-"))
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _good(answer: tuple[str, list[Any]]) -> list[Any]:
    status, parts = answer
    if status != "OK":
        raise TryAgain(f"answered {status}: {_text(parts)}")
    return [part for part in parts if part is not None]


def _set(uids: Sequence[int]) -> str:
    return ",".join(map(str, uids))


def _number(parts: Sequence[Any]) -> int:
    text = parts[-1] if parts else None
    return int(text) if isinstance(text, bytes) and text.isdigit() else 0


def _text(parts: Sequence[Any]) -> str:
    """What a server said, for people."""
    said = (part.decode("utf-8", "replace") if isinstance(part, bytes) else str(part) for part in parts if part is not None)
    return " ".join(" ".join(said).split())[:_SAID]

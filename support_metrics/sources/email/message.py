"""A message of e-mail as it is kept: its headers in order, who wrote to whom when, and its plain text."""

from __future__ import annotations

import hashlib
import re
from contextlib import suppress
from datetime import UTC, datetime
from email import policy
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import getaddresses, parsedate_to_datetime
from html.parser import HTMLParser
from typing import Any

from support_metrics.sources.base import Damaged, Record
from support_metrics.sources.files import Span

# The standard library's parser fails in many ways on hostile mail; none may sink the messages around it.
PARSER_FAILS = (ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError, MessageError)
_ID = re.compile(r"<([^<>\s]+)>")
_BLOCKS = frozenset(
    (
        "address",
        "blockquote",
        "br",
        "dd",
        "div",
        "dl",
        "dt",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "li",
        "ol",
        "p",
        "pre",
        "table",
        "tr",
        "ul",
    )
)
_UNSHOWN = {"head", "script", "style", "title", "template"}


def read_message(raw: bytes, place: str, span: Span) -> Record | Damaged:
    """The record of a message as it stands in an mbox file; one that cannot be parsed is set aside."""
    try:
        message = BytesParser(EmailMessage, policy=policy.default).parsebytes(raw)
        payload, delivered_at = _payload(message, raw)
    except PARSER_FAILS as error:
        return Damaged("messages", place, f"cannot be parsed as e-mail ({type(error).__name__})")
    span.see(delivered_at)
    sent_at = datetime.fromisoformat(payload["sent_at"]) if payload["sent_at"] else None
    return Record("messages", f"email:message:{payload['message_id']}", payload, sent_at)


def _payload(message: EmailMessage, raw: bytes) -> tuple[dict[str, Any], datetime | None]:
    headers = [(name, _decoded(str(value))) for name, value in message.raw_items()]
    first: dict[str, str] = {}
    for name, value in headers:
        first.setdefault(name.lower(), value)
    sent_at = _instant(first.get("date", ""))
    # A sender's clock may be years off; the topmost Received line is by our own server.
    delivered_at = _instant(first.get("received", "").rpartition(";")[2]) or sent_at
    ids = _ID.findall(first.get("message-id", "")) or first.get("message-id", "").split()
    payload = {
        "message_id": ids[0] if ids else f"sha256-{hashlib.sha256(raw).hexdigest()[:32]}",
        "sent_at": sent_at.isoformat().replace("+00:00", "Z") if sent_at else None,
        "from": next(iter(_addresses(message, "from")), None),
        "to": _addresses(message, "to"),
        "cc": _addresses(message, "cc"),
        "subject": first.get("subject", ""),
        "in_reply_to": next(iter(_ID.findall(first.get("in-reply-to", ""))), None),
        "references": _ID.findall(first.get("references", "")),
        "headers": [[_clean(name), value] for name, value in headers],
        "text": _text(message),
    }
    return payload, delivered_at


def _clean(text: str) -> str:
    """Text that UTF-8 and every database can hold: undecodable bytes and NULs become U+FFFD."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace").replace("\0", "\ufffd")


def _decoded(value: str) -> str:
    """A header's value in one line, its encoded words decoded where they can be."""
    value = _clean(re.sub(r"[\r\n]+[ \t]*", " ", value)).strip()
    if "=?" in value:
        with suppress(*PARSER_FAILS):
            return _clean(str(make_header(decode_header(value))))
    return value


def _addresses(message: EmailMessage, field: str) -> list[dict[str, str]]:
    """Addresses are split before names are decoded, for a decoded name may hold a comma."""
    values = [_clean(str(value)) for name, value in message.raw_items() if name.lower() == field]
    return [{"name": _decoded(name), "address": address} for name, address in getaddresses(values) if address]


def _instant(text: str) -> datetime | None:
    with suppress(ValueError, TypeError, IndexError, OverflowError):
        moment = parsedate_to_datetime(text.strip())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return None


def _text(message: EmailMessage) -> str:
    """The first plain-text part that is no attachment; else the first HTML part without its tags."""
    parts = [part for part in message.walk() if not part.is_multipart() and part.get_content_disposition() != "attachment"]
    for kind in ("text/plain", "text/html"):
        for part in parts:
            if part.get_content_type() == kind:
                text = _body(part)
                return _clean(text if kind == "text/plain" else _stripped(text)).replace("\r\n", "\n")
    return ""


def _body(part: Any) -> str:
    data = part.get_payload(decode=True) or b""
    try:
        return data.decode(part.get_content_charset() or "utf-8")
    except (LookupError, UnicodeDecodeError, ValueError):
        return data.decode("utf-8", "replace")


class _Shown(HTMLParser):
    """Collects the text of a page that a reader would see."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self._unshown = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self._unshown += tag in _UNSHOWN
        if tag in _BLOCKS:
            self.text.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._unshown = max(0, self._unshown - (tag in _UNSHOWN))
        if tag in _BLOCKS:
            self.text.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._unshown:
            self.text.append(re.sub(r"\s+", " ", data))


def _stripped(page: str) -> str:
    shown = _Shown()
    shown.feed(page)
    shown.close()
    lines = (line.strip() for line in "".join(shown.text).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()

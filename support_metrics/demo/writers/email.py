"""The support mailbox as mbox, written by hand so that every version of Python gives the same bytes."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

from support_metrics.demo.days import ZONE
from support_metrics.demo.history import Email
from support_metrics.demo.writers import View

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
BOUNDARY = "=_tilter_demo_1"


def mbox(view: View) -> bytes:
    return b"".join(_message(email) for email in view.history.emails if view.since <= email.sent_at <= view.until)


def _message(email: Email) -> bytes:
    utc = email.sent_at.astimezone(UTC)
    begin = f"From {email.sender[1]} {WEEKDAYS[utc.weekday()]} {MONTHS[utc.month - 1]} {utc.day:2} {utc:%H:%M:%S} {utc.year}"
    headers = [
        ("From", _address(email.sender)),
        ("To", _address(email.to)),
        ("Subject", _words(email.subject)),
        ("Date", _date(email.sent_at)),
        ("Message-ID", f"<{email.message_id}>"),
    ]
    if email.reply_to:
        line = [email.reply_to]
        while line[-1].reply_to:
            line.append(line[-1].reply_to)
        headers.append(("In-Reply-To", f"<{email.reply_to.message_id}>"))
        headers.append(("References", "\n ".join(f"<{each.message_id}>" for each in reversed(line))))
    headers += [*email.headers, ("MIME-Version", "1.0")]
    kind, body = _body(email)
    text = "\n".join([begin, *(f"{name}: {value}" for name, value in headers), *kind, "", _stuffed(body), "", ""])
    return text.encode()


def _stuffed(body: str) -> str:
    """A line that begins with From would begin a message."""
    return "\n".join(">" + line if line.lstrip(">").startswith("From ") else line for line in body.rstrip("\n").split("\n"))


def _body(email: Email) -> tuple[list[str], str]:
    """Headers of the content and the content."""
    plain = "Content-Type: text/plain; charset=utf-8"
    if not email.html:
        return [plain, "Content-Transfer-Encoding: 8bit"], email.text
    encoded = base64.encodebytes(email.html.encode()).decode().strip()
    parts = [
        f"--{BOUNDARY}\n{plain}\nContent-Transfer-Encoding: 8bit\n\n{email.text}",
        f"--{BOUNDARY}\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: base64\n\n{encoded}",
        f"--{BOUNDARY}--",
    ]
    return [f'Content-Type: multipart/alternative; boundary="{BOUNDARY}"'], "\n".join(parts)


def _address(who: tuple[str, str]) -> str:
    name, address = who
    if not name.isascii():
        return f"{_words(name)} <{address}>"
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}" <{address}>' if not name.replace(" ", "").isalnum() else f"{name} <{address}>"


def _words(text: str) -> str:
    """Encoded words where it is not plain ASCII, split so that no character is cut."""
    if text.isascii():
        return text
    chunks = [text[start : start + 10] for start in range(0, len(text), 10)]
    return "\n ".join(f"=?utf-8?b?{base64.b64encode(chunk.encode()).decode()}?=" for chunk in chunks)


def _date(moment: datetime) -> str:
    local = moment.astimezone(ZONE)
    return f"{WEEKDAYS[local.weekday()]}, {local.day:02} {MONTHS[local.month - 1]} {local.year} {local:%H:%M:%S %z}"

"""Sending by e-mail through SMTP."""

from __future__ import annotations

import contextlib
import hashlib
import os
import smtplib
import ssl
from collections.abc import Collection, Iterable, Sequence
from email.message import EmailMessage
from email.utils import formatdate, getaddresses

from support_metrics.errors import AnswerLost, PostingError
from support_metrics.settings import Settings

TIMEOUT = 60  # seconds


def message(
    settings: Settings, subject: str, text: str, html: str, picture: bytes | None, says: str, name: str, to: Collection[str] = ()
) -> EmailMessage:
    """A mail in plain text and HTML, with the picture shown in the latter; `says` describes it. It is for `to`, or all of posting.email_to.

    Mails of one `name` have one Message-ID, so that a mail program which gets both shows one.
    """
    mail = EmailMessage()
    mail["Subject"] = " ".join(subject.split())
    mail["From"] = settings.posting.email_from
    mail["To"] = ", ".join(to or settings.posting.email_to)
    mail["Date"] = formatdate(localtime=False)
    number = hashlib.blake2b(name.encode(), digest_size=16).hexdigest()
    mail["Message-ID"] = f"<{number}@{settings.posting.email_from.rpartition('@')[2].rstrip('> ') or 'support-metrics.invalid'}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday notice shall answer
    mail.set_content(text)
    mail.add_alternative(html, subtype="html")
    if picture is not None:
        (_, part) = mail.iter_parts()
        assert isinstance(part, EmailMessage)
        part.add_related(picture, "image", "png", cid="<picture>", filename="headline.png", disposition="inline")
    return mail


def send(settings: Settings, mail: EmailMessage) -> Sequence[str]:
    """Hand the mail to the server; returns the addresses it refused while it took the mail for others.

    Raises PostingError naming what to mend, never the password; AnswerLost where the server may have taken it.
    """
    where = f"{settings.posting.smtp_host}:{settings.posting.smtp_port}"
    server: _Server | None = None
    try:
        server = _connected(settings)
        return list(server.send_message(mail))
    except OSError as error:  # every smtplib.SMTPException is one
        if server is None or not server.was_given or _is_verdict(error):
            raise _refusal(settings, where, error) from None
        raise AnswerLost(
            f"smtp: {where} was given the mail and did not say whether it takes it, so it may have been sent",
            "look whether it arrived; if not, run the command again with --again",
        ) from None
    finally:
        if server is not None:
            # What it says to a good-bye changes nothing.
            with contextlib.suppress(OSError):
                server.quit()
            server.close()


def _is_verdict(error: OSError) -> bool:
    """Whether the server says of the mail it was given that it does not take it: RFC 5321, 4.2.1. Any other answer tells nothing."""
    return isinstance(error, smtplib.SMTPDataError) and 400 <= error.smtp_code < 600


def _refusal(settings: Settings, where: str, error: Exception) -> PostingError:
    match error:
        case smtplib.SMTPAuthenticationError():
            said = f" refuses the user {settings.posting.smtp_user!r}", "correct posting.smtp_user and SMTP_PASSWORD"
        case smtplib.SMTPNotSupportedError():
            said = " does not offer what posting.smtp_security asks", "choose starttls, tls or none as the server does"
        case smtplib.SMTPRecipientsRefused() if all(400 <= code < 500 for code, _ in error.recipients.values()):
            said = f" takes nothing for {', '.join(error.recipients)} now", "run the command again later"
        case smtplib.SMTPRecipientsRefused():
            said = f" refuses {', '.join(error.recipients)}", "correct posting.email_to"
        case smtplib.SMTPResponseException() if 400 <= error.smtp_code < 500:
            said = f" does not take the mail now ({error.smtp_code})", "run the command again later"
        case smtplib.SMTPResponseException():
            said = f" refuses the mail ({error.smtp_code})", "correct posting.email_from, or ask whoever runs the server"
        case ssl.SSLError():
            said = f": {error.reason or 'no secure connection'}", "correct posting.smtp_security or the server's certificate"
        case _:
            said = f" cannot be reached ({type(error).__name__})", "correct posting.smtp_host and smtp_port, or try later"
    return PostingError(f"smtp: {where}{said[0]}", said[1])


class _Server(smtplib.SMTP):
    """A server that tells whether it `was_given` a whole mail, after which a lost answer leaves open whether it takes it."""

    was_given = False

    def send(self, s: str | bytes) -> None:  # type: ignore[override]
        super().send(s)
        # Commands are text; of a mail all bytes are sent at once, up to the dot that ends it.
        self.was_given = self.was_given or isinstance(s, bytes)


class _SecureServer(_Server, smtplib.SMTP_SSL):
    pass


def _connected(settings: Settings) -> _Server:
    posting = settings.posting
    secure = ssl.create_default_context()
    server = (
        _SecureServer(posting.smtp_host, posting.smtp_port, timeout=TIMEOUT, context=secure)
        if posting.smtp_security == "tls"
        else _Server(posting.smtp_host, posting.smtp_port, timeout=TIMEOUT)
    )
    try:
        if posting.smtp_security == "starttls":
            server.starttls(context=secure)
        if posting.smtp_user:
            server.login(posting.smtp_user, _password())
    except BaseException:
        server.close()
        raise
    return server


def _password() -> str:
    password = os.environ.get("SMTP_PASSWORD", "")
    if not password:
        raise PostingError("posting.smtp_user is set, but the environment holds no SMTP_PASSWORD", "set SMTP_PASSWORD")
    return password


def recipients(settings: Settings) -> Sequence[str]:
    """Who gets the report by e-mail; nobody while it is not set up. Raises PostingError where it is set up by half."""
    posting = settings.posting
    if not posting.smtp_host:
        return ()
    if not posting.email_from or not posting.email_to:
        raise PostingError("posting.smtp_host is set, but not who sends and who receives", "set posting.email_from and posting.email_to")
    return posting.email_to


def by_address(given: Iterable[str]) -> dict[str, str]:
    """What stands in To for each address, which is in lower case: what is given, with its name, unless that holds several."""
    found: dict[str, str] = {}
    for each in given:
        addresses = [address for _, address in getaddresses([each]) if address] or [each]
        found |= {address.lower(): each if len(addresses) == 1 else address for address in addresses}
    return found

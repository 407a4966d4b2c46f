"""Sending by e-mail through SMTP."""

from __future__ import annotations

import os
import smtplib
import ssl
from collections.abc import Sequence
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from support_metrics.errors import PostingError
from support_metrics.settings import Settings

TIMEOUT = 60  # seconds


def message(settings: Settings, subject: str, text: str, html: str, picture: bytes | None, says: str) -> EmailMessage:
    """A mail in plain text and HTML, with the picture shown in the latter; `says` describes it."""
    mail = EmailMessage()
    mail["Subject"] = " ".join(subject.split())
    mail["From"] = settings.posting.email_from
    mail["To"] = ", ".join(settings.posting.email_to)
    mail["Date"] = formatdate(localtime=False)
    mail["Message-ID"] = make_msgid(domain=settings.posting.email_from.rpartition("@")[2] or None)
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday notice shall answer
    mail.set_content(text)
    mail.add_alternative(html, subtype="html")
    if picture is not None:
        (_, part) = mail.iter_parts()
        assert isinstance(part, EmailMessage)
        part.add_related(picture, "image", "png", cid="<picture>", filename="headline.png", disposition="inline")
    return mail


def send(settings: Settings, mail: EmailMessage) -> None:
    """Hand the mail to the server. Raises PostingError naming what to mend, never the password."""
    posting = settings.posting
    where = f"{posting.smtp_host}:{posting.smtp_port}"
    try:
        with _connected(settings) as server:
            refused = server.send_message(mail)
    except smtplib.SMTPAuthenticationError:
        raise PostingError(f"smtp: {where} refuses the user {posting.smtp_user!r}", "correct posting.smtp_user and SMTP_PASSWORD") from None
    except smtplib.SMTPNotSupportedError:
        raise PostingError(
            f"smtp: {where} does not offer what posting.smtp_security asks", "choose starttls, tls or none as the server does"
        ) from None
    except smtplib.SMTPRecipientsRefused as error:
        raise PostingError(f"smtp: {where} refuses {', '.join(error.recipients)}", "correct posting.email_to") from None
    except smtplib.SMTPResponseException as error:
        raise PostingError(
            f"smtp: {where} refuses the mail ({error.smtp_code})", "see the server's answer; correct posting.email_from"
        ) from None
    except ssl.SSLError as error:
        raise PostingError(
            f"smtp: {where}: {error.reason or 'no secure connection'}", "correct posting.smtp_security or the server's certificate"
        ) from None
    except (smtplib.SMTPException, OSError) as error:
        raise PostingError(
            f"smtp: {where} cannot be reached ({type(error).__name__})", "correct posting.smtp_host and smtp_port, or try later"
        ) from None
    if refused:
        raise PostingError(f"smtp: {where} sent it, but refused {', '.join(refused)}", "correct posting.email_to")


def _connected(settings: Settings) -> smtplib.SMTP:
    posting = settings.posting
    secure = ssl.create_default_context()
    if posting.smtp_security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(posting.smtp_host, posting.smtp_port, timeout=TIMEOUT, context=secure)
    else:
        server = smtplib.SMTP(posting.smtp_host, posting.smtp_port, timeout=TIMEOUT)
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

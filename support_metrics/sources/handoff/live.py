"""The handoff form's sheet, from the address at which Google publishes or exports it as CSV.

Whoever knows such an address can read the sheet, so no more of it is ever shown than its host, and that it lies among Google's spreadsheets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urljoin, urlsplit

import requests

from support_metrics.errors import SourceError
from support_metrics.settings import Settings
from support_metrics.sources.base import Coverage, Damaged, Known, Record, Unit
from support_metrics.sources.calls import Answer, TryAgain, call, hide
from support_metrics.sources.files import Span
from support_metrics.sources.handoff.files import read_answers
from support_metrics.sources.web import IMPATIENT, MAY_PASS, fetched, host, passing, said_at

SETTING = "handoff.urls"
SPREADSHEETS = "/spreadsheets/"
MOST_REDIRECTS = 10
RESPONSES = ("responses", "*")
PUBLISH = (
    "publish the answers' sheet as CSV (File → Share → Publish to web → Comma-separated values) and put that link into handoff.urls, "
    "or share the sheet with whoever has the link and use its /export?format=csv"
)


def fetch_live(settings: Settings, known: Known) -> Iterator[Unit]:
    """One unit per address; a sheet comes whole, so the last one covers everything from the oldest answer on."""
    span = Span()
    complete_from = settings.midnight(settings.handoff.covered_from)
    began_at: datetime | None = None
    for number, url in enumerate(settings.handoff.urls, 1):
        items, observed_at = _sheet(settings, known, url, span)
        began_at = min(began_at or observed_at, observed_at)
        since = min(complete_from or span.oldest or began_at, began_at)
        covered = [Coverage(*RESPONSES, since, began_at)] if number == len(settings.handoff.urls) else []
        yield Unit(shown(url), [*items, *covered], observed_at=observed_at)


def check(settings: Settings) -> Iterator[tuple[str, str, str]]:
    """Whether every sheet can be read, and how many answers it holds."""
    for url in settings.handoff.urls:
        items, _ = _sheet(settings, IMPATIENT, url, Span())
        yield "ok", f"{shown(url)}: {sum(isinstance(item, Record) for item in items):,} answers", ""


def shown(url: str) -> str:
    """As much of an address as anybody may see."""
    try:
        is_googles = urlsplit(url).path.startswith(SPREADSHEETS)
    except ValueError:
        is_googles = False
    return f"{SETTING}: {host(url)}{SPREADSHEETS if is_googles else '/'}…"


def _sheet(settings: Settings, known: Known, url: str, span: Span) -> tuple[list[Record | Damaged], datetime]:
    session = requests.Session()

    def do() -> tuple[list[Record | Damaged], datetime]:
        answer, data = _download(session, url)
        seen = Span()
        try:
            items = list(read_answers(data, shown(url), settings, seen, is_padded=True))
            why = ""
        except SourceError as error:
            if "handoff.columns" in error.mend:
                # It repeats headings, and whoever answers in the sheet's place may repeat where we asked.
                parts = [part for part in re.findall(r"[^/?&=]{8,}", url) if part not in shown(url)]
                raise SourceError(hide(error.problem, parts), hide(error.mend, parts)) from None
            why = error.problem.removeprefix(shown(url)).lstrip(":, ")
        if why:
            raise TryAgain(f"no sound CSV: {why}")
        span.see(seen.oldest, seen.newest)
        return items, said_at(answer)

    return call(known, shown(url), do)


def _download(session: requests.Session, url: str) -> tuple[Answer, bytes]:
    """What lies there, followed by hand, since the library would write every address on the way to the log."""
    at = url
    for _ in range(MOST_REDIRECTS):
        response = fetched(session, "GET", at, SETTING)
        answer = Answer(response.status_code, {name.lower(): value for name, value in response.headers.items()}, None)
        if not (300 <= answer.status < 400 and answer.headers.get("location")):
            break
        at = urljoin(at, answer.headers["location"])
    if answer.status in MAY_PASS or answer.status >= 500:
        raise passing(answer)
    if answer.status in (404, 410):
        raise SourceError(
            f"{shown(url)}: there is nothing ({answer.status})", f"the sheet was deleted or is no longer published; {PUBLISH}"
        )
    if answer.status >= 300:
        raise SourceError(f"{shown(url)}: refused with {answer.status}", PUBLISH)
    data = response.content
    if answer.headers.get("content-type", "").startswith("text/html") or data.lstrip()[:1] == b"<":
        raise SourceError(f"{shown(url)}: answers with a web page, most likely to sign in, instead of CSV", PUBLISH)
    return answer, data

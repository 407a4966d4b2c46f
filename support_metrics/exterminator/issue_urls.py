"""Addresses of GitHub issues: which text is one, and which issue it names."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import urlsplit

from support_metrics.errors import IssueRefused
from support_metrics.settings import Settings

WRITE = "give the address of an issue, such as {site}/owner/name/issues/123"
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?/[A-Za-z0-9._-]+")
_PARTS = re.compile(r"/([^/]+)/([^/]+)/([^/]+)/([0-9]+)(/.*)?")
_QUOTED = 200
_DIGITS = 12


class IssueUrl(NamedTuple):
    """An issue by repository, as `owner/name`, and number."""

    site: str
    repository: str
    number: int

    def __str__(self) -> str:
        return f"{self.site}/{self.repository}/issues/{self.number}"

    @property
    def key(self) -> tuple[str, str, int]:
        """Equal for every way to write the same address."""
        return (self.site.lower(), self.repository.lower(), self.number)


def site_of(settings: Settings) -> str:
    """Where people see the issues that `github.api_url` serves; an API on an address of its own is taken for GitHub's."""
    parts = urlsplit(settings.github.api_url)
    if parts.path.rstrip("/").endswith("/api/v3"):
        return f"{parts.scheme}://{parts.netloc}"
    return "https://github.com"


def parse(text: str, site: str) -> IssueUrl:
    """The issue that an address names. Raises IssueRefused, with the reason, for anything else."""
    given = text.strip()
    shown = given if len(given) <= _QUOTED else given[:_QUOTED] + "…"
    mend = WRITE.format(site=site)
    if not given or not given.isprintable() or any(each.isspace() for each in given):
        raise IssueRefused(f"{shown!r} is no address", mend)
    try:
        parts = urlsplit(given)
        host, port, user = (parts.hostname or "").removeprefix("www."), parts.port, parts.username
    except ValueError:
        raise IssueRefused(f"{shown!r} is no address", mend) from None
    if parts.scheme.lower() not in ("http", "https") or not host:
        raise IssueRefused(f"{shown!r} is no address that begins with https://", mend)
    if user is not None or host != urlsplit(site).hostname or port not in (None, 80, 443, urlsplit(site).port):
        raise IssueRefused(f"{shown!r} lies on {host if user is None else 'an address with a user name'}, not on {site}", mend)
    found = _PARTS.fullmatch(parts.path)
    if not found or not _NAME.fullmatch(f"{found[1]}/{found[2]}") or found[2] in (".", ".."):
        raise IssueRefused(f"{shown!r} is no issue's address", mend)
    if found[3].lower() in ("pull", "pulls"):
        raise IssueRefused(f"{shown!r} is a pull request; only issues become stories", mend)
    if found[3].lower() == "discussions":
        raise IssueRefused(f"{shown!r} is a discussion; only issues become stories", mend)
    is_whole = (found[5] or "/") == "/"
    if found[3].lower() != "issues" or not is_whole or len(found[4]) > _DIGITS or int(found[4]) == 0:
        raise IssueRefused(f"{shown!r} is no issue's address", mend)
    return IssueUrl(site, f"{found[1]}/{found[2]}", int(found[4]))


def parse_link(text: object, site: str) -> IssueUrl | None:
    """The issue that a story's link names, if any."""
    try:
        return parse(text, site) if isinstance(text, str) else None
    except IssueRefused:
        return None

"""What GitHub's refusals mean, and what can be done about each."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime

from support_metrics.errors import SourceError
from support_metrics.sources.calls import TryAgain, retry_after

# GitHub asks for a pause of a minute at least where it gives no number.
SECONDARY_PAUSE = 60.0
DOCUMENTED = "docs/github.md says how to make one"
PERMISSIONS = "give it read access to Issues, Pull requests, Contents and Metadata of this repository (docs/github.md)"


class Refused(Exception):
    """An answer that whoever asked has to judge: its status, what GitHub said, and where it points to."""

    def __init__(self, status: int, said: str, location: str = "") -> None:
        super().__init__(f"{status} {said}")
        self.status, self.said, self.location = status, said, location


class TokenRefused(SourceError):
    """The token itself is refused: no other repository can be read either."""


def refusal(status: int, headers: Mapping[str, str], said: str, name: str, now: datetime) -> Exception:
    """What to raise for an answer that is none; `said` holds no secret, `now` is by GitHub's clock."""
    if limit := limit_told(status, headers, said, now):
        return limit
    if status >= 500 or status in (202, 408):
        return TryAgain(f"answered {status}", retry_after(headers, now))
    if status == 401:
        return TokenRefused(
            f"github: GitHub refuses the token ({said or 'Bad credentials'})",
            f"it is wrong, expired or revoked: set GITHUB_TOKEN to a valid one; {DOCUMENTED}",
        )
    if status == 403:
        return SourceError(*_forbidden(headers, said, name))
    if status == 451:
        return SourceError(f"github: {name}: blocked for legal reasons ({said})", "remove the repository from the settings")
    return Refused(status, said, headers.get("location", ""))


def limit_told(status: int, headers: Mapping[str, str], said: str, now: datetime) -> TryAgain | None:
    """Rate limits: the primary one tells when it ends, a secondary one perhaps how long to pause (GitHub REST, "Rate limits")."""
    if status not in (403, 422, 429):
        return None
    reset = headers.get("x-ratelimit-reset", "")
    after = retry_after(headers, now)
    if headers.get("x-ratelimit-remaining") == "0" and reset.isdecimal() and status != 422:
        return TryAgain("rate limit", max(float(reset) - now.timestamp(), 0.0) + 1 if after is None else after, is_limit=True)
    if status == 429 or after is not None or re.search(r"rate limit|abuse detection", said, re.IGNORECASE):
        return TryAgain("secondary rate limit", SECONDARY_PAUSE if after is None else after, is_limit=True)
    return None


def _forbidden(headers: Mapping[str, str], said: str, name: str) -> tuple[str, str]:
    if "x-github-sso" in headers:
        return (
            f"github: {name}: the organisation wants the token authorised for its single sign-on",
            "open github.com/settings/tokens, choose the token, then Configure SSO",
        )
    if needed := headers.get("x-accepted-github-permissions", ""):
        return f"github: {name}: the token lacks a permission ({said})", f"GitHub wants: {needed}; {PERMISSIONS}"
    return f"github: {name}: the token may not read this ({said or 403})", PERMISSIONS


def message_in(content: bytes) -> str:
    """What GitHub says of a refusal."""
    try:
        value = json.loads(content)
    except ValueError:
        return ""
    return str(value.get("message", "")) if isinstance(value, dict) else ""

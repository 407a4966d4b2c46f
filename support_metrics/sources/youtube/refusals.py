"""What the YouTube Data API means when it refuses (https://developers.google.com/youtube/v3/docs/errors)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from support_metrics.errors import PlaceMissing, SourceError
from support_metrics.sources.calls import Answer, TryAgain, http_date
from support_metrics.sources.web import now, said_at

# Google's day, by which quotas are counted, is that of its headquarters.
PACIFIC = ZoneInfo("America/Los_Angeles")
USED_UP = {"quotaExceeded", "dailyLimitExceeded", "dailyLimitExceeded402"}
TOO_FAST = {"rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED", "RESOURCE_EXHAUSTED"}
PASSING = {"processingFailure", "backendError", "internalError"}
KEY = "make an API key in the Google Cloud console (APIs & Services → Credentials) and put it into YOUTUBE_API_KEY"
LASTING: dict[str, tuple[str, str]] = {
    "API_KEY_INVALID": ("the API key is not valid", KEY),
    "keyInvalid": ("the API key is not valid", KEY),
    "keyExpired": ("the API key has expired", KEY),
    "accessNotConfigured": ("the API is not enabled in the key's project", "enable YouTube Data API v3 in the Google Cloud console"),
    "SERVICE_DISABLED": ("the API is not enabled in the key's project", "enable YouTube Data API v3 in the Google Cloud console"),
    "ipRefererBlocked": ("the key may not be used from here", "lift the key's restriction to addresses or sites"),
    "API_KEY_SERVICE_BLOCKED": ("the key may not be used for this API", "let the key be used for YouTube Data API v3"),
    "commentsDisabled": ("comments are turned off", "turn them on, or youtube.live off"),
}


class Expired(Exception):
    """A page token that is no longer known: the listing has to begin anew."""


class Gone(Exception):
    """The thread that was asked for, or one of them, is no longer there; `at` is when YouTube said so."""

    def __init__(self, at: datetime) -> None:
        super().__init__(at)
        self.at = at


def refusal(answer: Answer) -> Exception | None:
    """What an error answer means, where YouTube says more than its status does."""
    if answer.status < 400:
        return None
    reasons = _reasons(answer.body)
    if reasons & USED_UP:
        return TryAgain("the day's quota is used up", _until_midnight(answer), is_limit=True)
    if reasons & TOO_FAST:
        return TryAgain("rate limit", is_limit=True)
    if reasons & PASSING:
        return TryAgain("could not process the request")
    if "invalidPageToken" in reasons:
        return Expired()
    if reasons & {"commentNotFound", "parentCommentNotFound", "commentThreadNotFound"}:
        return Gone(said_at(answer))
    if "channelNotFound" in reasons:
        return PlaceMissing("youtube.channel_id: YouTube knows no such channel", "copy the id, UC…, from the channel's advanced settings")
    for reason in LASTING.keys() & reasons:
        problem, mend = LASTING[reason]
        return SourceError(f"youtube: {problem} ({answer.status} {reason})", mend)
    return None


def _reasons(body: Any) -> set[str]:
    """Every reason named: Google says some in `errors`, some in `details`."""
    error = body.get("error") if isinstance(body, dict) else None
    lists = [error.get(field) for field in ("errors", "details")] if isinstance(error, dict) else []
    entries = [entry for each in lists if isinstance(each, list) for entry in each if isinstance(entry, dict)]
    reasons = {entry["reason"] for entry in entries if isinstance(entry.get("reason"), str)}
    return reasons | ({error["status"]} if isinstance(error, dict) and isinstance(error.get("status"), str) else set())


def _until_midnight(answer: Answer) -> float:
    """Seconds until Google's next day begins."""
    moment = (http_date(answer.headers.get("date", "")) or now()).astimezone(PACIFIC)
    midnight = datetime.combine(moment.date() + timedelta(days=1), datetime.min.time(), PACIFIC)
    return midnight.timestamp() - moment.timestamp()

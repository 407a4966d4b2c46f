"""What Slack's refusals mean, and what can be done about each.

Slack refuses with status 200, `"ok": false` and a word: https://docs.slack.dev/reference/methods lists them by method.
"""

from __future__ import annotations

import re

from support_metrics.errors import SourceError
from support_metrics.sources.calls import Answer, TryAgain
from support_metrics.sources.web import passing

READS_MESSAGES = {"conversations.history", "conversations.replies"}
PAGED = READS_MESSAGES | {"conversations.list", "users.list"}
TOKEN_REFUSED = {
    "invalid_auth": "is refused",
    "not_authed": "did not reach Slack",
    "token_revoked": "has been revoked",
    "token_expired": "has expired",
    "account_inactive": "belongs to an app or account that was removed",
    "org_login_required": "must be used after the workspace has moved to its organization",
    "not_allowed_token_type": "is of the wrong kind",
    "no_permission": "has too few permissions",
    "access_denied": "is denied access",
    "accesslimited": "is denied access",
    "ekm_access_denied": "is denied access by the organization's encryption keys",
}
NEW_TOKEN = "install the app again at https://api.slack.com/apps, copy its Bot User OAuth Token (xoxb-…) into SLACK_BOT_TOKEN"
MAY_PASS = {"internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org", "ratelimited", "rate_limited"}
LIMITS = {"ratelimited", "rate_limited"}
CURSOR_GONE = {"invalid_cursor", "cursor_expired"}
THREAD_GONE = {"thread_not_found", "message_not_found"}
CHANNEL_REFUSED = {
    "not_in_channel": ("the app is not in it", "invite it there: /invite @<the app's name>"),
    "channel_not_found": ("the token does not see it", "invite the app there, or correct the channel in the settings"),
    "is_archived": (
        "it is archived, so no app may read it",
        "take its history from an export (slack.files), or take it out of the settings; or unarchive it and invite the app",
    ),
    "method_not_supported_for_channel_type": ("it is no channel with a history", "remove it from the settings"),
}


class CursorExpired(Exception):
    """Slack no longer knows the place of a page."""


class ThreadGone(Exception):
    """The message that was asked for is no more."""


class ChannelRefused(SourceError):
    """One channel cannot be read; others may. What is said begins with the channel's name."""


class NotAdmitted(ChannelRefused):
    """Slack shows the channel to us no more, or not yet."""

    def __init__(self, error: str) -> None:
        super().__init__(*CHANNEL_REFUSED[error])


def refusal(method: str, answer: Answer, setting: str) -> Exception | None:
    """Why an answer is none; None where it is one."""
    body = answer.body if isinstance(answer.body, dict) else {}
    error = body.get("error")
    if answer.status == 429 or answer.status >= 500:
        return passing(answer)
    if answer.status == 200 and isinstance(answer.body, dict) and answer.body.get("ok") is True:
        return None
    if isinstance(error, str) and error:
        return _refused(method, error, answer)
    if answer.status == 200:
        return TryAgain("the answer is none of Slack's: it lacks `ok`")
    return SourceError(
        f"slack: {method} was answered with {answer.status}, which Slack itself does not do",
        f"see whether {setting} is right and whether a proxy stands between",
    )


def _refused(method: str, error: str, answer: Answer) -> Exception:
    if error in LIMITS:
        return passing(answer._replace(status=429))
    if error in MAY_PASS:
        return TryAgain(f"answered {error}")
    if error in CURSOR_GONE and method in PAGED:
        return CursorExpired()
    if error in THREAD_GONE and method == "conversations.replies":
        return ThreadGone()
    if error in CHANNEL_REFUSED and method in READS_MESSAGES:
        return ChannelRefused(*CHANNEL_REFUSED[error]) if error == "method_not_supported_for_channel_type" else NotAdmitted(error)
    if error == "missing_scope":
        needed, provided = _scopes(answer.body.get("needed")), _scopes(answer.body.get("provided"))
        return SourceError(
            f"slack: {method} needs the scope {needed or '?'}, the token has {provided or 'others'}",
            "add it at https://api.slack.com/apps under OAuth & Permissions, and install the app again",
        )
    if error in TOKEN_REFUSED:
        return SourceError(f"slack: {method}: the token {TOKEN_REFUSED[error]} ({error})", NEW_TOKEN)
    word = error if re.fullmatch(r"[a-z0-9_]{1,60}", error) else "an error without a name"
    return SourceError(
        f"slack: {method}: Slack refuses with {word}", f"see https://docs.slack.dev/reference/methods/{method}#errors; nothing is lost"
    )


def _scopes(said: object) -> str:
    return ", ".join(re.findall(r"[a-z_.]+(?::[a-z_.]+)*", said)) if isinstance(said, str) else ""

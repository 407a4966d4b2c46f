"""Posting to Slack through slack_sdk: words, and a picture beside them."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable, Sequence
from http.client import HTTPException
from typing import Any, TypeVar

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler

from support_metrics.errors import PostingError
from support_metrics.settings import Settings

T = TypeVar("T")
TIMEOUT = 60  # seconds
MOST_LIMITS = 5
EVENT = "support_metrics"
SECTION_LENGTH, MOST_BLOCKS = (
    2900,
    48,
)  # Slack takes 3,000 characters a section and 50 blocks: https://docs.slack.dev/reference/block-kit/blocks
MENDS = {
    "channel_not_found": "correct the channel's id in [posting], and invite the app to the channel: /invite @<the app's name>",
    "not_in_channel": "invite the app to the channel: /invite @<the app's name>",
    "is_archived": "the channel is archived: name another one in [posting]",
    "missing_scope": "add the scope at https://api.slack.com/apps under OAuth & Permissions, and install the app again",
    "invalid_auth": "copy the bot token (xoxb-…) of the app into SLACK_BOT_TOKEN again",
    "not_authed": "copy the bot token (xoxb-…) of the app into SLACK_BOT_TOKEN again",
    "token_revoked": "install the app again and copy its bot token into SLACK_BOT_TOKEN",
    "token_expired": "install the app again and copy its bot token into SLACK_BOT_TOKEN",
    "account_inactive": "install the app again and copy its bot token into SLACK_BOT_TOKEN",
    "ratelimited": "run the command again later",
}
# The library logs answers; what is private must not reach a log.
_SILENT = logging.Logger("slack_sdk.posting", logging.CRITICAL + 1)
_SILENT.addHandler(logging.NullHandler())


class SlackPoster:
    """One token's hand in one workspace. Raises PostingError, which names the mend and never the token."""

    def __init__(self, settings: Settings) -> None:
        token = os.environ.get("SLACK_BOT_TOKEN", "").strip()
        if not token:
            raise PostingError(
                "the environment holds no SLACK_BOT_TOKEN (the bot token of a Slack app)", "set SLACK_BOT_TOKEN; see docs/posting.md"
            )
        # Only a limit is tried again: it says that nothing was done. After a cut connection nobody knows.
        limits = RateLimitErrorRetryHandler(max_retry_count=MOST_LIMITS)
        self._client = WebClient(
            token=token, base_url=settings.posting.slack_api_url, timeout=TIMEOUT, retry_handlers=[limits], logger=_SILENT
        )

    def post(self, channel: str, text: str, lines: Sequence[str], key: str) -> str:
        """Post lines of Slack's mrkdwn, `text` for notifications; `key` is kept with the message. Returns the message's ts."""
        metadata = {"event_type": EVENT, "event_payload": {"key": key}}
        answer = _asked(
            "chat.postMessage",
            lambda: self._client.chat_postMessage(
                channel=channel, text=text, blocks=_blocks(lines), metadata=metadata, unfurl_links=False, unfurl_media=False
            ),
        )
        return str(answer["ts"])

    def picture(self, channel: str, png: bytes, name: str, says: str) -> None:
        """Show a picture in the channel; `says` describes it to those who do not see it."""
        _asked("files.upload", lambda: self._client.files_upload_v2(channel=channel, content=png, filename=name, title=says, alt_txt=says))

    def has(self, channel: str, key: str) -> bool | None:
        """Whether one of the channel's last messages was posted with this key; None where the token may not look."""
        try:
            answer = _asked(
                "conversations.history", lambda: self._client.conversations_history(channel=channel, limit=200, include_all_metadata=True)
            )
        except PostingError:
            return None
        said = [message.get("metadata") or {} for message in answer.get("messages") or []]
        return any(each.get("event_type") == EVENT and (each.get("event_payload") or {}).get("key") == key for each in said)


def escaped(text: str) -> str:
    """Text as it is, without links, mentions or marks: https://docs.slack.dev/messaging/formatting-message-text#escaping."""
    plain = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([*_~`])", "\u200b\\1", plain)


def linked(text: str, url: str) -> str:
    """Text that leads to an address, where there is one."""
    return f"<{url}|{escaped(text).replace('|', '¦')}>" if url else escaped(text)


def _blocks(lines: Sequence[str]) -> list[dict[str, Any]]:
    """Sections of as many lines as Slack takes; a line too long for it is cut."""
    sections: list[str] = []
    for line in lines:
        shown = line if len(line) <= SECTION_LENGTH else f"{line[:SECTION_LENGTH]}…"
        if sections and len(sections[-1]) + len(shown) < SECTION_LENGTH:
            sections[-1] += f"\n{shown}"
        else:
            sections.append(shown)
    return [{"type": "section", "text": {"type": "mrkdwn", "text": section}} for section in sections[:MOST_BLOCKS]]


def _asked(method: str, do: Callable[[], T]) -> T:
    try:
        return do()
    except SlackApiError as error:
        answer = error.response if isinstance(error.response, dict) else getattr(error.response, "data", {})
        word = str(answer.get("error", "")) if isinstance(answer, dict) else ""
        word = word if re.fullmatch(r"[a-z0-9_]{1,60}", word) else "an error without a name"
        needed = f" (needed: {answer.get('needed')})" if word == "missing_scope" else ""
        mend = MENDS.get(word, f"see https://docs.slack.dev/reference/methods/{method}#errors")
        raise PostingError(f"slack: {method} is refused with {word}{needed}", mend) from None
    except (SlackClientError, HTTPException, OSError, ValueError) as error:
        raise PostingError(
            f"slack: {method}: no answer ({type(error).__name__})", "look whether it arrived, then run the command again"
        ) from None

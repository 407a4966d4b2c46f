"""Posting to Slack through slack_sdk: words, and a picture beside them."""

from __future__ import annotations

import logging
import os
import re
import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from http.client import HTTPException
from typing import Any, TypeVar
from urllib.error import URLError

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler

from support_metrics.errors import AnswerLost, PostingError
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
# Slack says of these that some of it may have been done: https://docs.slack.dev/reference/methods/chat.postMessage#errors
_UNDECIDED = ("", "fatal_error", "internal_error")
# With these the token may not look into the channel; all else that keeps it from looking may be over the next time.
_MAY_NOT_LOOK = ("missing_scope", "not_in_channel", "channel_not_found", "access_denied", "no_permission", "not_allowed_token_type")
# Nothing can have been handed over where not even a connection came about.
_NOT_CONNECTED = (ConnectionRefusedError, socket.gaierror, ssl.SSLCertVerificationError)
# A message is looked for around the moment at which it was to be sent: waiting for limits takes minutes, and clocks differ.
_AROUND = timedelta(hours=1)
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

    def has(self, channel: str, key: str, at: datetime) -> bool | None:
        """Whether a message was posted with this key at about this moment; None where the token may not look."""
        try:
            said = [message.get("metadata") or {} for message in self._messages(channel, at)]
        except _Refused as error:
            if error.word in _MAY_NOT_LOOK:
                return None
            raise
        return any(each.get("event_type") == EVENT and (each.get("event_payload") or {}).get("key") == key for each in said)

    def _messages(self, channel: str, at: datetime) -> Iterator[dict[str, Any]]:
        given: dict[str, Any] = {"channel": channel, "limit": 200, "include_all_metadata": True}
        given |= {"oldest": f"{(at - _AROUND).timestamp():.6f}", "latest": f"{(at + _AROUND).timestamp():.6f}"}
        while True:
            answer = _asked("conversations.history", lambda: self._client.conversations_history(**given))
            yield from answer.get("messages") or []
            given["cursor"] = (answer.get("response_metadata") or {}).get("next_cursor")
            if not given["cursor"]:
                return


class _Refused(PostingError):
    """Slack said no, with a word."""

    def __init__(self, method: str, word: str, needed: str) -> None:
        mend = MENDS.get(word, f"see https://docs.slack.dev/reference/methods/{method}#errors")
        super().__init__(f"slack: {method} is refused with {word}{f' (needed: {needed})' if word == 'missing_scope' else ''}", mend)
        self.word = word


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
        word, needed = (str(answer.get(name, "")) if isinstance(answer, dict) else "" for name in ("error", "needed"))
        word = word if re.fullmatch(r"[a-z0-9_]{1,60}", word) else ""
        if word in _UNDECIDED:
            raise _lost(method, word or "an error without a name") from None
        raise _Refused(method, word, needed) from None
    except (SlackClientError, HTTPException, OSError, ValueError) as error:
        if isinstance(error, URLError) and isinstance(error.reason, _NOT_CONNECTED):
            raise PostingError(
                f"slack: {method}: no connection ({type(error.reason).__name__})",
                "look at posting.slack_api_url and the network, or try later",
            ) from None
        raise _lost(method, f"no answer ({type(error).__name__})") from None


def _lost(method: str, said: str) -> AnswerLost:
    mend = f"the next run looks whether it arrived; see also https://docs.slack.dev/reference/methods/{method}#errors"
    return AnswerLost(f"slack: {method}: {said}", mend)

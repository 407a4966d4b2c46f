"""YouTube's Data API v3 on loopback: comment threads of a channel, newest first, with at most five replies each, and replies apart."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from support_metrics_tests.servers.base import Api, Asked, Reply

KEY, CHANNEL = "marked-youtube-key", "UCacme"
INLINED = 5


class YouTubeApi(Api):
    """`threads` by id, each with all its replies; a page holds `page` of them.

    YouTube does not say what a page token names. Here it is a place in the listing as it is now, which is the harshest it could be: whatever
    is deleted or written while pages are read moves the rest. Of threads asked for by id one that is gone is left out, or, if `is_strict`,
    all are refused, as the reference has it.
    """

    def __init__(
        self,
        threads: Iterable[dict[str, Any]] = (),
        date: Callable[[], datetime] = lambda: datetime.now(UTC),
        channel: str = CHANNEL,
        page: int = 100,
    ) -> None:
        super().__init__(date)
        self.threads = {each["id"]: each for each in threads}
        self.channel, self.page, self.key = channel, page, KEY
        self.is_expired = self.is_strict = False

    def reply(self, asked: Asked) -> Reply:
        given = asked.given
        if given.get("key") != self.key:
            return error(400, "badRequest", "API key not valid. Please pass a valid API key.", details="API_KEY_INVALID")
        if self.is_expired and "pageToken" in given:
            return error(400, "invalidPageToken", "The request specifies an invalid page token.")
        if asked.path.endswith("/comments"):
            return self._replies(given["parentId"], given)
        if "id" in given:
            ids = given["id"].split(",")
            if self.is_strict and not self.threads.keys() >= set(ids):
                return error(404, "commentThreadNotFound", "One or more of the specified comment threads cannot be found.")
            threads = [self.threads[each] for each in ids if each in self.threads]
            return Reply({"kind": "youtube#commentThreadListResponse", "items": [_shown(each) for each in threads]})
        if given["allThreadsRelatedToChannelId"] != self.channel:
            return error(404, "channelNotFound", "The channel could not be found.")
        newest = sorted(
            self.threads.values(), key=lambda each: str(each["snippet"]["topLevelComment"]["snippet"]["publishedAt"]), reverse=True
        )
        return self._page("youtube#commentThreadListResponse", [_shown(each) for each in newest], given)

    def _replies(self, parent: str, given: Any) -> Reply:
        if parent not in self.threads:
            return error(404, "commentNotFound", "The parent comment could not be found.")
        return self._page("youtube#commentListResponse", deepcopy(self.threads[parent].get("replies", {}).get("comments", [])), given)

    def _page(self, kind: str, items: list[dict[str, Any]], given: Any) -> Reply:
        size = min(self.page, int(given.get("maxResults", 20)))
        start = int(given.get("pageToken", "0"))
        following = {"nextPageToken": str(start + size)} if len(items) > start + size else {}
        return Reply(
            {
                "kind": kind,
                **following,
                "pageInfo": {"totalResults": len(items), "resultsPerPage": size},
                "items": items[start : start + size],
            }
        )


def _shown(held: dict[str, Any]) -> dict[str, Any]:
    """A thread as it is listed: with some of its replies."""
    shown = deepcopy(held)
    replies = shown.get("replies", {}).get("comments", [])
    shown["snippet"]["totalReplyCount"] = max(shown["snippet"].get("totalReplyCount", 0), len(replies))
    if len(replies) > INLINED:
        shown["replies"]["comments"] = replies[-INLINED:]
    return shown


def error(status: int, reason: str, message: str, details: str = "") -> Reply:
    """An error as Google writes it."""
    said: dict[str, Any] = {"code": status, "message": message, "errors": [{"message": message, "domain": "youtube", "reason": reason}]}
    if details:
        said["details"] = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": details}]
    return Reply({"error": said}, status)


def comment(name: str, at: str, text: str = "How?") -> dict[str, Any]:
    return {
        "kind": "youtube#comment", "id": name,
        "snippet": {
            "textDisplay": text, "textOriginal": text, "authorDisplayName": "@ada", "authorChannelId": {"value": "UCada"},
            "publishedAt": at, "updatedAt": at,
        },
    }  # fmt: skip


def thread(name: str, at: str, *replies: str) -> dict[str, Any]:
    """A thread whose replies were written at the given instants."""
    shown: dict[str, Any] = {
        "kind": "youtube#commentThread", "id": name,
        "snippet": {"channelId": CHANNEL, "videoId": "v1", "topLevelComment": comment(name, at), "totalReplyCount": len(replies)},
    }  # fmt: skip
    if replies:
        shown["replies"] = {"comments": [comment(f"{name}.{number}", reply) for number, reply in enumerate(replies)]}
    return shown


def demo(folders: Sequence[Path], channel: str, date: Callable[[], datetime]) -> YouTubeApi:
    """The demo's channel, as its dated folders tell it, later ones after earlier ones."""
    threads: dict[str, dict[str, Any]] = {}
    for folder in folders:
        page = json.loads((folder / "youtube_comment_threads.json").read_text("utf-8"))
        threads |= {each["id"]: each for each in page["items"]}
    return YouTubeApi(threads.values(), date, channel)

"""One thread, read to its end."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from support_metrics.sources.base import Damaged
from support_metrics.sources.calls import Answer, TryAgain, call
from support_metrics.sources.slack.client import Api
from support_metrics.sources.slack.history import said_by
from support_metrics.sources.slack.records import instant_of, why_damaged
from support_metrics.sources.slack.refusals import ThreadGone
from support_metrics.sources.web import said_at


@dataclass
class Thread:
    """A thread as Slack gives it: its messages by ts, the first one among them. `is_gone` where there is none any more."""

    ts: str
    messages: dict[str, dict[str, Any]] = field(default_factory=dict)
    damaged: list[Damaged] = field(default_factory=list)
    observed_at: datetime | None = None
    is_gone: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether as many replies came as its first message says: then what is missing has been deleted."""
        first = self.messages.get(self.ts)
        return first is not None and said_by(first).replies == len(self.messages.keys() - {self.ts})


def read_thread(api: Api, channel: str, name: str, ts: str) -> Thread:
    """Every reply of the thread that begins with the message `ts`, as it stands now."""

    def once() -> Thread:
        thread = Thread(ts)
        try:
            for answer in api.pages("conversations.replies", "messages", channel=channel, ts=ts, limit=api.page_size):
                _add(thread, answer, f"{name}, thread {ts}")
        except ThreadGone:
            return Thread(ts, is_gone=True, observed_at=thread.observed_at)
        return thread

    return call(api.known, f"slack: {name}, thread {ts}", once)


def _add(thread: Thread, answer: Answer, place: str) -> None:
    thread.observed_at = thread.observed_at or said_at(answer)
    for message in answer.body["messages"]:
        if not isinstance(message, dict) or not instant_of(message.get("ts")):
            thread.damaged.append(Damaged("messages", place, why_damaged(message)))
        elif message.get("thread_ts", message["ts"]) != thread.ts:
            raise TryAgain("the answer is of another thread")
        else:
            thread.messages[message["ts"]] = message

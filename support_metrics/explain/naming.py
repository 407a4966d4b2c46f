"""From what somebody typed or pasted to the key of a message: a key or an end of it, a link, an issue's number."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NoReturn

from support_metrics.errors import WarehouseError
from support_metrics.explain import lookups, tables
from support_metrics.explain.parts import View
from support_metrics.explain.wording import beginning, local

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# A permalink, or the key or any copied part of it that names channel and time.
SLACK = re.compile(r"\b([CGD][A-Z0-9]{1,20})(?:/p|[/:-])(\d{10})\.?(\d{6})\b")
SLACK_TIME = re.compile(r"p(\d{10})(\d{6})")
SLACK_THREAD = re.compile(r"[?&]thread_ts=(\d{10}\.\d{6})")
COMMENT = re.compile(r"#issuecomment-(\d+)|/issues/comments/(\d+)")
ISSUE = re.compile(r"(?:^|[/:])([\w.-]+/[\w.-]+)/(?:issues|pull|pulls)/(\d{1,18})", re.ASCII)
ISSUE_SHORT = re.compile(r"((?:[\w.-]+/)?[\w.-]+)?#(\d{1,18})", re.ASCII)
POST = re.compile(r"(?:^|[/.])(?:x|twitter)\.com/\S*?status(?:es)?/(\d+)")
VIDEO_COMMENT = re.compile(r"[?&]lc=([\w.-]+)")
MAIL = re.compile(r"<?([^<>\s:/]+@[^<>\s:/]+)>?")
MOST_SHOWN = 5
MEND = (
    "give a request_id, its link, owner/repo#123, or the link of any message of it or of its answer; to find one:"
    " support-metrics query \"select request_id, url, title from requests where title ilike '%word%'\""
)


def find_message(connection: DuckDBPyConnection, view: View, asked: str) -> str:
    """The key of the message or issue that is meant. Raises WarehouseError: unknown, with what is covered and what comes near; or ambiguous."""
    text = asked.strip().strip("<>") if "://" in asked else asked.strip()
    if not text:
        raise WarehouseError("nothing was asked about", MEND)
    if link := SLACK.search(text):
        return _slack(connection, view, asked, link[1], f"{link[2]}.{link[3]}", SLACK_THREAD.search(text))
    if comment := COMMENT.search(text):
        text = f"github:comment:{comment[1] or comment[2]}"
    elif (issue := ISSUE.search(text)) or (issue := ISSUE_SHORT.fullmatch(text)):
        return _issue(connection, asked, (issue[1] or "").lower(), int(issue[2]))
    elif post := POST.search(text):
        text = f"x:post:{post[1]}"
    elif comment := VIDEO_COMMENT.search(text):
        text = f"youtube:comment:{comment[1]}"
    elif time := SLACK_TIME.fullmatch(text):
        text = f"{time[1]}.{time[2]}"
    elif mail := MAIL.fullmatch(text):
        text = f"email:message:{mail[1]}"
    text = text.replace("youtube:thread:", "youtube:comment:")
    keys = lookups.keys_like(connection, text)
    exact = [each for each in keys if each == text] or [each for each in keys if each.lower() == text.lower()]
    if keys:
        return _only_one(asked, exact or lookups.keys_like(connection, text, only_requests=True) or keys)
    _refuse(connection, asked, "", (), lookups.nearest_requests(connection, text))


def _only_one(asked: str, keys: Sequence[str]) -> str:
    if len(keys) == 1:
        return keys[0]
    shown = [f"  {each}" for each in keys[:MOST_SHOWN]] + ([f"  … and {len(keys) - MOST_SHOWN:,} more"] if len(keys) > MOST_SHOWN else [])
    raise WarehouseError("\n".join([f"{beginning(asked)!r} may mean any of {len(keys):,}:", *shown]), "write more of the one that is meant")


def _slack(connection: DuckDBPyConnection, view: View, asked: str, channel_id: str, ts: str, thread: re.Match[str] | None) -> str:
    """The message of a permalink; where only its thread is known, the thread's first message."""
    for time in (ts, *([thread[1]] if thread else [])):
        if keys := lookups.keys_like(connection, f":{channel_id}:{time}"):
            return _only_one(asked, keys)
    read = {row["place"]: row["name"] for row in lookups.places(connection) if row["channel"] == "slack"}
    sent_at = datetime.fromtimestamp(float(ts), UTC)
    if channel_id not in read:
        why = f"Slack channel {channel_id} is not among those read ({', '.join(f'#{name}' for name in sorted(read.values())) or 'none'})"
    elif sent_at > view.as_of_at:
        why = (
            f"it was sent {local(sent_at, view.time_zone)}, after {local(view.as_of_at, view.time_zone)}, as of which everything is judged"
        )
    else:
        why = f"no message of {local(sent_at, view.time_zone)} is known in #{read[channel_id]}"
    _refuse(connection, asked, why, ["slack"], lookups.nearest_slack(connection, channel_id, ts))


def _issue(connection: DuckDBPyConnection, asked: str, repository: str, number: int) -> str:
    """An issue by its number; the repository may be left out, or its owner, where that is clear."""
    if keys := lookups.issue_keys(connection, repository, number):
        return _only_one(asked, keys)
    read = [row["place"] for row in lookups.places(connection) if row["channel"] == "github"]
    meant = [each for each in read if not repository or f"/{each}".endswith(f"/{repository}")]
    if meant:
        why = f"no issue {number} is known in {' or '.join(meant)}"
    else:
        why = f"{repository} is not among the repositories read ({', '.join(read) or 'none'})"
    _refuse(connection, asked, why, ["github"], [url for each in meant for url in lookups.nearest_issues(connection, each, number)])


def _refuse(connection: DuckDBPyConnection, asked: str, why: str, sources: Sequence[str], nearest: Sequence[str]) -> NoReturn:
    covered = covered_spans(connection, sources or ("slack", "github", "email", "x", "youtube"))
    raise WarehouseError(
        "\n".join(
            [
                f"nothing is known of {beginning(asked)!r}" + (f": {why}" if why else ""),
                *(f"  near it: {each}" for each in nearest[:MOST_SHOWN]),
                *(f"  covered: {each}" for each in covered or ["nothing"]),
            ]
        ),
        MEND,
    )


def covered_spans(connection: DuckDBPyConnection, sources: Sequence[str]) -> list[str]:
    """`slack messages from 2025-09-01 08:00Z to 2026-03-16 12:00Z` for each span."""
    return [
        f"{row['source']} {row['stream'].replace('_', ' ')} from {row['covered_from_at']:%Y-%m-%d %H:%M}Z to {row['covered_until_at']:%Y-%m-%d %H:%M}Z"
        for row in tables.coverage(connection, sources)
    ]

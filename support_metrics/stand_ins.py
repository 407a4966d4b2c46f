"""Stand-ins: for the words of somebody forgotten, words of ours that the Slack classifier judges alike.

Whether a Slack message is a request is decided by what it says. So that forgetting its author changes no figure, a text of ours that shows
the same signs takes its place, found by the classifier's own model: a change of its rules needs no change here. Mentions at the beginning and
links to issues and stories stay, since both decide something, and say nothing of what was said.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from itertools import product
from typing import Any

from support_metrics.settings import Settings
from support_metrics.warehouse import evaluate

MODEL = "core.slack_signs"
SENT_AT = datetime(2020, 1, 1, tzinfo=UTC)
# What tells one message from another, and is no sign.
_NO_SIGNS = ("message_id", "place", "thread_id", "account_id", "person_id", "sent_at", "deleted_at", "title")
_MENTIONS = re.compile(r"\s*(?:<@[A-Z0-9]+[^>]*>[,:\s]*)+")
_LINK = re.compile(
    r"(?i)https?://(?:[\w.-]*github[\w.-]*/[^/\s<>|]+/[^/\s<>|]+/(?:issues|pull)/\d+|app\.(?:shortcut\.com|clubhouse\.io)/[^/\s<>|]+/story/\d+)"
)
Signs = dict[str, Any]
SOMEBODY = "<@U0> "

BEGINNINGS = (
    "",
    "hi, ",
    "ok, ",
    "well, ",
    "oh and ",
    "thanks, ",
    "hi, thanks, ",
    "also: ",
    "@somebody ",
    "@somebody well, ",
    "@somebody oh ",
)
BODIES = (
    "",
    "how do i do this",
    "how is this done",
    "is this how you do it",
    "this and that",
    "this should do it",
    "you know",
    "you know `this`",
    "your this",
    "you want this",
    "that's a known one",
    "good question. you can do this",
    "good question. you know",
    "works like this, thank you",
    "kudos, all sorted",
    "this fails",
    "this fails for you",
    "does this fail for you",
    "i want this",
    "you could do this, please",
    "you can do this",
    "try this",
    "try that, you know",
    "did you try this",
    "did you try this?",
    "thanks",
    "thanks, it works now",
    "thanks to you it works now",
    "it works now",
    "how come it works now",
    "we are hiring",
    "how come you are hiring",
    "fyi this is out",
    "how was your weekend",
    "who is going to this",
    "hello",
    "hello you",
    "`this`",
    "```this```",
    "```this``` and that",
    "```this``` and you",
)
LONG = ", and so on and so forth and all of it and more of the same and so on"
# Brackets are mark-up to the classifier, which passes over them; to a reader they say what has happened.
MARK = "<forgotten>"
TEMPLATES = (
    "",
    *(
        " ".join(f"{''.join(parts)} {MARK}".split()).replace(" ,", ",").replace(",,", ",")
        for parts in product(BEGINNINGS, BODIES, ("", LONG), ("", "?"))
    ),
)


def stand_ins(texts: Sequence[str]) -> list[str]:
    """For each text one of ours that shows the classifier the same, with its first mentions and its links to issues and stories."""
    parted = [_parted(text) for text in texts]
    signs = _signs([body for _, body, _ in parted])
    spoken = _signs([SOMEBODY + body for _, body, _ in parted])
    found = [
        _nearest({**signs[number], **_renamed(spoken[number])} if mentions else signs[number])
        for number, (mentions, _, _) in enumerate(parted)
    ]
    return [mentions + "\n".join(filter(None, [body, " ".join(links)])) for (mentions, _, links), body in zip(parted, found, strict=True)]


def _renamed(signs: Signs) -> Signs:
    return {f"{name} when spoken to somebody": value for name, value in signs.items()}


def _parted(text: str) -> tuple[str, str, list[str]]:
    """The mentions a text begins with, what follows, and the issues and stories it links."""
    begins = _MENTIONS.match(text)
    mentions = begins[0] if begins else ""
    return mentions, text[len(mentions) :], _LINK.findall(text)


def _signs(texts: Sequence[str]) -> list[Signs]:
    """What the classifier's model sees of each text, were it the only one of its channel."""
    messages, staged = [], []
    for number, text in enumerate(texts):
        key = f"slack:T:C{number}:1577836800.000000"
        messages.append(
            {"message_id": key, "channel": "slack", "place": f"C{number}", "conversation_id": key, "is_opening": True, "account_id": "slack:T:U",
             "person_id": "slack:T:U", "sent_at": SENT_AT, "is_bot": False, "is_team": False}
        )  # fmt: skip
        staged.append({"message_id": key, "team_id": "T", "channel_id": f"C{number}", "sent_at": SENT_AT, "is_reply": False, "text": text})
    rows = evaluate(MODEL, {"core.messages": messages, "staging.slack_messages": staged}, Settings(), SENT_AT)
    shown = {row["message_id"]: {name: value for name, value in row.items() if name not in _NO_SIGNS} for row in rows}
    return [shown[message["message_id"]] for message in messages]


@cache
def _offered() -> list[tuple[str, Signs]]:
    """What each template of ours shows, said to nobody and to somebody; the shortest of those that show the same."""
    offered: dict[tuple[Any, ...], tuple[str, Signs]] = {}
    for template, signs, spoken in zip(TEMPLATES, _signs(TEMPLATES), _signs([SOMEBODY + each for each in TEMPLATES]), strict=True):
        both = {**signs, **_renamed(spoken)}
        held = offered.get(tuple(both.values()))
        if held is None or len(template) < len(held[0]):
            offered[tuple(both.values())] = template, both
    return list(offered.values())


def _nearest(wanted: Signs) -> str:
    """The template that shows these signs; where none does, the one that differs in the fewest, above all not in what is asked."""

    def differs(offer: tuple[str, Signs]) -> tuple[bool, bool, int, int]:
        template, shown = offer
        others = [name for name, value in wanted.items() if shown[name] != value]
        return "is_about_help" in others, "content" in others, len(others), len(template)

    return min(_offered(), key=differs)[0]

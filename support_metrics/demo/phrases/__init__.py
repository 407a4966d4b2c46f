"""What people say: a small grammar. `{name}` in a sentence stands for one of the sentences of that name."""

from __future__ import annotations

import re

from support_metrics.demo.dice import Dice
from support_metrics.demo.phrases import answering, asking, chatting, inboxes, tracking, words

GRAMMAR: dict[str, tuple[str, ...]] = {
    **words.WORDS,
    **asking.ASKING,
    **answering.ANSWERING,
    **chatting.CHATTING,
    **tracking.TRACKING,
    **inboxes.INBOXES,
}
_SLOT = re.compile(r"\{(\w+)\}")


def say(dice: Dice, name: str, /, **given: str) -> str:
    """A sentence of that name; `given` fixes some slots."""

    def fill(match: re.Match[str]) -> str:
        slot = match[1]
        return given[slot] if slot in given else say(dice, slot, **given)

    return _SLOT.sub(fill, dice.pick(GRAMMAR[name]))

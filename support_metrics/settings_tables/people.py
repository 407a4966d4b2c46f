"""The roster and the overrides as rows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import combinations

from support_metrics.settings import Member, Settings

END_OF_TIME = date(9999, 12, 31)
ACCOUNT_PREFIX = {"slack": "slack:", "shortcut": "shortcut:member:", "email": "email:", "x": "x:user:", "youtube": "youtube:channel:"}


def roster_rows(settings: Settings) -> Iterator[tuple[str, str, str, bool, date, date]]:
    """One row per identity: an account key; or `github:login:<login>` or `slack:user:<id>`, to be resolved to the account that bears it."""
    for members, is_shared in ((settings.roster.member, False), (settings.roster.shared, True)):
        for member in members:
            for source, identity in _identities(member):
                yield member.name, source, identity, is_shared, member.from_, member.to or END_OF_TIME


def _identities(member: Member) -> Iterator[tuple[str, str]]:
    for each in member.github:
        is_id = isinstance(each, int) or each.isdigit()
        yield "github", f"github:user:{each}" if is_id else f"github:login:{str(each).lower()}"
    for each in member.slack:
        yield "slack", f"slack:{each.removeprefix('slack:')}" if ":" in each else f"slack:user:{each}"
    for source in ("shortcut", "email", "x", "youtube"):
        for identity in getattr(member, source):
            yield source, ACCOUNT_PREFIX[source] + (str(identity).lower() if source == "email" else str(identity))


def override_rows(settings: Settings) -> Iterator[tuple[str, str, str | None, str, str]]:
    """One row per decision: kind, what it is about, the other side of it, who decided and why."""
    overrides = settings.overrides
    for same in overrides.same:
        for other in same.accounts[1:]:
            yield "same", same.accounts[0], other, same.who, same.why
    for different in overrides.not_same:
        for one, other in combinations(different.accounts, 2):
            yield "not_same", one, other, different.who, different.why
    for kind in ("include", "exclude"):
        for each in getattr(overrides, kind):
            yield kind, each.request, None, each.who, each.why
    for reattribution in overrides.reattribute:
        yield "reattribute", reattribution.request, reattribution.account, reattribution.who, reattribution.why
    for answer in overrides.answer:
        yield "answer", answer.request, answer.message, answer.who, answer.why

"""The team's own files: overrides that name somebody forgotten name whoever stands for them, a lead's entry goes."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from support_metrics.forgetting.pages import Page
from support_metrics.landing import OWN
from support_metrics.landing.forgotten import Forgotten
from support_metrics.landing.scrubbing import Scrubbing
from support_metrics.settings import Leads, Overrides, Section, Settings

_LEAD = re.compile(r"^(?=\s*\[\[lead\]\])", re.MULTILINE)


@dataclass(frozen=True)
class Edit(Page):
    """A file as it is to be; `lines` are those that change."""

    lines: tuple[int, ...] = ()


def edits(settings: Settings, forgotten: Forgotten) -> list[Edit]:
    """The overrides and the leads without those on the list; only files that change."""
    changes: dict[str, Callable[[str, Forgotten], str]] = {"overrides": _scrubbed, "leads": _without_leads}
    found = []
    for name, change in changes.items():
        path = settings.resolve(getattr(settings.paths, name))
        if path.is_file():
            text = path.read_text("utf-8")
            if (changed := change(text, forgotten)) != text:
                found.append(Edit(path, changed, _differing(text, changed)))
    return found


def with_edits(settings: Settings, changes: list[Edit]) -> Settings:
    """The settings as they will be once the files are edited."""
    parts: dict[Path, tuple[str, type[Section]]] = {
        settings.resolve(settings.paths.overrides): ("overrides", Overrides),
        settings.resolve(settings.paths.leads): ("leads", Leads),
    }
    update = {}
    for edit in changes:
        name, model = parts[edit.path]
        update[name] = model.model_validate(tomllib.loads(edit.text))
    return settings.model_copy(update=update)


def _scrubbed(text: str, forgotten: Forgotten) -> str:
    scrubbing = Scrubbing(forgotten, OWN, "")
    return "\n".join(scrubbing.scrub(line) for line in text.split("\n"))


def _without_leads(text: str, forgotten: Forgotten) -> str:
    return _scrubbed("".join(part for part in _LEAD.split(text) if not _is_forgotten(part, forgotten)), forgotten)


def _is_forgotten(part: str, forgotten: Forgotten) -> bool:
    entries = tomllib.loads(part).get("lead", []) if part.lstrip().startswith("[[lead]]") else []
    people = [str(entry.get("person", "")).strip() for entry in entries]
    scrubbing = Scrubbing(forgotten, OWN, "")
    return any(
        forgotten.account(person)
        or forgotten.account(f"email:{person.lower()}")
        or forgotten.word(f"@{person.lower().lstrip('@')}")
        or scrubbing.scrub(person) != person
        for person in people
    )


def _differing(before: str, after: str) -> tuple[int, ...]:
    """Numbers of the lines that are not in the new text."""
    kept = set(after.split("\n"))
    return tuple(number for number, line in enumerate(before.split("\n"), 1) if line not in kept)

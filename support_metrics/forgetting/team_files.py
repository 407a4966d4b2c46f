"""The team's own files: overrides that name somebody forgotten name whoever stands for them, a lead's entry goes, and so do their words
from the log of what was written to Shortcut and GitHub."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from support_metrics.forgetting.pages import Page
from support_metrics.landing import OWN
from support_metrics.landing.forgotten import GONE, Forgotten
from support_metrics.landing.locking import alone
from support_metrics.landing.scrubbing import Scrubbing
from support_metrics.settings import Leads, Overrides, Section, Settings

_ISSUE = re.compile(r"/([^/]+/[^/]+)/issues/(\d+)")
_LEAD = re.compile(r"^(?=\s*\[\[lead\]\])", re.MULTILINE)


@dataclass(frozen=True)
class Edit(Page):
    """A file as it is to be; `lines` are those that change, by `change`."""

    lines: tuple[int, ...]
    change: Callable[[str], str]

    def write(self) -> None:
        """What has been added to the file since is kept."""
        with alone(self.path.parent):
            Page(self.path, self.change(self.path.read_text("utf-8"))).write()


def edits(settings: Settings, forgotten: Forgotten) -> list[Edit]:
    """The overrides, the leads and the log without those on the list; only files that change."""
    changes = {kept_files(settings)[name]: partial(change, forgotten) for name, change in _CHANGES.items()}
    found = []
    for path, change in changes.items():
        if path.is_file():
            text = path.read_text("utf-8")
            if (changed := change(text)) != text:
                found.append(Edit(path, changed, _differing(text, changed), change))
    return found


def kept_files(settings: Settings) -> dict[str, Path]:
    """Files outside our folders that may tell of somebody."""
    return {
        "overrides": settings.resolve(settings.paths.overrides),
        "leads": settings.resolve(settings.paths.leads),
        "log": settings.resolve(settings.exterminator.log),
    }


def with_edits(settings: Settings, changes: list[Edit]) -> Settings:
    """The settings as they will be once the files are edited."""
    models: dict[str, type[Section]] = {"overrides": Overrides, "leads": Leads}
    texts = {edit.path: edit.text for edit in changes}
    files = kept_files(settings)
    update = {name: model.model_validate(tomllib.loads(texts[files[name]])) for name, model in models.items() if files[name] in texts}
    return settings.model_copy(update=update)


def _scrubbed(forgotten: Forgotten, text: str) -> str:
    scrubbing = Scrubbing(forgotten, OWN, "")
    return "\n".join(scrubbing.scrub(line) for line in text.split("\n"))


def _without_leads(forgotten: Forgotten, text: str) -> str:
    return _scrubbed(forgotten, "".join(part for part in _LEAD.split(text) if not _is_forgotten(part, forgotten)))


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


def _without_words(forgotten: Forgotten, text: str) -> str:
    return "\n".join(_written(forgotten, line) for line in text.split("\n"))


def _written(forgotten: Forgotten, line: str) -> str:
    """A line of the log without their words; the very same where it has none."""
    try:
        said = json.loads(line)
    except ValueError:  # a line that was cut by a crash
        return _scrubbed(forgotten, line)
    clean = _clean(Scrubbing(forgotten, OWN, ""), said)
    if isinstance(clean, dict) and isinstance(clean.get("body"), dict) and _is_of_theirs(forgotten, str(clean.get("issue", ""))):
        clean = clean | {"body": clean["body"] | {name: GONE for name in ("name", "description") if clean["body"].get(name)}}
    return line if clean == said else json.dumps(clean, ensure_ascii=False, separators=(",", ":"))


def _clean(scrubbing: Scrubbing, value: Any) -> Any:
    if isinstance(value, str):
        return scrubbing.scrub(value)
    if isinstance(value, list):
        return [_clean(scrubbing, each) for each in value]
    return {name: _clean(scrubbing, each) for name, each in value.items()} if isinstance(value, dict) else value


def _is_of_theirs(forgotten: Forgotten, url: str) -> bool:
    """Whether somebody forgotten opened the issue."""
    found = _ISSUE.search(url)
    return found is not None and forgotten.hashed("place", f"{found[1]}#{found[2]}".lower()) in forgotten.entries.places


_CHANGES: dict[str, Callable[[Forgotten, str], str]] = {"overrides": _scrubbed, "leads": _without_leads, "log": _without_words}

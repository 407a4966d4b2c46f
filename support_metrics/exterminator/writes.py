"""The writes that make a plan: each says in one line what it will do, so a preview and a run say the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from support_metrics.exterminator.cutting import cut
from support_metrics.exterminator.github import Issue
from support_metrics.exterminator.references import linked
from support_metrics.exterminator.shortcut import Place
from support_metrics.exterminator.story import Story
from support_metrics.settings import Settings

# What Shortcut takes at most, in characters.
LONGEST_NAME, LONGEST_TEXT = 512, 100_000
_SHOWN = 100


@dataclass(frozen=True)
class CreateStory:
    """A new story. `body` is what is sent."""

    issue: Issue
    body: Mapping[str, Any]
    place: str

    kind = "create story"

    def line(self) -> str:
        labels = ", ".join(each["name"] for each in self.body["labels"])
        text = f"{len(self.body['description']):,} characters of text" if self.body["description"] else "no text"
        return f'create   {self.body["story_type"]} "{shortened(self.body["name"])}" in {self.place}, label {labels}, link {self.issue.url}, {text}'

    def details(self) -> dict[str, Any]:
        return {"issue": str(self.issue.url), "body": dict(self.body)}


@dataclass(frozen=True)
class AddLabel:
    story: Story
    label: str

    kind = "add label"

    def line(self) -> str:
        return f"label    {self.story} gets the label {self.label}"

    def details(self) -> dict[str, Any]:
        return {"story": self.story.id, "label": self.label}


@dataclass(frozen=True)
class AddLink:
    story: Story
    url: str

    kind = "add link"

    def line(self) -> str:
        return f"link     {self.story} gets the issue's present address {self.url}"

    def details(self) -> dict[str, Any]:
        return {"story": self.story.id, "link": self.url}


@dataclass(frozen=True)
class RemoveStory:
    """A second story that this program made for an issue at the same moment, and that nobody touched."""

    issue: Issue
    story: Story
    keeper: Story

    kind = "remove story"

    def line(self) -> str:
        return f"remove   {self.story}: story {self.keeper.id} was first, and nobody has touched this one"

    def details(self) -> dict[str, Any]:
        return {"issue": str(self.issue.url), "story": self.story.id, "kept": self.keeper.id}


@dataclass(frozen=True)
class ArchiveStory:
    """A second story of an issue that somebody may have worked on."""

    story: Story
    keeper: Story

    kind = "archive story"

    def line(self) -> str:
        return f"archive  {self.story}: story {self.keeper.id} is of the same issue and was first"

    def details(self) -> dict[str, Any]:
        return {"story": self.story.id, "kept": self.keeper.id}


@dataclass(frozen=True)
class Comment:
    """A comment on the issue; `story` is None as long as there is none."""

    issue: Issue
    template: str
    story: Story | None = None

    kind = "comment"

    def text(self, story: Story) -> str:
        return self.template.replace("{story}", story.url)

    def line(self) -> str:
        said = self.template.replace("{story}", self.story.url if self.story else "‹the story's address›")
        return f"comment  on {self.issue.url}: {shortened(said)}"

    def details(self) -> dict[str, Any]:
        return {"issue": str(self.issue.url)}


@dataclass(frozen=True)
class RemoveComment:
    """A second comment of the same words, left by a run at the same time."""

    issue: Issue
    number: int

    kind = "remove comment"

    def line(self) -> str:
        return f"remove   comment {self.number} on {self.issue.url}: an earlier one says the same"

    def details(self) -> dict[str, Any]:
        return {"issue": str(self.issue.url), "comment": self.number}


@dataclass(frozen=True)
class MoveStory:
    story: Story
    state_id: int
    state: str

    kind = "move story"

    def line(self) -> str:
        return f"finish   {self.story} goes to {self.state}"

    def details(self) -> dict[str, Any]:
        return {"story": self.story.id, "state": self.state, "state_id": self.state_id}


@dataclass(frozen=True)
class CloseIssue:
    issue: Issue

    kind = "close issue"

    def line(self) -> str:
        return f"close    {self.issue.url} on GitHub, as completed"

    def details(self) -> dict[str, Any]:
        return {"issue": str(self.issue.url)}


Write = CreateStory | AddLabel | AddLink | RemoveStory | ArchiveStory | Comment | RemoveComment | MoveStory | CloseIssue


@dataclass(frozen=True)
class Step:
    """What is to be done about one issue, and how it stands."""

    about: str
    stands: str
    writes: Sequence[Write] = ()
    notes: Sequence[str] = field(default=())

    def lines(self) -> list[str]:
        return [
            f"{self.about}  {self.stands}",
            *(f"  note     {each}" for each in self.notes),
            *(f"  {each.line()}" for each in self.writes),
        ]


def shortened(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def story_type(labels: Sequence[str], settings: Settings) -> str:
    """By the first line of exterminator.types that a label matches, whatever its capitals; else the default."""
    for pattern, kind in settings.exterminator.types.items():
        if any(fnmatchcase(label.casefold(), pattern.casefold()) for label in labels):
            return kind
    return settings.exterminator.default_type


def new_story(issue: Issue, settings: Settings, place: Place) -> CreateStory:
    """The story of an issue: one request makes it whole, so an interruption leaves all of it or nothing."""
    body: dict[str, Any] = {
        "name": issue.title if len(issue.title) <= LONGEST_NAME else issue.title[: LONGEST_NAME - 1] + "…",
        "description": cut(linked(issue.body, issue.url), LONGEST_TEXT, f"\n\n… cut here; the whole text: {issue.url}"),
        "story_type": story_type(issue.labels, settings),
        "labels": [{"name": settings.shortcut.label}],
        "external_links": [str(issue.url)],
        "external_id": issue.mark,
        "workflow_state_id": place.state_id,
    }
    if place.group_id:
        body["group_id"] = place.group_id
    return CreateStory(issue, body, place.words)

"""How GitHub issues become Shortcut stories."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from support_metrics.settings.sections import Section

StoryType = Literal["bug", "feature", "chore"]


def _names_the_story(text: str) -> str:
    if text and "{story}" not in text:
        raise ValueError('names no story; write {story} where its address goes, such as "Tracked as {story}"')
    return text


class Exterminator(Section):
    """Read by `support-metrics exterminator sync` and `status` alone; no table depends on it. The label of stories is `shortcut.label`."""

    workflow: str | int = Field("", description="Name or id of the workflow of new stories; by default the workspace's own.")
    state: str | int = Field("", description="Name or id of a new story's state; by default the workflow's own.")
    done_state: str | int = Field("", description="Name or id of a finished story's state; by default the workflow's first of type done.")
    team: str = Field("", description="Name, mention name or id of the team of new stories; by default none.")
    default_type: StoryType = Field("bug", description="Of issues that no line of [exterminator.types] matches.")
    types: dict[str, StoryType] = Field(
        {"bug": "bug", "type: bug": "bug", "enhancement": "feature", "feature*": "feature", "documentation": "chore", "chore*": "chore"},
        description="From an issue's label, which may hold `*`, to the story's type; the first line that matches decides.",
    )
    comment: Annotated[str, AfterValidator(_names_the_story)] = Field(
        "", description="Left on the issue when it gets a story, {story} standing for the story's address; by default none."
    )
    log: Path = Field(Path("data/exterminator.log.jsonl"), description="Every write is written down there, a JSON object a line.")

"""README and docs name everything a user can meet: commands, sources, sections of the settings, marts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from support_metrics.cli import main
from support_metrics.settings import Overrides, Roster, Settings
from support_metrics.sources import SOURCES
from support_metrics.warehouse import models

REPOSITORY = Path(__file__).parents[1]
SECTIONS = [name for name in Settings.model_fields if name not in ("folder", "path", "roster", "overrides")]


@pytest.fixture(scope="module")
def text() -> str:
    """README.md and every page of docs/ in one."""
    pages = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").rglob("*.md"))]
    return "\n".join(page.read_text("utf-8") for page in pages)


def test_every_command_is_named(text: str) -> None:
    assert [command for command in main.commands if f"support-metrics {command}" not in text] == []


def test_every_command_named_exists(text: str) -> None:
    named = set(re.findall(r"(?:^ *|[`$] ?)support-metrics ([a-z]+)", text, re.MULTILINE))
    assert named - set(main.commands) == set()


def test_every_source_is_named(text: str) -> None:
    assert [name for name in SOURCES if f"`{name}`" not in text and f"[{name}]" not in text] == []


def test_every_section_of_the_settings_is_named(text: str) -> None:
    assert [name for name in SECTIONS if not re.search(rf"\[\[?{name}\]\]?|`{name}`", text)] == []


def test_every_part_of_roster_and_overrides_is_named(text: str) -> None:
    parts = [*Roster.model_fields, *Overrides.model_fields]
    assert [name for name in parts if not re.search(rf"\[\[{name}\]\]|`{name}`", text)] == []


def test_every_mart_is_named(text: str) -> None:
    marts = [model.name for model in models() if model.layer == "marts"]
    assert [name for name in marts if not re.search(rf"\b{name}\b", text)] == []

"""README and docs name everything a user can meet: commands, sources, sections of the settings, marts."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args

import pytest

from support_metrics.cli import main
from support_metrics.settings import Leads, Overrides, Roster, Rotation, Section, Settings
from support_metrics.sources import SOURCES
from support_metrics.warehouse import models
from support_metrics_tests import tables_page

REPOSITORY = Path(__file__).parents[1]
SECTIONS = [name for name in Settings.model_fields if name not in ("folder", "path", "roster", "overrides", "rotation", "leads")]


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


def _section_of(annotation: Any) -> type[Section] | None:
    """The section that a setting holds, alone or in a list."""
    for each in (annotation, *get_args(annotation)):
        if isinstance(each, type) and issubclass(each, Section):
            return each
    return None


def _settings_page() -> dict[str, str]:
    """docs/settings.md by its headings; one heading may name several sections."""
    parts = re.split(r"^## (.+)$", (REPOSITORY / "docs/settings.md").read_text("utf-8"), flags=re.MULTILINE)
    return {name: text for names, text in zip(parts[1::2], parts[2::2], strict=True) for name in names.split(", ")}


@pytest.mark.parametrize("section", [*SECTIONS, "The roster", "The overrides", "The rotation", "The leads"])
def test_every_setting_is_described_with_its_section(section: str) -> None:
    parts: dict[str, type[Section]] = {"The roster": Roster, "The overrides": Overrides, "The rotation": Rotation, "The leads": Leads}
    fields = parts[section].model_fields if section in parts else None
    annotations = [each.annotation for each in fields.values()] if fields else [Settings.model_fields[section].annotation]
    holders = [holder for annotation in annotations if (holder := _section_of(annotation))]
    names = {field.alias or name for holder in holders for name, field in holder.model_fields.items()}
    text = _settings_page()[section]
    assert names
    assert [name for name in sorted(names) if not re.search(rf"`(?:{section}\.)?{name}`", text)] == []


def test_settings_described_exist() -> None:
    rows = [
        (section, name)
        for section, text in _settings_page().items()
        for name in re.findall(r"^\| `(?:\w+\.)?(\w+)` \|", text, re.MULTILINE)
    ]
    known = {field.alias or name for holder in _sections() for name, field in holder.model_fields.items()}
    assert [row for row in rows if row[1] not in known] == []


def _sections() -> list[type[Section]]:
    annotations = [
        field.annotation
        for fields in (Settings.model_fields, Roster.model_fields, Overrides.model_fields, Leads.model_fields)
        for field in fields.values()
    ]
    return [section for annotation in annotations if (section := _section_of(annotation))]


def test_every_column_of_every_mart_is_described() -> None:
    assert tables_page.PAGE.read_text("utf-8") == tables_page.render(), "run: python -m support_metrics_tests.tables_page"


def test_links_between_pages_lead_somewhere() -> None:
    pages = [*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").rglob("*.md")]
    broken = []
    for page in pages:
        for target, anchor in re.findall(r"\]\(([^)#:\s]*)(?:#([\w-]+))?\)", page.read_text("utf-8")):
            path = page.parent / target if target else page
            headings = re.findall(r"^#+ (.+)$", path.read_text("utf-8"), re.MULTILINE) if path.suffix == ".md" and path.is_file() else []
            anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
            if not path.exists() or (anchor and anchor not in anchors):
                broken.append(f"{page.name}: {target}#{anchor}")
    assert broken == []

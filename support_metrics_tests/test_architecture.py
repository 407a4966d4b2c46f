"""The arrows of the house hold: who may import whom, which tables may be read from where, and what SQL must not say."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import support_metrics
from support_metrics.model import LAYERS, SQL_FOLDER, Model, read_model
from support_metrics.sources import SOURCES
from support_metrics.tables_read import tables_read
from support_metrics.warehouse import models

PACKAGE = Path(support_metrics.__file__).parent
REPOSITORY = PACKAGE.parent
MODULES = sorted(PACKAGE.rglob("*.py"))
MODEL_FILES = [path for layer in LAYERS for path in sorted((SQL_FOLDER / layer).glob("*.sql"))]
LONGEST = 320

# Libraries with a door of their own, and the rooms that have the key.
ONLY_IN = {
    "duckdb": {"landing", "tables_read", "warehouse"},
    "plotly": {"report"},
    "dagster": {"assets", "definitions"},
}
# What the lower rooms may import of the package, besides themselves. Rooms above them are free but for the sets below.
MAY_IMPORT = {
    "errors": set[str](),
    "settings": {"errors"},
    "settings_tables": {"errors", "settings"},
    "sources": {"errors", "settings"},
    "landing": {"errors", "settings", "sources"},
    "model": {"errors"},
    "tables_read": {"errors"},
    "checks": {"model"},
    "warehouse": {"errors", "settings", "settings_tables", "landing", "model", "tables_read", "checks"},
    "explain": {"errors"},
}
NEVER_IMPORTED = {"definitions": set[str](), "cli": {"__main__"}, "assets": {"definitions"}, "explain": {"cli"}}
# How core decided is the subject of explaining; these two modules read it, and whatever else stands in Python reads marts only.
READS_ALL = {"warehouse/publishing.py", "explain/tables.py", "explain/lookups.py"}
TIME_AND_CHANCE = (
    r"\b(?:current_date|current_time|current_timestamp|localtime|localtimestamp)\b"
    r"|\b(?:now|today|get_current_\w+|transaction_timestamp|random|setseed|uuid\w*|gen_random_uuid|nextval)\s*\("
)


def _named(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


def _room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def _imports(path: Path) -> set[str]:
    """Full dotted names of everything the file imports when it runs, at the top or inside functions; imports for types alone are none."""
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            node.body = [ast.Pass()]
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = path.relative_to(REPOSITORY).with_suffix("").parts[: -node.level]
                base = ".".join([*parents, *([base] if base else [])])
            names |= {base, *(f"{base}.{alias.name}" for alias in node.names)}
    return names


def _rooms_imported(path: Path) -> set[str]:
    parts = [name.split(".") for name in _imports(path)]
    known = {_room(each) for each in MODULES}
    return {part[1] for part in parts if part[0] == "support_metrics" and len(part) > 1 and part[1] in known}


@pytest.mark.parametrize("path", MODULES, ids=_named)
def test_libraries_with_a_door_of_their_own(path: Path) -> None:
    libraries = {name.split(".")[0] for name in _imports(path)}
    for library, rooms in ONLY_IN.items():
        if _room(path) not in rooms:
            assert not {each for each in libraries if each == library or each.startswith(f"{library}_")}, (
                f"only {sorted(rooms)} may import {library}"
            )


@pytest.mark.parametrize("path", MODULES, ids=_named)
def test_arrows_do_not_turn_round(path: Path) -> None:
    room, imported = _room(path), _rooms_imported(path) - {_room(path)}
    if room in MAY_IMPORT:
        assert imported <= MAY_IMPORT[room], f"{room} may import {sorted(MAY_IMPORT[room])} only"
    for upper, allowed in NEVER_IMPORTED.items():
        assert upper not in imported or room in allowed, f"{room} must not import {upper}"


@pytest.mark.parametrize("path", [path for path in MODULES if _room(path) == "sources"], ids=_named)
def test_a_source_imports_no_other_source(path: Path) -> None:
    own = path.relative_to(PACKAGE / "sources").parts[0].removesuffix(".py")
    others = {f"support_metrics.sources.{name}" for name in SOURCES if name != own}
    if own in SOURCES:
        assert not {name for name in _imports(path) if any(name == other or name.startswith(f"{other}.") for other in others)}


@pytest.mark.parametrize(
    "path",
    [*(path for path in MODULES if _named(path) not in READS_ALL), *sorted((REPOSITORY / "notebooks").glob("*.ipynb"))],
    ids=lambda path: path.name,
)
def test_readers_in_python_and_notebooks_read_marts_only(path: Path) -> None:
    assert not re.findall(
        rf"\b(?:from|join)\s+(?:{'|'.join({'landing', 'settings', *LAYERS} - {'marts'})})\.\w+", path.read_text("utf-8"), re.IGNORECASE
    )


def test_models_read_what_their_layer_may_and_in_no_circle() -> None:
    assert {model.table for model in models()} == {f"{path.parent.name}.{path.stem}" for path in MODEL_FILES}


@pytest.fixture(scope="module")
def read() -> dict[Path, Model]:
    return {path: read_model(path, tables_read) for path in MODEL_FILES}


@pytest.mark.parametrize("path", MODEL_FILES, ids=_named)
def test_a_model_says_what_it_is(path: Path, read: dict[Path, Model]) -> None:
    model = read[path]
    assert model.description and model.grain
    assert not [column.name for column in model.columns if not str(column.says).strip()], "every column needs a sentence"
    times = [column for column in model.columns if column.type == "TIMESTAMP WITH TIME ZONE"]
    assert not [column.name for column in times if not column.name.endswith("_at")], "instants end in _at"
    assert not [column.name for column in model.columns if column.type == "TIMESTAMP"], "instants carry their zone"


@pytest.mark.parametrize("path", MODEL_FILES, ids=_named)
def test_sql_knows_no_clock_and_no_chance_and_speaks_softly(path: Path, read: dict[Path, Model]) -> None:
    bare = re.sub(r"--[^\n]*|'(?:[^']|'')*'|\"[^\"]*\"", "''", read[path].query)
    assert not re.findall(TIME_AND_CHANCE, bare, re.IGNORECASE), "time is getvariable('as_of')"
    assert not re.findall(r"\b[A-Z][A-Z_]+\b", bare), "keywords are in lower case"
    assert not re.findall(r"\bselect\s+distinct\s+on\b|\bany_value\b|\barbitrary\b", bare), "say which row is meant"


@pytest.mark.parametrize("path", [*MODULES, *MODEL_FILES], ids=_named)
def test_no_file_is_too_long(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= LONGEST, "split it"

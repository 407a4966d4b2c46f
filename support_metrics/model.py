"""A model: one .sql file that makes one table, its header and its query; and the order of models from what they read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

import yaml

from support_metrics.errors import BuildError

LAYERS = ("staging", "core", "marts")
SQL_FOLDER = Path(__file__).parent / "sql"
MAY_READ = {
    "staging": {"landing", "settings"},
    "core": {"staging", "core", "settings"},
    "marts": {"core", "marts", "settings"},
}
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the one in C, ten times as fast, where the wheel has it
_HEADER = re.compile(r"\A/\*\n(?P<header>.*?)\n?\*/\n(?P<query>.*)\Z", re.DOTALL)


@dataclass(frozen=True)
class Column:
    name: str
    type: str
    says: str
    required: bool = False


@dataclass(frozen=True)
class Model:
    """One table. `grain` names the columns that identify a row; they are required, as are those marked so."""

    layer: str
    name: str
    path: Path
    description: str
    grain: tuple[str, ...]
    columns: tuple[Column, ...]
    query: str
    reads: frozenset[str]
    chart: Mapping[str, Any] | None = None

    @property
    def table(self) -> str:
        return f"{self.layer}.{self.name}"

    @cached_property
    def required(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.required or column.name in self.grain)


def load_models(tables_read: Callable[[str], set[str]], folder: Path = SQL_FOLDER) -> list[Model]:
    """Every model below `folder`, each after those it reads. `tables_read` names the tables a query reads."""
    models = {
        model.table: model
        for layer in LAYERS
        for path in sorted((folder / layer).glob("*.sql"))
        for model in [read_model(path, tables_read)]
    }
    for model in models.values():
        for table in sorted(model.reads):
            layer = table.split(".")[0]
            if layer in LAYERS and table not in models:
                raise BuildError(f"{model.path}: reads {table}, which no file makes", f"correct the name or add {table}")
    graph = {table: {read for read in model.reads if read in models} for table, model in models.items()}
    try:
        return [models[table] for table in TopologicalSorter(graph).static_order()]
    except CycleError as error:
        raise BuildError(f"models read each other in a circle: {' -> '.join(error.args[1])}", "break the circle") from error


def read_model(path: Path, tables_read: Callable[[str], set[str]]) -> Model:
    """Read one .sql file; raises BuildError naming the file when its header or a forbidden read is wrong."""
    match = _HEADER.match(path.read_text("utf-8"))
    if not match:
        raise BuildError(f"{path}: no header", "begin the file with /* and the description, grain and columns as YAML")
    layer = path.parent.name
    try:
        header = yaml.load(match["header"], _LOADER)
        columns = tuple(Column(name, **fields) for name, fields in header["columns"].items())
        grain = tuple(header["grain"])
        description = " ".join(header["description"].split())
    except (yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise BuildError(f"{path}: header cannot be read: {error!r}", "give description, grain and columns as in style.md") from error
    if missing := set(grain) - {column.name for column in columns}:
        raise BuildError(f"{path}: grain names {sorted(missing)}, which are no columns", "correct the header")
    query = match["query"].strip().rstrip(";")
    reads = frozenset(tables_read(query))
    if forbidden := {table for table in reads if table.split(".")[0] not in MAY_READ[layer]}:
        raise BuildError(
            f"{path}: a {layer} model must not read {sorted(forbidden)}",
            f"{layer} may read {', '.join(sorted(MAY_READ[layer]))} only",
        )
    return Model(layer, path.stem, path, description, grain, columns, query, reads, header.get("chart"))


def with_neighbours(models: Iterable[Model], chosen: set[str]) -> list[Model]:
    """The chosen tables with everything upstream and downstream of them, in build order."""
    ordered = list(models)
    taken = set(chosen)
    for model in ordered:
        if model.reads & taken:
            taken.add(model.table)
    return with_upstream(ordered, taken)


def with_upstream(models: Iterable[Model], chosen: set[str]) -> list[Model]:
    """The chosen tables with everything they are made from, in build order."""
    ordered = list(models)
    taken = set(chosen)
    for model in reversed(ordered):
        if model.table in taken:
            taken |= {read for read in model.reads if read.split(".")[0] in LAYERS}
    return [model for model in ordered if model.table in taken]

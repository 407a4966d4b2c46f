"""Every figure of a build as checksums, so that two builds can be compared: forgetting somebody is to change none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from support_metrics.model import Model
from support_metrics.warehouse import models

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# What is said in words of a person or by them is no figure; these texts are.
_TEXTS = ("channel", "state", "kind", "policy", "source", "stream", "column_name", "table_name", "tag", "exterminator")
# Who may be whom shows the person; of several addresses one is left.
_SHOWS_PEOPLE = ("accounts", "merge_suggestions", "build", "lead_entries")
# What the leads' file and the triage channels said of somebody goes with them: it is read from names, which several people may share.
_OF_LEADS = ("status_since_on", "is_mentioned_in_triage", "mentioned_in_triage_at")
Figures = Mapping[str, Mapping[str, Any]]


def figures(connection: DuckDBPyConnection) -> Figures:
    """By mart and column a checksum over all its rows, in whatever order; under `*` one over whole rows."""
    return {model.name: _checksums(connection, model) for model in models() if model.layer == "marts" and model.name not in _SHOWS_PEOPLE}


def _checksums(connection: DuckDBPyConnection, model: Model) -> dict[str, Any]:
    columns = [column.name for column in model.columns if not column.type.startswith("VARCHAR") or column.name in _TEXTS]
    columns = [name for name in columns if name not in _OF_LEADS]
    listed = ", ".join(f'"{column}"' for column in columns) or "1"
    sums = ", ".join(f'sum(hash("{column}")::hugeint)' for column in columns)
    row = connection.execute(f"select count(*), sum(hash({listed})::hugeint){f', {sums}' if sums else ''} from {model.table}").fetchall()[0]
    return {"rows": row[0], "*": row[1], **dict(zip(columns, row[2:], strict=True))}


def changed(before: Figures, after: Figures) -> list[str]:
    """What differs, as `mart.column`; `mart.*` where only rows as a whole do."""
    differing = []
    for table, sums in before.items():
        columns = [name for name, value in sums.items() if after[table][name] != value]
        named = [name for name in columns if name != "*"]
        differing += [f"{table}.{name}" for name in (named or columns)]
    return differing

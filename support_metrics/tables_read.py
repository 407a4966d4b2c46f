"""Which tables a query reads, told by DuckDB's own parser."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any

import duckdb

from support_metrics.errors import BuildError


def tables_read(query: str, parser: duckdb.DuckDBPyConnection | None = None) -> set[str]:
    """The schema-qualified tables a query reads, by DuckDB's own parser. Opening one takes far longer than parsing: hand it in for many."""
    with contextlib.nullcontext(parser) if parser else duckdb.connect() as connection:
        (serialized,) = connection.execute("select json_serialize_sql(?::varchar)", [query]).fetchone() or ("",)
    tree = json.loads(serialized)
    if tree["error"]:
        raise BuildError(f"not a single SELECT: {tree.get('error_message')}", "correct the query")
    return set(_base_tables(tree))


def _base_tables(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        # `recurring` is no schema: it is what a recursive CTE with a key calls its own rows so far.
        if node.get("type") == "BASE_TABLE" and node.get("schema_name") not in (None, "", "recurring"):
            yield f"{node['schema_name']}.{node['table_name']}"
        for child in node.values():
            yield from _base_tables(child)
    elif isinstance(node, list):
        for child in node:
            yield from _base_tables(child)

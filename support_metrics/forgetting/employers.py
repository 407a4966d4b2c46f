"""Where somebody forgotten works, in the rows of a page that are about them: a company or a domain is no name, but beside a stand-in it tells."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from support_metrics.landing.forgotten import GONE, Forgotten, token_of
from support_metrics.landing.learning import Person, Snapshot, rows_of
from support_metrics.landing.scrubbing import COMPOUND
from support_metrics.leads import EMPLOYER

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SCRIPT = re.compile(r"(?is)(<script\b[^>]*>.*?</script>)")
ROW = re.compile(r"(?is)<tr\b[^>]*>.*?</tr>")
TAG = re.compile(r"(<[^>]*>)")
# All rows of a table, a column for each fact.
FACTS = re.compile(r"""(?is)(<script\b[^>]*\bclass=["']?facts\b[^>]*>)(.*?)(</script>)""")
_TABLE = re.compile(r"(?is)<table\b[^>]*>.*?</table>")
_CELL = re.compile(r"(?is)(<t([hd])\b[^>]*>)(.*?)(</t\2>)")
# The head of the column that says where new people work.
HEAD = "works at"
_EMPLOYER = {name.lower() for name in EMPLOYER}
# Columns of facts by which a row is about somebody.
_ABOUT = {"person", "github", "slack"}


def without_employers(page: str, forgotten: Forgotten) -> str:
    """The page without employers in rows that name somebody forgotten, in its tables and in the facts of these."""
    if not token_of(page):
        return page
    page = FACTS.sub(lambda match: f"{match[1]}{_facts(match[2], forgotten)}{match[3]}", page)
    parts = SCRIPT.split(page)
    parts[::2] = [_TABLE.sub(lambda match: _table(match[0], forgotten), part) for part in parts[::2]]
    return "".join(parts)


def lines_without_employers(text: str, forgotten: Forgotten) -> str:
    """The same of a plain file, where a row is a line."""
    return "\n".join(_without_domains(line, forgotten) if token_of(line) else line for line in text.split("\n"))


def _facts(text: str, forgotten: Forgotten) -> str:
    columns, rows = facts_in(text)
    if not any(token_of(cell) for row in rows for cell in row):
        return text
    heads = [column.lower() for column in columns]
    changed = [_cells(heads, row, forgotten) for row in rows]
    if changed == rows:
        return text
    return json.dumps({"columns": columns, "rows": changed}, separators=(",", ":")).translate(
        {ord(each): f"\\u{ord(each):04x}" for each in "<>&"}
    )


def facts_in(text: str) -> tuple[list[str], list[list[str]]]:
    """Columns and rows of a table's facts; none of what is no such thing."""
    try:
        held: Any = json.loads(text)
        return [str(each) for each in held["columns"]], [[str(cell) for cell in row] for row in held["rows"]]
    except (ValueError, TypeError, KeyError):
        return [], []


def _cells(heads: list[str], row: list[str], forgotten: Forgotten) -> list[str]:
    if not any(map(token_of, row)):
        return row
    named = list(zip_longest(row, heads[: len(row)], fillvalue=""))
    is_about = any(token_of(cell) for cell, head in named if head in _ABOUT)
    return [GONE if is_about and head in _EMPLOYER and cell else _without_domains(cell, forgotten) for cell, head in named]


def _table(table: str, forgotten: Forgotten) -> str:
    head = ROW.search(table)
    heads = [said(cell[3]).lower() for cell in _CELL.finditer(head[0])] if head else []
    column = heads.index(HEAD) if HEAD in heads else None
    return ROW.sub(lambda match: _row(match[0], column, forgotten) if token_of(match[0]) else match[0], table)


def _row(row: str, column: int | None, forgotten: Forgotten) -> str:
    cells = list(_CELL.finditer(row))
    if column is not None and column < len(cells) and token_of(said(cells[0][3])):
        cell = cells[column]
        row = f"{row[: cell.start(3)]}{GONE}{row[cell.end(3) :]}"
    parts = TAG.split(row)
    parts[::2] = [_without_domains(part, forgotten) for part in parts[::2]]
    return "".join(parts)


def _without_domains(text: str, forgotten: Forgotten) -> str:
    domains = forgotten.entries.domains
    return COMPOUND.sub(lambda match: GONE if forgotten.hashed("domain", match[0].lower()) in domains else match[0], text)


def said(cell: str) -> str:
    """What a cell says to who reads it."""
    return html.unescape(TAG.sub(" ", cell)).strip()


def employers_of(connection: DuckDBPyConnection, snapshot: Snapshot, person_id: str, person: Person) -> frozenset[str]:
    """Where they work or worked, in lower case: what the marts say now, and what every profile and list of organisations that was landed says."""
    columns = ", ".join(EMPLOYER.values())
    found = connection.execute(f"select {columns}, unnest(organisations || [null]) from marts.new_users where person_id = $1", [person_id])
    told = {str(each) for row in found.fetchall() for each in row if each}
    told.update(_landed(snapshot, set(person.accounts)))
    return frozenset(name for each in told if (name := each.strip().lstrip("@").strip().lower()))


def _landed(snapshot: Snapshot, accounts: set[str]) -> Iterator[str]:
    ids = [account.rpartition(":")[2] for account in sorted(accounts) if account.startswith("github:user:")]
    for stream in ("users", "organisations"):
        for _, payload in rows_of(snapshot.get(("github", stream), []), ids) if ids and snapshot.get(("github", stream)) else ():
            said = json.loads(payload) or {}
            if f"github:user:{(said.get('user') or said).get('id')}" in accounts:
                yield from (
                    str(name) for name in (said.get("company"), *(each.get("login") for each in said.get("organizations") or [])) if name
                )

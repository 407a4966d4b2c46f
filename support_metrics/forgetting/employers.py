"""Where somebody forgotten works, in the rows of a page that are about them: a company or a domain is no name, but beside a stand-in it tells."""

from __future__ import annotations

import html
import re

from support_metrics.landing.forgotten import GONE, Forgotten, token_of
from support_metrics.landing.scrubbing import COMPOUND

SCRIPT = re.compile(r"(?is)(<script\b[^>]*>.*?</script>)")
ROW = re.compile(r"(?is)<tr\b[^>]*>.*?</tr>")
TAG = re.compile(r"(<[^>]*>)")
_TABLE = re.compile(r"(?is)<table\b[^>]*>.*?</table>")
_CELL = re.compile(r"(?is)(<t([hd])\b[^>]*>)(.*?)(</t\2>)")
# The head of the column that says where new people work.
HEAD = "works at"


def without_employers(page: str, forgotten: Forgotten) -> str:
    """The page without employers in rows that name somebody forgotten; scripts hold none."""
    if not token_of(page):
        return page
    parts = SCRIPT.split(page)
    parts[::2] = [_TABLE.sub(lambda match: _table(match[0], forgotten), part) for part in parts[::2]]
    return "".join(parts)


def lines_without_employers(text: str, forgotten: Forgotten) -> str:
    """The same of a plain file, where a row is a line."""
    return "\n".join(_without_domains(line, forgotten) if token_of(line) else line for line in text.split("\n"))


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

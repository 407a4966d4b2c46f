"""A query's answer as a table for people, or as CSV, JSON or Markdown for programs."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import IO, Any

Rows = Iterable[Sequence[Any]]
WIDEST_CELL = 80


def printable(text: str) -> str:
    """Text on one line without control characters: what comes from outside must not steer the terminal."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() or unicodedata.category(each) in ("Zs", "Co") else _visible(each) for each in text)


def _visible(character: str) -> str:
    """Line breaks and tabs become a space, joiners inside emoji stay, anything else that steers a terminal becomes �."""
    if character in "\n\r\t\u2028\u2029":
        return " "
    return character if character in "\u200c\u200d" else "\N{REPLACEMENT CHARACTER}"


def width(text: str) -> int:
    """The columns a text takes on a terminal."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(each) or each in "\u200c\u200d\ufe0f" else 2 if unicodedata.east_asian_width(each) in "WF" else 1
        for each in text
    )


def text_of(value: Any, null: str = "") -> str:
    """One value as text: instants in ISO 8601 with Z, lists and structures as JSON."""
    if value is None:
        return null
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z") if value.tzinfo else value.isoformat()
    if isinstance(value, list | tuple | dict | bytes):
        return str(_encoder().encode(value).decode())
    return str(value)


@cache
def _encoder() -> Any:
    import msgspec

    return msgspec.json.Encoder(decimal_format="number", enc_hook=str)


def as_json(value: Any) -> str:
    """A value as indented JSON; instants as ISO 8601 in UTC."""
    import msgspec

    text: bytes = msgspec.json.format(_encoder().encode(value), indent=2)
    return text.decode()


def _distinct(names: Sequence[str]) -> list[str]:
    """Column names with `_2`, `_3` … behind those that occur again, as JSON objects need."""
    taken: list[str] = []
    for name in names:
        number, unique = 1, name
        while unique in taken:
            number += 1
            unique = f"{name}_{number}"
        taken.append(unique)
    return taken


def write_csv(names: Sequence[str], rows: Rows, to: IO[str]) -> None:
    writer = csv.writer(to, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([text_of(value) for value in row] for row in rows)


def write_json(names: Sequence[str], rows: Rows, to: IO[str]) -> None:
    """An array with one object per line; numbers as numbers, instants as ISO strings, null as null."""
    keys, encode, before = _distinct(names), _encoder().encode, "[\n"
    for row in rows:
        to.write(before + encode(dict(zip(keys, row, strict=True))).decode())
        before = ",\n"
    to.write("[]\n" if before == "[\n" else "\n]\n")


def _escaped(cell: str) -> str:
    """Text that Markdown shows as it is and takes for no column, no tag."""
    return cell.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")


def write_markdown(names: Sequence[str], rows: Rows, to: IO[str]) -> None:
    def line(cells: Iterable[str]) -> str:
        return "| " + " | ".join(_escaped(printable(cell)) for cell in cells) + " |\n"

    held = [list(row) for row in rows]
    to.write(line(names))
    to.write("| " + " | ".join("---:" if right else "---" for right in _numeric(len(names), held)) + " |\n")
    to.writelines(line(text_of(value) for value in row) for row in held)


def write_table(names: Sequence[str], rows: Rows, to: IO[str]) -> None:
    """An aligned table; numbers to the right, null as `null`, long cells cut."""
    held = [list(row) for row in rows]
    right = _numeric(len(names), held)
    cells = [[_cut(printable(text_of(value, "null"))) for value in row] for row in held]
    widths = [max(width(cell) for cell in column) for column in zip([*names], *cells, strict=True)]
    to.writelines(_aligned([list(names), ["-" * each for each in widths], *cells], widths, right))
    to.write(f"({len(held):,} {'row' if len(held) == 1 else 'rows'}{_cut_note(cells)})\n")


def _cut(cell: str) -> str:
    return cell if len(cell) <= WIDEST_CELL else cell[: WIDEST_CELL - 1] + "…"


def _cut_note(cells: list[list[str]]) -> str:
    cut = any(len(cell) == WIDEST_CELL and cell.endswith("…") for row in cells for cell in row)
    return "; long cells are cut, --format csv shows them whole" if cut else ""


def _numeric(columns: int, rows: list[list[Any]]) -> list[bool]:
    from decimal import Decimal

    def is_number(value: Any) -> bool:
        return isinstance(value, int | float | Decimal) and not isinstance(value, bool)

    held = [[row[index] for row in rows if row[index] is not None] for index in range(columns)]
    return [bool(values) and all(map(is_number, values)) for values in held]


def _aligned(lines: list[list[str]], widths: list[int], right: list[bool]) -> Iterator[str]:
    for line in lines:
        padded = []
        for cell, wide, is_right in zip(line, widths, right, strict=True):
            space = " " * (wide - width(cell))
            padded.append(space + cell if is_right else cell + space)
        yield "  ".join(padded).rstrip() + "\n"


WRITERS: dict[str, Callable[[Sequence[str], Rows, IO[str]], None]] = {
    "table": write_table,
    "csv": write_csv,
    "json": write_json,
    "markdown": write_markdown,
}

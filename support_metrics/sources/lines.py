"""The line at which a value of a JSON text begins. It is sought only for a record that is set aside, so a sound file costs nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

Step = int | str

_end_of_blanks = re.compile(r"[ \t\r\n]*").match
# The digits are not needed, and Python refuses to convert very many of them.
_end_of_value = json.JSONDecoder(parse_int=str, parse_float=str, strict=False).raw_decode


class Text:
    """A JSON text of several lines; `read` gives its bytes once more when a line is asked for."""

    def __init__(self, name: str, read: Callable[[], bytes]) -> None:
        self.name = name
        self._read = read
        self._text: str | None = None
        self._lines: dict[tuple[Step, ...], dict[Step, tuple[int, int]]] = {}

    def item(self, number: int) -> Spot:
        """Where an item of the array stands that the text is; the first is number 1."""
        return Spot(self, (number - 1,))

    def line_of(self, steps: tuple[Step, ...]) -> tuple[int, bool]:
        """The line at which the value begins to which fields and indices lead, and whether no other item of its array begins there."""
        _, line = self._begin(steps)
        if not steps or isinstance(steps[-1], str):
            return line, not steps
        items, number = self._lines[steps[:-1]], steps[-1]
        return line, all(line != items[each][1] for each in (number - 1, number + 1) if each in items)

    def _begin(self, steps: tuple[Step, ...]) -> tuple[int, int]:
        """Offset and line."""
        if self._text is None:
            self._text = self._read().decode("utf-8-sig", errors="replace")
        if not steps:
            at = _after_blanks(self._text, 0)
            return at, 1 + self._text.count("\n", 0, at)
        around = steps[:-1]
        if around not in self._lines:
            self._lines[around] = dict(_values(self._text, *self._begin(around)))
        return self._lines[around][steps[-1]]


class Spot(NamedTuple):
    """Where a value stands in a text of several lines; written out it says file and line, and the item where the line is not enough."""

    text: Text
    steps: tuple[Step, ...] = ()

    def __str__(self) -> str:
        try:
            line, is_alone = self.text.line_of(self.steps)
        except (ValueError, LookupError, RecursionError):  # the file was changed meanwhile
            return f"{self.text.name}{self._item()}"
        return f"{self.text.name}:{line}{'' if is_alone and len(self.steps) < 2 else self._item()}"

    def _item(self) -> str:
        said, fields = "", list[str]()
        for step in self.steps:
            if isinstance(step, str):
                fields.append(step)
            else:
                said, fields = f"{said}, {_called(fields)} {step + 1}", []
        return said


Place = str | Spot


def each_of(values: Iterable[Any], place: Place, *fields: str) -> Iterator[tuple[Place, Any]]:
    """Place and value of each item of the array that `fields` lead to from the value at `place`. This runs once per record: keep it lean."""
    if isinstance(place, str):
        item = f"{place}, {_called(fields)}"
        yield from ((f"{item} {number}", value) for number, value in enumerate(values, 1))
    else:
        text, around = place.text, (*place.steps, *fields)
        yield from ((Spot(text, (*around, number)), value) for number, value in enumerate(values))


def _called(fields: Sequence[str]) -> str:
    """What an item is called: that of a page's main field is just an item."""
    return ".".join(fields) if len(fields) > 1 else "item"


def _values(text: str, at: int, line: int) -> Iterator[tuple[Step, tuple[int, int]]]:
    """Index or field, offset and line of every value in the array or object that begins at `at`."""
    begin, number, is_object = at, 0, text[at] == "{"
    at = _after_blanks(text, at + 1)
    while text[at] not in "]}":
        step: Step = number
        if is_object:
            step, at = _end_of_value(text, at)
            at = _after_blanks(text, _after_blanks(text, at) + 1)
        line += text.count("\n", begin, at)
        yield step, (at, line)
        begin, number = at, number + 1
        at = _after_blanks(text, _end_of_value(text, at)[1])
        if text[at] == ",":
            at = _after_blanks(text, at + 1)


def _after_blanks(text: str, at: int) -> int:
    found = _end_of_blanks(text, at)
    return found.end() if found else at

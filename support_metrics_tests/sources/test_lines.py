"""The line of a record in a JSON text: found by reading the text once more, and only when it is asked for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support_metrics.errors import SourceError
from support_metrics.sources.lines import Spot, Text, each_of
from support_metrics.sources.reading import read_values, unpage
from support_metrics_tests.sources.world import write

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=15,
)


def text(content: str | bytes) -> Text:
    return Text("f", lambda: content.encode() if isinstance(content, str) else content)


@given(st.lists(VALUES, min_size=1))
def test_each_item_of_an_array_begins_where_it_was_written(values: list[Any]) -> None:
    line, lines, parts = 2, [], []
    for value in values:
        lines.append(line)
        parts.append(json.dumps(value, indent=1))
        line += parts[-1].count("\n") + 1
    of = text("[\n" + ",\n".join(parts) + "\n]")
    assert [str(of.item(number)) for number in range(1, len(values) + 1)] == [f"f:{each}" for each in lines]


ARRAYS = {
    "one a line": ('[{"id": 1},\n{"id": 2},\n{"id": 3}]', ["f:1", "f:2", "f:3"]),
    "two share a line": ('[\n1, 2,\n3\n]', ["f:2, item 1", "f:2, item 2", "f:3"]),
    "all in one line": ("[1, 2, 3]", ["f:1, item 1", "f:1, item 2", "f:1, item 3"]),
    "brackets in texts": ('[\n"]\\"}",\n{"a]": "\\n[{,"},\n3]', ["f:2", "f:3", "f:4"]),
    "a byte order mark, Windows line ends": (b'\xef\xbb\xbf\r\n[\r\n1,\r\n2,\r\n3]', ["f:3", "f:4", "f:5"]),
    "very many digits": (f"[\n{'7' * 5000},\n-0,\n1e999]", ["f:2", "f:3", "f:4"]),
}  # fmt: skip


@pytest.mark.parametrize(("content", "places"), ARRAYS.values(), ids=ARRAYS.keys())
def test_the_item_is_told_where_the_line_is_not_enough(content: str | bytes, places: list[str]) -> None:
    of = text(content)
    assert [str(of.item(number)) for number in (1, 2, 3)] == places


PAGE = '{\n "includes": {"users": [\n  {"id": "u"}]},\n "data": [{"id": "1"},\n  {"id": "2"}],\n "meta": {}\n}'


@pytest.mark.parametrize(
    ("fields", "places"),
    [(("data",), ["f:4, item 1", "f:5, item 2"]), (("includes", "users"), ["f:3, includes.users 1"])],
)
def test_within_a_page_both_are_told(fields: tuple[str, ...], places: list[str]) -> None:
    values = range(len(places))
    assert [str(place) for place, _ in each_of(values, Spot(text(PAGE)), *fields)] == places
    assert [str(place) for place, _ in each_of(values, "GET /page", *fields)] == [f"GET /page,{each.split(',')[1]}" for each in places]


def test_items_of_pages_in_an_array_are_found(tmp_path: Path) -> None:
    path = write(tmp_path / "x.json", '[\n{"data": [\n1,\n2]},\n{"data": [3]}]')
    found = unpage(read_values(path, "f"), "data")
    assert [str(place) for place, _ in found] == ["f:3, item 1, item 1", "f:4, item 1, item 2", "f:5, item 2, item 1"]


def test_a_sound_file_is_not_read_again() -> None:
    def read() -> bytes:
        raise AssertionError("it was read again")

    assert [value for _, value in each_of("ab", Spot(Text("f", read)))] == ["a", "b"]


def test_a_text_is_read_again_once_however_many_are_set_aside() -> None:
    reads = []

    def read() -> bytes:
        reads.append(1)
        return b"[\n1,\n2]"

    of = Text("f", read)
    assert [str(of.item(1)), str(of.item(2)), len(reads)] == ["f:2", "f:3", 1]


@pytest.mark.parametrize("content", ["", "[]", "5", "[1", '{"a": 1}', "[" * 100_000])
def test_where_the_file_was_changed_meanwhile_the_item_is_all_there_is(content: str) -> None:
    assert str(text(content).item(2)) == "f, item 2"


def test_a_file_that_is_gone_meanwhile_cannot_be_read(tmp_path: Path) -> None:
    path = write(tmp_path / "x.json", "[\n1]")
    ((place, _),) = read_values(path, "f")
    path.unlink()
    with pytest.raises(SourceError, match="f: cannot be read"):
        str(place)

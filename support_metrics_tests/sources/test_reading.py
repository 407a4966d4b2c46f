"""JSON as received: what decoding keeps, refuses and sets aside."""

import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from support_metrics.errors import SourceError
from support_metrics.landing import canonical
from support_metrics.sources.reading import Unusable, decode, read_values
from support_metrics_tests.sources.world import write

NUMBERS = st.from_regex(r"-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?", fullmatch=True)
TEXT = st.text(st.characters(codec="utf-8"), max_size=20)


@given(st.lists(NUMBERS, max_size=10), TEXT)
def test_numbers_come_back_digit_for_digit(numbers: list[str], text: str) -> None:
    array = f"[{','.join([*numbers, json.dumps(text)])}]"
    assert canonical(decode(array.encode(), "f")) == msgspec.json.format(array.encode(), indent=-1).replace(
        json.dumps(text).encode(), msgspec.json.encode(text)
    )


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | TEXT, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner), max_leaves=20
    )
)
def test_any_json_is_read_and_written_alike(value: object) -> None:
    written = canonical(value)
    assert decode(written, "f") == value
    assert canonical(decode(json.dumps(value, indent=2).encode(), "f")) == written


@pytest.mark.parametrize("number", ["-0", "-0.0", "1.50", "1E5", "0.1000000000000000055", "1" * 5000, "-" + "9" * 40, "1e999"])
def test_an_odd_number_keeps_its_digits(number: str) -> None:
    assert canonical(decode(f'{{"a": [{number} , {number}], "id": 7}}'.encode(), "f")) == f'{{"a":[{number},{number}],"id":7}}'.encode()


def test_a_byte_order_mark_is_no_damage() -> None:
    assert decode(b'\xef\xbb\xbf{"a": 1}', "f") == {"a": 1}


DAMAGE = {
    "cut short": (b'[{"a": 1},\n {"a": ', "f, line 2, column 7: the JSON is cut short"),
    "cut inside a string": (b'[{"a": "b', "f, line 1, column 8: the JSON is cut short"),
    "a comma too many": (b'[{"a": 1},\n]', "f, line"),
    "a control character": (b'["a\x01b"]', "f, line 1, column 4: not valid JSON"),
    "a byte that is not UTF-8": (b'[{"a": 1},\n\n{"a": "caf\xe9"}]', "f, line 3: byte 0xe9 is not UTF-8"),
    "UTF-16": ('{"a": 1}'.encode("utf-16"), "f, line 1: byte 0xff is not UTF-8"),
    "nothing at all": (b"", "f, line 1: the file is empty"),
    "only blanks": (b" \n \n", "f, line 1: the file is empty"),
    "a login page": (b"<!doctype html>\n<title>Sign in</title>", "f, line 1, column 1: holds HTML or XML instead of JSON"),
    "no number": (b'[1,\n{"a": NaN}]', "f, line 2: not valid JSON: NaN is no JSON number"),
    "deep nesting": (b"[" * 100_000 + b"]" * 100_000, "f, line 1: the JSON is nested too deeply"),
}


@pytest.mark.parametrize(("data", "said"), DAMAGE.values(), ids=DAMAGE.keys())
def test_damage_is_told_with_its_place_and_the_mend(data: bytes, said: str) -> None:
    with pytest.raises(SourceError) as caught:
        decode(data, "f")
    assert caught.value.problem.startswith(said)
    assert "again" in caught.value.mend


def test_half_a_surrogate_pair_sets_one_record_aside() -> None:
    good, bad, later = decode(b'[{"text": "\\ud83d\\ude00"}, {"text": "\\ud83d"}, {"n": 1.50}]', "f")
    assert good == {"text": "😀"}
    assert isinstance(bad, Unusable)
    assert canonical(later) == b'{"n":1.50}'


def test_half_a_surrogate_pair_in_a_page_does_not_sink_the_page() -> None:
    page = decode(b'{"data": [{"id": "1", "text": "\\udc00"}, {"id": "2"}], "meta": {}}', "f")
    assert isinstance(page["data"][0], Unusable)
    assert page["data"][1] == {"id": "2"}


FORMS = {
    "lines": ('{"id": 1}\n\n{"id": 2}\n', ["f:1", "f:3"]),
    "lines without a last newline": ('{"id": 1}\r\n{"id": 2}', ["f:1", "f:2"]),
    "an array in one line": ('[{"id": 1}, {"id": 2}]', ["f:1, item 1", "f:1, item 2"]),
    "an array in several lines": ('[\n  {"id": 1},\n  {"id": 2}\n]\n', ["f:2", "f:3"]),
    "pages, one a line": ('[{"id": 1}]\n[{"id": 2}]\n', ["f:1, item 1", "f:2, item 1"]),
    "one object": ('\n{\n"id": 1\n}', ["f:2"]),
}


@pytest.mark.parametrize("suffix", ["json", "jsonl"])
@pytest.mark.parametrize(("text", "places"), FORMS.values(), ids=FORMS.keys())
def test_lines_arrays_and_single_objects_are_told_apart_by_content(tmp_path: Path, suffix: str, text: str, places: list[str]) -> None:
    found = list(read_values(write(tmp_path / f"x.{suffix}", text), "f"))
    assert [str(place) for place, _ in found] == places
    assert [value["id"] for _, value in found] == list(range(1, len(places) + 1))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('{"id": 1}\n{"id": \n{"id": 3}\n', 2),
        ('{"id": \n{"id": 2}\n', 1),
        ('{"id": 1}\n{"id": 2}\n{"i', 3),
        ('{"id": 1}\n{"a": "\udce9"}\n', 2),
    ],
)
def test_a_broken_line_damages_the_file(tmp_path: Path, text: str, line: int) -> None:
    path = write(tmp_path / "x.jsonl", text.encode(errors="surrogateescape"))
    with pytest.raises(SourceError, match=f"^f, line {line}[,:]"):
        list(read_values(path, "f"))


def test_an_error_answer_in_the_place_of_data_is_refused(tmp_path: Path) -> None:
    for answer in (
        {"message": "Bad credentials", "documentation_url": "https://docs.github.com/rest"},
        {"ok": False, "error": "invalid_auth"},
        {"error": {"code": 403, "message": "quotaExceeded"}},
        {"title": "Unauthorized", "status": 401},
    ):
        with pytest.raises(SourceError, match="error answer"):
            list(read_values(write(tmp_path / "x.json", answer), "f"))


def test_a_folder_in_the_place_of_a_file_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be read"):
        list(read_values(tmp_path, "f"))

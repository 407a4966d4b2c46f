"""No cell of an export is a formula to a spreadsheet, and what was guarded can be had back."""

from __future__ import annotations

import csv
import io
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from support_metrics.cli.leads import _write_guarded
from support_metrics.spreadsheet import guarded, unguarded

FORMULAS = [
    "=1+1", "=cmd|' /C calc'!A0", "@SUM(1+1)*cmd|' /C calc'!A0", "+1+1", "-1+1", "-2+3+cmd|' /C calc'!D2", '=HYPERLINK("http://x.example","y")',
    "\t=1+1", "\r=1+1", "\n=1", "  =1+1", "\u00a0=1+1", "\ufeff=1+1", "\u200b=1+1", "＝1+1", "＋1", "－1", "＠SUM(1)", "'=1+1", '"=1+1"',
    "\x00=1", "=", "+", "-", "@", "−1+1", "﹦1", "DDE\n=1", "a;=1+1", "a\t@x", "-1,5", "+49 30 1234", "\t", "\x0b=1", "`=1", "“=1”",
]  # fmt: skip
HARMLESS = [
    "",
    "a",
    "a=b",
    "Ada Lovelace",
    "ada@example.com",
    "1 - 2",
    "O'Brien",
    "'tis",
    "-5",
    "+5",
    "-5.25",
    "2026-03-02",
    "a; b",
    "x (=y)",
]
SIGNS = set("=+-@＝＋－＠﹢﹣﹦﹫−")


def opens_as_formula(cell: str) -> bool:
    """As the most careless of spreadsheets would: it strips white space, quotes and what cannot be seen, but takes an apostrophe for text."""
    bare = re.sub(r'^[\s\x00-\x20"`\u201c\u201d\u200b-\u200f\ufeff\u2060]+', "", cell)
    return bare[:1] in SIGNS and bool(bare) and not re.fullmatch(r"[+-]?\d+(\.\d+)?", cell)


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_becomes_text(text: str) -> None:
    cell = guarded(text)
    assert not any(opens_as_formula(part) for part in re.split(r"[;\t\r\n]", cell))
    assert unguarded(cell) == text


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_harmless_stays(text: str) -> None:
    assert guarded(text) == text


@given(st.text(alphabet=st.one_of(st.sampled_from("=+-@\t\r\n ;'\"＝x1.\x00\u200b"), st.characters(exclude_categories=["Cs"]))))
@example("\n'=")
@example("''=1")
@example("'\t")
@example("''\n")
def test_any_text_is_text_and_comes_back(text: str) -> None:
    cell = guarded(text)
    assert unguarded(cell) == text
    assert not any(opens_as_formula(part) for part in re.split(r"[;\t\r\n]", cell)) or (
        cell == text and re.fullmatch(r"[+-]?\d+(\.\d+)?", text)
    )


@given(st.lists(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00")), min_size=2, max_size=4))
def test_cells_come_back_through_csv(texts: list[str]) -> None:
    written = io.StringIO(newline="")
    _write_guarded([f"c{number}" for number in range(len(texts))], [texts], written)
    written.seek(0)
    assert [unguarded(cell) for cell in list(csv.reader(written))[1]] == texts


def test_numbers_stay_numbers() -> None:
    written = io.StringIO(newline="")
    _write_guarded(["a", "b"], [[-3, 2.5]], written)
    assert written.getvalue() == "a,b\r\n-3,2.5\r\n"

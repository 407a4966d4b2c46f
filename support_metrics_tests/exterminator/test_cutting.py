"""Texts too long for Shortcut: what says that they were cut is text, and nothing is left half."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from support_metrics.exterminator.cutting import cut

SIGN = "\n\n… cut here"


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("```\n" + "a log line\n" * 500 + "```", "a log line\n```"),
        ("~~~~ text\r\n" + "a log line\r\n" * 500 + "~~~~", "a log line\n~~~~"),
        ("- ```\n" + "  a log line\n" * 500 + "  ```", "a log line"),
        ("<!--\n" + "a log line\n" * 500 + "-->", "a log line\n-->"),
        ("<details><pre>\n\n<PRE>\n" + "a log line\n" * 500 + "</PRE>", "a log line\n</PRE>"),
        ("[#1](https://github.com/acme/tool/issues/1) " * 500, "[#1](https://github.com/acme/tool/issues/1)"),
        ("see it here\n" * 500, "see it here"),
        ("x" * 5_000, "x" * 1_000),
        ("`" * 200 + "\nx\n" * 5_000, "\nx"),
    ],
)
def test_it_ends_with_a_line_or_a_word_and_out_of_code(text: str, end: str) -> None:
    result = cut(text, 3_000, SIGN)
    assert result.endswith(end + SIGN)
    assert 3_000 - 200 < len(result) <= 3_000


def test_what_fits_stays() -> None:
    assert cut("x" * 3_000, 3_000, SIGN) == "x" * 3_000


LINES = st.sampled_from(
    ["```", "~~~~", "````ruby", "<!--", "-->", "<pre>", "</pre>", "<details>", "", "", "- x", "> x", "  x", "    x", "1. ```", "> ```", "# x",
     "<?php", "<![CDATA[", "<!DOCTYPE", "[r]: x", "---", "x `y", "[x](", "\t```", "\x00"]
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(LINES, max_size=30), st.sampled_from(["\n", "\r\n"]), st.integers(0, 120))
def test_the_sign_is_a_paragraph_of_its_own(lines: list[str], line_end: str, more: int) -> None:
    text = line_end.join(lines) + line_end + f"{'w' * 9} " * 40
    longest = 130 + more
    result = cut(text, longest, SIGN)
    assert len(result) <= longest
    if len(text) > longest:
        assert MarkdownIt("commonmark").render(result).endswith("<p>… cut here</p>\n")

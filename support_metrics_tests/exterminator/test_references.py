"""References in Markdown: which become links, and that nothing else of a text changes."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from support_metrics.exterminator.issue_urls import IssueUrl
from support_metrics.exterminator.references import linked

HOME = IssueUrl("https://github.com", "acme/tool", 1)
HERE = "https://github.com/acme/tool/issues"


def link(number: int, shown: str = "", repository: str = "acme/tool") -> str:
    return f"[{shown or f'#{number}'}](https://github.com/{repository}/issues/{number})"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("see #12.", f"see {link(12)}."),
        ("(#1), [#2] and “#3”", f"({link(1)}), [{link(2)}] and “{link(3)}”"),
        ("**#1** _#2_ ~~#3~~", f"**{link(1)}** _{link(2)}_ ~~{link(3)}~~"),
        ("acme/other#4 and a-b/c_d.e#5", f"{link(4, 'acme/other#4', 'acme/other')} and {link(5, 'a-b/c_d.e#5', 'a-b/c_d.e')}"),
        ("acme/x#123456, color acme/x#123", f"{link(123456, 'acme/x#123456', 'acme/x')}, color {link(123, 'acme/x#123', 'acme/x')}"),
        ("# #7\n\nfoo\n#8\n===", f"# {link(7)}\n\nfoo\n{link(8)}\n==="),
        ("> - #1\n> - #2\n>   1. #3", f"> - {link(1)}\n> - {link(2)}\n>   1. {link(3)}"),
        ("| #1 | `#2` | #1 |\n|--|--|--|\n| x #3 | #4 | |", f"| {link(1)} | `#2` | {link(1)} |\n|--|--|--|\n| x {link(3)} | {link(4)} | |"),
        ("| a | b |\n|--|--|\n| `x \\| #12` | #12 |", f"| a | b |\n|--|--|\n| `x \\| #12` | {link(12)} |"),
        ("> | x \\| #1 \\| y #2 | #3 |\n> |--|--|", f"> | x \\| {link(1)} \\| y {link(2)} | {link(3)} |\n> |--|--|"),
        ("#1\r\n#2\r#3\n", f"{link(1)}\r\n{link(2)}\r{link(3)}\n"),
        ("<details>\n\n#1\n\n</details>", f"<details>\n\n{link(1)}\n\n</details>"),
        ("<b>#1</b>", f"<b>{link(1)}</b>"),
        ("the color in #123 is wrong", f"the color in {link(123)} is wrong"),
        ("fixed #1, #2 and #345", f"fixed {link(1)}, {link(2)} and {link(345)}"),
        ("* [ ] #5", f"* [ ] {link(5)}"),
    ],
)
def test_what_becomes_a_link(text: str, expected: str) -> None:
    assert linked(text, HOME) == expected
    assert linked(expected, HOME) == expected


@pytest.mark.parametrize(
    "text",
    [
        "", "no reference", "`#12`", "``a ` #1``", "    #12 in code", "```\n#12\n```", "~~~ruby\n#12\nacme/x#3\n~~~", "- a\n\n      #12 in code",
        "```\n#12 and no end", "[a #1](https://x)", "[#2][r]\n\n[r]: https://x/#9", "![i #3](x)", "![#3][r]\n\n[r]: x", "<https://x/#12>",
        "https://x.example/a#12", "http://x/#12", "www.example.com/#12", "https://x/?a=(#1)", "mailto:a@b?c=#1",
        "https://github.com/acme/tool/issues/5#issuecomment-1", '<a href="#12">#12</a>', "<code>#12</code>", "<pre>\n\n#5\n\n</pre>", "<code>\n\n#5\n\n</code>",
        "a <kbd>#1</kbd>", "<!-- #1 -->", "<div>\n#1\n</div>", '<img alt="#1">', "color: #123", "color:#123;", "background #1234", "colors #123 and #456",
        "#fff", "#FFFFFF", "#123456", "#12345678", "#abc, #123", "#123 / #abc", "`a` border: 1px; color = '#123'", r"\#5", "&#35;", "&#12",
        "word#1", "#1x", "#1.5", "#1-2a", "#0", "#012", "# 1", "#", "GH-1", "#12/3", "@owner/repo#4", "a/b/c#5", "./b#5", "a//b#5", "-a/b#5",
        "file.c#12", "?q=#1", "[#1]: https://x",
    ],
)  # fmt: skip
def test_what_is_no_reference_stays(text: str) -> None:
    assert linked(text, HOME) == text


PIECES = st.sampled_from(
    ["#1", "#123", "acme/x#45", "#fff", "`", "``", "```", "~~~", "\n", "\n\n", "    ", "  ", " ", "- ", "> ", "1. ", "[", "]", "](", ")", "(", "!", "<", ">",
     "<code>", "</code>", "<a href='#1'>", "</a>", "<pre>", "</pre>", "\\", "|", "\\|", "|--|--|\n", "*", "**", "_", "~~", "# ", "===", "---", "https://x/", "x", "color: ",
     "&", ";", "\t", "\r\n", "é", "[r]: ", "<!--", "-->", "\u00a0", "\x00"]
)  # fmt: skip
TEXTS = st.lists(PIECES, max_size=25).map("".join)
ADDED = re.compile(r"\[((?:[\w.-]+/[\w.-]+)?#\d+)\]\(https://github\.com/[\w.-]+/[\w.-]+/issues/\d+\)")


@settings(max_examples=400, deadline=None)
@given(TEXTS)
@example("[#1](#123")
@example("|#1|#1|\n|--|--|\n|`#1`|#1|")
def test_only_links_are_put_around_references(text: str) -> None:
    assert ADDED.sub(r"\1", linked(text, HOME)) == ADDED.sub(r"\1", text)


@settings(max_examples=400, deadline=None)
@given(TEXTS)
@example("<a href='#1'>#1</a>#1")
def test_twice_is_as_good_as_once(text: str) -> None:
    once = linked(text, HOME)
    assert linked(once, HOME) == once


@settings(max_examples=200, deadline=None)
@given(TEXTS, st.sampled_from(["`", "``", "````"]))
def test_nothing_in_code_changes(text: str, fence: str) -> None:
    inside = re.sub(r"[`\r\n]", "", text).strip() or "#1"
    assert f"{fence}{inside}{fence}" in linked(f"#9 {fence}{inside}{fence} #8", HOME)
    block = re.sub(r"`", "", text)
    assert linked(f"````\n{block}\n````\n", HOME) == f"````\n{block}\n````\n"
    assert linked(f"x\n\n    {inside}\n", HOME) == f"x\n\n    {inside}\n"


# Cells of a table as they are written, and as they should come out.
CELLS = st.sampled_from(
    [("#12", link(12)), ("`#12`", "`#12`"), ("`x \\| #12`", "`x \\| #12`"), ("x \\| #12", f"x \\| {link(12)}"), ("", ""), ("#12\\|", f"{link(12)}\\|"),
     ("\\\\| `\\|` #12", f"\\\\| `\\|` {link(12)}"), ("x", "x"), ("\\|", "\\|"), ("<code>\\|#12</code>", "<code>\\|#12</code>"), ("**#12 \\| #12**", f"**{link(12)} \\| {link(12)}**")]
)  # fmt: skip
ROWS = st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=4)


@settings(max_examples=400, deadline=None)
@given(ROWS, st.sampled_from(["", "> ", "> > "]))
def test_each_cell_of_a_table_comes_out_as_it_would_alone(rows: list[tuple[tuple[str, str], tuple[str, str]]], before: str) -> None:
    def table(column: int) -> str:
        lines = [" | ".join(["", *(cell[column] for cell in row), ""]).strip(" ") for row in rows]
        return "\n".join(before + line for line in [lines[0], "|--|--|", *lines[1:]])

    assert linked(table(0), HOME) == table(1)


@settings(max_examples=200, deadline=None)
@given(st.text())
def test_any_text_is_taken(text: str) -> None:
    assert linked(text.replace("#", ""), HOME) == text.replace("#", "")
    linked(text, HOME)


@pytest.mark.parametrize("piece", ["#1 ", "- #1\n", "[#1 ", "`#1 ", "|#1", "*#1 ", "color #123, ", "<code>#1 ", "https://x/#1 "])
def test_the_longest_body_takes_no_time(piece: str) -> None:
    begun = time.process_time()
    linked((piece * 65_536)[:65_536], HOME)
    assert time.process_time() - begun < 10

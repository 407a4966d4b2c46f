"""`#123` and `owner/repo#123` in Markdown become links, as GitHub shows them; nothing else of the text changes.

What is text is decided by a CommonMark parser: code, links, addresses, HTML and escapes are not. Colour codes look like references and are none.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from support_metrics.exterminator.issue_urls import IssueUrl

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token

Span = tuple[int, int]
_LINE_END = re.compile(r"(\r\n|\n|\r)")
_NUMBER = re.compile(r"#([1-9][0-9]{0,8})(?![^\W_])(?![.,][0-9])(?!-\w)", re.ASCII)
_REPOSITORY = re.compile(r"(?<![\w./@#%&=+:~\\-])([A-Za-z0-9](?:[A-Za-z0-9-]{0,38}))/([A-Za-z0-9._-]{1,100})\Z", re.ASCII)
# What may stand right before a reference, besides spaces, opening brackets and quotes: no letter, and nothing of which addresses are made.
_NOT_BEFORE = set("/&#=.@\\`%$+?-^")
_ADDRESS = re.compile(r"(?:\b[a-z][a-z0-9+.-]*://|\bwww\.|\bmailto:)\S*", re.IGNORECASE)
_CODES = r"(?:#[0-9a-f]{3,8}\b[\s,;/&|)('\"→>-]*(?:(?:and|or|to)\s+)?)*"
_COLOUR_BEFORE = re.compile(
    r"(?:colou?rs?|background|fill|stroke|border|outline|shadow|gradient|hex|rgba?|palette|swatch)[\w-]*\s*(?:codes?|values?)?\s*"
    rf"(?:[:=(]|is\b|of\b)?[\s\"'(]*{_CODES}\Z",
    re.IGNORECASE,
)
_PLAIN_COLOUR = r"#(?=[0-9]*[a-f])(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})\b"
_COLOUR_CHAIN = re.compile(rf"{_PLAIN_COLOUR}[\s,;/|&]*{_CODES}\Z", re.IGNORECASE)
_COLOUR_FOLLOWS = re.compile(rf"#[0-9]+[\s,;/|&]+(?:(?:and|or|to)\s+)?{_CODES}{_PLAIN_COLOUR}", re.IGNORECASE)
# Between these tags text is code or a link, whatever stands in it.
_KEPT = re.compile(r"<(/?)(a|code|kbd|pre|samp|script|style|textarea|tt|var|svg|math)\b[^>]*?(/?)>", re.IGNORECASE)
_LOOKED_AT = 200


class Origin(NamedTuple):
    """A line of parsed text: where it begins in that text, and its row and column in what was parsed. `cell` is the line if it is a table's cell."""

    at: int
    row: int
    column: int
    cell: str

    def column_of(self, place: int) -> int:
        return self.column + place - self.at + self.cell.count("|", 0, place - self.at)


def linked(text: str, home: IssueUrl) -> str:
    """`text` with its references as links; those without a repository are to that of `home`."""
    pieces = _LINE_END.split(text)
    lines, ends = pieces[::2], [*pieces[1::2], ""]
    edits: dict[int, list[tuple[Span, str]]] = {}
    for row, span, target in _references(lines, home):
        edits.setdefault(row, []).append((span, target))
    for number, changes in edits.items():
        plain, reached, parts = lines[number], 0, []
        for (start, end), target in sorted(changes):
            parts += [plain[reached:start], f"[{plain[start:end]}]({target})"]
            reached = end
        lines[number] = "".join([*parts, plain[reached:]])
    return "".join(line + end for line, end in zip(lines, ends, strict=True))


def _references(lines: list[str], home: IssueUrl) -> Iterator[tuple[int, Span, str]]:
    """Line, place in it, and address of each reference."""
    parser = _parser()
    tokens: list[Token] = []
    environment: dict[str, Any] = {}
    parser.block.parse("\n".join(lines), parser, environment, tokens)
    opened: list[str] = []
    reached: Span = (0, 0)
    for index, token in enumerate(tokens):
        if token.type == "html_block":
            _follow(opened, token.content)
        if token.type != "inline" or not token.map:
            continue
        places: list[int] = []
        environment.update(source=token.content, places=places, opened=opened, followed=0)
        children: list[Token] = []
        parser.inline.parse(token.content, parser, environment, children)
        _follow_all(opened, children[environment["followed"] :])
        origins, reached = _origins(token, lines, reached, tokens[index - 1].type in ("td_open", "th_open"))
        addresses = [match.span() for match in _ADDRESS.finditer(token.content)]
        for place in places:
            found = None if _is_within(addresses, place) else _reference(token.content, place, home)
            if found and (origin := _origin(origins, *found[0])):
                yield *origin, found[1]


def _origins(token: Token, lines: list[str], reached: Span, is_cell: bool) -> tuple[list[Origin], Span]:
    """Where each line of an inline token stands in the text; what is not found word for word is left out.

    `reached` is where the token before it ended: cells of a table share a line. After a cell that is not found, no other of its line is.
    """
    assert token.map
    origins, at = [], 0
    for number, line in enumerate(token.content.split("\n"), token.map[0]):
        begin = reached[1] if number == reached[0] else 0
        # The parser has taken the backslash from each pipe within a cell.
        written = line.replace("|", "\\|") if is_cell else line
        column = lines[number].find(written, begin) if line and number < len(lines) else -1
        if column >= 0:
            origins.append(Origin(at, number, column, line if is_cell else ""))
            reached = (number, column + len(written))
        elif line and is_cell:
            reached = (number, len(lines[number]))
        at += len(line) + 1
    return origins, reached


def _origin(origins: list[Origin], start: int, end: int) -> tuple[int, Span] | None:
    index = bisect_right(origins, start, key=lambda origin: origin.at) - 1
    return (origins[index].row, (origins[index].column_of(start), origins[index].column_of(end))) if index >= 0 else None


def _is_within(spans: list[Span], place: int) -> bool:
    index = bisect_right(spans, place, key=lambda span: span[0]) - 1
    return index >= 0 and place < spans[index][1]


def _reference(content: str, place: int, home: IssueUrl) -> tuple[Span, str] | None:
    """The reference whose `#` stands at `place`, unless it is something else."""
    number = _NUMBER.match(content, place)
    if not number or content.startswith("/", number.end()):
        return None
    before = content[max(place - _LOOKED_AT, 0) : place].rpartition("\n")[2]
    rest = content[place : place + _LOOKED_AT].partition("\n")[0]
    repository = _REPOSITORY.search(before)
    if not repository and len(number[1]) in (6, 8):
        return None
    if (
        not repository
        and len(number[1]) in (3, 4)
        and (_COLOUR_BEFORE.search(before) or _COLOUR_CHAIN.search(before) or _COLOUR_FOLLOWS.match(rest))
    ):
        return None
    if repository:
        there = IssueUrl(home.site, f"{repository[1]}/{repository[2]}", int(number[1]))
        return (place - len(repository[0]), number.end()), str(there)
    last = before.rstrip("_")[-1:]
    if last in _NOT_BEFORE or (last.isalnum() and last != ""):
        return None
    return (place, number.end()), str(home._replace(number=int(number[1])))


def _follow(opened: list[str], html: str) -> None:
    """Keep account of the tags that are open."""
    for closing, name, itself in _KEPT.findall(html):
        name = name.lower()
        if closing and name in opened:
            del opened[len(opened) - 1 - opened[::-1].index(name) :]
        elif not closing and not itself:
            opened.append(name)


def _note(state: StateInline, silent: bool) -> bool:
    """Note where a `#` stands in plain text; consumes nothing."""
    if silent or state.src[state.pos] != "#" or state.linkLevel or state.src != state.env["source"]:
        return False
    _follow_all(state.env["opened"], state.tokens[state.env["followed"] :])
    state.env["followed"] = len(state.tokens)
    if not state.env["opened"]:
        state.env["places"].append(state.pos)
    return False


def _follow_all(opened: list[str], tokens: list[Token]) -> None:
    for token in tokens:
        if token.type == "html_inline":
            _follow(opened, token.content)


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    parser.inline.ruler.before("newline", "reference", _note)
    return parser

"""Markdown cut to a length so that what follows it is still text: at the end of a line, and out of code and HTML that were left open."""

from __future__ import annotations

import re

# Kept free for what ends open code or HTML; and how much less than could be kept may be given up to end with a line, or else a word.
_ROOM, _GIVEN_UP = 100, 2_000
_LINE_END = re.compile(r"\r\n?")
_HTML = re.compile(r"\s*<(?:(!--)|(pre|script|style|textarea)\b|(\?)|(!\[CDATA\[)|!)", re.IGNORECASE)


def cut(text: str, longest: int, sign: str) -> str:
    """`text` if it is no longer than `longest`, else as much of it as fits with `sign` behind it."""
    if len(text) <= longest:
        return text
    kept = text[: longest - len(sign) - _ROOM]
    line, word = max(kept.rfind("\n"), kept.rfind("\r")), kept.rfind(" ")
    end = next((each for each in (line, word) if each > max(len(kept) - _GIVEN_UP, 0)), len(kept))
    kept = kept[:end].rstrip()
    closing = _closing(kept)
    return kept + (f"\n{closing}" if closing and len(closing) < _ROOM else "") + sign


def _closing(text: str) -> str:
    """What must stand in a line of its own behind the text to end the code or HTML that is open there."""
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

    parser, tokens = MarkdownIt("commonmark"), list[Token]()
    parser.block.parse(_LINE_END.sub("\n", text) + "\n\nx", parser, {}, tokens)
    last = tokens[-1]
    if last.type == "fence":
        return last.markup
    opened = _HTML.match(last.content) if last.type == "html_block" else None
    if not opened:
        return ""
    comment, name, instruction, data = opened.groups()
    return "-->" if comment else f"</{name}>" if name else "?>" if instruction else "]]>" if data else ">"

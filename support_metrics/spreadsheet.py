"""Cells of a CSV that a spreadsheet may open: what comes from outside stays text and is never run as a formula.

What a spreadsheet could take for a formula gets an apostrophe before it, as the OWASP page "CSV Injection"
(https://owasp.org/www-community/attacks/CSV_Injection) and requirement 1.2.10 of its Application Security Verification Standard 5 say.
Full-width forms of the signs count, since some spreadsheets fold them, and so does a sign behind white space, quotes or apostrophes, which
some take away. The same goes behind a semicolon or a line break within a cell: where a spreadsheet parts cells at semicolons, what
follows is a cell of its own. Numbers stay numbers.
"""

from __future__ import annotations

import re

_SKIPPED = r"""[\s\x00-\x20"'`\u00ab\u00bb\u2018-\u201f\u200b-\u200f\u2060\ufeff]*"""
_SIGN = r"[=+\-@\u2212\ufe62\ufe63\ufe66\ufe6b\uff0b\uff0d\uff1d\uff20]"
_PLACE = rf"(?:\A(?=G{_SKIPPED}[\t\r\n\x00])|(?:\A|(?<=[;\t\r\n]))(?=G{_SKIPPED}{_SIGN}))"
_FORMULA = re.compile(_PLACE.replace("G", ""))
_GUARD = re.compile(_PLACE.replace("G", "'") + "'")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")


def guarded(text: str) -> str:
    """The text as a cell in which no spreadsheet finds a formula."""
    return text if _NUMBER.fullmatch(text) else _FORMULA.sub("'", text)


def unguarded(cell: str) -> str:
    """The text of which `guarded` made the cell."""
    return _GUARD.sub("", cell)

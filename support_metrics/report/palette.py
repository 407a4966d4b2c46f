"""Colours of the report's charts: told apart by the colour-blind, in the light and in the dark, and never the only difference.

Each ink has a colour on light paper, one on dark paper and a pattern for bars and a dash for lines, so that a grey print reads
as well. Colours follow Okabe and Ito (https://jfly.uni-koeln.de/color/), shifted until each stands out 3:1 from its paper.
"""

from __future__ import annotations

from typing import NamedTuple

LIGHT_PAPER, DARK_PAPER = "#ffffff", "#1a1f28"


class Ink(NamedTuple):
    light: str
    dark: str
    pattern: str = ""
    dash: str = "solid"
    symbol: str = "circle"


BLUE = Ink("#0072b2", "#3d9be0")
ORANGE = Ink("#c77f00", "#f0b234", "/", "dash", "square")
GREEN = Ink("#009e73", "#2cc295", ".", "dot", "triangle-up")
PURPLE = Ink("#b85c90", "#e39ac2", "x", "dashdot", "cross")
SKY = Ink("#3f97cc", "#9bd8ff", "-", "longdash", "triangle-down")
VERMILION = Ink("#d55e00", "#ff8a4c", "\\", "longdashdot", "star")
GREY = Ink("#7d8592", "#9aa3b2", "|", "dot", "pentagon")
TOTAL = Ink("#1d2433", "#e9ecf2", "", "solid", "diamond")
TEXT = Ink("#4f596b", "#b3bccb")
GRID = Ink("#e7e5df", "#2f3744")
HEAT = Ink("#3d94ca", "#2b6da3")  # the fullest cell of a heat map: 3:1 from the paper, 4.5:1 from the number of the total's ink in it

CYCLE = (BLUE, ORANGE, GREEN, PURPLE, SKY, VERMILION, GREY)
INKS = {
    "github": BLUE, "slack": ORANGE, "email": GREEN, "x": PURPLE, "youtube": SKY, "all": TOTAL,
    "bugs": VERMILION, "features": BLUE, "chores": GREY,
    "met": BLUE, "late": ORANGE, "overdue": VERMILION, "closed_silently": PURPLE, "pending": GREY,
}  # fmt: skip


def dark_of_light() -> dict[str, str]:
    """What each light colour becomes in the dark; the page's script swaps them."""
    return {ink.light: ink.dark for ink in {*CYCLE, TOTAL, TEXT, GRID, HEAT}} | {LIGHT_PAPER: DARK_PAPER}

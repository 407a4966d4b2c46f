"""The colours stand out from both papers and differ otherwise too."""

from __future__ import annotations

from itertools import combinations

import duckdb

from support_metrics.report import palette
from support_metrics.report.charts import asked_by_hour
from support_metrics.report.week import read_week
from support_metrics_tests.report.example import WEEK


def luminance(colour: str) -> float:
    """Relative luminance by WCAG 2."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_every_ink_stands_out_three_to_one_from_its_paper() -> None:
    for ink in (*palette.CYCLE, palette.TOTAL):
        assert contrast(ink.light, palette.LIGHT_PAPER) >= 3, ink
        assert contrast(ink.dark, palette.DARK_PAPER) >= 3, ink


def test_text_stands_out_enough_to_be_read() -> None:
    assert contrast(palette.TEXT.light, palette.LIGHT_PAPER) >= 4.5
    assert contrast(palette.TEXT.dark, palette.DARK_PAPER) >= 4.5


def test_numbers_of_a_heat_map_can_be_read_in_every_cell(marts: duckdb.DuckDBPyConnection) -> None:
    """Axe looks at no picture; so its colours are reckoned here, those between paper and ink as Plotly mixes them."""
    (cells,) = asked_by_hour(read_week(marts, WEEK)).figure["data"]
    (_, paper), (_, full) = cells["colorscale"]
    number = cells["textfont"]["color"]
    dark = palette.dark_of_light()
    for theme in (lambda colour: colour, dark.__getitem__):
        assert contrast(theme(full), theme(paper)) >= 3
        for step in range(101):
            assert contrast(theme(number), mixed(theme(paper), theme(full), step / 100)) >= 4.5, step


def mixed(one: str, other: str, share: float) -> str:
    pairs = [(int(one[start : start + 2], 16), int(other[start : start + 2], 16)) for start in (1, 3, 5)]
    return "#" + "".join(f"{round(low + share * (high - low)):02x}" for low, high in pairs)


def test_inks_differ_without_their_colour() -> None:
    for one, other in combinations(palette.CYCLE, 2):
        assert one.pattern != other.pattern
        assert one.symbol != other.symbol
        assert one.dash != other.dash or {one, other} == {palette.GREEN, palette.GREY}


def test_a_light_colour_becomes_one_dark_colour_only() -> None:
    inks = {*palette.CYCLE, palette.TOTAL, palette.TEXT, palette.GRID, palette.HEAT}
    assert len({ink.light for ink in inks}) == len(inks)
    assert palette.dark_of_light()[palette.BLUE.light] == palette.BLUE.dark

"""The words and the picture of the headline."""

from __future__ import annotations

import struct
from pathlib import Path

import duckdb
import pytest

from support_metrics.report.picture import HEIGHT, SCALE, WIDTH, NoPicture, describe, figure, picture
from support_metrics.report.posting import words
from support_metrics.report.week import read_week
from support_metrics_tests.report.example import NASTY, WEEK


def test_words_are_those_of_the_page_with_links_into_it(marts: duckdb.DuckDBPyConnection) -> None:
    said = words(read_week(marts, WEEK), "https://example.org/reports/")
    assert said.title == "Example Tools: support in the week of 2 – 8 March 2026"
    assert said.url == "https://example.org/reports/2026-03-02.html"
    assert said.happened[0][1] == f"{said.url}#users-per-week"
    assert any("past due and still unanswered" in text for text, _ in said.attention)
    assert not any("not yet due" in text for text, _ in said.attention)
    assert words(read_week(marts, WEEK), "").happened[0][1] == ""


def test_the_picture_is_drawn_by_chromium(marts: duckdb.DuckDBPyConnection, chromium: str) -> None:
    week = read_week(marts, WEEK)
    png = picture(week)
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", png[16:24]) == (WIDTH * SCALE, HEIGHT * SCALE)
    assert len(png) > 30_000, "there is something on it"
    assert "users this week" in describe(week)


def test_the_picture_takes_text_as_text(nasty_marts: duckdb.DuckDBPyConnection) -> None:
    drawn = figure(read_week(nasty_marts, WEEK)).to_plotly_json()
    said = [each["text"] for each in drawn["layout"]["annotations"]]
    assert not any("<" in text for text in said)
    assert any("&lt;script&gt;" in text for text in said), NASTY[1]


def test_without_chromium_there_is_no_picture_and_a_reason(
    marts: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("BROWSER_PATH", str(tmp_path / "no-chromium"))
    with pytest.raises(NoPicture, match="no Chromium or Chrome was found"):
        picture(read_week(marts, WEEK))

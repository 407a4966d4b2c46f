"""Numbers, moments and text from outside, as the report words them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from support_metrics.report import wording
from support_metrics_tests.report.example import NASTY_LINKS


@pytest.mark.parametrize(
    "link",
    [
        *NASTY_LINKS,
        None,
        "",
        7,
        "https://example.org/\u202egpj.exe",
        "ftp://example.org/x",
        "mailto:a@example.org",
        "https://example.org/a b",
    ],
)
def test_only_web_pages_are_linked(link: object) -> None:
    safe = wording.safe_link(link)
    assert safe is None or (safe == link and safe.startswith("https://example.org/"))
    assert safe is None or '"' in safe, "the one with a quote leads to a page; the template escapes it"


def test_links_to_web_pages_stay_as_they_are() -> None:
    for link in ("https://github.com/a/b/issues/1", "http://localhost:3000/x?y=1&z=2#f", "HTTPS://Example.org/ä"):
        assert wording.safe_link(link) == link


def test_plain_text_shows_tags_and_entities_as_typed() -> None:
    assert wording.plain("<b>a</b> &lt;") == "&lt;b&gt;a&lt;/b&gt; &amp;lt;"
    assert wording.plain("a\u202eb\nc\x00d") == "ab c d"


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, "—"), (1.0, "100\u202f%"), (0.9999, "99\u202f%"), (0.57, "57\u202f%"), (0.0, "0\u202f%"), (13 / 15, "86\u202f%")],
)
def test_percent_is_never_rounded_up(value: float | None, shown: str) -> None:
    assert wording.percent(value) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (None, "—"),
        (0, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (3600, "1 h"),
        (3660, "1 h 1 min"),
        (100 * 3600, "100 h"),
        (5_000 * 3600, "5,000 h"),
    ],
)
def test_hours_are_hours_however_many(seconds: int | None, shown: str) -> None:
    assert wording.hours(seconds) == shown


def test_weeks_name_month_and_year_once_where_they_stay() -> None:
    assert wording.week_name(date(2026, 3, 2)) == "2 – 8 March 2026"
    assert wording.week_name(date(2026, 3, 30)) == "30 March – 5 April 2026"
    assert wording.week_name(date(2025, 12, 29)) == "29 December 2025 – 4 January 2026"


def test_moments_are_local_and_name_another_year() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    assert wording.moment(datetime(2026, 3, 29, 0, 59, tzinfo=UTC), berlin) == "Sun 29 Mar 01:59"
    assert wording.moment(datetime(2026, 3, 29, 1, 0, tzinfo=UTC), berlin, 2026) == "Sun 29 Mar 03:00"
    assert wording.moment(datetime(2025, 12, 31, 23, 30, tzinfo=UTC), berlin, 2025) == "Thu 1 Jan 2026 00:30"
    assert wording.moment(None, berlin) == "—"


def test_numbers_words_and_signs() -> None:
    assert [wording.number(1234), wording.number(6.25, 1), wording.number(None)] == ["1,234", "6.2", "—"]
    assert [wording.plural(1, "day"), wording.plural(2, "day"), wording.plural(2, "person", "people")] == ["1 day", "2 days", "2 people"]
    assert [wording.signed(3), wording.signed(-3), wording.signed(0)] == ["+3", "−3", "0"]
    assert [wording.name_of("github"), wording.name_of("closed_silently"), wording.name_of("new_users")] == [
        "GitHub",
        "Closed without a word",
        "New users",
    ]


@pytest.mark.parametrize(("now", "then", "difference"), [(0.909, 0.835, 7), (0.835, 0.909, -7), (1, 0.999, 1), (0.5, 0.5, 0)])
def test_points_are_what_the_shown_percentages_differ_by(now: float, then: float, difference: int) -> None:
    assert wording.points(now, then) == difference

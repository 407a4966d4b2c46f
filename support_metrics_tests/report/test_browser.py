"""The page in a real browser: drawn, silent, still, and no wider than a phone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from playwright.sync_api import Browser, Page, expect

from support_metrics.report import render_week
from support_metrics.report.delivery import render_archive
from support_metrics_tests.report.conftest import DESK, PHONE, Seen
from support_metrics_tests.report.example import NASTY, WEEK

CHARTS = [
    "users-per-day",
    "new-and-returning",
    "users-per-week",
    "users-per-day-year",
    "compliance-per-week",
    "response-times-0",
    "tickets-per-week",
]


@pytest.fixture
def report(example_page: Path) -> Path:
    return example_page


@pytest.fixture
def nasty_report(nasty_marts: duckdb.DuckDBPyConnection, written: Callable[[str], Path]) -> Path:
    return written(render_week(nasty_marts, WEEK))


def test_charts_are_drawn_and_nothing_else_happens(report: Path, opened: Callable[..., tuple[Page, Seen]]) -> None:
    page, seen = opened(report)
    for chart in CHARTS:
        assert page.locator(f"#{chart} svg.main-svg").count() > 0, chart
        assert page.locator(f"#{chart} .trace").count() > 0, chart
    assert page.locator(".chart").count() == page.locator(".chart svg .cartesianlayer").count()
    for chart in ("asked-by-hour", "answered-by-hour"):
        assert page.locator(f"#{chart} .heatmaplayer image").count() == 1
    assert page.locator("#asked-by-hour .shapelayer path").count() == 7, "five days, and the night that runs into Saturday as two parts"
    assert page.locator("#users-per-day .bars .point path").count() == 4 * 7
    assert seen.said == []
    assert seen.asked_for == [report.as_uri()]


@pytest.mark.long
def test_hovering_tells_exact_values(report: Path, opened: Callable[..., tuple[Page, Seen]]) -> None:
    page, seen = opened(report)
    chart = page.locator("#users-per-day .nsewdrag").first
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 14, box["y"] + box["height"] / 2)
    page.wait_for_selector("#users-per-day .hoverlayer .legend")
    hover = page.locator("#users-per-day .hoverlayer").text_content()
    assert hover
    assert "Slack:" in hover
    assert "different people" in hover
    assert seen.said == []


@pytest.mark.long
@pytest.mark.parametrize("chart", ["users-per-day", "users-per-week", "users-per-day-year"])
def test_what_hovering_tells_fits_a_phone(report: Path, opened: Callable[..., tuple[Page, Seen]], chart: str) -> None:
    page, _ = opened(report, PHONE)
    area = page.locator(f"#{chart} .nsewdrag").first
    area.scroll_into_view_if_needed()
    box = area.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] / 2)
    page.wait_for_selector(f"#{chart} .hoverlayer .legend")
    label = page.locator(f"#{chart} .hoverlayer .legend").bounding_box()
    assert label
    fills = page.locator(f"#{chart} .hoverlayer .legend tspan").evaluate_all("(all) => all.map((each) => getComputedStyle(each).fill)")
    assert fills and "none" not in fills, "its lines are seen"
    assert label["x"] >= 0
    assert label["x"] + label["width"] <= 375


@pytest.mark.long
def test_a_heat_map_has_numbers_where_there_is_room(report: Path, opened: Callable[..., tuple[Page, Seen]]) -> None:
    page, _ = opened(report)
    numbers = page.locator("#asked-by-hour .heatmap-label")
    assert numbers.count() > 7
    sizes = numbers.locator("text").evaluate_all("(all) => all.map((each) => parseFloat(getComputedStyle(each).fontSize))")
    assert min(sizes) >= 9
    page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    expect(numbers).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone(report: Path, opened: Callable[..., tuple[Page, Seen]], scheme: str) -> None:
    page, _ = opened(report, PHONE, scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true })")
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    assert page.evaluate("[...document.querySelectorAll('.chart svg.main-svg')].every((svg) => svg.getBoundingClientRect().right <= 375)")


@pytest.mark.long
def test_tables_of_words_are_cards_on_a_phone(report: Path, opened: Callable[..., tuple[Page, Seen]]) -> None:
    page, _ = opened(report, PHONE)
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true })")
    for name in ("priority_requests", "issue_votes", "new_users", "internal_reports", "tracking_gaps-worked_on_not_tracked"):
        table = page.locator(f"table[data-name={name}]")
        box = table.locator("xpath=ancestor::*[contains(@class, 'scroll')]")
        assert box.evaluate("(box) => [box.scrollWidth - box.clientWidth, box.scrollHeight - box.clientHeight]") == [0, 0], name
        heads = table.locator("thead th").evaluate_all("(all) => all.map((each) => each.dataset.title)")
        cells = table.locator("tbody tr").first.locator("td")
        assert cells.evaluate_all("(all) => all.map((each) => getComputedStyle(each, '::before').content)") == [
            f'"{head}"' for head in heads[1:]
        ]
        heard = page.get_by_role("table", name=table.locator("caption").text_content() or "", exact=True)
        assert heard.get_by_role("row").count() == table.locator("tbody tr").count(), "a table still"
    handoff = page.get_by_role("region", name="Users per day on GitHub and Slack, as reported in the form and as measured")
    assert handoff.evaluate("(box) => box.scrollWidth - box.clientWidth") == 0


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_nothing_injected_runs_and_nothing_overflows(
    nasty_report: Path, opened: Callable[..., tuple[Page, Seen]], size: dict[str, int]
) -> None:
    page, seen = opened(nasty_report, size)
    assert page.evaluate("window.injected") is None
    assert seen.dialogs == []
    assert seen.said == [], "not even the content security policy had to step in"
    assert seen.asked_for == [nasty_report.as_uri()]
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    assert page.locator("h1").inner_text() == "2 – 8 March 2026"
    assert page.locator("[src], [onload], [onerror], iframe, img, foreignObject").count() == 0
    assert page.get_by_text(NASTY[0], exact=True).count() > 0


@pytest.mark.long
def test_hovering_over_nasty_names_runs_nothing(nasty_report: Path, opened: Callable[..., tuple[Page, Seen]]) -> None:
    page, seen = opened(nasty_report)
    for chart in CHARTS:
        area = page.locator(f"#{chart} .nsewdrag").first
        area.scroll_into_view_if_needed()
        box = area.bounding_box()
        assert box
        page.mouse.move(box["x"] + box["width"] * 0.97, box["y"] + box["height"] / 2)
        page.wait_for_selector(f"#{chart} .hoverlayer .legend")
        assert page.locator(f"#{chart} .hoverlayer a").count() == 0
    assert page.evaluate("window.injected") is None
    assert seen.asked_for == [nasty_report.as_uri()]


@pytest.mark.long
def test_links_lead_where_they_say(nasty_report: Path, opened: Callable[..., tuple[Page, Seen]]) -> None:
    page, _ = opened(nasty_report)
    for address in page.locator("a").evaluate_all("(all) => all.map((each) => each.href)"):
        assert address.startswith(("https://", nasty_report.as_uri() + "#")) or "/index.html" in address, address
    assert (
        page.locator('#requests-table a[href="https://github.com/example/tool/issues/1001"]').inner_text().startswith("The importer stops")
    )
    page.get_by_role("navigation", name="Sections").get_by_role("link", name="Promises").click()
    assert page.url.endswith("#promises")


@pytest.mark.long
def test_the_dark_has_colours_of_its_own_and_follows_the_setting(report: Path, opened: Callable[..., tuple[Page, Seen]]) -> None:
    page, _ = opened(report, DESK, "dark")
    label = page.locator("#users-per-day .xtick text").first
    expect(page.locator("body")).to_have_css("background-color", "rgb(17, 21, 27)")
    expect(label).to_have_css("fill", "rgb(179, 188, 203)")
    page.emulate_media(color_scheme="light")
    expect(label).to_have_css("fill", "rgb(79, 89, 107)")


@pytest.mark.long
def test_paper_is_light_and_has_no_navigation(report: Path, opened: Callable[..., tuple[Page, Seen]], tmp_path: Path) -> None:
    page, seen = opened(report, DESK, "dark")
    page.emulate_media(media="print")
    expect(page.locator("#users-per-day .xtick text").first).to_have_css("fill", "rgb(79, 89, 107)")
    assert not [each for each in page.locator("nav, .tools, .deep").all() if each.is_visible()]
    assert seen.said == []


@pytest.mark.long
def test_the_changes_of_a_headline_break_between_words_only(
    marts: duckdb.DuckDBPyConnection, written: Callable[[str], Path], opened: Callable[..., tuple[Page, Seen]]
) -> None:
    """Four cards stand side by side on a sheet of A4, and rates have the longest references."""
    marts.execute(
        "update marts.weekly_sla set met = 40, judged = 55, compliance = 40 / 55.0 where week < $week and channel = 'all'", {"week": WEEK}
    )
    page, _ = opened(written(render_week(marts, WEEK)), {"width": 794, "height": 1123})
    page.emulate_media(media="print")
    heights = page.locator(".changes li > .quiet").evaluate_all(
        "(all) => all.map((each) => each.getBoundingClientRect().height / parseFloat(getComputedStyle(each).lineHeight))"
    )
    assert len(heights) == 8 and max(heights) < 2.5, "two words, two lines"
    assert page.locator(".headline").evaluate_all("(all) => all.every((each) => each.scrollWidth <= each.clientWidth)")


@pytest.mark.long
def test_scroll_regions_and_tables_work_by_keyboard(report: Path, opened: Callable[..., tuple[Page, Seen]]) -> None:
    page, _ = opened(report, PHONE)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    region = page.get_by_role("region", name="Answered in time, by channel")
    region.focus()
    page.evaluate("() => { window.scrolled = new Promise((done) => document.activeElement.addEventListener('scroll', () => done(true))) }")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("window.scrolled")
    table = page.get_by_role("table", name="Missed and open requests of the week")
    assert table.get_by_role("row").count() > 9, "a table still, though shown as cards"


def test_without_scripts_the_words_and_tables_remain(report: Path, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(report.as_uri())
    assert page.locator("#users-per-day").is_visible()
    page.get_by_text("The numbers").first.click()
    assert page.get_by_role("table", name="Users per day, by channel", exact=True).is_visible()
    context.close()


def test_the_archive_is_plain_and_fits(opened: Callable[..., tuple[Page, Seen]], written: Callable[[str], Path]) -> None:
    path = written(render_archive(NASTY[1], [WEEK], {}))
    page, seen = opened(path, PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    assert page.evaluate("window.injected") is None
    assert seen.said == []
    assert seen.asked_for == [path.as_uri()]

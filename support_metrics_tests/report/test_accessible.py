"""The page for everybody: what axe finds, and what comes out of a printer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page
from pypdf import PdfReader

from support_metrics.report.delivery import render_archive
from support_metrics_tests.report.conftest import DESK, PHONE
from support_metrics_tests.report.example import WEEK

Open = Callable[..., tuple[Page, object]]
# A chart is an image with a name to those who hear the page; the thousands of paths within say nothing to them. What axe calls minor is looked at, too: nothing of any weight is let through.
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}}
PRINTABLE = 1122 - 2 * 53  # of A4's height, in CSS pixels, with margins of 14 mm


@pytest.mark.long
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_axe_finds_no_fault(example_page: Path, opened: Open, size: dict[str, int], scheme: str) -> None:
    page, _ = opened(example_page, size, scheme)
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true })")
    found = Axe().run(page, context={"exclude": [[".chart svg"]]}, options=RULES)
    assert [(each["impact"], each["id"], [node["html"][:200] for node in each["nodes"]][:3]) for each in found.response["violations"]] == []
    assert len(found.response["passes"]) > 30, "axe looked at something"


def test_axe_finds_no_fault_in_the_archive(written: Callable[[str], Path], opened: Open) -> None:
    page, _ = opened(written(render_archive("Example Tools", [WEEK], {})), PHONE)
    assert [(each["id"], each["nodes"][0]["html"]) for each in Axe().run(page, options=RULES).response["violations"]] == []


def test_print_gives_whole_pages(example_page: Path, opened: Open, tmp_path: Path) -> None:
    """No chart is cut in two, no page is empty or nearly so, and every section is there."""
    page, _ = opened(example_page)
    titles = page.locator("h2:not(.unseen)").evaluate_all("(all) => all.map((each) => each.firstChild.textContent.trim())")
    page.set_viewport_size({"width": 794 - 2 * 53, "height": PRINTABLE})
    page.emulate_media(media="print")
    tall = page.locator("figure.card:has(.chart)").evaluate_all("(all) => all.map((each) => each.getBoundingClientRect().height)")
    assert max(tall) < PRINTABLE
    assert page.locator("figure.card:has(.chart)").evaluate_all(
        "(all) => all.every((each) => getComputedStyle(each).breakInside === 'avoid')"
    )
    path = tmp_path / "page.pdf"
    page.pdf(path=path, format="A4", prefer_css_page_size=True)
    sheets = [sheet.extract_text() for sheet in PdfReader(path).pages]
    assert all(len(sheet.split()) > 20 for sheet in sheets), [len(sheet.split()) for sheet in sheets]
    printed = " ".join(" ".join(sheets).split())
    assert [title for title in titles if title not in printed] == []

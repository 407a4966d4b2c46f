"""The page for everybody: what axe finds, and what comes out of a printer."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page
from pypdf import PdfReader

from support_metrics.report.delivery import render_archive
from support_metrics_tests.report.conftest import DESK, PHONE
from support_metrics_tests.report.example import WEEK
from support_metrics_tests.report.test_tables import without_charts

Open = Callable[..., tuple[Page, object]]
# A chart is an image with a name to those who hear the page; the thousands of paths within say nothing to them. What axe calls minor is looked at, too: nothing of any weight is let through.
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}}
# Leaves a section, or a part of one, alone with what pushes it down; returns its heading, its lead and the beginning of what follows.
PUSH = """(id) => {
  const title = document.getElementById(id);
  const heading = title.matches("section") ? title.querySelector("h2") : title;
  const words = (node) => [...node.childNodes].filter((each) => !each.matches?.(".deep")).map((each) => each.textContent).join("").trim();
  const keep = title.matches("section") ? [...title.children] : [title, title.nextElementSibling, title.nextElementSibling.nextElementSibling];
  const push = document.createElement("div");
  push.id = "push";
  document.body.replaceChildren(push, Object.assign(document.createElement("main"), { className: "wide" }));
  const section = document.createElement("section");
  section.style.marginTop = 0;
  section.append(...keep);
  document.querySelector("main").append(section);
  const first = keep.slice(2).map((part) => part.querySelector("figcaption, h3, summary, tbody th")).find(Boolean);
  return [words(heading), words(keep[1]), words(first)];
}"""
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


def printed(path: Path) -> list[str]:
    """The text of every page, its ligatures as letters."""
    return [" ".join(unicodedata.normalize("NFKC", sheet.extract_text()).split()) for sheet in PdfReader(path).pages]


@pytest.mark.long
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
    sheets = printed(path)
    assert all(len(sheet.split()) > 20 for sheet in sheets), [len(sheet.split()) for sheet in sheets]
    text = " ".join(sheets)
    assert [title for title in titles if title not in text] == []
    for kind in ("Worked on without a story: 30, 2 new", "Asked in Slack this week, no issue linked: 2"):
        assert kind in text, "folded away on the screen, not on paper"
        rows = text.split(kind)[1].split("Gap ")[1:3]
        assert [row.split()[0] for row in rows] == ["0", "1"], kind


@pytest.mark.long
@pytest.mark.parametrize("section", ["load", "promises", "requests", "gaps"])
def test_no_page_ends_with_a_heading_or_half_a_lead(example_page: Path, opened: Open, tmp_path: Path, section: str) -> None:
    """The part alone, pushed towards the foot of the page by a little less each time."""
    path = tmp_path / "2026-03-02.html"
    path.write_text(without_charts(example_page.read_text("utf-8")), "utf-8")
    page, _ = opened(path, until="html.tabled")
    heading, lead, first = page.evaluate(PUSH, section)
    for room in range(12, 132, 12):
        page.evaluate("(height) => { document.getElementById('push').style.height = `${height}px` }", PRINTABLE - room)
        page.pdf(path=tmp_path / "page.pdf", format="A4", prefer_css_page_size=True)
        sheets = printed(tmp_path / "page.pdf")
        (sheet,) = [each for each in sheets if each.startswith(heading) or f" {heading} " in each]
        assert lead in sheet, (room, sheets)
        assert first in sheet, (room, sheets)

"""The tables of the page by mouse and keyboard: sorted, filtered, copied, saved; and the archive's picker."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
from playwright.sync_api import Locator, Page, expect
from plotly.offline import get_plotlyjs

from support_metrics.report import render_week
from support_metrics.report.delivery import render_archive
from support_metrics.report.wording import week_name
from support_metrics_tests.report.example import NASTY, WEEK, insert

pytestmark = pytest.mark.long

Open = Callable[..., tuple[Page, object]]


def without_charts(html: str) -> str:
    """The page without Plotly, which takes two seconds to draw what no table needs; its own scripts run under the same policy."""
    return html.replace(get_plotlyjs(), "")


@pytest.fixture
def page(example_page: Path, opened: Open, tmp_path: Path) -> Page:
    path = tmp_path / example_page.name
    path.write_text(without_charts(example_page.read_text("utf-8")), "utf-8")
    return opened(path, until="html.tabled")[0]


def tooled(page: Page, name: str) -> Locator:
    return page.locator(f"table[data-name={name}]")


def column(table: Locator, at: int) -> list[str]:
    return table.locator(f"tbody tr:not(.group):not([hidden]) > :nth-child({at})").all_inner_texts()


def saved(page: Page, press: Callable[[], None]) -> tuple[str, list[list[str]]]:
    with page.expect_download() as download:
        press()
    path = Path(download.value.path())
    text = path.read_bytes().decode("utf-8-sig")
    return download.value.suggested_filename, list(csv.reader(io.StringIO(text, newline="")))


def test_a_column_is_sorted_by_keyboard_by_value_and_not_by_letters(page: Page) -> None:
    table = tooled(page, "issue_votes")
    head = table.get_by_role("button", name="Voters: sort")
    head.focus()
    page.keyboard.press("Enter")
    assert column(table, 2) == sorted(column(table, 2), key=int)
    expect(table.get_by_role("columnheader").nth(1)).to_have_attribute("aria-sort", "ascending")
    page.keyboard.press("Space")
    assert column(table, 2) == sorted(column(table, 2), key=int, reverse=True)
    expect(table.get_by_role("columnheader").nth(1)).to_have_attribute("aria-sort", "descending")


def test_unknown_values_stand_last_either_way(page: Page) -> None:
    table = tooled(page, "priority_requests")
    head = table.get_by_role("button", name="After: sort")
    for _ in range(2):
        head.click()
        assert column(table, 5)[-1] == "—"


def test_requests_are_sorted_within_their_state(page: Page) -> None:
    table = tooled(page, "requests-table")
    before = table.locator("tr.group").all_inner_texts()
    table.get_by_role("button", name="Asked: sort").click()
    assert table.locator("tr.group").all_inner_texts() == before
    for body in table.locator("tbody").all():
        moments = [cell.get_attribute("data-value") or "" for cell in body.locator("td[data-label=Asked]").all()]
        assert moments == sorted(moments)


def test_a_filter_leaves_rows_with_all_its_words_and_hides_empty_groups(page: Page) -> None:
    search = page.get_by_role("searchbox", name="Filter: Missed and open requests of the week")
    search.fill("GitHub closed without")
    table = tooled(page, "requests-table")
    assert ["Customer 3" in text for text in column(table, 1)] == [True]
    assert table.locator("tr.group:not([hidden])").count() == 1
    expect(page.get_by_role("status").filter(has_text=" of ")).to_have_text("1 of 9")
    search.fill("")
    assert table.locator("tr.group:not([hidden])").count() == 4


@pytest.mark.parametrize("half", [0, 1])  # Chromium takes ten downloads of a page and then waits
def test_each_figure_downloads_its_rows(page: Page, half: int) -> None:
    figures = page.locator("figure:has(.chart)").all()
    assert len(figures) > 12
    for figure in figures[half::2]:
        name, rows = saved(page, figure.get_by_role("button", name="Download as CSV").click)
        assert name == f"2026-03-02-{figure.locator('.chart').get_attribute('id')}.csv"
        assert len(rows) > 1 and all(len(row) == len(rows[0]) for row in rows)


def test_downloaded_values_are_bare_and_exact(page: Page, marts: duckdb.DuckDBPyConnection) -> None:
    _, rows = saved(page, page.locator("figure:has(#users-per-week)").get_by_role("button", name="Download as CSV").click)
    at = rows[0].index("All channels")
    weekly = marts.execute(
        "select week::varchar, users::varchar from marts.weekly_users where channel = 'all' order by week desc"
    ).fetchall()
    assert [(row[0], row[at]) for row in rows[1:]] == weekly
    _, rows = saved(page, page.locator("figure:has(#compliance-per-week)").get_by_role("button", name="Download as CSV").click)
    judged = marts.execute("select week::varchar, compliance from marts.weekly_sla where channel = 'all' order by week desc").fetchall()
    assert [row[0] for row in rows[1:]] == [week for week, _ in judged]
    assert [float(row[1]) for row in rows[1:]] == pytest.approx([share for _, share in judged], abs=1e-5)


def test_what_is_saved_of_a_channel_says_which_and_calls_columns_as_the_page_does(page: Page) -> None:
    name, rows = saved(page, page.locator("figure:has(#compliance-github)").get_by_role("button", name="Download as CSV").click)
    assert (name, rows[0][1]) == ("2026-03-02-compliance-github.csv", "In time, GitHub")
    _, rows = saved(page, page.locator("figure:has(#response-times-0)").get_by_role("button", name="Download as CSV").click)
    assert rows[0][0] == "First response after (target 3h in business time)"
    shown = [head.get_attribute("data-title") for head in tooled(page, "weekly_sla").locator("thead th").all()]
    _, rows = saved(page, page.get_by_role("button", name="Download as CSV: Requests of the week by channel and outcome").click)
    assert [head.removesuffix(" (seconds)") for head in rows[0]] == shown
    assert sum(head.endswith(" (seconds)") for head in rows[0]) == 2


def test_a_table_saves_what_the_filter_left_with_links_and_states(page: Page) -> None:
    page.get_by_role("searchbox", name="Filter: Missed and open requests of the week").fill("11 h overdue")
    _, rows = saved(page, page.get_by_role("button", name="Download as CSV: Missed and open requests of the week").click)
    assert [dict(zip(rows[0], row, strict=True)) for row in rows[1:]] == [
        {
            "State": "Unanswered and past due",
            "Request": "The importer stops at row 1 with “index out of range”",
            "Link": "https://github.com/example/tool/issues/1001",
            "Person": "Customer 1",
            "Channel": "GitHub",
            "Why": "unanswered for 11 h 2 min of business time; target 3 h; overdue by 8 h 2 min",
            "Possible answers": "",
            "Asked": "2026-03-02T14:05:00Z",
            "Due": "2026-03-02T17:05:00Z",
            "Target": "3h in business time",
            "First response": "",
            "By": "",
            "Inferred": "yes",
            "Closed": "",
        }
    ]


def test_a_table_that_shows_some_rows_saves_all_those_shown_first(page: Page) -> None:
    name, rows = saved(page, page.get_by_role("button", name="Download as CSV: Worked on without a story").click)
    assert name == "2026-03-02-tracking_gaps-worked_on_not_tracked.csv"
    assert rows[0] == ["Gap", "What", "Link", "Since", "Why"]
    assert [row[1] for row in rows[1:]] == [f"Gap {number}" for number in range(30)]
    assert tooled(page, "tracking_gaps-worked_on_not_tracked").locator("tbody tr").count() == 20
    expect(page.get_by_text("The 20 newest of 30 are shown; Copy and CSV take all of them.")).to_be_visible()
    page.get_by_role("searchbox", name="Filter: Worked on without a story").fill("tue feb 10:00")
    _, rows = saved(page, page.get_by_role("button", name="Download as CSV: Worked on without a story").click)
    assert [row[1] for row in rows[1:]] == ["Gap 7", "Gap 14", "Gap 21", "Gap 28"], "what is not shown is filtered by the same words"


def test_what_is_saved_of_a_row_is_of_that_row(page: Page) -> None:
    """Sorted, each shown row still brings its own facts."""
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true })")
    for name in page.locator("table:has(+ script.facts)").evaluate_all("(all) => all.map((each) => each.dataset.name)"):
        table = tooled(page, name)
        table.evaluate("(table) => table.tHead.rows[0].cells[0].firstChild.click()")
        shown = [" ".join(text.split()) for text in column(table, 1)]
        with page.expect_download() as download:
            table.evaluate(
                "(table) => [...document.querySelectorAll('.tools button')].find((each) => each.ariaLabel === `Download as CSV: ${table.caption.textContent.trim()}`).click()"
            )
        header, *rows = csv.reader(io.StringIO(Path(download.value.path()).read_bytes().decode("utf-8-sig"), newline=""))
        assert len(rows) >= len(shown) > 0
        at = {"requests-table": 1, "earlier-table": 1, "restatements": 2}.get(name, 1 if name.startswith("tracking_gaps") else 0)
        for text, row in zip(shown, rows, strict=False):
            assert text.startswith(row[at]), (name, header[at])


def test_nothing_saved_or_copied_is_a_formula(marts: duckdb.DuckDBPyConnection, written: Callable[[str], Path], opened: Open) -> None:
    formulas = [
        "=1+1",
        "+1+1",
        "-1+cmd|' /C calc'!A0",
        "@SUM(A1)",
        "\t=2",
        " =3",
        "＝1+1",
        '=HYPERLINK("https://example.org","x")',
        "-5",
        "plain",
    ]
    marts.execute("delete from marts.weekly_labels")
    for formula in formulas:
        insert(marts, "weekly_labels", week=WEEK, label=formula, issues=1, open_issues=1)
    page, _ = opened(written(without_charts(render_week(marts, WEEK))), until="html.tabled")
    _, rows = saved(page, page.get_by_role("button", name="Download as CSV: Issues that users opened this week, by label").click)
    labels = {row[0] for row in rows[1:]}
    assert {label for label in labels if not label.startswith("'")} == {"-5", "plain"}
    assert len(labels) == len(rows) - 1 == len({formula.strip() for formula in formulas})


def test_a_table_is_copied_for_a_spreadsheet(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    press = page.get_by_role("button", name="Copy: Issues that users opened this week, by label")
    press.click()
    expect(press.locator("xpath=../*[@role='status']")).to_have_text("Copied 3 rows")
    assert press.get_attribute("aria-label") == "Copy: Issues that users opened this week, by label"
    assert page.evaluate("navigator.clipboard.readText()") == "Label\tIssues\tStill open\nbug\t5\t0\nquestion\t4\t1\n(none)\t3\t2"


def test_sections_have_links_and_a_link_unfolds_what_it_leads_to(page: Page) -> None:
    page.locator("#wanted a.deep").focus()
    page.keyboard.press("Enter")
    assert page.url.endswith("#wanted")
    links = page.locator("a.deep").evaluate_all("(links) => links.map((link) => link.getAttribute('href').slice(1))")
    assert len(links) == len(set(links)) >= 13
    assert page.evaluate("(ids) => ids.filter((id) => !document.getElementById(id))", links) == []


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Two weeks and the list of both."""
    for back in (0, 1):
        (tmp_path / f"{WEEK - timedelta(weeks=back)}.html").write_text("<!doctype html><title>week</title><p class=archive>", "utf-8")
    path = tmp_path / "index.html"
    path.write_text(render_archive(NASTY[1], [WEEK, WEEK - timedelta(weeks=1)], {}), "utf-8")
    return path


@pytest.mark.parametrize(
    ("day", "week"), [(WEEK, WEEK), (WEEK + timedelta(days=6), WEEK), (WEEK - timedelta(days=1), WEEK - timedelta(weeks=1))]
)
def test_the_picker_leads_to_the_week_of_a_day(archive: Path, opened: Open, day: date, week: date) -> None:
    page, _ = opened(archive)
    page.get_by_label("Go to the week of").fill(day.isoformat())
    assert page.url == archive.as_uri(), "nothing happens while it is typed"
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{week}.html")


def test_the_picker_goes_by_its_button_too(archive: Path, opened: Open) -> None:
    page, _ = opened(archive)
    page.get_by_label("Go to the week of").fill(WEEK.isoformat())
    page.get_by_role("button", name="Go").click()
    page.wait_for_url(f"**/{WEEK}.html")


def test_the_picker_takes_no_day_outside_the_archive_and_says_nothing_while_one_is_typed(archive: Path, opened: Open) -> None:
    page, _ = opened(archive)
    field = page.get_by_label("Go to the week of")
    status = page.get_by_role("status").first
    for day in ("0002-03-04", f"{WEEK - timedelta(weeks=1, days=1)}", f"{WEEK + timedelta(weeks=1)}"):
        field.fill(day)
        expect(status).to_have_text("")
        page.keyboard.press("Enter")
        assert not field.evaluate("(input) => input.validity.valid"), day
        assert page.url == archive.as_uri()
        expect(status).to_have_text("")


def test_a_week_between_that_was_not_reported_is_named(tmp_path: Path, opened: Open) -> None:
    path = tmp_path / "index.html"
    path.write_text(render_archive("Example Tools", [date(2026, 1, 12), date(2025, 12, 15)], {}), "utf-8")
    page, _ = opened(path)
    for day, name in (
        (date(2025, 12, 24), "22 – 28 December 2025"),
        (date(2025, 12, 30), "29 December 2025 – 4 January 2026"),
        (date(2026, 1, 11), "5 – 11 January 2026"),
    ):
        assert week_name(day - timedelta(days=day.weekday())) == name
        page.get_by_label("Go to the week of").fill(day.isoformat())
        page.keyboard.press("Enter")
        expect(page.get_by_role("status").first).to_have_text(f"There is no report of the week of {name}.")


def test_a_neighbour_that_is_not_there_is_said_not_to_be(archive: Path, opened: Open) -> None:
    page, _ = opened(archive)
    page.goto(f"{archive.as_uri()}?week={WEEK - timedelta(weeks=1)}")
    page.wait_for_url(f"**/{WEEK - timedelta(weeks=1)}.html")
    page.goto(f"{archive.as_uri()}?week={WEEK + timedelta(weeks=1)}")
    expect(page.get_by_role("status").first).to_have_text("There is no report of the week of 9 – 15 March 2026 yet.")
    page.goto(f"{archive.as_uri()}?week=<img src=x onerror=alert(1)>")
    expect(page.get_by_role("status").first).to_have_text("")

"""The example weeks of `example.py` as fixtures, and the browser."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest
from playwright.sync_api import Browser, Dialog, Page, sync_playwright

from support_metrics.report import render_week
from support_metrics_tests.report.example import WEEK, create_marts, fill, poison

DESK, PHONE = {"width": 1280, "height": 900}, {"width": 375, "height": 812}
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync",
]  # fmt: skip


@pytest.fixture
def empty_marts() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        create_marts(connection)
        yield connection


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example weeks in a file, made once."""
    path = tmp_path_factory.mktemp("marts") / "filled.duckdb"
    with duckdb.connect(str(path)) as connection:
        create_marts(connection)
        fill(connection)
    return path


@pytest.fixture
def marts(filled: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The example weeks, to be changed as a test likes."""
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"attach '{filled}' as filled (read_only)")
        connection.execute("copy from database filled to memory")
        connection.execute("detach filled")
        yield connection


@pytest.fixture
def nasty_marts(marts: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    poison(marts)
    return marts


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Debian's Chromium. Without one, browser tests are skipped with a reason, but fail where CI is set."""
    path = shutil.which("chromium")
    if path is None:
        reason = "no chromium on this machine: the report was not looked at in a browser (apt-get install chromium)"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return path


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str], Path]:
    """Write a page and return its path."""

    def write(html: str) -> Path:
        path = tmp_path / "2026-03-02.html"
        path.write_text(html, "utf-8")
        return path

    return write


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield launched
        launched.close()


class Seen:
    """What a page did besides showing itself."""

    def __init__(self, page: Page) -> None:
        self.said: list[str] = []
        self.asked_for: list[str] = []
        self.dialogs: list[str] = []
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("request", lambda request: self.asked_for.append(request.url))
        page.on("dialog", self._dismiss)

    def _dismiss(self, dialog: Dialog) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()


@pytest.fixture
def opened(browser: Browser) -> Iterator[Callable[..., tuple[Page, Seen]]]:
    contexts = []

    def open_page(path: Path, size: dict[str, int] = DESK, scheme: str = "light", until: str = "html.drawn, .archive") -> tuple[Page, Seen]:
        context = browser.new_context(viewport=size, color_scheme=scheme, offline=True)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        seen = Seen(page)
        page.goto(path.as_uri())
        page.wait_for_selector(until)
        return page, seen

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def example_page(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the example weeks, rendered once."""
    path = tmp_path_factory.mktemp("page") / f"{WEEK}.html"
    with duckdb.connect(str(filled), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        path.write_text(render_week(connection, WEEK), "utf-8")
    return path

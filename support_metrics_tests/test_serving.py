"""The reports folder over HTTP: its pages and nothing else, to this machine alone."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest

from support_metrics.errors import SettingsError, SupportMetricsError
from support_metrics.serving import ReportsServer
from support_metrics_tests.cli.conftest import write


@contextmanager
def serving(folder: Path) -> Iterator[int]:
    """Serve on a free port while the context lasts; yields the port."""
    with ReportsServer(folder, 0) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def ask(port: int, path: str, host: str = "127.0.0.1", method: str = "GET") -> tuple[HTTPResponse, str]:
    """The path as it stands: no client takes `..` away first."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.putrequest(method, path, skip_host=True)
    connection.putheader("Host", f"{host}:{port}")
    connection.endheaders()
    answer = connection.getresponse()
    said = answer.read().decode()
    connection.close()
    return answer, said


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Reports beside what must not be served."""
    above = tmp_path_factory.mktemp("team")
    write(above / "secret.html", "secret")
    write(above / "reports/2026-03-02.html", "<h1>a week</h1>")
    write(above / "reports/.2026-03-09.html-0a1b2c3d", "half a secret")
    write(above / "reports/.git/config", "secret")
    write(above / "reports/empty/readme.txt", "words")
    write(above / "reports/index.html", "<h1>all weeks</h1>")
    (above / "reports/elsewhere.html").symlink_to(above / "secret.html")
    (above / "reports/above").symlink_to(above)
    (above / "reports/circle.html").symlink_to("circle.html")
    return above / "reports"


@pytest.fixture(scope="module")
def port(folder: Path) -> Iterator[int]:
    with serving(folder) as port:
        yield port


@pytest.mark.parametrize(
    ("path", "page"),
    [
        ("/2026-03-02.html", "a week"),
        ("/2026-03-02.html?at=all#promises", "a week"),
        ("/", "all weeks"),
        ("/index.html?week=2026-02-23", "all weeks"),
    ],
)
def test_pages_and_the_archive_are_served_and_kept_by_no_browser(port: int, path: str, page: str) -> None:
    for host in ("127.0.0.1", "localhost", "LocalHost"):
        answer, said = ask(port, path, host)
        assert (answer.status, said) == (200, f"<h1>{page}</h1>")
        assert (
            answer.headers["Cache-Control"] == "no-store"
            and answer.headers["X-Content-Type-Options"] == "nosniff"
            and answer.headers.get_content_type() == "text/html"
        )
    answer, said = ask(port, path, method="HEAD")
    assert (answer.status, said) == (200, "")


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.html",
        "/%2e%2e/secret.html",
        "/..%2fsecret.html",
        "//../../secret.html",
        "/empty/../../secret.html",
        "/elsewhere.html",
        "/above/secret.html",
        "/above/",
        "/.2026-03-09.html-0a1b2c3d",
        "/.git/config",
        "/empty/",  # would be a listing
        "/empty",
        "/empty/readme.txt",  # no page
        "/2026-03-02.html%00",
        "/circle.html",
        pytest.param("/" + "a" * 5000, id="too long"),
    ],
)
def test_nothing_else_is_served(port: int, path: str) -> None:
    answer, said = ask(port, path)
    assert answer.status == 404
    assert "secret" not in said and "readme" not in said and "refresh` makes" in said
    assert answer.headers["Cache-Control"] == "no-store"


def test_it_is_for_this_machine_and_under_its_own_name(folder: Path, port: int) -> None:
    for host in ("evil.example", "127.0.0.1.evil.example", ""):
        answer, said = ask(port, "/2026-03-02.html", host)
        assert answer.status == 403 and "open this page as 127.0.0.1 or localhost" in said
    with ReportsServer(folder, 0) as server:
        assert server.socket.getsockname()[0] == "127.0.0.1"


def test_nothing_can_be_sent_to_it(port: int) -> None:
    assert ask(port, "/2026-03-02.html", method="POST")[0].status == 501


def test_it_starts_before_the_first_report(tmp_path: Path) -> None:
    folder = tmp_path / "to/come"
    with serving(folder) as port:
        assert ask(port, "/")[0].status == ask(port, "/2026-03-02.html")[0].status == 404
        write(folder / "2026-03-02.html", "a week")
        assert ask(port, "/2026-03-02.html")[1] == "a week"
        assert ask(port, "/")[0].status == 404, "no listing stands in for the archive's index"
        os.replace(write(folder / "new", "made again"), folder / "2026-03-02.html")
        assert ask(port, "/2026-03-02.html")[1] == "made again"


def test_a_port_that_is_taken_says_what_to_do(folder: Path, port: int) -> None:
    with pytest.raises(SupportMetricsError) as raised:
        ReportsServer(folder, port)
    assert raised.value.problem == f"cannot serve the reports on port {port}: Address already in use"
    assert "support-metrics serve --port NUMBER" in raised.value.mend


def test_a_file_is_no_folder_of_reports(folder: Path) -> None:
    with pytest.raises(SettingsError, match="which is no folder"):
        ReportsServer(folder / "index.html", 0)

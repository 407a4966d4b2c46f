"""The reports folder over HTTP, for this machine alone: Dagster's UI can link a page by an address, not by a path.

Pages get a port of their own, so a browser lets their scripts read nothing of Dagster's.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from support_metrics.errors import SettingsError, SupportMetricsError
from support_metrics.settings import REPORTS_VARIABLE

HOST = "127.0.0.1"
NAMES = (HOST, "localhost")


class ReportsServer(ThreadingHTTPServer):
    """Serves the files of `folder`, which need not be there yet; port 0 takes any free one.

    Raises SettingsError where `folder` is a file, SupportMetricsError where the port cannot be had.
    """

    def __init__(self, folder: Path, port: int) -> None:
        if folder.exists() and not folder.is_dir():
            raise SettingsError(f"paths.reports names {folder}, which is no folder", "move that file away, or change paths.reports")
        try:
            super().__init__((HOST, port), partial(_Handler, directory=str(folder)))
        except OSError as error:
            raise SupportMetricsError(
                f"cannot serve the reports on port {port}: {error.strerror or error}",
                f"end what uses port {port}, or choose another: `support-metrics serve --port NUMBER`, `make dev REPORTS_PORT=NUMBER`",
            ) from error

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.server_port}"

    def serve_beside(self, command: Sequence[str]) -> int:
        """Serve while `command` runs, which finds the address in the environment; returns its exit code."""
        started: list[subprocess.Popen[bytes]] = []

        def end(*_: object) -> None:
            if not started:
                sys.exit(128 + signal.SIGTERM)
            started[0].terminate()

        before = signal.signal(signal.SIGTERM, end)
        try:
            threading.Thread(target=self.serve_forever, daemon=True).start()
            started.append(process := subprocess.Popen(command, env=os.environ | {REPORTS_VARIABLE: self.address}))
            code = _ended(process)
        finally:
            signal.signal(signal.SIGTERM, before)
            self.shutdown()
        return code if code >= 0 else 128 - code

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):  # the browser has left
            super().handle_error(request, client_address)


def _ended(process: subprocess.Popen[bytes]) -> int:
    """Ctrl-C reaches the command, too, and it takes its time to end; whoever interrupts again asks it to."""
    with contextlib.suppress(KeyboardInterrupt):
        return process.wait()
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            process.terminate()


class _Handler(SimpleHTTPRequestHandler):
    def send_head(self) -> BytesIO | BinaryIO | None:
        # A site may give its name this machine's address; a browser would let it read what is served here.
        if self.headers.get("Host", "").split(":")[0].lower() not in NAMES:
            self.send_error(HTTPStatus.FORBIDDEN, explain=f"open this page as {' or '.join(NAMES)}")
        elif not self._has_page():
            self.send_error(HTTPStatus.NOT_FOUND, explain="no report lies here; `support-metrics refresh` makes that of the last week")
        else:
            return super().send_head()
        return None

    def _has_page(self) -> bool:
        """Whether what is asked for is a page of the folder: reached by no link to elsewhere, not hidden as half-written pages are."""
        folder = Path(self.directory).resolve()
        try:
            asked = Path(self.translate_path(self.path)).resolve()
            page = (asked / "index.html").resolve() if asked.is_dir() else asked
            is_file = page.is_file()
        except (OSError, RuntimeError, ValueError):  # too long, links in a circle, a null character
            return False
        return (
            is_file
            and page.suffix == ".html"
            and page.is_relative_to(folder)
            and not any(part[0] == "." for part in page.relative_to(folder).parts)
        )

    def end_headers(self) -> None:
        # A page is replaced when it is made again.
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: Dagster's log shares the terminal."""

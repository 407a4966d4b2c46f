"""Google Sheets on loopback: a published sheet lies behind a redirect to another address, as the real one does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from support_metrics_tests.servers.base import Api, Asked, Reply

SHEET = "marked-sheet-id"
SIGN_IN = '<!DOCTYPE html><html lang="en"><head><title>Google Sheets: Sign-in</title></head><body>Sign in to continue</body></html>'


class HandoffApi(Api):
    """`sheets` holds the CSV of every sheet by its id; one that is in `private` shows where to sign in."""

    def __init__(self, sheets: dict[str, str], date: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        super().__init__(date)
        self.sheets = sheets
        self.private: set[str] = set()

    def url(self, sheet: str = SHEET) -> str:
        """The address that Google gives when a sheet is published."""
        return f"{self.address}/spreadsheets/d/e/{sheet}/pub?gid=0&single=true&output=csv"

    def reply(self, asked: Asked) -> Reply:
        _, kind, *rest = asked.path.split("/")
        sheet = rest[-1] if kind == "content" else next(iter(rest[2:3]), "")
        if sheet not in self.sheets:
            return Reply("<html>Sorry, the file you have requested does not exist.</html>", 404, {"Content-Type": "text/html"})
        if sheet in self.private:
            return Reply(SIGN_IN, 200, {"Content-Type": "text/html; charset=utf-8"})
        if kind == "spreadsheets":
            return Reply(
                "<HTML><BODY>Moved</BODY></HTML>", 307, {"Location": f"{self.address}/content/{sheet}", "Content-Type": "text/html"}
            )
        return Reply(self.sheets[sheet].encode(), 200, {"Content-Type": "text/csv"})


def demo(folders: Sequence[Path], date: Callable[[], datetime]) -> HandoffApi:
    """The demo's sheet, as its last dated folder has it."""
    return HandoffApi({SHEET: (folders[-1] / "handoff.csv").read_bytes().decode()}, date)

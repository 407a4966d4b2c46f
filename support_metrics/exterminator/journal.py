"""What was written where, by whom and when: one JSON object a line, appended before and after every write."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from support_metrics.errors import PostingError, SupportMetricsError
from support_metrics.landing.locking import alone


def utc_now() -> datetime:
    """Our own clock."""
    return datetime.now(UTC)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return ""


@dataclass
class Journal:
    """The log at `path`. What cannot be written down is not done."""

    path: Path
    run: str = field(default_factory=lambda: f"{utc_now():%Y%m%dT%H%M%S}-{os.getpid()}")

    def note(self, what: str, outcome: str, **details: Any) -> None:
        """Append a line; raises PostingError where that is not possible."""
        entry = {"at": utc_now().isoformat(timespec="milliseconds"), "run": self.run, "by": _user(), "write": what, "outcome": outcome}
        line = msgspec.json.encode({**entry, **details}) + b"\n"
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with alone(self.path.parent):
                self._append(line)
        except OSError as error:
            raise PostingError(
                f"exterminator.log: {self.path}: {error.strerror}",
                "make its folder writable, or name another file; nothing is written unlogged",
            ) from error

    def _append(self, line: bytes) -> None:
        handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(handle, line)
            os.fsync(handle)
        finally:
            os.close(handle)

    @contextmanager
    def writing(self, what: str, details: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """Log a write before it begins, and what became of it. What is put into the mapping goes with the second line."""
        self.note(what, "begun", **details)
        result: dict[str, Any] = {}
        try:
            yield result
        except SupportMetricsError as error:
            self.note(what, "failed", **{**details, "why": error.problem})
            raise
        self.note(what, str(result.pop("outcome", "done")), **{**{key: details[key] for key in details if key != "body"}, **result})

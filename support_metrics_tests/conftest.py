"""What all tests share: which of them stay together when they run side by side, and a mailbox."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from support_metrics_tests.servers.posting import PASSWORD, Mailbox, receiving

# Their fixtures land and build the whole demo; on one worker they do it once.
TOGETHER = ("explain", "forgetting", "integrity", "real_data")


# A shell starts what runs in the background with Ctrl-C ignored, which every process of a test would inherit that is to be interrupted.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN and threading.current_thread() is threading.main_thread():
    signal.signal(signal.SIGINT, signal.default_int_handler)


# Before xdist's own, which reads the marks and says so behind the node's name.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    folder = Path(__file__).parent
    for item in items:
        room = item.path.relative_to(folder).parts[0]
        if room in TOGETHER:
            item.add_marker(pytest.mark.xdist_group(room))


def pytest_collection_finish(session: pytest.Session) -> None:
    """Raises UsageError where xdist is asked for groups and keeps none: everything would be built on every worker."""
    if getattr(session.config.option, "loadgroup", False):
        for item in session.items:
            group = item.get_closest_marker("xdist_group")
            if group and not item.nodeid.endswith(f"@{group.args[0]}"):
                raise pytest.UsageError(f"pytest-xdist has not put {item.nodeid} into its group {group.args[0]!r}")


@pytest.fixture
def mailbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    """A mail server on loopback, its password in the environment."""
    monkeypatch.setenv("SMTP_PASSWORD", PASSWORD)
    with receiving() as box:
        yield box

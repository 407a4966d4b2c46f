"""Places to post to, on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support_metrics.landing import Landing
from support_metrics_tests.servers.base import serving
from support_metrics_tests.servers.posting import TOKEN, SlackPosts


@pytest.fixture
def slack(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlackPosts]:
    monkeypatch.setenv("SLACK_BOT_TOKEN", TOKEN)
    api = SlackPosts()
    with serving(api):
        yield api


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(tmp_path / "landing")

"""What all tests share: which of them stay together when they run side by side."""

from __future__ import annotations

from pathlib import Path

import pytest

# Their fixtures land and build the whole demo; on one worker they do it once.
TOGETHER = ("explain", "integrity", "real_data")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    folder = Path(__file__).parent
    for item in items:
        room = item.path.relative_to(folder).parts[0]
        if room in TOGETHER:
            item.add_marker(pytest.mark.xdist_group(room))

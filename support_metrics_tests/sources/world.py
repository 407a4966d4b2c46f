"""Real files on disk for the sources' tests, and short ways to read and land them."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from support_metrics.errors import PlaceMissing, SourceError
from support_metrics.landing import Landed, Landing
from support_metrics.landing.syncing import known
from support_metrics.settings import Settings
from support_metrics.sources import SOURCES
from support_metrics.sources.base import Coverage, Damaged, Item, Known, Record, Unit

REALDATA = Path(__file__).parents[3] / "shared" / "realdata"
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)


def write(path: Path, content: Any) -> Path:
    """Bytes and text as they are, anything else as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not isinstance(content, bytes | str):
        content = json.dumps(content)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def write_tree(root: Path, files: Mapping[str, Any]) -> Path:
    for name, content in files.items():
        write(root / name, content)
    return root


def write_zip(path: Path, files: Mapping[str, Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content if isinstance(content, bytes | str) else json.dumps(content))
    return path


def lines(*values: Any) -> str:
    return "".join(json.dumps(value) + "\n" for value in values)


def settings_at(folder: Path, **sections: Any) -> Settings:
    return Settings.model_validate({"folder": folder, **sections})


def fetch(name: str, settings: Settings, streams: Sequence[str] = ()) -> list[Unit]:
    source = SOURCES[name]
    return list(source.fetch(settings, streams or list(source.streams), Known()))


def items(name: str, settings: Settings, streams: Sequence[str] = ()) -> list[Item]:
    return [item for unit in fetch(name, settings, streams) for item in unit.items]


def records(given: Sequence[Item], stream: str) -> list[Record]:
    return [item for item in given if isinstance(item, Record) and item.stream == stream]


def damaged(given: Sequence[Item]) -> list[Damaged]:
    return [item for item in given if isinstance(item, Damaged)]


def coverage(given: Sequence[Item]) -> list[Coverage]:
    return [item for item in given if isinstance(item, Coverage)]


def land(landing: Landing, name: str, settings: Settings, streams: Sequence[str] = ()) -> Landed:
    source = SOURCES[name]
    chosen = list(streams or source.streams)
    total = Landed()
    for _, landed in landing.land(name, source.fetch(settings, chosen, known(landing, name)), chosen):
        total.add(landed)
    return total


def all_rows(landing: Landing) -> dict[tuple[str, str], list[tuple[Any, ...]]]:
    return {place: sorted(landing.rows(*place), key=repr) for place in landing.snapshot()}


def refused(name: str, settings: Settings, landing_folder: Path, *words: str) -> SourceError:
    """The one clear error of landing a source whose only unit is damaged; nothing of it is landed."""
    landing = Landing(landing_folder, lambda: MONDAY)
    with pytest.raises(SourceError) as caught:
        land(landing, name, settings)
    for word in words:
        assert word in str(caught.value), f"{word!r} is missing from: {caught.value}"
    assert caught.value.mend
    assert landing.snapshot() == {}
    return caught.value


def lost(caught: pytest.ExceptionInfo[SourceError]) -> str:
    """What is said of a place that is lost, problem and mend: the build goes on, which PlaceMissing forbids."""
    assert not isinstance(caught.value, PlaceMissing)
    return str(caught.value)

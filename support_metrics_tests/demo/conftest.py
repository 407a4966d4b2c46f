"""The committed demo inputs, read with nothing but the standard library: these tests trust neither generator nor sources."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

DEMO = Path(__file__).parents[2] / "data" / "demo"
SNAPSHOTS = ("2025-11-17", "2026-01-19", "2026-03-09", "2026-03-16")
Rows = list[dict[str, Any]]


@cache
def slack_export(snapshot: str) -> dict[str, Any]:
    """File name to content of an export, folder or zip."""
    folder = DEMO / snapshot / "slack"
    if folder.is_dir():
        return {str(path.relative_to(folder)): json.loads(path.read_text("utf-8")) for path in sorted(folder.rglob("*.json"))}
    with zipfile.ZipFile(DEMO / snapshot / "slack.zip") as archive:
        return {name: json.loads(archive.read(name)) for name in archive.namelist()}


@cache
def slack_channels() -> dict[str, str]:
    export = slack_export(SNAPSHOTS[-1])
    return {channel["id"]: channel["name"] for channel in export["channels.json"] + export["groups.json"]}


@cache
def github_rows(snapshot: str, stream: str) -> Rows:
    paths = sorted((DEMO / snapshot / "github").glob(f"*/*/{stream}.jsonl"))
    return [json.loads(line) for path in paths for line in path.read_text("utf-8").splitlines()]


@cache
def github_people(snapshot: str, stream: str) -> Rows:
    """What lies beside the repositories: profiles and lists of organisations."""
    return [json.loads(line) for line in (DEMO / snapshot / "github" / f"{stream}.jsonl").read_text("utf-8").splitlines()]


@cache
def story_rows(snapshot: str) -> Rows:
    text = next((DEMO / snapshot).glob("shortcut_stories.json*")).read_text("utf-8")
    return json.loads(text) if text.startswith("[") else [json.loads(line) for line in text.splitlines()]


@cache
def planted() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DEMO / "planted_cases.json").read_text("utf-8"))
    return found


@pytest.fixture
def demo() -> Path:
    return DEMO


@pytest.fixture
def case() -> Callable[[str], dict[str, Any]]:
    """What `planted_cases.json` says about a case."""
    return lambda name: planted()["cases"][name]


@pytest.fixture
def message() -> Callable[..., dict[str, Any] | None]:
    """A message by its key as one snapshot has it; None where that lacks it."""

    def find(key: str, snapshot: str) -> dict[str, Any] | None:
        _, _, channel, ts = key.split(":")
        folder = slack_channels()[channel] + "/"
        found = [each for name, day in slack_export(snapshot).items() if name.startswith(folder) for each in day if each["ts"] == ts]
        return found[0] if found else None

    return find


@pytest.fixture
def newest() -> Callable[..., dict[str, Any]]:
    """A GitHub object by its number as the last snapshot that has it shows it."""

    def find(stream: str, key: str) -> dict[str, Any]:
        number = int(key.split(":")[-1])
        return [row for snapshot in SNAPSHOTS for row in github_rows(snapshot, stream) if row["id"] == number][-1]

    return find


@pytest.fixture
def about() -> Callable[..., Rows]:
    """All comments or events of an issue, each once, oldest first."""

    def find(stream: str, key: str) -> Rows:
        number = int(key.split(":")[-1])
        issue = next(row for snapshot in SNAPSHOTS for row in github_rows(snapshot, "issues") if row["id"] == number)
        rows = [row for snapshot in SNAPSHOTS for row in github_rows(snapshot, stream)]
        mine = {row["id"]: row for row in rows if (row.get("issue_url") or row["issue"]["url"]) == issue["url"]}
        return sorted(mine.values(), key=lambda row: row["created_at"])

    return find

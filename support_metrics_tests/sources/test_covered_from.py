"""`covered_from` says of what is read live what a manifest says of files: since when it is complete."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from support_metrics.settings import load_settings
from support_metrics.sources import SOURCES
from support_metrics.sources.base import Coverage, Unit
from support_metrics.sources.x import live as x_live
from support_metrics_tests.servers import github, handoff, imap, shortcut, x, youtube
from support_metrics_tests.servers.base import serving
from support_metrics_tests.sources.memory import Memory
from support_metrics_tests.sources.world import write

NOON = datetime(2026, 3, 16, 12, tzinfo=UTC)
# Every server holds one object, of that day.
OLDEST, HELD_AT = "2026-03-02", "2026-03-02T09:00:00Z"
COMPLETE_FROM = datetime(2026, 1, 1, 5, tzinfo=UTC)  # midnight of the team's zone
STREAMS = {
    "github": "issues", "shortcut": "stories", "handoff": "responses", "email": "messages", "x": "posts", "youtube": "comment_threads",
}  # fmt: skip
TOKENS = {
    "GITHUB_TOKEN": "t", "SHORTCUT_API_TOKEN": shortcut.TOKEN, "IMAP_PASSWORD": imap.PASSWORD, "X_BEARER_TOKEN": x.TOKEN,
    "YOUTUBE_API_KEY": youtube.KEY,
}  # fmt: skip


@contextmanager
def served(name: str) -> Iterator[str]:
    """A server with one object; yields the lines of settings that lead there."""
    if name == "email":
        sent = b"Date: Mon, 02 Mar 2026 09:00:00 +0000\nFrom: a@example.org\nMessage-ID: <1>\n\nhelp\n"
        with imap.serving_imap(imap.Imap({"INBOX": imap.Folder([sent])})) as port:
            yield f'imap_host = "127.0.0.1"\nimap_port = {port}\nimap_user = "{imap.USER}"\nimap_tls = false\n'
        return
    made = github.GitHubApi(lambda: NOON)
    if name == "github":
        made.repository("acme/tool").open_issue(1, datetime.fromisoformat(HELD_AT))
    api: Any = {
        "github": made,
        "shortcut": shortcut.ShortcutApi([shortcut.story(1, HELD_AT)], date=lambda: NOON),
        "handoff": handoff.HandoffApi({handoff.SHEET: "Timestamp,Exterminator\n3/2/2026 9:00:00,ada\n"}, lambda: NOON),
        "x": x.XApi([x.post(1, HELD_AT)], date=lambda: NOON),
        "youtube": youtube.YouTubeApi([youtube.thread("c", HELD_AT)], lambda: NOON),
    }[name]
    with serving(api) as at:
        yield {
            "github": f'live = true\napi_url = "{at}"\nrepositories = ["acme/tool"]\n',
            "shortcut": f'live = true\napi_url = "{at}/api/v3"\n',
            "handoff": f'urls = ["{at}/spreadsheets/d/e/{handoff.SHEET}/pub?output=csv"]\n',
            "x": f'live = true\napi_url = "{at}/2"\naccount_id = "{x.BRAND}"\n',
            "youtube": f'live = true\napi_url = "{at}/youtube/v3"\nchannel_id = "{youtube.CHANNEL}"\n',
        }[name]


@pytest.fixture(autouse=True)
def tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value in TOKENS.items():
        monkeypatch.setenv(variable, value)


def covered_from(name: str, folder: Path, lines: str, memory: Memory) -> datetime:
    """Since when a sync says that the source's requests are covered."""
    file = write(folder / "support_metrics.toml", f'[team]\ntime_zone = "America/New_York"\n[{name}]\n{lines}')
    units: list[Unit] = list(SOURCES[name].fetch(load_settings(file), list(SOURCES[name].streams), memory.known()))
    covered = [item for unit in units for item in unit.items if isinstance(item, Coverage) and item.stream == STREAMS[name]]
    deque(memory.land(units), 0)
    return min(item.since for item in covered)


@pytest.mark.parametrize("name", STREAMS)
def test_a_first_sync_covers_from_the_oldest_or_from_the_day_that_is_set(name: str, tmp_path: Path) -> None:
    with served(name) as lines:
        assert covered_from(name, tmp_path, lines, Memory()).date().isoformat() == OLDEST
        assert covered_from(name, tmp_path, f"{lines}covered_from = 2026-01-01\n", Memory()) == COMPLETE_FROM
        # A day to come covers nothing before the sync.
        until = covered_from(name, tmp_path, f"{lines}covered_from = 2999-01-01\n", Memory())
        assert COMPLETE_FROM < until <= datetime.now(UTC)


@pytest.mark.parametrize("name", STREAMS)
def test_a_later_sync_covers_no_gap_of_its_own(name: str, tmp_path: Path) -> None:
    """It goes on where the last one ended, or says once more what is complete."""
    memory = Memory()
    with served(name) as lines:
        covered_from(name, tmp_path, f"{lines}covered_from = 2026-01-01\n", memory)
        reached = max(until for (stream, _), until in memory.cursors.items() if stream == STREAMS[name])
        assert covered_from(name, tmp_path, f"{lines}covered_from = 2026-01-01\n", memory) <= reached


def test_a_listing_that_is_cut_off_is_complete_no_further_than_it_reaches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(x_live, "LISTINGS", (x_live.Listing("mentions", "mentions", 1), x_live.LISTINGS[1]))
    with served("x") as lines:
        assert covered_from("x", tmp_path, f"{lines}covered_from = 2026-01-01\n", Memory()).date().isoformat() == OLDEST

"""When the demo's exports were taken, and all their files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from support_metrics.demo import planted, team_files
from support_metrics.demo.days import END, FIRST_DAY, at
from support_metrics.demo.story import SEED, simulate
from support_metrics.demo.writers import View, array, email, github, github_profiles, handoff, inboxes, lines, seconds, shortcut, slack


@dataclass(frozen=True)
class Snapshot:
    """Taken on a Monday morning. Each after the first begins some weeks before the one before it ended."""

    day: date
    observed_at: datetime
    since: date
    is_zipped: bool = False
    as_sheet: bool = False


SNAPSHOTS = (
    Snapshot(date(2025, 11, 17), at(date(2025, 11, 17), "07:30"), FIRST_DAY, is_zipped=True),
    Snapshot(date(2026, 1, 19), at(date(2026, 1, 19), "07:30"), date(2025, 11, 3), is_zipped=True, as_sheet=True),
    Snapshot(date(2026, 3, 9), at(date(2026, 3, 9), "08:30"), date(2026, 1, 12)),
    Snapshot(date(2026, 3, 16), END, date(2026, 2, 23), as_sheet=True),
)


def demo_files(seed: int = SEED) -> Iterator[tuple[str, bytes]]:
    """Name and content of every file of the demo."""
    cast, history = simulate(seed)
    for snapshot in SNAPSHOTS:
        view = View(cast, history, at(snapshot.since, "00:00"), snapshot.observed_at)
        for name, content in _snapshot_files(snapshot, view):
            yield f"{snapshot.day}/{name}", content
    yield from team_files.files(cast, history)
    # Line ends are part of the inputs: the sheet's CSV has CRLF, and git must not change it.
    yield ".gitattributes", b"* -text\n"
    yield "planted_cases.json", planted.cases(cast, history)


def _snapshot_files(snapshot: Snapshot, view: View) -> Iterator[tuple[str, bytes]]:
    yield "manifest.json", _manifest(snapshot, view)
    export = slack.export(view)
    if snapshot.is_zipped:
        yield "slack.zip", slack.zipped(export)
    else:
        yield from ((f"slack/{name}", content) for name, content in export.items())
    yield from ((f"github/{name}", content) for name, content in github.files(view).items())
    yield from ((f"github/{name}", content) for name, content in github_profiles.files(view).items())
    if snapshot.as_sheet:
        yield "shortcut_stories.json", array(shortcut.stories(view))
    else:
        yield "shortcut_stories.jsonl", lines(shortcut.stories(view))
    yield "shortcut_history.json", array(shortcut.history(view))
    yield "shortcut_members.json", array(shortcut.members(view))
    yield "shortcut_labels.json", array(shortcut.labels())
    yield "shortcut_workflows.json", array(shortcut.workflows())
    yield "handoff.csv", handoff.responses(view, snapshot.as_sheet)
    yield "support.mbox", email.mbox(view)
    yield "x_mentions.json", inboxes.mentions(view)
    yield "x_posts.json", inboxes.own_posts(view)
    yield "x_direct_messages.json", inboxes.direct_messages(view)
    yield "youtube_comment_threads.json", inboxes.comment_threads(view)


def _manifest(snapshot: Snapshot, view: View) -> bytes:
    """When the files beside it were taken, and from when on they hold everything; the form is always complete."""
    first = seconds(at(FIRST_DAY, "00:00"))
    manifest = {
        "observed_at": seconds(snapshot.observed_at),
        "covered_from": seconds(view.since),
        "files": {"handoff.csv": {"observed_at": seconds(snapshot.observed_at), "covered_from": first}},
    }
    return (json.dumps(manifest, indent=2) + "\n").encode()


def write(folder: Path, seed: int = SEED) -> dict[str, int]:
    """Write every file below `folder`; returns their sizes in bytes. Other files there are left alone."""
    sizes = {}
    for name, content in demo_files(seed):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        sizes[name] = len(content)
    return sizes

"""Taking somebody out of all that was landed: new files in the place of those that held something of them, shown at once or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from support_metrics.landing import sightings
from support_metrics.landing.forgotten import KEY_FILE, NAME, Forgotten, remember
from support_metrics.landing.learning import ROWS_AT_A_TIME, Snapshot, rows_of
from support_metrics.landing.manifest import Manifest, hidden, names
from support_metrics.landing.writing import COLUMNS, clear_errors, quoted

if TYPE_CHECKING:
    from support_metrics.landing import Landing


@dataclass
class Rewriting:
    """New files, still hidden, for old ones; `changed` counts the records changed, by stream."""

    snapshot: Snapshot
    files: dict[Path, Path] = field(default_factory=dict)
    changed: dict[tuple[str, str], int] = field(default_factory=dict)
    is_committed: bool = False

    def candidate(self) -> dict[tuple[str, str], list[Path]]:
        """The snapshot as it will be."""
        return {
            place: [hidden(self.files[file]) if file in self.files else file for file in files] for place, files in self.snapshot.items()
        }

    def discard(self) -> None:
        for path in self.files.values():
            hidden(path).unlink(missing_ok=True)


@contextmanager
def rewriting(
    landing: Landing, forgotten: Forgotten, renamed: Mapping[str, str] | None = None, tell: Callable[[str], None] = lambda _: None
) -> Iterator[Rewriting]:
    """Write what landing will hold without what the list names; removed again unless `commit` shows it.

    `renamed` has texts of our own records that others are to replace.
    """
    result = Rewriting(landing.snapshot())
    fingerprints: dict[int, int] = {}
    try:
        with clear_errors(landing.root):
            own_pieces = (sightings.OWN, sightings.PIECES)
            for place, files in result.snapshot.items():
                if place != own_pieces:
                    tell(f"{place[0]} {place[1]}")
                    for file in files:
                        _rewrite(landing, forgotten, result, place, file, fingerprints, renamed or {})
            if fingerprints:
                for file in result.snapshot.get(own_pieces, []):
                    _renumber(landing, result, own_pieces, file, fingerprints)
        yield result
    finally:
        if not result.is_committed:
            result.discard()


def commit(landing: Landing, forgotten: Forgotten, rewritten: Rewriting) -> None:
    """Show the new files and the list in one step, then remove the old ones. To be called by who holds landing alone."""
    root, manifest, name = landing.root, Manifest.read(landing.root), remember(forgotten, landing.root)
    rewritten.is_committed = True  # from here on the new files may be the only ones that count
    replace(
        manifest,
        replaced=(*manifest.replaced, *names(root, rewritten.files)),
        added=(*(name for name in manifest.added if name not in names(root, rewritten.files)), *names(root, rewritten.files.values())),
        forgotten=name,
    ).write(root)
    finish(root)


def finish(root: Path) -> int:
    """Remove whatever does not count any more: replaced files, what killed processes left hidden. Returns how many files went.

    To be called by who holds landing alone.
    """
    manifest = Manifest.read(root)
    held = [root / name for name in manifest.replaced if (root / name).exists()]
    if manifest.added or manifest.replaced:
        manifest = manifest.settled(root, remove=True)
    left = list(root.glob("*/*/.*.parquet"))
    left += [path for path in root.glob(f"{NAME}-*.json") if path.name != manifest.forgotten]
    left += [*root.glob(".manifest-*.json"), *root.glob(f"{KEY_FILE}-*")]
    for path in left:
        path.unlink(missing_ok=True)
    return len(held) + len(left)


def _rewrite(
    landing: Landing,
    forgotten: Forgotten,
    result: Rewriting,
    place: tuple[str, str],
    file: Path,
    fingerprints: dict[int, int],
    renamed: Mapping[str, str],
) -> None:
    """A file's rows through the list; where none changes, the file stays."""
    changes: list[tuple[int, str, str]] = []
    for number, (key, payload) in enumerate(rows_of([file])):
        encoded = payload.encode()
        new_key, new_payload = forgotten.applied(place[0], key, encoded)
        for old, new in renamed.items() if place[0] == sightings.OWN else ():
            new_payload = new_payload.replace(old.encode(), new.encode())
        if new_key != key or new_payload != encoded:
            changes.append((number, new_key, new_payload.decode()))
    if changes:
        _write(landing, result, place, file, changes, fingerprints)


def _renumber(landing: Landing, result: Rewriting, place: tuple[str, str], file: Path, fingerprints: dict[int, int]) -> None:
    """Pieces of sightings tell of rows by their fingerprints, which have changed with them."""
    changes = []
    for number, (key, payload) in enumerate(rows_of([file])):
        piece = json.loads(payload)
        renumbered = [fingerprints.get(each, each) for each in piece]
        if renumbered != piece:
            changes.append((number, key, json.dumps(renumbered, separators=(",", ":"))))
    if changes:
        _write(landing, result, place, file, changes, {})


def _write(
    landing: Landing,
    result: Rewriting,
    place: tuple[str, str],
    file: Path,
    changes: list[tuple[int, str, str]],
    fingerprints: dict[int, int],
) -> None:
    target = landing.new_path(*place)
    result.files[file] = target
    result.changed[place] = result.changed.get(place, 0) + len(changes)
    numbers, keys, payloads = zip(*changes, strict=True)
    with duckdb.connect(config={"preserve_insertion_order": "true"}) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.register("changes", pa.table({"number": numbers, "new_key": keys, "new_payload": payloads}))
        connection.execute(
            """
            create temp table rows as
            select rows.* exclude (file_row_number), file_row_number as number, changes.number is not null as is_changed, new_key, new_payload
            from read_parquet(?, file_row_number = true) as rows
            left join changes on changes.number = rows.file_row_number
            """,
            [str(file)],
        )
        connection.execute(
            """
            create temp view rewritten as
            select * exclude (new_key, new_payload) replace (
                coalesce(new_key, key) as key, coalesce(new_payload, payload) as payload,
                case when is_changed then left(sha256(new_payload), 32) else hash end as hash
            ) from rows
            """
        )
        if place[0] != sightings.OWN:
            before, after = (
                f"select number, {sightings.FINGERPRINT} as mark from {table} where is_changed" for table in ("rows", "rewritten")
            )
            connection.execute(f"select one.mark, other.mark from ({before}) as one inner join ({after}) as other using (number)")
            while batch := connection.fetchmany(ROWS_AT_A_TIME):
                fingerprints.update(batch)
        connection.execute(
            f"copy (select {COLUMNS} from rewritten order by number) to '{quoted(hidden(target))}' (format parquet, compression zstd)"
        )

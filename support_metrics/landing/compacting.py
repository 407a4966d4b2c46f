"""Making the landing zone's files fewer: one of the two operations that replace files; every row and every result stays."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from support_metrics.landing.manifest import Manifest, hidden, names
from support_metrics.landing.writing import COLUMNS, quoted

if TYPE_CHECKING:
    from support_metrics.landing import Landing


def compact(landing: Landing) -> int:
    """Replace every stream's files by one each, keeping every distinct row; returns how many files were replaced.

    Readers that took their snapshot before go on reading the old files; the next compaction removes them.
    """
    root, count = landing.root, 0
    with _one_at_a_time(root):
        manifest = Manifest.read(root).settled(root, remove=True)
        for (source, stream), files in landing.snapshot().items():
            if len(files) > 1:
                target = landing.new_path(source, stream)
                with duckdb.connect() as connection:
                    connection.execute(
                        f"copy (select distinct {COLUMNS} from read_parquet(?) order by key, observed_at, landed_at, hash) "
                        f"to '{quoted(hidden(target))}' (format parquet, compression zstd)",
                        [[str(file) for file in files]],
                    )
                manifest = _swap(root, manifest, target, files)
                count += len(files)
    return count


def _swap(root: Path, manifest: Manifest, target: Path, files: list[Path]) -> Manifest:
    """Until the manifest names the old files, both hold the same rows, which staging removes."""
    os.replace(hidden(target), target)
    manifest = replace(manifest, replaced=(*manifest.replaced, *names(root, files)))
    manifest.write(root)
    return manifest


@contextlib.contextmanager
def _one_at_a_time(root: Path) -> Iterator[None]:
    with open(root / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield

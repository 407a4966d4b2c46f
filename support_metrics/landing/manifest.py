"""Which landed files count: all that are there, but for those the manifest says others have replaced.

Files that take the place of others are written hidden. They count from the moment the manifest names them, all at once, and those they
replace no longer do; their names become visible afterwards. So whoever stops in between leaves either the old state or the new.
"""

from __future__ import annotations

import contextlib
import json
import os
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from support_metrics.landing.writing import clear_errors

NAME = "manifest.json"


@dataclass(frozen=True)
class Manifest:
    """`replaced` files no longer count, `added` ones do although they may still be hidden; `forgotten` the file that lists who was forgotten."""

    replaced: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    forgotten: str = ""

    @classmethod
    def read(cls, root: Path) -> Manifest:
        with clear_errors(root):
            try:
                held = json.loads((root / NAME).read_text())
            except FileNotFoundError:
                return cls()
            return cls(tuple(held["replaced"]), tuple(held.get("added", ())), held.get("forgotten", ""))

    def write(self, root: Path) -> None:
        """By one rename: nobody sees half of it."""
        held = {"replaced": self.replaced, "added": self.added, "forgotten": self.forgotten}
        temporary = root / f".manifest-{uuid.uuid4().hex}.json"
        with clear_errors(root):
            with temporary.open("w") as file:
                json.dump({name: part for name, part in held.items() if part or name == "replaced"}, file)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, root / NAME)

    def files(self, root: Path) -> list[Path]:
        """The files that count, those of a stream together and in name order."""
        folders = {folder.relative_to(root) for folder in root.glob("*/*") if folder.is_dir()} | {Path(name).parent for name in self.added}
        return [Path(file) for folder in sorted(folders) for file in self.files_in(root, str(folder))]

    def files_in(self, root: Path, folder: str) -> list[str]:
        """Those of one stream's folder, as text, since while many pages land this is asked for each."""
        with contextlib.suppress(FileNotFoundError), os.scandir(root / folder) as found:
            shown = {f"{folder}/{each.name}" for each in found if each.name.endswith(".parquet") and not each.name.startswith(".")}
            counting = (shown | {name for name in self.added if name.startswith(f"{folder}/")}).difference(self.replaced)
            hidden_now = {name: str(where(root / name)) for name in counting.intersection(self.added)}
            return [hidden_now.get(name, f"{root}/{name}") for name in sorted(counting)]
        return []

    def settled(self, root: Path, *, remove: bool) -> Manifest:
        """Show what was added and, if asked to, remove what was replaced; then there is nothing left to tell of them."""
        for name in self.added:
            if (path := where(root / name)).name.startswith("."):
                os.replace(path, root / name)
        if remove:
            for name in self.replaced:
                (root / name).unlink(missing_ok=True)
        settled = replace(self, added=(), replaced=() if remove else self.replaced)
        settled.write(root)
        return settled


def hidden(path: Path) -> Path:
    return path.with_name(f".{path.name}")


def where(path: Path) -> Path:
    """Where an added file lies: still hidden, or shown by now."""
    return hidden(path) if hidden(path).exists() else path


def names(root: Path, paths: Iterable[Path]) -> tuple[str, ...]:
    return tuple(str(path.relative_to(root)) for path in paths)

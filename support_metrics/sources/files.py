"""Which files a source reads: globs of the settings, the manifest beside a file, recognition by content, coverage."""

from __future__ import annotations

import glob
import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from support_metrics.errors import SourceError
from support_metrics.settings import Settings
from support_metrics.sources.base import Coverage
from support_metrics.sources.reading import decode, readable

MANIFEST = "manifest.json"
JUNK = {"__MACOSX", ".DS_Store", "Thumbs.db"}
# Part of every digest: raise it when files are read differently, so that those landed before are read again.
READING = "1"


@dataclass(frozen=True)
class Found:
    """A file or folder that a setting names. `name` is its path as seen from the settings file's folder."""

    path: Path
    name: str
    observed_at: datetime | None = None
    covered_from: datetime | None = None

    def digest(self, contents: Iterable[tuple[str, Path]], *context: str) -> str:
        """SHA-256 over names and contents, and over all else on which the reading depends; never over times of the file system."""
        total = hashlib.sha256()
        said = self.covered_from.isoformat() if self.covered_from else ""
        for part in (READING, said, *context):
            total.update(f"{len(part)}:{part}".encode())
        for name, path in sorted(contents):
            with readable(name), path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            total.update(f"{len(name)}:{name}{digest}".encode(errors="surrogateescape"))
        return total.hexdigest()


def find(settings: Settings, patterns: Sequence[str], setting: str) -> list[Found]:
    """What the globs match, oldest observation first; raises SourceError naming `setting` where one matches nothing."""
    found: dict[Path, Found] = {}
    manifests: dict[Path, dict[str, Any]] = {}
    for pattern in patterns:
        matches = glob.glob(os.path.join(glob.escape(str(settings.folder)), pattern), recursive=True)
        paths = [Path(os.path.normpath(match)) for match in matches]
        paths = [path for path in paths if path.name != MANIFEST and path.name not in JUNK]
        if not paths:
            raise SourceError(
                f"{setting}: {pattern!r} matches nothing below {settings.folder}",
                f"put the file there, or correct {setting} in the settings",
            )
        for path in paths:
            if path not in found:
                found[path] = _described(path, settings, manifests)
    last = datetime.max.replace(tzinfo=UTC)
    return sorted(found.values(), key=lambda each: (each.observed_at or last, each.name))


def _described(path: Path, settings: Settings, manifests: dict[Path, dict[str, Any]]) -> Found:
    name = os.path.relpath(path, settings.folder)
    beside = path.parent / MANIFEST
    if beside not in manifests:
        manifests[beside] = _read_manifest(beside, os.path.relpath(beside, settings.folder))
    manifest = manifests[beside]
    own = manifest.get("files", {}).get(path.name, {})
    return Found(
        path,
        name,
        own.get("observed_at", manifest.get("observed_at")),
        own.get("covered_from", manifest.get("covered_from")),
    )


def _read_manifest(path: Path, name: str) -> dict[str, Any]:
    if not path.exists():
        return {}
    with readable(name):
        raw = decode(path.read_bytes(), name)
    manifest = _moments(raw, name, "", {"observed_at", "covered_from", "files"})
    files = manifest.get("files", {})
    if not isinstance(files, dict):
        raise _wrong(name, "`files` is no object of file names")
    manifest["files"] = {file: _moments(entry, name, f"files.{file}", {"observed_at", "covered_from"}) for file, entry in files.items()}
    return manifest


def _moments(raw: Any, name: str, place: str, allowed: set[str]) -> dict[str, Any]:
    where = f"{place}." if place else ""
    if not isinstance(raw, dict):
        raise _wrong(name, f"{place or 'it'} is no JSON object")
    if unknown := sorted(raw.keys() - allowed):
        raise _wrong(name, f"unknown field {where}{unknown[0]}; known here: {', '.join(sorted(allowed))}")
    moments = dict(raw)
    for field in ("observed_at", "covered_from"):
        if field in raw:
            moments[field] = _instant(raw[field])
            if moments[field] is None:
                raise _wrong(name, f"{where}{field} is no instant with its offset, such as 2026-03-01T09:00:00Z")
    return moments


def _instant(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value)
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (TypeError, ValueError, OverflowError):
        return None


def _wrong(name: str, what: str) -> SourceError:
    return SourceError(f"{name}: {what}", "correct the manifest: it says when the files beside it were taken (observed_at, covered_from)")


class Span:
    """The oldest and newest event of a file: what it covers where no manifest says more."""

    def __init__(self) -> None:
        self.oldest: datetime | None = None
        self.newest: datetime | None = None

    def see(self, *moments: datetime | None) -> None:
        for moment in moments:
            if moment is not None:
                if self.oldest is None or moment < self.oldest:
                    self.oldest = moment
                if self.newest is None or moment > self.newest:
                    self.newest = moment

    def coverage(self, found: Found, stream: str, scope: str = "*") -> Iterator[Coverage]:
        """One, or none where neither the manifest nor any event tells from when until when."""
        since, until = found.covered_from or self.oldest, found.observed_at or self.newest
        if since and until and since <= until:
            yield Coverage(stream, scope, since, until)

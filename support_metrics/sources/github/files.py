"""GitHub from files: `<owner>/<repo>/{issues,comments,events,reactions,releases}.jsonl`, REST objects as the API sends them.

Beside the owners' folders lie `users.jsonl` and `organisations.jsonl`: people belong to no repository.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from support_metrics.errors import PlaceMissing, SourceError, together
from support_metrics.settings import Settings
from support_metrics.sources.base import Item, Known, Unit
from support_metrics.sources.files import Found, Span, find
from support_metrics.sources.github.records import MAKERS, PROFILE_STREAMS, STREAMS
from support_metrics.sources.reading import read_records, read_values, readable

SUFFIXES = (".jsonl", ".json")


def file_units(settings: Settings, streams: Sequence[str], asked: Mapping[str, str], known: Known) -> Iterator[Unit]:
    """One unit per file of the repositories `asked` for, and of people.

    One that was read before and is in none of the folders now is told of when the others are read; PlaceMissing is raised at once for
    one that never was. Where the API is read, too, it has the last word.
    """
    files = [
        (found, repository, stream, path)
        for found in find(settings, settings.github.files, "github.files")
        for repository, stream, path in _files(found)
        if repository in asked or not repository
    ]
    present = {repository for _, repository, _, _ in files}
    lost = [] if settings.github.live else [_missing(each, asked[each], known) for each in asked if each not in present]
    for found, repository, stream, path in files:
        if stream in streams and (stream in ("releases", *PROFILE_STREAMS) or asked[repository] == "github.repositories"):
            name = f"{found.name}/{path.relative_to(found.path)}"
            items = _read(found, path, name, stream, repository)
            yield Unit(name, items, found.digest([("", path)], repository, stream), found.observed_at)
    if lost:
        raise together(lost)


def _missing(repository: str, setting: str, known: Known) -> SourceError:
    """What to say of a repository that was read before; raises PlaceMissing for one that never was."""
    problem = f"{setting}: {repository} is in none of the folders that github.files names"
    mend = f"correct the name, or put its files at <folder>/{repository}/issues.jsonl"
    if not known.has_read(repository):
        raise PlaceMissing(problem, mend)
    return SourceError(f"{problem} any more", f"{mend}; what was read of it stays")


def _files(found: Found) -> Iterator[tuple[str, str, Path]]:
    """Repository (none for people), stream and path of every file in a folder."""
    if not found.path.is_dir():
        raise SourceError(f"{found.name}: is no folder", "name in github.files the folder that holds <owner>/<repo>/issues.jsonl")
    with readable(found.name):
        for folder in sorted(found.path.glob("*/*/")):
            name = f"{folder.parent.name}/{folder.name}".lower()
            yield from ((name, stream, path) for stream in STREAMS if stream not in PROFILE_STREAMS for path in _named(folder, stream))
        yield from (("", stream, path) for stream in PROFILE_STREAMS for path in _named(found.path, stream))


def _named(folder: Path, stream: str) -> Iterator[Path]:
    yield from (path for suffix in SUFFIXES if (path := folder / f"{stream}{suffix}").exists())


def _read(found: Found, path: Path, name: str, stream: str, repository: str) -> Iterator[Item]:
    span = Span()
    make = MAKERS[stream]
    yield from read_records(read_values(path, name), stream, lambda value: make(value, repository, span))
    if repository:
        yield from span.coverage(found, stream, repository)

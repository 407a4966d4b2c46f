"""GitHub from files: `<owner>/<repo>/{issues,comments,events,reactions,releases}.jsonl`, REST objects as the API sends them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from support_metrics.errors import PlaceMissing, SourceError
from support_metrics.settings import Settings
from support_metrics.sources.base import Item, Known, Record, Unit
from support_metrics.sources.files import Found, Span, find
from support_metrics.sources.reading import BadRecord, identifier, instant, read_records, read_values, readable

SUFFIXES = (".jsonl", ".json")
_ISSUE_URL = re.compile(r"/issues/([0-9]+)/?\Z")


class GitHub:
    """Issues, pull requests and what is said about them."""

    name = "github"
    streams: Mapping[str, str] = {
        "issues": "Issues, and the pull requests that the API sends among them.",
        "comments": "Comments on issues and pull requests.",
        "events": "What happened to issues: closed, reopened, labelled, assigned, transferred.",
        "reactions": "Reactions to issues, by whom.",
        "releases": "Releases of the repositories.",
    }

    def is_configured(self, settings: Settings) -> bool:
        return bool(settings.github.files)

    def fetch(self, settings: Settings, streams: Sequence[str], known: Known) -> Iterator[Unit]:
        """One unit per file. Raises SourceError where a configured repository is in none of the folders."""
        asked = _asked(settings)
        files = [
            (found, repository, stream, path)
            for found in find(settings, settings.github.files, "github.files")
            for repository, stream, path in _files(found)
            if repository in asked
        ]
        present = {repository for _, repository, _, _ in files}
        for repository, setting in asked.items():
            if repository not in present:
                raise PlaceMissing(
                    f"{setting}: {repository} is in none of the folders that github.files names",
                    f"correct the name, or put its files at <folder>/{repository}/issues.jsonl",
                )
        for found, repository, stream, path in files:
            if stream in streams and (stream == "releases" or asked[repository] == "github.repositories"):
                name = f"{found.name}/{path.relative_to(found.path)}"
                items = _read(found, path, name, stream, repository)
                yield Unit(name, items, found.digest([("", path)], repository, stream), found.observed_at)


def _asked(settings: Settings) -> dict[str, str]:
    """The setting that names each repository; one named for its releases only gives nothing else."""
    github = settings.github
    asked = {repository.lower(): "github.release_repositories" for repository in github.release_repositories}
    return asked | {repository.lower(): "github.repositories" for repository in github.repositories}


def _files(found: Found) -> Iterator[tuple[str, str, Path]]:
    """Repository, stream and path of every file in a folder."""
    if not found.path.is_dir():
        raise SourceError(f"{found.name}: is no folder", "name in github.files the folder that holds <owner>/<repo>/issues.jsonl")
    with readable(found.name):
        for folder in sorted(found.path.glob("*/*/")):
            for stream in GitHub.streams:
                for suffix in SUFFIXES:
                    path = folder / f"{stream}{suffix}"
                    if path.exists():
                        yield f"{folder.parent.name}/{folder.name}".lower(), stream, path


def _read(found: Found, path: Path, name: str, stream: str, repository: str) -> Iterator[Item]:
    span = Span()
    make = _MAKERS[stream]
    yield from read_records(read_values(path, name), stream, lambda value: make(value, repository, span))
    yield from span.coverage(found, stream, repository)


def _issue(value: dict[str, Any], repository: str, span: Span) -> Record:
    key = f"github:issue:{identifier(value)}"
    return Record("issues", key, value, _changed_at(value, span))


def _comment(value: dict[str, Any], repository: str, span: Span) -> Record:
    key = f"github:comment:{identifier(value)}"
    return Record("comments", key, value, _changed_at(value, span))


def _event(value: dict[str, Any], repository: str, span: Span) -> Record:
    key = f"github:event:{identifier(value)}"
    return Record("events", key, value, _happened_at(value, span))


def _reaction(value: dict[str, Any], repository: str, span: Span) -> Record:
    issue_url = value.get("issue_url")
    issue = _ISSUE_URL.search(issue_url) if isinstance(issue_url, str) else None
    if not issue:
        raise BadRecord("its issue_url does not name the issue" if issue_url else "has no issue_url")
    key = f"github:reaction:{repository}:{issue[1]}:{identifier(value)}"
    return Record("reactions", key, value, _happened_at(value, span))


def _release(value: dict[str, Any], repository: str, span: Span) -> Record:
    """A draft is not published yet; some lists of releases lack the id, or all times but the publication's."""
    field = next((field for field in ("id", "node_id", "tag_name") if value.get(field) is not None), "id")
    key = f"github:release:{repository}:{identifier(value, field)}"
    span.see(instant(value, "published_at", "created_at"))
    return Record("releases", key, value, instant(value, "updated_at", "published_at", "created_at"))


def _changed_at(value: dict[str, Any], span: Span) -> Any:
    created_at, changed_at = instant(value, "created_at"), instant(value, "updated_at", "created_at")
    span.see(created_at, changed_at)
    return changed_at


def _happened_at(value: dict[str, Any], span: Span) -> Any:
    created_at = instant(value, "created_at")
    span.see(created_at)
    return created_at


_MAKERS = {"issues": _issue, "comments": _comment, "events": _event, "reactions": _reaction, "releases": _release}

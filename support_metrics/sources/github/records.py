"""A REST object of GitHub as a record: its key and its own clock. The same for files and for the API."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from support_metrics.settings import Settings
from support_metrics.sources.base import Record
from support_metrics.sources.files import Span
from support_metrics.sources.reading import BadRecord, identifier, instant

STREAMS: Mapping[str, str] = {
    "issues": "Issues, and the pull requests that the API sends among them.",
    "comments": "Comments on issues and pull requests.",
    "events": "What happened to issues: closed, reopened, labelled, assigned, transferred.",
    "reactions": "Reactions to issues, by whom.",
    "releases": "Releases of the repositories.",
    "users": "Public profiles of people who asked for the first time.",
    "organisations": "The organisations of which they are members publicly.",
}
# These belong to people and not to a repository.
PROFILE_STREAMS = ("users", "organisations")
_ISSUE_URL = re.compile(r"/issues/([0-9]+)/?\Z")


def asked_for(settings: Settings) -> dict[str, str]:
    """The setting that names each repository; one named for its releases only gives nothing else."""
    github = settings.github
    asked = {repository.lower(): "github.release_repositories" for repository in github.release_repositories}
    return asked | {repository.lower(): "github.repositories" for repository in github.repositories}


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


def _user(value: dict[str, Any], repository: str, span: Span) -> Record:
    return Record("users", f"github:user:{identifier(value)}", value, instant(value, "updated_at"))


def _organisations(value: dict[str, Any], repository: str, span: Span) -> Record:
    """GitHub's list does not say whose it is: `organizations` holds it as received, `user` says whose."""
    user, listed = value.get("user"), value.get("organizations")
    if not isinstance(user, dict) or not isinstance(listed, list):
        raise BadRecord("does not say whose organizations it lists" if isinstance(listed, list) else "has no list of organizations")
    return Record("organisations", organisations_key(f"github:user:{identifier(user)}"), value)


def organisations_key(account: str) -> str:
    """The key of the record that lists an account's organisations."""
    return f"github:organisations:{account.rpartition(':')[2]}"


def _changed_at(value: dict[str, Any], span: Span) -> datetime | None:
    created_at, changed_at = instant(value, "created_at"), instant(value, "updated_at", "created_at")
    span.see(created_at, changed_at)
    return changed_at


def _happened_at(value: dict[str, Any], span: Span) -> datetime | None:
    created_at = instant(value, "created_at")
    span.see(created_at)
    return created_at


MAKERS: Mapping[str, Callable[[dict[str, Any], str, Span], Record]] = {
    "issues": _issue,
    "comments": _comment,
    "events": _event,
    "reactions": _reaction,
    "releases": _release,
    "users": _user,
    "organisations": _organisations,
}

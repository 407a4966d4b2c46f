"""A story as Shortcut gave it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from support_metrics.exterminator.issue_urls import IssueUrl, parse_link


@dataclass(frozen=True)
class Story:
    """`raw` is whole where a story was asked for by its number, and without description, comments and files where it was listed."""

    raw: Mapping[str, Any]

    @property
    def id(self) -> int:
        return int(self.raw["id"])

    @property
    def url(self) -> str:
        return str(self.raw.get("app_url") or f"story {self.id}")

    @property
    def name(self) -> str:
        return str(self.raw.get("name") or "")

    @property
    def order(self) -> tuple[str, int]:
        """Earlier stories first. Every run sees the same order, so all agree which of several stays."""
        return str(self.raw.get("created_at") or ""), self.id

    @property
    def links(self) -> list[str]:
        return [str(each) for each in self.raw.get("external_links") or ()]

    @property
    def mark(self) -> str:
        return str(self.raw.get("external_id") or "")

    @property
    def is_archived(self) -> bool:
        return bool(self.raw.get("archived"))

    @property
    def is_finished(self) -> bool:
        return bool(self.raw.get("completed")) or self.is_archived

    def has_label(self, label: str) -> bool:
        return any(str(each.get("name", "")).casefold() == label.casefold() for each in self.raw.get("labels") or ())

    def issues(self, site: str) -> list[IssueUrl]:
        """The issues that its links name."""
        return [found for link in self.links if (found := parse_link(link, site))]

    def __str__(self) -> str:
        said = "archived" if self.is_archived else "done" if self.is_finished else ""
        return f"story {self.id}{f' ({said})' if said else ''}"

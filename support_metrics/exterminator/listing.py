"""All stories of a workspace that may be of an issue, listed once and looked up from then on.

Shortcut finds a link only as it is written, so stories are listed and their links compared by what they name.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime

from support_metrics.exterminator.issue_urls import IssueUrl
from support_metrics.exterminator.story import Story
from support_metrics.sources.shortcut.live import YEAR
from support_metrics.sources.web import Web, is_list

Key = tuple[str, str, int]


def all_stories(web: Web, begun: datetime, until: datetime) -> Iterator[Story]:
    """Every story, archived ones too, by the year it was created in; one that is archived meanwhile may come twice. Slim: without description.

    Asked as the source asks, which says why (`sources.shortcut.live`): no cap, no pages, no index that lags.
    """
    start, end = None, begun
    while True:
        is_last = end > until
        question = ({"created_at_start": _text(start)} if start else {}) | ({} if is_last else {"created_at_end": _text(end)})
        for is_archived in (False, True):
            yield from map(Story, web.post("stories/search", "all stories", is_list, {**question, "archived": is_archived}).body)
        if is_last:
            return
        start, end = end, end + YEAR


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


class Listing:
    """Stories by what ties them to issues, each list the earliest first."""

    def __init__(self, stories: Iterable[Story], site: str, label: str) -> None:
        self.labelled: list[Story] = []
        self.by_key: dict[Key, list[Story]] = {}
        self.by_mark: dict[str, list[Story]] = {}
        self.by_repository: dict[str, list[tuple[Story, IssueUrl]]] = {}
        once = {story.id: story for story in stories}
        for story in sorted(once.values(), key=lambda story: story.order):
            if story.has_label(label):
                self.labelled.append(story)
            if story.mark:
                self.by_mark.setdefault(story.mark, []).append(story)
            for link in {link.key: link for link in story.issues(site)}.values():
                self.by_key.setdefault(link.key, []).append(story)
                self.by_repository.setdefault(link.repository.lower(), []).append((story, link))

    def of(self, mark: str, keys: Collection[Key]) -> list[Story]:
        """The stories with this mark, or with a link that has one of the keys."""
        found = [*self.by_mark.get(mark, ()), *(story for key in keys for story in self.by_key.get(key, ()))]
        return sorted({story.id: story for story in found}.values(), key=lambda story: story.order)

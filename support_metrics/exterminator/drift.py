"""Which issues are tracked, and where GitHub and Shortcut say different things: asked live, so it is true now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from support_metrics.exterminator.github import Issue
from support_metrics.exterminator.issue_urls import IssueUrl
from support_metrics.exterminator.listing import Key
from support_metrics.exterminator.story import Story
from support_metrics.exterminator.sync import Importer
from support_metrics.exterminator.writes import AddLabel, AddLink, ArchiveStory, CloseIssue, MoveStory, Step, Write


@dataclass
class Status:
    """How issues and stories stand to each other. `drifted` holds what may be mended, and how."""

    tracked: list[tuple[Issue, Story]] = field(default_factory=list)
    untracked: list[Issue] = field(default_factory=list)
    drifted: list[Step] = field(default_factory=list)
    unlinked: list[Story] = field(default_factory=list)
    not_compared: list[Step] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        """For people: counts, what drifted, what is not tracked."""
        yield f"Open issues: {len(self.tracked)} tracked, {len(self.untracked)} not tracked; {len(self.drifted)} drifted"
        for heading, lines in (
            ("Drifted", [line for step in self.drifted for line in step.lines()]),
            ("Not tracked", [f"{issue.url}  {issue.title}" for issue in self.untracked]),
            ("Tracked", [f"{issue.url}  {story}, {story.url}" for issue, story in self.tracked]),
            ("Not compared", [line for step in self.not_compared for line in step.lines()]),
            ("With the label and without an issue", [f"{story}  {story.name}  {story.url}" for story in self.unlinked]),
        ):
            if lines:
                yield from ("", f"{heading}:", *(f"  {line}" for line in lines))


class Watch:
    """Compares the open issues of the configured repositories with the stories that carry the label or link to them."""

    def __init__(self, importer: Importer) -> None:
        self.importer = importer
        self.issues, self.stories = importer.issues, importer.stories
        self._open: dict[Key, Issue] = {}
        self._states: dict[Key, Issue | None] = {}
        self._told: set[str] = set()

    def status(self) -> Status:
        """Raises SourceError where either side cannot be read."""
        status = Status(unlinked=[story for story in self.stories.listing.labelled if not story.issues(self.issues.site)])
        self._open = {issue.url.key: issue for issue in self.issues.open_ones()}
        labelled, others = self._by_issue()
        for key, issue in self._open.items():
            self._open_issue(status, issue, labelled.pop(key, []) or others.pop(key, []))
        for key, held in labelled.items():
            if unfinished := [story for story in held if not story.is_finished]:
                self._other(status, IssueUrl(*key), unfinished)
        for key, held in others.items():
            unfinished = [story for story in held if not story.is_finished]
            if unfinished and self.issues.is_configured(key[1]):
                self._perhaps_transferred(status, IssueUrl(*key), unfinished)
        return status

    def _by_issue(self) -> tuple[dict[Key, list[Story]], dict[Key, list[Story]]]:
        """The stories with the label and those without, by what they link to, the earliest first."""
        found: dict[bool, dict[Key, list[Story]]] = {True: {}, False: {}}
        for linked in self.stories.listing.by_repository.values():
            for story, link in linked:
                held = found[story.has_label(self.stories.label)].setdefault(self._present(link), [])
                if story.id not in {each.id for each in held}:
                    held.append(story)
        for by_issue in found.values():
            for stories in by_issue.values():
                stories.sort(key=lambda story: story.order)
        return found[True], found[False]

    def _present(self, link: IssueUrl) -> Key:
        """A link under the name that its repository has now."""
        name = self.issues.now_called(link.repository)
        return link._replace(repository=name).key if name else link.key

    def _now(self, link: IssueUrl) -> Issue | None:
        """The issue to which a link leads, if the token may see it."""
        key = self._present(link)
        if key not in self._states:
            self._states[key] = self._open.get(key) or self.issues.state_of(link)
        return self._states[key]

    def _open_issue(self, status: Status, issue: Issue, found: list[Story]) -> None:
        if not found:
            status.untracked.append(issue)
            return
        keeper = next((story for story in found if not story.is_finished), found[0])
        if not keeper.is_finished:
            status.tracked.append((issue, keeper))
        for step in self._steps(issue, keeper, found):
            status.drifted.append(step)

    def _steps(self, issue: Issue, keeper: Story, found: Sequence[Story]) -> Iterator[Step]:
        about = str(issue.url)
        if keeper.is_finished:
            yield Step(about, f"is open, {keeper} is finished: {keeper.url}", [CloseIssue(issue)])
        if not keeper.has_label(self.stories.label):
            yield Step(about, f"{keeper} lacks the label: {keeper.url}", [AddLabel(keeper, self.stories.label)])
        if issue.url.key not in {each.key for each in keeper.issues(self.issues.site)}:
            yield Step(about, f"{keeper} links to a former address: {keeper.url}", [AddLink(keeper, str(issue.url))])
        others = [story for story in found if story.id != keeper.id and not story.is_finished]
        if others:
            words = ", ".join(story.url for story in others)
            free, notes = self._free(issue, others)
            writes = [ArchiveStory(story, keeper) for story in free]
            yield Step(about, f"has {len(others) + 1} unfinished stories: {keeper.url}, {words}", writes, notes)

    def _free(self, issue: Issue, stories: Sequence[Story]) -> tuple[list[Story], list[str]]:
        """The stories that no other issue needs, and of the rest which one needs them."""
        free, notes = [], []
        for story in stories:
            needed = None
            for link in story.issues(self.issues.site):
                now = self._now(link)
                if now is None:
                    needed = f"{link}, which is gone or hidden from the token"
                elif now.is_open and now.mark != issue.mark:
                    needed = f"{now.url}, which is open"
            if needed:
                notes.append(f"{story} is also of {needed}")
            else:
                free.append(story)
        return free, notes

    def _other(self, status: Status, link: IssueUrl, stories: Sequence[Story]) -> None:
        """Unfinished stories of something that is no open issue of the configured repositories: closed, moved, elsewhere or gone."""
        now = self._now(link)
        said = ", ".join(f"{story}: {story.url}" for story in stories)
        if now is None:
            status.drifted.append(Step(str(link), f"is not there any more, or hidden from the token; {said}"))
            return
        if now.mark in self._told:
            return
        self._told.add(now.mark)
        if not now.is_open:
            free, notes = self._free(now, stories)
            writes = [MoveStory(story, *self.stories.done_state(story)) for story in free]
            status.drifted.append(Step(str(now.url), f"is closed, its story is not done; {said}", writes, notes))
        elif now.url.key in self._open:
            self._transferred(status, link, now, stories)
        else:
            status.not_compared.append(Step(str(now.url), f"{self._why_not(now)}; {said}"))

    def _why_not(self, now: Issue) -> str:
        if now.is_pull_request:
            return "is a pull request"
        if not self.issues.is_configured(now.url.repository):
            return f"is open, and {now.url.repository} is no configured repository"
        return "was opened while this was read"

    def _perhaps_transferred(self, status: Status, link: IssueUrl, stories: Sequence[Story]) -> None:
        """Unfinished stories without the label, of something that is no open issue: they matter only if it lies elsewhere now and has no other."""
        now = self._now(link)
        if now and now.url.key in {issue.url.key for issue in status.untracked}:
            self._transferred(status, link, now, stories)

    def _transferred(self, status: Status, link: IssueUrl, now: Issue, stories: Sequence[Story]) -> None:
        """Unfinished stories that link to where an open issue lay before."""
        behind = [story for story in stories if now.url.key not in {each.key for each in story.issues(self.issues.site)}]
        if not behind:
            return
        if any(issue.url.key == now.url.key for issue in status.untracked):
            status.untracked = [issue for issue in status.untracked if issue.url.key != now.url.key]
            status.tracked.append((now, behind[0]))
        said = ", ".join(f"{story}: {story.url}" for story in stories)
        writes: list[Write] = [AddLink(story, str(now.url)) for story in behind]
        writes += [AddLabel(story, self.stories.label) for story in behind if not story.has_label(self.stories.label)]
        status.drifted.append(Step(str(now.url), f"was transferred there from {link}; {said}", writes))

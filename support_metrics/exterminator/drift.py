"""Which issues are tracked, and where GitHub and Shortcut say different things: asked live, so it is true now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from support_metrics.exterminator.github import Issue
from support_metrics.exterminator.issue_urls import IssueUrl
from support_metrics.exterminator.listing import Key
from support_metrics.exterminator.story import Story
from support_metrics.exterminator.sync import Importer
from support_metrics.exterminator.writes import AddLabel, AddLink, ArchiveStory, CloseIssue, MoveStory, Step


@dataclass
class Status:
    """How issues and stories stand to each other. `drifted` holds what may be mended, and how."""

    tracked: list[tuple[Issue, Story]] = field(default_factory=list)
    untracked: list[Issue] = field(default_factory=list)
    drifted: list[Step] = field(default_factory=list)
    unlinked: list[Story] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        """For people: counts, what drifted, what is not tracked."""
        yield f"Open issues: {len(self.tracked)} tracked, {len(self.untracked)} not tracked; {len(self.drifted)} drifted"
        for heading, lines in (
            ("Drifted", [line for step in self.drifted for line in step.lines()]),
            ("Not tracked", [f"{issue.url}  {issue.title}" for issue in self.untracked]),
            ("Tracked", [f"{issue.url}  {story}, {story.url}" for issue, story in self.tracked]),
            ("With the label and without an issue", [f"{story}  {story.name}  {story.url}" for story in self.unlinked]),
        ):
            if lines:
                yield from ("", f"{heading}:", *(f"  {line}" for line in lines))


class Watch:
    """Compares the open issues of the configured repositories with the stories that carry the label or link to them."""

    def __init__(self, importer: Importer) -> None:
        self.importer = importer
        self.issues, self.stories = importer.issues, importer.stories
        self._told: set[str] = set()

    def status(self) -> Status:
        """Raises SourceError where either side cannot be read."""
        status = Status()
        open_issues = {issue.url.key: issue for issue in self.issues.open_ones()}
        stories = self.stories.listing.labelled
        by_issue: dict[Key, list[Story]] = {}
        for story in stories:
            links = story.issues(self.issues.site)
            if not links:
                status.unlinked.append(story)
            for key in dict.fromkeys(self._present(link) for link in links):
                by_issue.setdefault(key, []).append(story)
        for key, issue in open_issues.items():
            self._open_issue(status, issue, by_issue.pop(key, None))
        for key, held in by_issue.items():
            unfinished = [story for story in held if not story.is_finished]
            if unfinished:
                self._other(status, IssueUrl(*key), unfinished, open_issues)
        return status

    def _present(self, link: IssueUrl) -> Key:
        """A link under the name that its repository has now."""
        name = self.issues.now_called(link.repository)
        return link._replace(repository=name).key if name else link.key

    def _open_issue(self, status: Status, issue: Issue, labelled: list[Story] | None) -> None:
        found = labelled or self.stories.listing.of(issue.mark, {issue.url.key})
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
            yield Step(
                about, f"has {len(others) + 1} unfinished stories: {keeper.url}, {words}", [ArchiveStory(story, keeper) for story in others]
            )

    def _other(self, status: Status, link: IssueUrl, stories: Sequence[Story], open_issues: dict[Key, Issue]) -> None:
        """Unfinished stories of something that is no open issue of the configured repositories: closed, moved, elsewhere or gone."""
        now = self.issues.state_of(link)
        said = ", ".join(f"{story}: {story.url}" for story in stories)
        if now and now.mark in self._told:
            return
        self._told |= {now.mark} if now else set()
        if now is None:
            status.drifted.append(Step(str(link), f"is not there any more, or hidden from the token; {said}"))
        elif not now.is_open:
            writes = [MoveStory(story, *self.stories.done_state(story)) for story in stories]
            status.drifted.append(Step(str(now.url), f"is closed, its story is not done; {said}", writes))
        elif now.url.key in open_issues:
            status.untracked = [issue for issue in status.untracked if issue.url.key != now.url.key]
            behind = [story for story in stories if now.url.key not in {each.key for each in story.issues(self.issues.site)}]
            if behind:
                status.tracked.append((now, behind[0]))
                writes_link = [AddLink(story, str(now.url)) for story in behind]
                status.drifted.append(Step(str(now.url), f"was transferred there from {link}; {said}", writes_link))

"""From issues to stories: what is there is found, a plan says every write, and the plan is done so that one story is left whatever happens.

Shortcut has no unique constraint. So whoever makes a story reads again by its link; of several the earliest stays, in an order that all runs agree on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from support_metrics.exterminator.github import Issue, Issues
from support_metrics.exterminator.issue_urls import IssueUrl
from support_metrics.exterminator.journal import Journal
from support_metrics.exterminator.shortcut import Stories
from support_metrics.exterminator.story import Story
from support_metrics.exterminator.untouched import is_untouched, made_at_once
from support_metrics.exterminator.writes import (
    AddLabel,
    AddLink,
    ArchiveStory,
    CloseIssue,
    Comment,
    CreateStory,
    MoveStory,
    RemoveComment,
    RemoveStory,
    Step,
    Write,
    new_story,
)
from support_metrics.exterminator.writing_session import IssueLocked
from support_metrics.settings import Settings

Say = Callable[[str], None]


@dataclass
class Importer:
    """Plans and does the import. `say` tells what became of each write."""

    settings: Settings
    issues: Issues
    stories: Stories
    journal: Journal
    say: Say = lambda _: None
    _homes: dict[tuple[str, str, int], str] = field(default_factory=dict)

    # Planning

    def plan(self, wanted: Iterable[Issue]) -> list[Step]:
        """One step for each issue; one given twice, in whatever way, is planned once."""
        once = {issue.mark: issue for issue in wanted}
        return [self._step(issue) for issue in once.values()]

    def _step(self, issue: Issue) -> Step:
        found = self.tracking(issue)
        if not found:
            writes: list[Write] = [new_story(issue, self.settings, self.stories.place)]
            if self.settings.exterminator.comment:
                writes.append(Comment(issue, self.settings.exterminator.comment))
            notes = [] if issue.is_open else ["the issue is closed; its story begins unfinished all the same"]
            return Step(str(issue.url), "not tracked", writes, notes)
        keeper, *later = found
        writes, notes = self._mending(issue, keeper), []
        for story in later:
            if not keeper.is_finished and made_at_once(keeper, story) and self._is_untouched(issue, story):
                writes.append(RemoveStory(issue, story, keeper))
            else:
                notes.append(f"{story} is of the same issue; see {story.url}")
        return Step(str(issue.url), f"tracked by {keeper}, {keeper.url}", writes, notes)

    def _mending(self, issue: Issue, keeper: Story) -> list[Write]:
        """What a story that is there lacks."""
        writes: list[Write] = []
        if not keeper.has_label(self.stories.label):
            writes.append(AddLabel(keeper, self.stories.label))
        if issue.url.key not in {each.key for each in keeper.issues(self.issues.site)}:
            writes.append(AddLink(keeper, str(issue.url)))
        template = self.settings.exterminator.comment
        if template and keeper.mark == issue.mark and not self.issues.says(issue, keeper.url):
            writes.append(Comment(issue, template, keeper))
        return writes

    def tracking(self, issue: Issue) -> list[Story]:
        """The stories of an issue, the earliest first: by its addresses however written, by its mark, or under names it had before."""
        return self.stories.listing.of(issue.mark, {url.key for url in (issue.url, *issue.former)}) or self._moved_here(issue)

    def _moved_here(self, issue: Issue) -> list[Story]:
        """Stories linked to an address from which GitHub leads to this issue: of the same number under an old name, or in another repository.

        Of another repository all are asked about if GitHub says that the issue was transferred; else those of the same title.
        """
        here, found, was_transferred = issue.url.repository.lower(), {}, None
        for repository, linked in self.stories.listing.by_repository.items():
            now = (self.issues.now_called(repository) or "").lower()
            for story, link in linked:
                may_be = link.number == issue.url.number and now != repository
                if not may_be and now != here:
                    if was_transferred is None:
                        was_transferred = self.issues.was_transferred(issue)
                    may_be = was_transferred or story.name.casefold() == issue.title.casefold()
                if may_be and self._home(link) == issue.mark:
                    found[story.id] = story
        return sorted(found.values(), key=lambda story: story.order)

    def _home(self, link: IssueUrl) -> str:
        if link.key not in self._homes:
            now = self.issues.state_of(link)
            self._homes[link.key] = now.mark if now else ""
        return self._homes[link.key]

    def _is_untouched(self, issue: Issue, story: Story) -> bool:
        """Whether this program made a story and nobody has worked on it since."""
        if story.mark != issue.mark:
            return False
        whole = self.stories.find(story.id)
        return whole is None or is_untouched(whole.raw, new_story(issue, self.settings, self.stories.place).body)

    # Doing

    def do(self, steps: Sequence[Step]) -> int:
        """Do a plan and say what became of it; returns the number of writes. Raises at the first that fails; running again goes on there."""
        count = 0
        for step in steps:
            is_ours: bool | None = None
            story: Story | None = None
            for write in step.writes:
                if isinstance(write, CreateStory):
                    story, is_ours = self._create(write)
                elif isinstance(write, Comment) and (write.story or story):
                    if is_ours is not False:
                        self._comment(write, write.story or story)  # type: ignore[arg-type]
                else:
                    self.perform(write)
                count += 1
        return count

    def perform(self, write: Write) -> None:
        """One write that is no new story and no comment. A story that somebody has touched since the plan was made stays."""
        if isinstance(write, RemoveStory) and not self._is_untouched(write.issue, write.story):
            self.say(f"note: {write.story} is of the same issue as {write.keeper} and somebody works on it; see {write.story.url}")
            return
        with self.journal.writing(write.kind, write.details()):
            match write:
                case AddLabel():
                    self.stories.add_label(write.story.id)
                case AddLink():
                    self.stories.add_link(write.story.id, write.url)
                case RemoveStory():
                    self.stories.delete(write.story.id)
                case ArchiveStory():
                    self.stories.archive(write.story.id)
                case MoveStory():
                    self.stories.move(write.story.id, write.state_id)
                case RemoveComment():
                    self.issues.remove_comment(write.issue, write.number)
                case CloseIssue():
                    self.issues.close(write.issue)
        self.say(f"done: {write.line()}")

    def _comment(self, write: Comment, story: Story) -> None:
        text = write.text(story)
        before = self.issues.comments_of(write.issue, text)
        try:
            with self.journal.writing(write.kind, write.details() | {"body": text}) as result:
                is_new = self.issues.comment(write.issue, text, story.url)
                result["outcome"] = "done" if is_new else "was there"
        except IssueLocked:
            self.say(f"note: {write.issue.url} is locked and got no comment")
            return
        self.say(f"done: commented on {write.issue.url}" if is_new else f"done: {write.issue.url} has that comment already")
        if not before:
            # Whoever commented at the same time sees the same, so all agree which of several stays.
            for number in self.issues.comments_of(write.issue, text)[1:]:
                self.perform(RemoveComment(write.issue, number))

    def _create(self, write: CreateStory) -> tuple[Story, bool]:
        """The story that stays, and whether it is ours."""
        url = str(write.issue.url)
        if there := self.stories.linked_to([url]):
            self.say(f"kept: {there[0]} was made meanwhile, {there[0].url}")
            self._label(there[0])
            return there[0], False
        with self.journal.writing(write.kind, write.details()) as result:
            ours = self.stories.create(write.body, url)
            result["story"], result["url"] = ours.id, ours.url
        self.say(f"done: created {ours}, {ours.url}")
        return self._settle(write.issue, ours)

    def _settle(self, issue: Issue, ours: Story) -> tuple[Story, bool]:
        """Read again by the link: of several stories the earliest stays, and what we may remove of the others goes."""
        all_of_them = {story.id: story for story in self.stories.linked_to([str(issue.url)])}
        all_of_them.setdefault(ours.id, ours)
        keeper, *later = sorted(all_of_them.values(), key=lambda story: story.order)
        for story in later:
            if story.id == ours.id or made_at_once(keeper, story):
                self.perform(RemoveStory(issue, story, keeper))
            else:
                self.say(f"note: {story} is of the same issue as {keeper}; see {story.url}")
        self._label(keeper)
        return keeper, keeper.id == ours.id

    def _label(self, story: Story) -> None:
        if not story.has_label(self.stories.label):
            self.perform(AddLabel(story, self.stories.label))

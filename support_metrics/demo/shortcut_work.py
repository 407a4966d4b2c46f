"""What the team tracks in Shortcut: imported issues, tickets from Slack, work of its own."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from support_metrics.demo import days
from support_metrics.demo.cast import Cast
from support_metrics.demo.dice import Dice
from support_metrics.demo.github_talk import MILLWRIGHT
from support_metrics.demo.history import History, Issue, Person, Story
from support_metrics.demo.phrases import say

LABEL = "exterminator"
STORY_TYPE = {"bug": "bug", "feature": "feature", "question": "chore"}


class ShortcutWork:
    def __init__(self, seed: int, cast: Cast, history: History) -> None:
        self.dice, self.cast, self.history = Dice(seed, "shortcut"), cast, history

    def run(self) -> None:
        for issue in [each for each in self.history.issues if not each.is_pull]:
            self.perhaps_import(issue)
        for week in days.weeks():
            for _ in range(self.dice.between(0, 2)):
                self.ticket_from_slack(self.some_working_moment(week))
            for _ in range(self.dice.between(1, 3)):
                self.work_of_the_team(self.some_working_moment(week))
        ShortcutCases(self).run()
        self.history.stories.sort(key=lambda story: (story.created_at, story.name))
        for number, story in enumerate(self.history.stories):
            story.id = 4117 + 3 * number

    def some_working_moment(self, week: date) -> datetime:
        day = self.dice.pick(days.business_days(week))
        return days.at_second(day, self.dice.between(days.OPENS, days.CLOSES - 1))

    def perhaps_import(self, issue: Issue) -> None:
        """The import script runs a few times a day and adds its label."""
        likely = 0.45 if issue.author.is_staff(issue.created_at) or issue.topic == "question" else 0.85
        if issue.is_tracked or (issue.is_tracked is None and self.dice.chance(likely) and issue.title not in _PLANTED):
            self.import_issue(issue, days.after_business(issue.arrived_at or issue.created_at, self.dice.between(2000, 30_000)))

    def import_issue(self, issue: Issue, moment: datetime) -> Story:
        person = self.cast.exterminator(days.monday(days.local_day(moment)))
        story = Story(moment, issue.title, STORY_TYPE[issue.topic], person, None, [issue.url], [LABEL])
        self.history.stories.append(story)
        closed = [event for event in issue.events if event.kind == "closed"]
        if self.dice.chance(0.6) or closed:
            story.owner = self._engineer(moment)
            started_at = moment + timedelta(seconds=self.dice.between(600, 200_000))
            done_at = max(started_at, closed[-1].created_at) + timedelta(seconds=self.dice.between(30, 3000)) if closed else None
            story.changes.append((started_at, "state", "doing"))
            if done_at:
                story.changes.append((done_at, "state", "done"))
        return story

    def ticket_from_slack(self, moment: datetime) -> Story:
        """Tracked straight from a conversation, without an issue."""
        person = self.cast.exterminator(days.monday(days.local_day(moment)))
        story = Story(
            moment, "From Slack: " + say(self.dice, "symptom"), self.dice.pick(("bug", "bug", "chore")), person, None, [], [LABEL]
        )
        self._live(story, 0.7)
        return story

    def work_of_the_team(self, moment: datetime) -> Story:
        """Internal work: not a ticket, no label."""
        story = Story(moment, say(self.dice, "story_chore"), self.dice.pick(("chore", "feature", "bug")), self._engineer(moment))
        self._live(story, 0.8)
        return story

    def _live(self, story: Story, done: float) -> None:
        self.history.stories.append(story)
        if self.dice.chance(done):
            story.owner = self._engineer(story.created_at)
            started_at = story.created_at + timedelta(seconds=self.dice.between(3000, 400_000))
            story.changes += [
                (started_at, "state", "doing"),
                (started_at + timedelta(seconds=self.dice.between(3000, 600_000)), "state", "done"),
            ]

    def _engineer(self, moment: datetime) -> Person:
        return self.dice.pick([each for each in self.cast.staff(moment) if each.key not in ("nick", "sol")])


_PLANTED = {
    "Gears restart in the wrong order",
    "Builder ignores the proxy variable",
    "Chart of build times is empty",
}


class ShortcutCases:
    """Stories put in on purpose. Their issues were opened for them in `issues_to_track`."""

    def __init__(self, work: ShortcutWork) -> None:
        self.work, self.cast, self.history = work, work.cast, work.history

    def run(self) -> None:
        for name, case in list(vars(type(self)).items()):
            if not name.startswith("_") and name != "run":
                case(self)

    def duplicate_story(self) -> None:
        issue = _titled(self.history, "Gears restart in the wrong order")
        stories = [self.work.import_issue(issue, days.at(date(2025, 11, 4), clock)) for clock in ("11:00", "15:00")]
        self.history.plant("duplicate_story", "Two stories for one issue count as one ticket and are listed.", issue=issue, stories=stories)

    def story_done_issue_open(self) -> None:
        issue = _titled(self.history, "Builder ignores the proxy variable")
        story = self.work.import_issue(issue, days.at(date(2026, 1, 20), "15:00"))
        story.owner = self.cast["jun"]
        story.changes = [(days.at(date(2026, 1, 21), "10:00"), "state", "doing"), (days.at(date(2026, 1, 23), "16:00"), "state", "done")]
        self.history.plant("story_done_issue_open", "The story is done, the issue still open.", issue=issue, story=story)

    def story_open_issue_closed(self) -> None:
        issue = _titled(self.history, "Chart of build times is empty")
        story = self.work.import_issue(issue, days.at(date(2026, 2, 3), "12:00"))
        story.changes = [(days.at(date(2026, 2, 4), "10:00"), "state", "doing")]
        self.history.plant("story_open_issue_closed", "The issue is closed, the story still in work.", issue=issue, story=story)

    def label_added_later(self) -> None:
        story = Story(days.at(date(2025, 12, 8), "14:00"), "Sync engine rewrite, part two", "feature", self.cast["ines"])
        story.changes.append((days.at(date(2026, 2, 12), "11:00"), "label", LABEL))
        story.changes.append((days.at(date(2026, 2, 19), "15:00"), "state", "doing"))
        self.history.stories.append(story)
        self.history.plant(
            "label_added_later",
            "Landed without the label on 2026-01-19, labelled on 2026-02-12, changed again on 2026-02-19: its history makes it a ticket of the week of 2026-02-09.",
            story=story,
        )

    def label_taken_off(self) -> None:
        story = Story(
            days.at(date(2025, 10, 7), "14:00"), "Customer cannot log in (was: certificate)", "bug", self.cast["oskar"], None, [], [LABEL]
        )
        story.changes.append((days.at(date(2025, 12, 2), "11:00"), "label off", LABEL))
        self.history.stories.append(story)
        self.history.plant("label_taken_off", "Carried the label until 2025-12-02: still a ticket of the week of 2025-10-06.", story=story)

    def archived_story(self) -> None:
        story = Story(
            days.at(date(2025, 10, 14), "14:00"), "From Slack: registry password asked twice", "bug", self.cast["mara"], None, [], [LABEL]
        )
        story.changes.append((days.at(date(2025, 10, 30), "11:00"), "archived", True))
        self.history.stories.append(story)
        self.history.plant("archived_story", "Archived stories count.", story=story)


def issues_to_track(history: History, cast: Cast) -> None:
    """The issues the cases above need; opened before issues get their numbers."""
    for title, day, author, staff, closed in (
        ("Gears restart in the wrong order", date(2025, 11, 4), "quotes", "jun", None),
        ("Builder ignores the proxy variable", date(2026, 1, 20), "emoji", "jun", None),
        ("Chart of build times is empty", date(2026, 2, 3), "script", "priya", days.at(date(2026, 2, 6), "10:00")),
    ):
        issue = Issue(MILLWRIGHT, days.at(day, "09:30"), cast[author], title, "See the title. It happens every time.", "bug")
        issue.say(days.at(day, "10:15"), cast[staff], "Thanks, we will look into it.")
        issue.do(days.at(day, "10:16"), "labeled", cast[staff], "bug")
        if closed:
            issue.do(closed, "closed", cast[staff], "completed")
        history.issues.append(issue)


def _titled(history: History, title: str) -> Issue:
    return next(issue for issue in history.issues if issue.title == title)

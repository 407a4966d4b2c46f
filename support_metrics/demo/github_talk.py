"""Everyday life of the two repositories: issues, pull requests, comments, labels, reactions."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from support_metrics.demo import days
from support_metrics.demo.cast import Cast
from support_metrics.demo.dice import Dice
from support_metrics.demo.history import History, Issue, Person, Reaction
from support_metrics.demo.phrases import say

MILLWRIGHT = "tilter-example/millwright"
INTEGRATIONS = "tilter-example/millwright-integrations"
REPOSITORIES = (MILLWRIGHT, INTEGRATIONS)
TOPIC_LABEL = {"bug": "bug", "feature": "enhancement", "question": "question"}
AREAS = ("area: sync", "area: build", "area: dashboard", "area: plug-ins", "good first issue?")
HIGH, LOW, SPAM = "priority: high", "priority: low", "spam"
# Local second of the day at which people write, by share.
HOURS = ((0.0, 1200.0), (0.1, 25_000.0), (0.22, 32_400.0), (0.5, 43_200.0), (0.8, 56_000.0), (0.93, 67_000.0), (1.0, 86_000.0))
# Business seconds to a first answer when the team is prompt, and when it is not.
PROMPT = ((0.0, 90.0), (0.4, 1500.0), (0.8, 5200.0), (1.0, 10_300.0))
LATE = ((0.0, 11_500.0), (0.6, 26_000.0), (1.0, 90_000.0))


class GitHubTalk:
    def __init__(self, seed: int, cast: Cast, history: History) -> None:
        self.dice, self.cast, self.history = Dice(seed, "github"), cast, history
        self.versions = ["0.31.2"]

    def words(self, name: str, /, **given: str) -> str:
        return say(self.dice, name, version=self.dice.pick(self.versions), **given)

    def run(self) -> None:
        for week in days.weeks():
            count = self.dice.between(3, 5) if week in days.HOLIDAY_WEEKS else self.dice.between(6, 10)
            self.versions = self.history.versions(days.at(week, "00:00"))
            for _ in range(count):
                self.everyday_issue(self.some_moment(week))
            for _ in range(self.dice.between(2, 4)):
                self.pull_request(self.some_moment(week))

    def greet_newcomers(self) -> None:
        """A bot comments within seconds on the first issue of somebody new, before any human."""
        met: set[str] = set()
        for issue in sorted(self.history.issues, key=lambda each: (each.created_at, each.title)):
            author = issue.author
            if (
                author.key not in met
                and author.since > days.at(days.FIRST_DAY, "00:00")
                and not author.is_bot
                and not author.is_staff(issue.created_at)
            ):
                self.greet(issue)
            met.add(author.key)

    def greet(self, issue: Issue) -> None:
        issue.say(issue.created_at + timedelta(seconds=self.dice.between(2, 8)), self.cast["greeter"], self.words("greet_bot"))

    def some_moment(self, week: date) -> datetime:
        weekday = self.dice.weighted(range(7), (1.2, 1.1, 1.1, 1, 0.9, 0.25, 0.3))
        return days.at_second(week + timedelta(days=weekday), int(self.dice.along(HOURS)))

    # People

    def some_user(self, moment: datetime, but: Person | None = None) -> Person:
        users = [
            person
            for person in self.cast.people.values()
            if person.github
            and person.activity
            and person.since <= moment
            and not person.is_bot
            and not person.is_staff(moment)
            and person is not but
        ]
        return self.dice.weighted(users, [person.activity for person in users])

    def on_duty(self, moment: datetime) -> Person:
        """Mostly the exterminator, else another engineer."""
        exterminator = self.cast.exterminator(days.monday(days.local_day(moment)))
        return (
            exterminator
            if self.dice.chance(0.7)
            else self.dice.pick([each for each in self.cast.staff(moment) if each.key not in ("nick", "sol")])
        )

    # Issues

    def open_issue(self, moment: datetime, author: Person, topic: str = "", title: str = "", repository: str = "") -> Issue:
        topic = topic or self.dice.weighted(("bug", "feature", "question"), (0.55, 0.25, 0.2))
        issue = Issue(
            repository or self.dice.weighted(REPOSITORIES, (0.65, 0.35)),
            moment,
            author,
            title or capital(self.words(f"{topic}_title")),
            capital(self.words(f"{topic}_body")),
            topic,
        )
        self.history.issues.append(issue)
        return issue

    def everyday_issue(self, moment: datetime) -> None:
        if self.dice.chance(0.14):
            self.team_issue(moment)
            return
        issue = self.open_issue(moment, self.some_user(moment))
        fate = self.dice.weighted(("prompt", "late", "fellow", "never", "silent", "withdrawn"), (0.8, 0.07, 0.06, 0.02, 0.02, 0.03))
        if fate == "silent":
            self.triage(issue)
            self.close_without_a_word(issue)
        elif fate == "withdrawn":
            self.withdraw(issue)
        elif fate != "never":
            if fate == "fellow":
                self.fellow_comments(issue)
            self.triage(issue)
            self.answer(issue, days.after_business(moment, self.dice.along(LATE if fate == "late" else PROMPT)))
        self.votes(issue)

    def team_issue(self, moment: datetime) -> Issue:
        """Opened by the team itself; counts for nobody."""
        author = self.dice.pick([each for each in self.cast.staff(moment) if each.key not in ("nick", "sol")])
        issue = self.open_issue(moment, author)
        self.triage(issue)
        if self.dice.chance(0.7):
            self.close(issue, moment + timedelta(days=self.dice.between(1, 20), seconds=self.dice.between(0, 9000)), author)
        return issue

    def triage(self, issue: Issue, labels: tuple[str, ...] = ()) -> None:
        """The exterminator puts labels on it and mostly assigns somebody."""
        moment = days.after_business(issue.created_at, self.dice.between(200, 9000))
        person = self.on_duty(moment)
        if self.dice.chance(0.93) or labels:
            issue.do(moment, "labeled", person, TOPIC_LABEL[issue.topic])
            for label in labels or ((self.dice.pick(AREAS),) if self.dice.chance(0.4) else ()):
                issue.do(moment + timedelta(seconds=self.dice.between(1, 40)), "labeled", person, label)
            if not labels and self.dice.chance(0.12):
                self.prioritise(issue, moment, person)
        if self.dice.chance(0.45):
            issue.do(moment + timedelta(seconds=self.dice.between(60, 5000)), "assigned", person, self.on_duty(moment))

    def prioritise(self, issue: Issue, moment: datetime, person: Person) -> None:
        high = self.dice.chance(0.5)
        issue.do(moment + timedelta(seconds=self.dice.between(30, 2000)), "labeled", person, HIGH if high else LOW)
        if high:
            assigned_at = days.after_business(moment, self.dice.along(((0, 1800), (0.8, 9000), (1, 60_000))))
            issue.do(assigned_at, "assigned", person, self.on_duty(assigned_at))

    def answer(self, issue: Issue, moment: datetime) -> None:
        """A first answer, sometimes a dialogue, mostly an end."""
        person, dice = self.on_duty(moment), self.dice
        asks = dice.chance(0.35)
        issue.say(moment, person, _sentences(self.words("clarify" if asks else "answer", first=first_name(issue.author))))
        if dice.chance(0.6 if asks else 0.3):
            moment += timedelta(seconds=dice.between(600, 150_000))
            issue.say(moment, issue.author, capital(self.words("detail" if asks else "issue_thanks")))
            if asks:
                moment = days.after_business(moment, dice.between(300, 40_000))
                issue.say(moment, person, self.words("answer_more"))
        if dice.chance(0.25):
            moment += timedelta(seconds=dice.between(3000, 400_000))
            issue.say(moment, self.some_user(moment, but=issue.author), self.words("issue_plus"))
        if dice.chance(0.66):
            self.close(issue, days.after_business(moment, dice.between(900, 400_000)), self.on_duty(moment))

    def close(self, issue: Issue, moment: datetime, actor: Person, in_words: bool = True) -> None:
        if in_words and self.dice.chance(0.6) and actor is not issue.author:
            issue.say(moment - timedelta(seconds=self.dice.between(1, 20)), actor, self.words("issue_close"))
        issue.do(moment, "closed", actor, "completed" if issue.topic != "feature" or self.dice.chance(0.6) else "not_planned")

    def close_without_a_word(self, issue: Issue) -> None:
        moment = days.after_business(issue.created_at, self.dice.between(2000, 80_000))
        issue.do(moment, "closed", self.on_duty(moment), "not_planned")

    def withdraw(self, issue: Issue, after_seconds: int = 0) -> None:
        """The author closes it before anybody could answer."""
        issue.do(issue.created_at + timedelta(seconds=after_seconds or self.dice.between(240, 1500)), "closed", issue.author, "completed")

    def fellow_comments(self, issue: Issue) -> None:
        moment = issue.created_at + timedelta(seconds=self.dice.between(400, 5000))
        issue.say(moment, self.some_user(moment, but=issue.author), capital(self.words("fellow")))

    def votes(self, issue: Issue) -> None:
        for _ in range(self.dice.between(0, 5) if issue.topic == "feature" else self.dice.between(0, 2) - 1):
            moment = issue.created_at + timedelta(seconds=self.dice.between(600, 40 * 86_400))
            voter = self.some_user(moment, but=issue.author)
            content = self.dice.weighted(("+1", "heart", "eyes", "-1"), (8, 1, 1, 0.3))
            if all(each.person is not voter for each in issue.reactions):
                issue.reactions.append(Reaction(moment, content, voter))

    # Pull requests

    def pull_request(self, moment: datetime) -> None:
        """Comes mixed in with the issues, as the API sends them; never a request."""
        kind = self.dice.weighted(("staff", "user", "bot"), (0.5, 0.25, 0.25))
        staff = self.dice.pick([each for each in self.cast.staff(moment) if each.key not in ("nick", "sol")])
        author = {"staff": staff, "user": self.some_user(moment), "bot": self.cast["bumper"]}[kind]
        title = self.words("bump_title" if kind == "bot" else "pull_title")
        pull = Issue(
            self.dice.weighted(REPOSITORIES, (0.7, 0.3)), moment, author, capital(title), self.words("pull_body"), "bug", is_pull=True
        )
        self.history.issues.append(pull)
        merged_at = days.after_business(moment, self.dice.between(1200, 120_000))
        reviewer = self.on_duty(merged_at)
        if self.dice.chance(0.6) and reviewer is not author:
            pull.say(merged_at - timedelta(seconds=self.dice.between(30, 900)), reviewer, self.words("pull_review"))
        if self.dice.chance(0.5):
            pull.say(moment + timedelta(seconds=self.dice.between(60, 400)), self.cast["ci"], "All checks have passed.")
        if self.dice.chance(0.9):
            pull.do(merged_at, "merged", reviewer)
            pull.do(merged_at + timedelta(seconds=1), "closed", reviewer)


def first_name(person: Person) -> str:
    return person.name.split()[0]


def capital(text: str) -> str:
    """The first letter of a sentence, unless the sentence begins with code."""
    return text if "(" in text.split(" ")[0] else text[:1].upper() + text[1:]


def _sentences(text: str) -> str:
    return capital(re.sub(r"(?<=[.!] )[a-z]", lambda match: match[0].upper(), text, count=1))


def number_everything(history: History, seed: int) -> None:
    """Give issues, comments, events and reactions the ids and numbers GitHub would: growing with time."""
    dice = Dice(seed, "github ids")
    history.issues.sort(key=lambda issue: (issue.arrived_at or issue.created_at, issue.title))
    numbers = dict(zip(REPOSITORIES, (1287, 203), strict=True))
    issue_id, comment_id, event_id, reaction_id = 3_372_110_400, 3_246_000_100, 19_412_000_000, 268_000_000
    for issue in history.issues:
        issue.number = numbers[issue.repository] = numbers[issue.repository] + 1
        issue.id = issue_id = issue_id + dice.between(900, 70_000)
        issue.comments.sort(key=lambda each: each.created_at)
        issue.events.sort(key=lambda each: each.created_at)
    for comment in sorted((each for issue in history.issues for each in issue.comments), key=lambda each: (each.created_at, each.body)):
        comment.id = comment_id = comment_id + dice.between(900, 90_000)
    for event in sorted((each for issue in history.issues for each in issue.events), key=lambda each: (each.created_at, each.kind)):
        event.id = event_id = event_id + dice.between(900, 90_000)
    for reaction in sorted(
        (each for issue in history.issues for each in issue.reactions), key=lambda each: (each.created_at, each.person.key)
    ):
        reaction.id = reaction_id = reaction_id + dice.between(9, 900)

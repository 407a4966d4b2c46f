"""The whole story, from the seed: the same seed, the same history."""

from __future__ import annotations

from support_metrics.demo.cast import Cast
from support_metrics.demo.github_answers import GitHubAnswers
from support_metrics.demo.github_cases import GitHubCases
from support_metrics.demo.github_talk import GitHubTalk, number_everything
from support_metrics.demo.handoffs import hand_off
from support_metrics.demo.history import History
from support_metrics.demo.inbox_cases import plant_inbox_cases
from support_metrics.demo.inbox_talk import InboxTalk
from support_metrics.demo.profiles import introduce
from support_metrics.demo.releasing import release_everything
from support_metrics.demo.shortcut_work import ShortcutWork, issues_to_track
from support_metrics.demo.slack_answers import SlackAnswers, miss_one_day
from support_metrics.demo.slack_cases import SlackCases
from support_metrics.demo.slack_staff import StaffTalk
from support_metrics.demo.slack_talk import SlackTalk

SEED = 20250901


def simulate(seed: int = SEED) -> tuple[Cast, History]:
    """Who there is, and everything that happened to them."""
    cast, history = Cast(seed), History()
    history.people = list(cast.people.values())
    release_everything(seed, cast, history)
    github = GitHubTalk(seed, cast, history)
    github.run()
    GitHubCases(github).run()
    GitHubAnswers(github).run()
    issues_to_track(history, cast)
    github.greet_newcomers()
    number_everything(history, seed)
    ShortcutWork(seed, cast, history).run()
    slack = SlackTalk(seed, cast, history)
    SlackCases(slack).run()
    SlackAnswers(slack).run()
    slack.run()
    StaffTalk(slack).run()
    inboxes = InboxTalk(seed, cast, history)
    inboxes.run()
    plant_inbox_cases(inboxes)
    inboxes.number()
    miss_one_day(history)
    hand_off(seed, cast, history)
    introduce(seed, cast, history)
    return cast, history

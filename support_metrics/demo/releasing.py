"""A release a week, mostly on Wednesday or Thursday; and the weeks that went without."""

from __future__ import annotations

from datetime import date, timedelta

from support_metrics.demo import days
from support_metrics.demo.cast import Cast
from support_metrics.demo.dice import Dice
from support_metrics.demo.github_talk import INTEGRATIONS, MILLWRIGHT
from support_metrics.demo.history import History, Release
from support_metrics.demo.phrases import say

MISSED_RELEASE = date(2025, 10, 20)
PRERELEASE_ONLY = date(2026, 1, 12)
DRAFT_ONLY = date(2026, 2, 2)
TWO_RELEASES = date(2025, 12, 8)
NO_NOTES = date(2025, 9, 22)


def release_everything(seed: int, cast: Cast, history: History) -> None:
    dice, minor, patch = Dice(seed, "releases"), 31, 2
    for week in days.weeks():
        if week in days.HOLIDAY_WEEKS or week == MISSED_RELEASE:
            continue
        day = week + timedelta(days=dice.pick((2, 2, 3, 3, 3)))
        if day in days.HOLIDAYS:
            day = week + timedelta(days=4)
        minor, patch = (minor + 1, 0) if dice.chance(0.35) else (minor, patch + 1)
        release = _release(dice, cast, week, day, f"v0.{minor}.{patch}")
        if week == PRERELEASE_ONLY:
            release.is_prerelease, release.tag = True, release.tag + "-rc.1"
        if week == DRAFT_ONLY:
            release.published_at = None
        if week == NO_NOTES:
            release.body = ""
        history.releases.append(release)
        if week == TWO_RELEASES:
            patch += 1
            history.releases.append(_release(dice, cast, week, day + timedelta(days=1), f"v0.{minor}.{patch}"))
        if dice.chance(0.25):
            plugin = _release(dice, cast, week, day, f"plugins-2025.{len(history.releases)}")
            plugin.repository = INTEGRATIONS
            history.releases.append(plugin)
    history.releases.sort(key=lambda release: release.created_at)
    number = 241_000_400
    for release in history.releases:
        release.id = number = number + dice.between(30_000, 900_000)
    history.plant("missed_release", "No release, no holiday: not compliant.", week=MISSED_RELEASE)
    history.plant("prerelease_only", "Only a release candidate: not compliant.", week=PRERELEASE_ONLY)
    history.plant("draft_only", "Only a draft, never published: not compliant.", week=DRAFT_ONLY)
    history.plant("holiday_weeks_without_release", "No release, but holiday weeks: compliant.", weeks=list(days.HOLIDAY_WEEKS))
    history.plant("release_without_notes", "The body is empty: no summary.", week=NO_NOTES)
    history.plant("two_releases", "Two releases in one week.", week=TWO_RELEASES)


def _release(dice: Dice, cast: Cast, week: date, day: date, tag: str) -> Release:
    """Tagged when built, published some hours later: `created_at` is not `published_at`."""
    created_at = days.at_second(day, dice.between(36_000, 50_000))
    parts = []
    if dice.chance(0.85):
        parts.append("## " + dice.pick(("Summary", "Highlights", "What's new")) + "\n\n" + say(dice, "summary_line"))
    if dice.chance(0.25):
        parts.append("## Breaking changes\n\n- " + say(dice, "breaking_line"))
    if dice.chance(0.25):
        parts.append("## Deprecations\n\n- " + say(dice, "deprecation_line"))
    parts.append("## Fixes\n\n" + "\n".join("- " + say(dice, "fix_line") for _ in range(dice.between(1, 4))))
    author = cast.exterminator(week)
    return Release(
        MILLWRIGHT, tag, tag, "\n\n".join(parts) + "\n", author, created_at, created_at + timedelta(seconds=dice.between(600, 9000))
    )

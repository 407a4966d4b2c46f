"""`exterminator sync`: the comment it leaves on an issue."""

from __future__ import annotations

import pytest

from support_metrics.errors import PostingError
from support_metrics.exterminator.issue_urls import parse
from support_metrics_tests.exterminator.world import NOW, SITE, World, import_one, world
from support_metrics_tests.servers.github import refusal

__all__ = ["world"]


def test_the_comment_is_left_once(world: World) -> None:
    world.write('comment = "Tracked as {story}"')
    world.sync()
    world.sync()
    assert len(world.comments()) == 1


def test_a_token_that_may_not_comment(world: World) -> None:
    world.write('comment = "Tracked as {story}"')
    world.tracker.may_write = False
    result = world.sync()
    assert result.exit_code == 1
    assert "the token may not write this (Resource not accessible by personal access token)" in result.stderr
    assert "write access to Issues" in result.stderr
    world.tracker.may_write = True
    assert world.sync().exit_code == 0
    assert (len(world.stories()), len(world.comments())) == (1, 1)


SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."


def test_a_secondary_rate_limit_is_waited_for(world: World) -> None:
    """As GitHub gives it: 403, the words, and no Retry-After."""
    world.write('comment = "Tracked as {story}"')
    world.tracker.refusals = [refusal(403, SECONDARY), refusal(403, SECONDARY)]
    waited: list[tuple[float, str]] = []
    import_one(world.importer(wait=lambda seconds, why: waited.append((seconds, why))), world.url(1))
    assert waited == [(60, f"github: comment on {world.url(1)}: secondary rate limit")] * 2
    assert len(world.comments()) == 1


def test_a_locked_issue_gets_no_comment_and_keeps_no_other_from_being_imported(world: World) -> None:
    world.write('comment = "Tracked as {story}"')
    world.tool.open_issue(2, NOW)
    world.tracker.refusals = [refusal(403, "Unable to create comment because issue is locked.")]
    result = world.sync("--issue", world.url(1), "--issue", world.url(2))
    assert result.exit_code == 0
    assert f"note: {world.url(1)} is locked and got no comment" in result.output
    assert (len(world.stories()), len(world.comments())) == (2, 1)
    assert [each["why"] for each in world.logged() if each["outcome"] == "failed"] == [
        f"github: comment on {world.url(1)}: the issue is locked"
    ]


def test_a_comment_of_another_that_may_not_be_removed_stays(world: World) -> None:
    """Whoever wrote it removes it."""
    issues = world.importer().issues
    issue = issues.issue(parse(world.url(1), SITE))
    world.tool.comment(1, NOW, "ada", "Tracked")
    (number,) = world.tool.comments
    world.tracker.faults[len(world.tracker.asked)] = lambda _: refusal(403, "Must have admin rights to Repository.")
    issues.remove_comment(issue, number)
    world.tracker.faults[len(world.tracker.asked)] = lambda _: refusal(401, "Bad credentials")
    with pytest.raises(PostingError, match="GitHub refuses the token"):
        issues.remove_comment(issue, number)

"""One story is left whatever is cut off: runs, answers, processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import timedelta

import pytest

from support_metrics.errors import SupportMetricsError
from support_metrics.exterminator.issue_urls import parse
from support_metrics_tests.exterminator.world import ADA, COMMENTING, DOING, NOW, SITE, TEAM, World, import_one, is_one_story, world
from support_metrics_tests.servers.base import Asked, refused, reset, truncated
from support_metrics_tests.servers.github_objects import stamp
from support_metrics_tests.servers.shortcut import label

__all__ = ["world"]


class Killed(BaseException):
    """The process ends here."""


def killed(seconds: float, why: str) -> None:
    raise Killed


@pytest.mark.parametrize("is_done", [False, True], ids=["before the request is done", "after it, before the answer"])
def test_cut_off_at_any_request_and_run_again(world: World, is_done: bool) -> None:
    world.write(COMMENTING)
    number = cut = 0
    while True:
        world.forget_all()
        world.desk.unheard = set() if is_done else {number}
        if is_done:
            world.desk.faults[number] = reset
        try:
            import_one(world.importer(wait=killed), world.url(1))
        except Killed:
            cut += 1
        else:
            break
        finally:
            world.desk.unheard = set()
        result = world.sync()
        assert result.exit_code == 0, result.output + result.stderr
        assert is_one_story(world), number
        assert len(world.comments()) == 1, number
        number += 1
    assert cut == number >= 11


def test_a_comment_cut_off(world: World) -> None:
    world.write(COMMENTING)
    world.sync()
    world.tool.comments.clear()
    world.tracker.asked.clear()
    posts = 4  # the issue, its comments for the plan, twice its comments before writing
    world.tracker.faults[posts] = reset
    with pytest.raises(Killed):
        import_one(world.importer(wait=killed), world.url(1))
    assert len(world.comments()) == 1
    assert world.sync().exit_code == 0
    assert len(world.comments()) == 1


@pytest.mark.parametrize(
    "fault", [reset, truncated, refused(500), refused(503), refused(429)], ids=["reset", "truncated", "500", "503", "429"]
)
def test_a_lost_answer_makes_no_second_story_nor_comment(world: World, fault: object) -> None:
    """The write was done, and its answer is lost: it is looked for before it is asked for again."""
    world.write(COMMENTING)
    for api in (world.desk, world.tracker):
        world.forget_all()
        import_one(world.importer(), world.url(1))
        for number in range(len(api.asked)):
            world.forget_all()
            api.faults = {number: fault}  # type: ignore[dict-item]
            import_one(world.importer(), world.url(1))
            assert not api.faults, "it went wrong there"
            assert is_one_story(world), number
            assert len(world.comments()) == 1, number


def test_shortcut_down_for_good_says_what_to_do(world: World) -> None:
    world.desk.unheard = set(range(1000))
    importer = world.importer()
    with pytest.raises(SupportMetricsError, match="answered 503"):
        import_one(importer, world.url(1))


def test_leftovers_of_two_runs_that_were_cut_off(world: World) -> None:
    """Two stories of ours for one issue: the next run removes the later one, as its plan says."""
    import_one(world.importer(), world.url(1))
    (first,) = world.stories()
    second = {**first, "id": 999, "created_at": stamp(NOW + timedelta(minutes=3))}
    world.desk.stories[999] = second
    preview = world.sync("--issue", world.url(1), "--dry-run")
    assert "remove   story 999: story 101 was first" in preview.output
    world.sync()
    assert is_one_story(world)
    # Line ends and edges that a service changes are nobody's work; another word is.
    world.desk.stories[999] = {**second, "description": f"  {first['description']}\r\n"}
    world.sync()
    assert is_one_story(world)
    world.desk.stories[999] = {**second, "description": f"{first['description']} Mine"}
    assert "story 999 is of the same issue" in world.sync("--issue", world.url(1), "--dry-run").output
    world.desk.stories[999] = {**second, "comments": [{"text": "Mine"}]}
    result = world.sync()
    assert "story 999 is of the same issue" in result.output
    assert len(world.stories()) == 2


TOUCHED: list[dict[str, object]] = [
    {"estimate": 3}, {"epic_id": 7}, {"iteration_id": 9}, {"deadline": "2026-04-01T00:00:00Z"}, {"story_type": "feature"}, {"owner_ids": [ADA]},
    {"branches": [{"id": 1}]}, {"pull_requests": [{"id": 2}]}, {"commits": [{"id": 3}]}, {"labels": [label("exterminator"), label("urgent")]},
    {"labels": []}, {"group_id": TEAM}, {"linked_files": [{"id": 4}]}, {"files": [{"id": 4}]}, {"comments": [{"id": 5}]}, {"tasks": [{"id": 6}]},
    {"blocked": True}, {"story_links": [{"id": 8}]}, {"custom_fields": [{"field_id": "x"}]}, {"parent_story_id": 9}, {"name": "Mine"},
    {"external_links": ["https://github.com/acme/tool/issues/1", "https://example.com"]}, {"workflow_state_id": DOING}, {"archived": True},
    {"follower_ids": [ADA, "somebody"]}, {"stats": {"num_related_documents": 1}}, {"something_new": "said"},
    {"created_at": stamp(NOW + timedelta(hours=15))},
]  # fmt: skip


@pytest.mark.parametrize("more", TOUCHED, ids=[next(iter(each)) for each in TOUCHED])
def test_a_second_story_that_anybody_touched_or_that_was_made_another_time_stays(world: World, more: dict[str, object]) -> None:
    import_one(world.importer(), world.url(1))
    (first,) = world.stories()
    second = {**first, "id": 999, "created_at": stamp(NOW + timedelta(minutes=3)), "follower_ids": [ADA], "position": 5, "group_id": None}
    world.desk.stories[999] = second | more
    result = world.sync()
    assert result.exit_code == 0
    assert "story 999" in result.output and "is of the same issue; see https://app.shortcut.com/acme/story/101" in result.output
    assert list(world.desk.stories) == [101, 999]
    world.desk.stories[999] = second
    world.sync()
    assert list(world.desk.stories) == [101], "untouched, it goes"


def test_a_second_story_touched_after_it_was_planned_to_go_stays(world: World) -> None:
    importer = world.importer()
    import_one(importer, world.url(1))
    (first,) = world.stories()
    second = world.desk.stories[999] = {**first, "id": 999, "created_at": stamp(NOW + timedelta(minutes=3))}
    importer = world.importer()
    told: list[str] = []
    importer.say = told.append
    steps = importer.plan([importer.issues.issue(parse(world.url(1), SITE))])
    assert [write.kind for step in steps for write in step.writes] == ["remove story"]
    second["estimate"] = 5
    importer.do(steps)
    assert list(world.desk.stories) == [101, 999]
    assert "somebody works on it" in told[-1]


@pytest.mark.long
def test_real_processes_killed_and_at_once(world: World) -> None:
    """SIGKILL at each request of a process of its own, then two processes side by side."""
    world.write(COMMENTING)
    command = [
        sys.executable,
        "-m",
        "support_metrics.cli",
        "exterminator",
        "sync",
        "--issue",
        world.url(1),
        "--settings",
        str(world.folder / "settings.toml"),
    ]
    running: list[subprocess.Popen[bytes]] = []
    for number in range(30):
        world.desk.stories.clear()
        world.tool.comments.clear()
        world.desk.asked.clear()
        is_killed = False

        def gate(asked: Asked, number: int = number) -> None:
            nonlocal is_killed
            if len(world.desk.asked) == number and not is_killed:
                is_killed = True
                os.kill(running[-1].pid, signal.SIGKILL)

        world.desk.gate = gate
        running.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        running[-1].wait(60)
        world.desk.gate = lambda asked: None
        assert world.sync().exit_code == 0
        assert is_one_story(world), number
        assert len(world.comments()) == 1
        if not is_killed:
            break
    assert number >= 11
    for _ in range(5):
        world.desk.stories.clear()
        both = [subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for _ in range(2)]
        assert [each.wait(60) for each in both] == [0, 0]
        assert is_one_story(world)

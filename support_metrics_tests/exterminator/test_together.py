"""One story is left whatever happens: two people at once, runs that are cut off, answers that are lost."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from datetime import timedelta

import pytest

from support_metrics.errors import SupportMetricsError
from support_metrics.exterminator.issue_urls import parse
from support_metrics.exterminator.sync import Importer
from support_metrics_tests.exterminator.world import NOW, World, world
from support_metrics_tests.servers.base import Asked, refused, reset, truncated

__all__ = ["world"]
SITE = "https://github.com"
COMMENTING = 'comment = "Tracked as {story}"'


def import_one(importer: Importer, url: str) -> None:
    importer.do(importer.plan([importer.issues.issue(parse(url, SITE))]))


class Turns:
    """Lets the requests of two runs through in a given order, by the path below which each asks."""

    def __init__(self, order: Sequence[str]) -> None:
        self.order = list(order)
        self.done: set[str] = set()
        self.changed = threading.Condition()

    def __call__(self, asked: Asked) -> None:
        run = asked.path[:2]
        other = "/b" if run == "/a" else "/a"
        with self.changed:
            arrived = self.changed.wait_for(lambda: not self.order or self.order[0] == run or other in self.done, 20)
            assert arrived
            if self.order and self.order[0] == run:
                self.order.pop(0)
            self.changed.notify_all()

    def finished(self, run: str) -> None:
        with self.changed:
            self.done.add(run)
            self.changed.notify_all()


def at_once(world: World, order: Sequence[str], more: str = "") -> list[BaseException]:
    """Two people import the same issue, their requests to Shortcut in this order."""
    turns = Turns(order)
    world.desk.gate = turns
    failed: list[BaseException] = []

    def work(run: str) -> None:
        try:
            import_one(world.importer(run), world.url(1))
        except (SupportMetricsError, AssertionError) as error:
            failed.append(error)
        finally:
            turns.finished(run)

    for run in ("/a", "/b"):
        world.write(more, run=run)
    threads = [threading.Thread(target=work, args=(run,)) for run in ("/a", "/b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    world.desk.gate = lambda asked: None
    return failed


def is_one_story(world: World) -> bool:
    return [each["external_links"] for each in world.stories()] == [[world.url(1)]]


def test_the_other_runs_whole_between_any_two_requests(world: World) -> None:
    for before in range(14):
        world.desk.stories.clear()
        world.desk.asked.clear()
        assert at_once(world, ["/a"] * before + ["/b"] * 40) == []
        assert is_one_story(world), before


@pytest.mark.parametrize("seed", range(12))
def test_in_any_order_of_their_requests(world: World, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(6):
        world.desk.stories.clear()
        order = [chance.choice(("/a", "/b")) for _ in range(40)]
        assert at_once(world, order, COMMENTING) == []
        assert is_one_story(world), order
        assert world.comments() == [f"Tracked as {world.stories()[0]['app_url']}"], order
        world.tool.comments.clear()


def test_the_later_goes_also_where_both_have_looked_before_either_wrote(world: World) -> None:
    """Both read until nothing is left but to write; then both write, then both read again."""
    assert at_once(world, ["/a", "/b"] * 40) == []
    posted = [asked.path for asked in world.desk.asked if asked.method == "POST" and asked.path.endswith("/stories")]
    assert len(posted) == 2, "both made one"
    assert is_one_story(world)
    assert world.stories()[0]["id"] == 101, "the first stayed"


def test_a_story_that_somebody_works_on_is_not_removed(world: World) -> None:
    """The second story is ours and later, but somebody has taken it meanwhile: both stay, and it is said."""
    importer = world.importer()
    told: list[str] = []
    importer.say = told.append
    posts = 0

    def gate(asked: Asked) -> None:
        nonlocal posts
        if asked.method == "POST" and asked.path.endswith("/stories"):
            posts += 1
            world.desk.add(external_links=[world.url(1)], created_at="2026-01-01T00:00:00Z")
        elif posts == 1 and len(world.stories()) == 2:
            world.stories()[1]["owner_ids"] = ["somebody"]

    world.desk.gate = gate
    import_one(importer, world.url(1))
    assert len(world.stories()) == 2
    assert any("somebody works on it" in line for line in told)


def test_two_comments_at_the_same_moment_leave_one(world: World) -> None:
    """Both find no comment, and both write before either looks again."""
    import_one(world.importer(), world.url(1))
    both = threading.Barrier(2, timeout=20)

    def gate(asked: Asked) -> None:
        if asked.method == "POST":
            both.wait()

    world.tracker.gate = gate
    assert at_once(world, [], COMMENTING) == []
    comment = f"Tracked as {world.stories()[0]['app_url']}"
    assert [asked.method for asked in world.tracker.asked].count("POST") == 2, "both commented"
    assert world.comments() == [comment]
    (removed,) = {each["comment"] for each in world.logged() if each["write"] == "remove comment"}
    assert removed > min(world.tool.comments), "the first stayed"


class Killed(BaseException):
    """The process ends here."""


def killed(seconds: float, why: str) -> None:
    raise Killed


@pytest.mark.parametrize("is_done", [False, True], ids=["before the request is done", "after it, before the answer"])
def test_cut_off_at_any_request_and_run_again(world: World, is_done: bool) -> None:
    world.write(COMMENTING)
    number = cut = 0
    while True:
        for api in (world.desk, world.tracker):
            api.asked.clear()
            api.faults.clear()
        world.desk.stories.clear()
        world.tool.comments.clear()
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
    import_one(world.importer(), world.url(1))
    count, comments = len(world.desk.asked), len(world.tracker.asked)
    for number in range(count):
        world.desk.stories.clear()
        world.tool.comments.clear()
        world.desk.asked.clear()
        world.desk.faults = {number: fault}  # type: ignore[dict-item]
        import_one(world.importer(), world.url(1))
        assert is_one_story(world), number
        assert len(world.comments()) == 1, number
    for number in range(comments):
        world.desk.stories.clear()
        world.tool.comments.clear()
        world.tracker.asked.clear()
        world.tracker.faults = {number: fault}  # type: ignore[dict-item]
        import_one(world.importer(), world.url(1))
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
    second = {**first, "id": 999, "created_at": "2026-03-04T00:00:00Z"}
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


def test_many_at_once_in_one_command(world: World) -> None:
    for number in range(2, 12):
        world.tool.open_issue(number, NOW + timedelta(minutes=number), labels=[{"name": "triage"}])
    assert world.sync("--label", "triage", "--yes").exit_code == 0
    assert sorted(link for each in world.stories() for link in each["external_links"]) == sorted(
        world.url(number) for number in range(2, 12)
    )

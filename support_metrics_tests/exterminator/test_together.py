"""One story is left, and one comment, however many people import an issue at once."""

from __future__ import annotations

import random
import threading
from collections.abc import Sequence
from datetime import timedelta

import pytest

from support_metrics.errors import SupportMetricsError
from support_metrics_tests.exterminator.world import COMMENTING, NOW, World, import_one, is_one_story, world
from support_metrics_tests.servers.base import Asked

__all__ = ["world"]


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


def test_many_at_once_in_one_command(world: World) -> None:
    for number in range(2, 12):
        world.tool.open_issue(number, NOW + timedelta(minutes=number), labels=[{"name": "triage"}])
    assert world.sync("--label", "triage", "--yes").exit_code == 0
    assert sorted(link for each in world.stories() for link in each["external_links"]) == sorted(
        world.url(number) for number in range(2, 12)
    )

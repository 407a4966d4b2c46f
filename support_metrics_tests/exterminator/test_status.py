"""`exterminator status`: what is tracked, what drifted, and how it is mended after asking."""

from __future__ import annotations

import os
import pty
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support_metrics.cli import main
from support_metrics.errors import IssueRefused
from support_metrics.exterminator.issue_urls import parse, parse_link
from support_metrics_tests.exterminator.world import DONE, NOW, READY, SITE, World, world
from support_metrics_tests.servers.shortcut import label

__all__ = ["world"]
OURS = [label("exterminator")]


def drift(world: World) -> dict[str, int]:
    """One of each kind; the stories' ids by what is wrong."""
    for number in range(2, 9):
        world.tool.open_issue(number, NOW + timedelta(minutes=number))
    made = {
        "tracked": world.desk.add(external_links=[world.url(2)], labels=OURS),
        "closed here, open there": world.desk.add(external_links=[world.url(3)], labels=OURS),
        "done there, open here": world.desk.add(external_links=[world.url(4)], labels=OURS, workflow_state_id=DONE, completed=True),
        "archived there, open here": world.desk.add(external_links=[world.url(5)], labels=OURS, archived=True),
        "without label": world.desk.add(external_links=[world.url(6)], labels=[]),
        "first of two": world.desk.add(external_links=[world.url(7)], labels=OURS),
        "second of two": world.desk.add(external_links=[world.url(7)], labels=OURS, comments=[{"text": "mine"}]),
        "transferred": world.desk.add(external_links=[world.url(8)], labels=OURS),
        "gone": world.desk.add(external_links=[world.url(77)], labels=OURS),
        "without issue": world.desk.add(labels=OURS, name="Only here"),
    }
    world.tool.happen(3, "closed", NOW)
    other = world.tracker.repository("acme/other")
    world.tool.transfer(8, other, NOW, 80)
    world.write(repositories='"acme/tool", "acme/other"')
    return {kind: each["id"] for kind, each in made.items()}


def test_what_is_tracked_and_what_drifted(world: World) -> None:
    ids = drift(world)
    result = world.run("status")
    assert result.exit_code == 0, result.output + result.stderr
    lines = [line.strip() for line in result.output.splitlines()]
    assert lines[0] == "Open issues: 4 tracked, 1 not tracked; 7 drifted"
    assert lines[lines.index("Not tracked:") + 1] == f"{world.url(1)}  Crash on start"
    for said in (
        f"{world.url(3)}  is closed, its story is not done; story {ids['closed here, open there']}: ",
        f"finish   story {ids['closed here, open there']} goes to Done",
        f"{world.url(4)}  is open, story {ids['done there, open here']} (done) is finished",
        f"close    {world.url(4)} on GitHub, as completed",
        f"{world.url(5)}  is open, story {ids['archived there, open here']} (archived) is finished",
        f"{world.url(6)}  story {ids['without label']} lacks the label",
        f"{world.url(7)}  has 2 unfinished stories",
        f"archive  story {ids['second of two']}: story {ids['first of two']} is of the same issue and was first",
        f"{world.url(80, 'acme/other')}  was transferred there from {world.url(8)}",
        f"{world.url(77)}  is not there any more",
        f"story {ids['without issue']}  Only here",
    ):
        assert [line for line in lines if line.startswith(said)], said
    assert world.written() == []


def test_fix_needs_somebody_to_ask(world: World) -> None:
    drift(world)
    result = world.run("status", "--fix")
    assert result.exit_code == 1
    assert "run it with --yes" in result.stderr and world.written() == []


def test_fix_with_yes_mends_all_but_github(world: World) -> None:
    ids = drift(world)
    result = world.run("status", "--fix", "--yes")
    assert result.exit_code == 0, result.output + result.stderr
    stories = world.desk.stories
    assert stories[ids["closed here, open there"]]["workflow_state_id"] == DONE
    assert [each["name"] for each in stories[ids["without label"]]["labels"]] == ["exterminator"]
    assert stories[ids["second of two"]]["archived"] and not stories[ids["first of two"]]["archived"]
    assert stories[ids["transferred"]]["external_links"] == [world.url(8), world.url(80, "acme/other")]
    assert [world.tool.numbered(number)["state"] for number in (4, 5)] == ["open", "open"]  # type: ignore[index]
    assert [each["outcome"] for each in world.logged()] == ["begun", "done"] * 4
    assert "3 drifted" in world.run("status").output, "two issues wait for a person, one is gone"


def test_a_repository_that_was_renamed_drifts_only_by_its_links(world: World) -> None:
    made = world.desk.add(external_links=[world.url(1)], labels=OURS)
    world.tracker.rename(world.tool, "acme/gadget")
    world.write(repositories='"acme/gadget"')
    result = world.run("status")
    assert "Open issues: 1 tracked, 0 not tracked; 1 drifted" in result.output
    assert f"story {made['id']} links to a former address" in result.output


def test_a_state_of_its_own_for_what_is_done(world: World) -> None:
    world.desk.workflows[0]["states"].append({"id": 7, "name": "Shipped", "type": "done"})
    world.write('done_state = "Shipped"')
    made = world.desk.add(external_links=[world.url(1)], labels=OURS)
    world.tool.happen(1, "closed", NOW)
    world.run("status", "--fix", "--yes")
    assert made["workflow_state_id"] == 7


@pytest.mark.parametrize("is_labelled", [False, True], ids=["without the label", "with it"])
@pytest.mark.parametrize("is_ours", [False, True], ids=["made by a person", "made here"])
def test_a_transferred_issue_is_told_once(world: World, is_labelled: bool, is_ours: bool) -> None:
    if is_ours:
        world.sync()
    else:
        world.desk.add(external_links=[world.url(1)])
    (made,) = world.stories()
    made["labels"] = OURS[:] if is_labelled else []
    other = world.tracker.repository("acme/other")
    world.tool.transfer(1, other, NOW, 7)
    world.write(repositories='"acme/tool", "acme/other"')
    told = world.run("status", "--fix", "--yes").output
    assert "Open issues: 1 tracked, 0 not tracked; 1 drifted" in told
    assert f"{world.url(7, 'acme/other')}  was transferred there from {world.url(1)}" in told
    assert made["external_links"] == [world.url(1), world.url(7, "acme/other")]
    assert [each["name"] for each in made["labels"]] == ["exterminator"]
    assert "Open issues: 1 tracked, 0 not tracked; 0 drifted" in world.run("status").output


def test_a_link_written_otherwise_tracks_too(world: World) -> None:
    made = world.desk.add(external_links=["https://www.github.com/ACME/tool/issues/1#issuecomment-5"], labels=[])
    assert "Open issues: 1 tracked, 0 not tracked; 1 drifted" in world.run("status", "--fix", "--yes").output
    assert [each["name"] for each in made["labels"]] == ["exterminator"]
    assert "1 tracked, 0 not tracked; 0 drifted" in world.run("status").output


def test_unfinished_stories_without_the_label_are_nobody_s_drift(world: World) -> None:
    """Of a closed issue, of one elsewhere, of one that is gone."""
    world.tool.open_issue(2, NOW, state="closed")
    world.tracker.repository("acme/secret").open_issue(9, NOW)
    for link in (world.url(2), world.url(9, "acme/secret"), world.url(77)):
        world.desk.add(external_links=[link], labels=[])
    result = world.run("status")
    assert result.output.splitlines()[0] == "Open issues: 0 tracked, 1 not tracked; 0 drifted"
    assert "Not compared" not in result.output


def test_a_story_that_another_open_issue_needs_is_neither_finished_nor_archived(world: World) -> None:
    for number in (2, 3):
        world.tool.open_issue(number, NOW + timedelta(minutes=number))
    world.desk.add(external_links=[world.url(1)], labels=OURS)
    shared = world.desk.add(external_links=[world.url(1), world.url(2), world.url(3)], labels=OURS)
    world.tool.happen(2, "closed", NOW)
    result = world.run("status", "--fix", "--yes")
    assert result.exit_code == 0
    assert f"{world.url(2)}  is closed, its story is not done; story {shared['id']}" in result.output
    assert f"note     story {shared['id']} is also of {world.url(3)}, which is open" in result.output
    assert "0 writes done" in result.output
    assert shared["workflow_state_id"] == READY and not shared["archived"]
    world.tool.happen(1, "closed", NOW)
    world.tool.happen(3, "closed", NOW)
    world.run("status", "--fix", "--yes")
    assert [each["workflow_state_id"] for each in world.stories()] == [DONE, DONE]


def test_a_story_of_an_issue_that_cannot_be_seen_is_not_finished(world: World) -> None:
    made = world.desk.add(external_links=[world.url(1), world.url(5, "acme/hidden")], labels=OURS)
    world.tool.happen(1, "closed", NOW)
    result = world.run("status", "--fix", "--yes")
    assert f"story {made['id']} is also of {world.url(5, 'acme/hidden')}, which is gone or hidden from the token" in result.output
    assert made["workflow_state_id"] == READY


def test_open_issues_of_repositories_that_are_not_configured_are_listed(world: World) -> None:
    """One linked there, one transferred there, and a link to a pull request."""
    world.desk.add(external_links=[world.url(1)], labels=OURS)
    other = world.tracker.repository("acme/other")
    other.open_issue(2, NOW)
    world.tool.transfer(1, other, NOW, 7)
    world.tool.open_issue(3, NOW, is_pull=True)
    world.desk.add(external_links=[world.url(2, "acme/other")], labels=OURS)
    world.desk.add(external_links=[world.url(3)], labels=OURS)
    lines = [line.strip() for line in world.run("status").output.splitlines()]
    told = lines[lines.index("Not compared:") + 1 :]
    story = "https://app.shortcut.com/acme/story"
    assert sorted(told) == [
        f"{world.url(2, 'acme/other')}  is open, and acme/other is no configured repository; story 102: {story}/102",
        f"{world.url(7, 'acme/other')}  is open, and acme/other is no configured repository; story 101: {story}/101",
        f"{world.url(3)}  is a pull request; story 103: {story}/103",
    ]


Terminal = Callable[..., str]


@pytest.fixture
def at_a_terminal(world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Terminal]:
    """The command with a terminal to be asked at; returns what it said."""
    opened: list[int] = []

    def run(answers: str, *arguments: str) -> str:
        ours, theirs = pty.openpty()
        opened.append(ours)
        os.write(ours, f"{answers}\x04".encode())  # whoever asks for more than was answered gets the end of the file
        with os.fdopen(theirs) as terminal:
            monkeypatch.setattr(sys, "stdin", terminal)
            main(["exterminator", *arguments, "--settings", str(world.folder / "settings.toml")], standalone_mode=False)
        return capsys.readouterr().out

    yield run
    for each in opened:
        os.close(each)


def test_each_is_asked_for_at_a_terminal(world: World, at_a_terminal: Terminal) -> None:
    """`a` agrees to all that follow, but an issue is closed only where that very one is agreed to."""
    drift(world)
    for answers, done in (("n\nq\n", 0), ("n\ny\na\n", 5)):
        before = len(world.logged())
        said = at_a_terminal(answers, "status", "--fix")
        assert "(y)es, (n)o" in said
        assert f"{done} write" in said, said
        assert len(world.logged()) - before == 2 * done
    assert [world.tool.numbered(number)["state"] for number in (4, 5)] == ["open", "closed"]  # type: ignore[index]


def test_many_are_asked_for_at_a_terminal(world: World, at_a_terminal: Terminal) -> None:
    world.tool.open_issue(2, NOW, labels=[{"name": "triage"}])
    assert "Nothing was written." in at_a_terminal("n\n", "sync", "--label", "triage")
    assert world.stories() == []
    assert "Done; logged in" in at_a_terminal("y\n", "sync", "--label", "triage")
    assert [each["workflow_state_id"] for each in world.stories()] == [READY]


@given(st.text())
def test_any_text_is_an_issue_or_refused(text: str) -> None:
    for given_text in (text, f"{SITE}/{text}", f"{SITE}/acme/tool/issues/{text}"):
        try:
            found = parse(given_text, SITE)
        except IssueRefused as error:
            assert error.problem and error.mend
            assert error.problem.isprintable()
        else:
            assert parse(str(found), SITE) == found


@pytest.mark.parametrize("text", [None, 7, "", "https://app.shortcut.com/acme/story/1", "https://github.com/a/b/pull/1"])
def test_other_links_of_a_story_are_no_issues(text: object) -> None:
    assert parse_link(text, SITE) is None


@pytest.mark.parametrize(
    "text",
    [
        "https://github.com/Acme/Tool/issues/5",
        "http://www.github.com/acme/tool/issues/5/",
        "https://GitHub.com/acme/tool/issues/5#issuecomment-1?x=1",
    ],
)
def test_other_spellings_are_the_same_issue(text: str) -> None:
    assert parse(text, SITE).key == (SITE, "acme/tool", 5)

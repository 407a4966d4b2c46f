"""`exterminator sync`: which story an issue gets, and which one it has."""

from __future__ import annotations

from datetime import timedelta

import pytest

from support_metrics_tests.exterminator.world import GITHUB_TOKEN, NOW, READY, SHORTCUT_TOKEN, TEAM, World, world
from support_metrics_tests.servers.shortcut import label

__all__ = ["world"]


def test_a_story_with_everything_an_issue_says(world: World) -> None:
    world.write('team = "@Support"\nworkflow = "engineering"\nstate = "Ready"\n[exterminator.types]\n"kind/*" = "chore"\nbug = "feature"')
    world.tool.open_issue(
        2, NOW, title="Faster  start", body="See #12, `#13` and acme/other#4.", labels=[{"name": "Bug"}, {"name": "Kind/Docs"}]
    )
    result = world.sync("--issue", world.url(2))
    assert result.exit_code == 0, result.output
    (made,) = world.stories()
    assert {key: made[key] for key in ("name", "story_type", "external_links", "workflow_state_id", "group_id")} == {
        "name": "Faster start", "story_type": "chore", "external_links": [world.url(2)], "workflow_state_id": READY, "group_id": TEAM,
    }  # fmt: skip
    assert [each["name"] for each in made["labels"]] == ["exterminator"]
    assert made["description"] == (
        "See [#12](https://github.com/acme/tool/issues/12), `#13` and [acme/other#4](https://github.com/acme/other/issues/4)."
    )
    assert result.output.splitlines()[:2] == [
        f"{world.url(2)}  not tracked",
        f'  create   chore "Faster start" in Engineering: Ready, team Support, label exterminator, link {world.url(2)}, 116 characters of text',
    ]


@pytest.mark.parametrize("body", [None, "", "   "])
def test_an_empty_body_is_fine(world: World, body: str | None) -> None:
    world.tool.open_issue(2, NOW, body=body)
    assert world.sync("--issue", world.url(2)).exit_code == 0
    assert [each["description"].strip() for each in world.stories()] == [""]


def test_a_text_too_long_for_shortcut_is_cut_and_says_so(world: World) -> None:
    world.tool.open_issue(2, NOW, title="t" * 600, body="#1 " * 30_000)
    assert world.sync("--issue", world.url(2)).exit_code == 0
    (made,) = world.stories()
    assert made["description"].endswith(f"[#1]({world.url(1)})\n\n… cut here; the whole text: {world.url(2)}")


def test_a_dry_run_says_the_same_and_writes_nothing(world: World) -> None:
    world.write('comment = "Tracked as {story}"')
    dry = world.sync("--issue", world.url(1), "--dry-run", "--text")
    assert world.written() == []
    assert not world.stories() and not world.logged() and not world.comments()
    wet = world.sync("--issue", world.url(1), "--text")
    planned = dry.output.splitlines()
    assert planned.pop() == "Nothing was written (--dry-run)."
    assert wet.output.splitlines()[: len(planned)] == planned
    assert "    | See [#12](https://github.com/acme/tool/issues/12) and `#13`." in planned
    assert len(world.written()) == len([line for line in planned if line.startswith(("  create", "  comment"))]) == 2


def test_every_write_is_logged_before_and_after_with_what_is_sent(world: World) -> None:
    world.write('comment = "Tracked as {story}"')
    world.sync()
    (made,) = world.stories()
    assert [(each["write"], each["outcome"]) for each in world.logged()] == [
        ("create story", "begun"), ("create story", "done"), ("comment", "begun"), ("comment", "done"),
    ]  # fmt: skip
    first, second, third, _ = world.logged()
    assert first["body"]["description"] == made["description"]
    assert second["story"] == made["id"] and second["issue"] == world.url(1)
    assert third["body"] == world.comments()[0] == f"Tracked as {made['app_url']}"
    assert GITHUB_TOKEN not in world.log.read_text() and SHORTCUT_TOKEN not in world.log.read_text()


def test_what_cannot_be_logged_is_not_written(world: World) -> None:
    (world.folder / "data").write_text("a file where the folder should be")
    result = world.sync()
    assert result.exit_code == 1
    assert "exterminator.log" in result.stderr
    assert world.stories() == []


def test_again_changes_nothing(world: World) -> None:
    world.sync()
    again = world.sync()
    assert len(world.stories()) == 1
    assert "tracked by story 101" in again.output and "0 writes in all" in again.output
    assert world.sync("--issue", world.url(1), "--issue", world.url(1) + "/#issuecomment-1").exit_code == 0
    assert len(world.written()) == 1


@pytest.mark.parametrize(
    "link",
    [
        "https://github.com/acme/tool/issues/1",
        "https://github.com/acme/tool/issues/1/",
        "http://github.com/acme/tool/issues/1",
        "https://github.com/acme/tool/issues/1?x=1",
        "https://github.com/ACME/Tool/issues/1",
        "https://www.github.com/acme/tool/issues/1",
        "https://github.com/acme/tool/issues/1#issuecomment-5",
    ],
)
def test_a_story_that_is_there_gets_the_label_and_keeps_its_own(world: World, link: str) -> None:
    made = world.desk.add(external_links=["https://example.com", link], labels=[label("urgent")])
    for url in (world.url(1), link):
        result = world.sync("--issue", url)
        assert result.exit_code == 0, result.output
        assert len(world.stories()) == 1
    assert [each["name"] for each in made["labels"]] == ["urgent", "exterminator"]
    assert made["external_links"] == ["https://example.com", link]


@pytest.mark.parametrize(("created_at", "archived"), [("2018-05-01T00:00:00Z", False), ("2025-06-01T00:00:00Z", True)])
def test_a_story_of_any_year_is_found_archived_or_not(world: World, created_at: str, archived: bool) -> None:
    made = world.desk.add(external_links=[world.url(1)], labels=[], created_at=created_at, archived=archived)
    assert world.sync().exit_code == 0
    assert [each["name"] for each in made["labels"]] == ["exterminator"]
    assert len(world.stories()) == 1


def test_stories_are_listed_once_however_many_issues_there_are(world: World) -> None:
    """Shortcut allows 200 requests a minute."""
    for number in range(2, 40):
        world.tool.open_issue(number, NOW + timedelta(minutes=number), labels=[{"name": "triage"}])
    world.desk.add(external_links=[world.url(2)], labels=[])
    result = world.sync("--label", "triage", "--dry-run")
    assert "38 issues: 37 to be created, 1 tracked already" in result.output
    assert len(world.desk.asked) < 10


def test_capitals_make_no_other_issue(world: World) -> None:
    world.desk.add(external_links=["https://github.com/acme/tool/issues/1"], labels=[])
    world.tracker.rename(world.tool, "Acme/Tool")
    assert world.sync("--issue", "https://github.com/ACME/tool/issues/1").exit_code == 0
    assert [len(each["labels"]) for each in world.stories()] == [1]


@pytest.mark.parametrize("is_configured_anew", [False, True])
def test_a_renamed_repository(world: World, is_configured_anew: bool) -> None:
    """Its stories are found under the old address, whether the settings follow or not, and get the new address too."""
    world.sync()
    world.tracker.rename(world.tool, "acme/gadget")
    if is_configured_anew:
        world.write(repositories='"acme/gadget"')
    for url in (world.url(1), world.url(1, "acme/gadget")):
        result = world.sync("--issue", url)
        assert result.exit_code == 0, result.output + result.stderr
    (made,) = world.stories()
    assert made["external_links"] == [world.url(1), world.url(1, "acme/gadget")]


@pytest.mark.parametrize("labels", [[], [label("exterminator")]], ids=["without the label", "with it"])
@pytest.mark.parametrize("is_configured_anew", [False, True])
def test_a_story_of_a_renamed_repository_that_a_person_made(
    world: World, labels: list[dict[str, object]], is_configured_anew: bool
) -> None:
    world.desk.add(external_links=[world.url(1)], labels=list(labels), name="By hand")
    world.tracker.rename(world.tool, "acme/gadget")
    if is_configured_anew:
        world.write(repositories='"acme/gadget"')
    assert world.sync("--issue", world.url(1, "acme/gadget")).exit_code == 0
    (made,) = world.stories()
    assert made["external_links"] == [world.url(1), world.url(1, "acme/gadget")]
    assert [each["name"] for each in made["labels"]] == ["exterminator"]


def test_a_transferred_issue(world: World) -> None:
    world.sync()
    other = world.tracker.repository("acme/other")
    world.tool.transfer(1, other, NOW + timedelta(hours=1), 7)
    refused = world.sync()
    assert refused.exit_code == 1
    assert f"was transferred to {world.url(7, 'acme/other')}, and acme/other is no configured repository" in refused.stderr
    world.write(repositories='"acme/tool", "acme/other"')
    for url in (world.url(7, "acme/other"), world.url(1)):
        assert world.sync("--issue", url).exit_code == 0
    assert [each["external_links"] for each in world.stories()] == [[world.url(1), world.url(7, "acme/other")]]


@pytest.mark.parametrize("is_ours", [False, True], ids=["made by a person", "made here, and the label taken off"])
@pytest.mark.parametrize("is_old_given", [False, True], ids=["new address", "old address"])
def test_a_transferred_issue_whose_story_lacks_the_label(world: World, is_ours: bool, is_old_given: bool) -> None:
    if is_ours:
        world.sync()
        world.stories()[0]["labels"] = []
    else:
        world.desk.add(external_links=[world.url(1)], labels=[], name="Crash when I start it")
    other = world.tracker.repository("acme/other")
    world.tool.transfer(1, other, NOW + timedelta(hours=1), 7)
    other.happen(7, "transferred", NOW + timedelta(hours=1), issue={"number": 7})
    world.write(repositories='"acme/tool", "acme/other"')
    assert world.sync("--issue", world.url(1) if is_old_given else world.url(7, "acme/other")).exit_code == 0
    (made,) = world.stories()
    assert made["external_links"] == [world.url(1), world.url(7, "acme/other")]
    assert [each["name"] for each in made["labels"]] == ["exterminator"]


def test_a_transferred_issue_whose_story_was_renamed_among_many_others(world: World) -> None:
    """Nothing but GitHub's word that it was transferred, and where the old addresses lead, tells that it is the same."""
    for number in range(30):
        world.tool.open_issue(100 + number, NOW, title="Crash on start")
        world.desk.add(external_links=[world.url(100 + number)], labels=[label("exterminator")], name="Crash on start")
    mine = world.desk.add(external_links=[world.url(1)], labels=[label("exterminator")], name="Crash on Windows")
    other = world.tracker.repository("acme/other")
    world.tool.transfer(1, other, NOW + timedelta(hours=1), 7)
    other.happen(7, "transferred", NOW + timedelta(hours=1), issue={"number": 7})
    world.write(repositories='"acme/tool", "acme/other"')
    assert world.sync("--issue", world.url(7, "acme/other")).exit_code == 0
    assert len(world.stories()) == 31
    assert mine["external_links"] == [world.url(1), world.url(7, "acme/other")]


@pytest.mark.parametrize("command", ["sync", "status"])
def test_a_story_that_links_to_what_the_token_may_not_see_stops_nothing(world: World, command: str) -> None:
    world.desk.add(external_links=[world.url(1, "corp/closed")], labels=[label("exterminator")])
    world.desk.add(external_links=[world.url(1)], labels=[label("exterminator")])
    result = world.sync() if command == "sync" else world.run("status")
    assert result.exit_code == 0, result.stderr
    assert "story 102" in result.output
    world.desk.stories.pop(102)
    told = world.sync()
    assert told.exit_code == 0 and len(world.stories()) == 2
    assert "single sign-on; stories that link there are not compared" in told.stderr

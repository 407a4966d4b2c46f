"""`exterminator sync`: which story an issue gets, which one it has, and what is refused."""

from __future__ import annotations

from datetime import timedelta

import pytest

from support_metrics.errors import PostingError
from support_metrics.exterminator.issue_urls import parse
from support_metrics.settings import load_settings
from support_metrics.settings_tables import settings_tables
from support_metrics_tests.exterminator.world import GITHUB_TOKEN, NOW, READY, SHORTCUT_TOKEN, SITE, TEAM, World, import_one, world
from support_metrics_tests.servers.github import refusal
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


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("https://gitlab.com/acme/tool/issues/1", "lies on gitlab.com"),
        ("https://github.com.evil.example/acme/tool/issues/1", "lies on github.com.evil.example"),
        ("https://me@github.com/acme/tool/issues/1", "with a user name"),
        ("https://github.com/acme/tool/pull/2", "is a pull request"),
        ("https://github.com/acme/tool/issues/2", "is a pull request"),
        ("https://github.com/acme/tool/discussions/2", "is a discussion"),
        ("https://github.com/acme/secret/issues/1", "acme/secret is no configured repository"),
        ("https://github.com/nobody/nothing/issues/1", "nobody/nothing is no configured repository"),
        ("https://github.com/acme/tool/issues/99", "has been deleted"),
        ("https://github.com/acme/tool/pull/2/files", "is a pull request"),
        ("https://github.com/acme/tool/issues/0", "is no issue's address"),
        ("https://github.com/acme/tool/issues/1/foo/bar", "is no issue's address"),
        ("https://github.com/acme/tool/issues/1//", "is no issue's address"),
        pytest.param("https://github.com/acme/tool/issues/" + "9" * 4_400, "is no issue's address", id="4,400 digits"),
        ("https://github.com/acme/tool/issues/new", "is no issue's address"),
        ("https://github.com/acme/tool", "is no issue's address"),
        ("https://github.com/acme/../issues/1", "is no issue's address"),
        ("acme/tool#1", "is no address that begins with https://"),
        ("ftp://github.com/acme/tool/issues/1", "is no address that begins with https://"),
        ("https://[github.com/acme/tool/issues/1", "is no address"),
        ("https://github.com/acme/tool/issues/1\x1b[31m", "is no address"),
        ("nonsense", "is no address"),
        ("", "is no address"),
    ],
)
def test_what_is_no_issue_of_ours_is_refused_with_the_reason(world: World, given: str, reason: str) -> None:
    world.tool.open_issue(2, NOW, is_pull=True)
    world.tracker.repository("acme/secret").open_issue(1, NOW)
    result = world.sync("--issue", given)
    assert result.exit_code == 1
    assert reason in result.stderr and "what to do" in result.stderr
    assert "Traceback" not in result.output and "\x1b" not in result.stderr
    assert world.written() == []


@pytest.mark.parametrize("given", ["nonsense", f"https://github.com/acme/tool/issues/{'9' * 4_400}"], ids=["nonsense", "4,400 digits"])
def test_one_refused_address_keeps_no_other_from_being_imported(world: World, given: str) -> None:
    result = world.sync("--issue", given, "--issue", world.url(1))
    assert result.exit_code == 1
    assert len(world.stories()) == 1


def test_by_label_and_by_words_with_a_preview(world: World) -> None:
    world.tool.open_issue(2, NOW, title="Slow start", labels=[{"name": "triage"}])
    world.tool.open_issue(3, NOW, title="Closed", labels=[{"name": "triage"}], state="closed")
    world.tool.open_issue(4, NOW, title="A pull request", labels=[{"name": "triage"}], is_pull=True)
    asked = world.sync("--label", "Triage")
    assert asked.exit_code == 1
    assert f"{world.url(2)}  not tracked" in asked.output
    assert "1 issue: 1 to be created" in asked.output
    assert "run it with --yes" in asked.stderr and world.written() == []
    assert world.sync("--label", "triage", "--yes").exit_code == 0
    assert [each["name"] for each in world.stories()] == ["Slow start"]
    found = world.sync("--query", "start", "--yes")
    assert "2 issues: 1 to be created, 1 tracked already" in found.output
    assert [each["name"] for each in world.stories()] == ["Slow start", "Crash on start"]


@pytest.mark.parametrize("option", ["--label", "--query"])
@pytest.mark.parametrize("value", ["", "  "])
def test_an_empty_label_or_question_is_refused(world: World, option: str, value: str) -> None:
    """It would mean every open issue."""
    result = world.sync(option, value, "--yes")
    assert result.exit_code == 2
    assert f"Invalid value for '{option}': is empty" in result.stderr
    assert world.written() == []


def test_a_label_that_nobody_has_is_told_with_those_there_are(world: World) -> None:
    world.tracker.label_names = ["bug", "needs-triage", "Triage me", *(f"area {number}" for number in range(40))]
    result = world.sync("--label", "need-triage", "--issue", world.url(1), "--yes")
    assert result.exit_code == 1
    assert "no open issue has the label 'need-triage', and no configured repository has such a label" in result.stderr
    assert "write one of: needs-triage, " in result.stderr and ", and 23 more" in result.stderr
    assert len(world.stories()) == 1, "the issue given beside it is imported"


def test_a_label_without_an_open_issue_is_told_and_no_failure(world: World) -> None:
    world.tracker.label_names = ["Bug"]
    result = world.sync("--label", "bug", "--yes")
    assert result.exit_code == 0
    assert "no open issue has the label 'bug'" in result.stderr
    assert "0 issues" in result.output


def test_a_closed_issue_says_that_its_story_begins_unfinished(world: World) -> None:
    world.tool.open_issue(2, NOW, state="closed")
    preview = world.sync("--issue", world.url(2), "--dry-run")
    assert "note     the issue is closed; its story begins unfinished all the same" in preview.output
    assert world.sync("--issue", world.url(2)).exit_code == 0
    assert "note" not in world.sync("--issue", world.url(1), "--dry-run").output


def test_a_workspace_without_workflows_says_what_to_do(world: World) -> None:
    world.desk.workflows = []
    result = world.sync()
    assert result.exit_code == 1
    assert "the workspace has no workflow" in result.stderr and "make a workflow in Shortcut" in result.stderr


@pytest.mark.parametrize("words", ["repo:acme/secret crash", "crash org:acme", "-user:me"])
def test_words_may_not_leave_the_configured_repositories(world: World, words: str) -> None:
    result = world.sync("--query", words)
    assert result.exit_code == 1
    assert "is not for you to say" in result.stderr


def test_no_table_depends_on_these_settings(world: World) -> None:
    plain = settings_tables(load_settings(world.write()), NOW)["build"]
    assert settings_tables(load_settings(world.write('team = "Support"\ndefault_type = "chore"')), NOW)["build"] == plain


def test_nothing_named_is_a_usage_error(world: World) -> None:
    assert world.run("sync").exit_code == 2


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


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ('workflow = "Nope"', "exterminator.workflow: Shortcut has none with the name or id 'Nope'"),
        ('state = "Nope"', "write one of: Ready, Doing, Done"),
        ("team = 'Nope'", "write one of: Support"),
        ('comment = "Tracked"', "names no story"),
        ('[exterminator.types]\nbug = "epic"', "types.bug"),
    ],
)
def test_a_wrong_setting_says_what_to_write(world: World, setting: str, says: str) -> None:
    world.write(setting)
    result = world.sync()
    assert result.exit_code == 1
    assert says in result.stderr and world.written() == []


@pytest.mark.parametrize(("variable", "says"), [("GITHUB_TOKEN", "GITHUB_TOKEN"), ("SHORTCUT_API_TOKEN", "SHORTCUT_API_TOKEN")])
def test_without_a_token_or_with_a_wrong_one(world: World, monkeypatch: pytest.MonkeyPatch, variable: str, says: str) -> None:
    monkeypatch.setenv(variable, "wrong-token-0123456789")
    wrong = world.sync()
    monkeypatch.delenv(variable)
    missing = world.sync()
    for result in (wrong, missing):
        assert result.exit_code == 1
        assert says in result.stderr and "wrong-token" not in result.output + result.stderr
    assert world.stories() == []

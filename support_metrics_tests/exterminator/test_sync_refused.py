"""`exterminator sync`: which issues are chosen by address, label and words, and what is refused."""

from __future__ import annotations

import pytest

from support_metrics.settings import load_settings
from support_metrics.settings_tables import settings_tables
from support_metrics_tests.exterminator.world import NOW, World, world

__all__ = ["world"]


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

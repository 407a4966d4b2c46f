"""`forget` removes a person from all that is kept, changes no figure, and what is read again later does not bring them back."""

from __future__ import annotations

import json
import shutil
import tomllib
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest

from support_metrics.errors import LandingError
from support_metrics.exterminator.journal import Journal
from support_metrics.forgetting import planned
from support_metrics.landing import Landing
from support_metrics.new_people import new_people
from support_metrics.settings import load_settings
from support_metrics.sources.base import Record
from support_metrics.warehouse import models, open_published
from support_metrics_tests.forgetting.conftest import Forgotten, run
from support_metrics_tests.forgetting.team import CUT, LOG, NEEDLES, PERSON, THEIRS, add_later_export, found_in

pytestmark = pytest.mark.long

# What says who somebody is, or what they said.
IDENTITY = {
    "requests": {"request_id", "url", "title", "person_id", "person_name", "responder_name", "why", "verdict", "possible_answer_urls"},
    "sources": {"last_complete_sync_at", "is_stale"},
    "restatements": {"first_published_at", "why"},
}
SAID = {"title", "url", "notes"}
# These tell of people and of words, not how many.
OF_PEOPLE = {
    "accounts",
    "people",
    "new_users",
    "merge_suggestions",
    "tracking_gaps",
    "issue_votes",
    "priority_requests",
    "internal_reports",
}
OF_PEOPLE |= {"unmatched_overrides", "lead_entries", "build", "release_changes", "restatement_causes"}


def marts(folder: Path) -> dict[str, list[tuple[Any, ...]]]:
    with closing(open_published(load_settings(folder / "support_metrics.toml"))) as connection:
        return {model.name: rows(connection, model.name) for model in models() if model.layer == "marts"}


def rows(connection: duckdb.DuckDBPyConnection, name: str) -> list[tuple[Any, ...]]:
    apart = IDENTITY.get(name, set()) | SAID
    columns = [column for column, *_ in connection.execute(f"describe marts.{name}").fetchall() if column not in apart]
    found = connection.execute(f"select {', '.join(columns)} from marts.{name}").fetchall()
    return sorted(found, key=repr) if name in IDENTITY else found


def figures(folder: Path) -> dict[str, list[tuple[Any, ...]]]:
    return {name: held for name, held in marts(folder).items() if name not in OF_PEOPLE}


def test_the_search_finds_what_is_there(forgotten: Forgotten) -> None:
    found = found_in(forgotten.before)
    assert {needle for needles in found.values() for needle in needles} == set(NEEDLES)
    of_github = ("landing/github/issues", "landing/github/users", "landing/github/organisations", "landing/support_metrics/progress")
    for part in (
        *of_github,
        "landing/slack/messages",
        "landing/email/messages",
        "warehouse/",
        "reports/",
        "leads.toml",
        "data/exterminator.log.jsonl",
        "warehouse/.spill",
        "landing/.aside",
    ):
        assert any(part in name for name in found), part


def test_nothing_of_theirs_is_left_anywhere(forgotten: Forgotten) -> None:
    assert forgotten.result.exit_code == 0, forgotten.result.output
    assert found_in(forgotten.after) == {}
    assert "nothing of theirs is left" in forgotten.result.stdout


def test_every_figure_stays(forgotten: Forgotten) -> None:
    before, after = figures(forgotten.before), figures(forgotten.after)
    assert len(before) >= 12
    assert [name for name in before if before[name] != after[name]] == []
    assert before["weekly_users"] and before["restatements"] == []


def test_people_and_what_is_listed_of_them_stay_as_many(forgotten: Forgotten) -> None:
    before, after = ({name: len(held) for name, held in marts(each).items()} for each in forgotten[:2])
    assert before.pop("lead_entries") == after.pop("lead_entries") + 1
    assert before == after


def test_merged_accounts_stay_one_person_under_a_name_that_tells_nothing(forgotten: Forgotten) -> None:
    with closing(open_published(load_settings(forgotten.after / "support_metrics.toml"))) as connection:
        ((person, name, accounts),) = connection.execute(
            "select person_id, name, accounts from marts.people where len(accounts) = 3 and not was_team"
        ).fetchall()
    assert name.startswith("forgotten-")
    assert [account.split(":")[0] for account in accounts] == ["email", "github", "slack"]
    assert person == accounts[0]


def test_others_stay_as_they_are(forgotten: Forgotten) -> None:
    """A like name is not theirs, nor is another's message."""
    with closing(open_published(load_settings(forgotten.after / "support_metrics.toml"))) as connection:
        titles = {title for (title,) in connection.execute("select title from marts.requests").fetchall()}
        logins = {login for (login,) in connection.execute("select github_login from marts.new_users").fetchall()}
    assert {"Docs are out of date", "Why does my build fail with error 7?"} <= titles
    assert "graceful2" in logins


def test_the_teams_own_files(forgotten: Forgotten) -> None:
    leads = tomllib.loads((forgotten.after / "leads.toml").read_text())
    assert [entry["person"] for entry in leads["lead"]] == ["graceful2"]
    assert (forgotten.after / "leads.toml").read_text().startswith("# Kept.\n")
    ((override,),) = tomllib.loads((forgotten.after / "overrides.toml").read_text()).values()
    assert override["accounts"][1] == "github:user:99000002"
    assert override["accounts"][0].startswith("slack:T1:UFORGOTTEN")


def test_the_log_keeps_what_was_written_and_none_of_their_words(forgotten: Forgotten) -> None:
    *lines, cut = (forgotten.after / "data/exterminator.log.jsonl").read_text().split("\n")
    first, third = json.loads(lines[0]), json.loads(lines[2])
    assert first.pop("body") == THEIRS | {"name": "(forgotten)", "description": "(forgotten)"}
    assert first == {name: said for name, said in LOG[0].items() if name != "body"}
    assert lines[1] == (forgotten.before / "data/exterminator.log.jsonl").read_text().split("\n")[1]
    assert (third["body"]["name"], third["body"]["description"].split("\n")[0]) == ("Docs are out of date", "Somebody fix them")
    assert not {"umbrella", "daemon", "teapot"} & set(third["body"]["description"].split())
    assert cut.startswith(CUT[:50])


def test_what_was_logged_since_it_was_prepared_stays(team: Path) -> None:
    log = team / "data/exterminator.log.jsonl"
    with planned(load_settings(team / "support_metrics.toml"), PERSON) as plan:
        Journal(log).note("comment", "done", issue="https://github.com/tilt/demo/issues/4")
        (edit,) = (each for each in plan.edits if each.path == log)
        edit.write()
    assert '"write":"comment","outcome":"done"' in log.read_text().split("\n")[-2]
    assert "gmarchbanks" not in log.read_text()


def test_inputs_that_tell_of_them_are_named_and_left(forgotten: Forgotten) -> None:
    named = forgotten.result.stdout
    for part in ("slack", "github/tilt/demo", "mail.mbox", "stories.json"):
        assert f"exports/2026-03-06/{part}" in named
    assert (forgotten.after / "exports/2026-03-06/mail.mbox").read_text() == (forgotten.before / "exports/2026-03-06/mail.mbox").read_text()


def test_the_list_of_the_forgotten_names_nobody(forgotten: Forgotten) -> None:
    (path,) = (forgotten.after / "data/landing").glob("forgotten-*.json")
    assert not any(needle in path.read_text().lower() for needle in NEEDLES)
    assert (forgotten.after / "data/landing/.forgotten.key").stat().st_mode & 0o077 == 0


def test_leads_pass_over_them(forgotten: Forgotten) -> None:
    assert "forgotten" not in run(forgotten.after, "leads", "--format", "csv").stdout
    assert "graceful2" in run(forgotten.after, "leads", "--format", "csv").stdout


def test_later_syncs_do_not_bring_them_back(forgotten: Forgotten, tmp_path: Path) -> None:
    """The same files again, and later ones in which they go on writing and being spoken of; figures are as if nobody had been forgotten."""
    before, after = (
        Path(shutil.copytree(each, tmp_path / name, symlinks=True)) for name, each in (("b", forgotten.before), ("a", forgotten.after))
    )
    for folder in (before, after):
        shutil.rmtree(folder / "data/landing/support_metrics/files")  # so that every file is read again
        add_later_export(folder)
        result = run(folder, "refresh")
        assert result.exit_code == 0, result.output
    assert found_in(after) == {}
    ours, theirs = figures(before), figures(after)
    assert [name for name in ours if ours[name] != theirs[name]] == []
    told = [sorted((*row[:3], *row[4:6], row[-1]) for row in marts(each)["restatement_causes"]) for each in (before, after)]
    assert told[0] == told[1] and told[0], "all but the request's key and who asked"
    with closing(open_published(load_settings(after / "support_metrics.toml"))) as connection:
        causes = connection.execute("select distinct why from marts.restatements").fetchall()
    assert causes and not any("overrides" in why or "merged" in why for (why,) in causes)
    assert ours["weekly_users"] != figures(forgotten.before)["weekly_users"]


def test_their_profile_is_not_asked_for_again_and_tells_nothing(forgotten: Forgotten) -> None:
    """Whom a sync of GitHub would look up, and what is kept of whom it did look up."""
    asked = {}
    for folder in forgotten[:2]:
        settings = load_settings(folder / "support_metrics.toml")
        live = settings.model_copy(update={"github": settings.github.model_copy(update={"live": True})})
        asked[folder] = new_people(live)
    assert asked[forgotten.before] == {"github:user:99000002": "graceful2", "github:user:88000001": "gmarchbanks"}
    assert asked[forgotten.after] == {"github:user:99000002": "graceful2"}
    with closing(open_published(load_settings(forgotten.after / "support_metrics.toml"))) as connection:
        told = connection.execute(
            "select person_id, company, organisation, organisations from marts.new_users order by github_login"
        ).fetchall()
    assert [each[1:] for each in told if each[0] == "github:user:99000002"] == [("Elsewhere", "umbrella", ["umbrella"])]
    assert [each[2:] for each in told if "forgotten" in each[0]] == [(None, [])]


def test_forgetting_again_has_nothing_to_do(forgotten: Forgotten, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(forgotten.after, tmp_path / "again", symlinks=True))
    before = sorted(path.name for path in (folder / "data").rglob("*"))
    result = run(folder, "forget", PERSON, "--yes")
    assert result.exit_code == 0
    assert result.stdout.startswith(f"{PERSON} was forgotten before. ")
    assert result.stdout.endswith(" searched: nothing of theirs is left.\n")
    assert sorted(path.name for path in (folder / "data").rglob("*")) == before


@pytest.mark.parametrize(
    "given", [PERSON, pytest.param("gmarchbanks", marks=pytest.mark.long), pytest.param("slack:T1:UGRACE77", marks=pytest.mark.long)]
)
def test_forgetting_again_searches_again(forgotten: Forgotten, tmp_path: Path, given: str) -> None:
    """What came back meanwhile, from a backup say, is cleaned where that is possible, and told of where it is not."""
    folder = Path(shutil.copytree(forgotten.after, tmp_path / "again", symlinks=True))
    page = next((forgotten.before / "data/reports").glob("2*.html"))
    shutil.copy(page, folder / "data/reports" / page.name)
    backup = shutil.copy(next((forgotten.before / "data/warehouse").glob("warehouse-*.duckdb")), folder / "data/warehouse/old.duckdb")
    result = run(folder, "forget", given, "--yes")
    assert result.exit_code == 1
    assert f"{backup}: what the list of the forgotten names" in result.stderr.replace("\n", "")
    assert list(found_in(folder)) == ["data/warehouse/old.duckdb"]


def test_compacting_afterwards_brings_nothing_back(forgotten: Forgotten, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(forgotten.after, tmp_path / "compacted", symlinks=True))
    assert run(folder, "compact").exit_code == 0
    assert run(folder, "build").exit_code == 0
    assert found_in(folder) == {}
    assert figures(folder) == figures(forgotten.after)


def test_without_its_key_the_list_lets_nothing_land(forgotten: Forgotten, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(forgotten.after / "data/landing", tmp_path / "landing"))
    (folder / ".forgotten.key").unlink()
    with pytest.raises(LandingError, match="would be landed again"):
        Landing(folder).append("slack", "messages", [Record("messages", "slack:T1:C1:1.0", {"text": "hello"})])

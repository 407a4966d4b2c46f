"""The proof finds what is planted, wherever it lies and however it is written, and nothing else."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import duckdb
import pytest

from support_metrics.forgetting.person import Found
from support_metrics.forgetting.proof import Needles, inputs, proven
from support_metrics.landing import Landing
from support_metrics.landing.learning import Learned, Person, learned_words
from support_metrics.settings import Settings, load_settings
from support_metrics.sources.base import Record
from support_metrics_tests.cli.conftest import write

pytestmark = pytest.mark.long

TOKEN = "0123456789ab"
PLANTED = {
    "an account": "see x:user:88000001",
    "an address": "Zoe <ZOE@marrow.example>",
    "a name": "Zoë O'Marrow-Lee said",
    "words of theirs": "as in: how do I *frobnicate* the walrus",
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    write(
        tmp_path / "support_metrics.toml",
        '[paths]\nlanding = "l"\nwarehouse = "w"\nreports = "r"\n[github]\nfiles = ["in/*"]\nrepositories = ["o/r"]\n',
    )
    settings = load_settings(tmp_path / "support_metrics.toml")
    Landing(settings.landing_path).append(
        "github", "issues", [Record("issues", "github:issue:1", {"title": "zoe is a word", "id": 8800000})]
    )
    return settings


@pytest.fixture
def needles() -> Needles:
    learned = learned_words(Learned({"Zoë O'Marrow-Lee", "zoe"}, {"zoe@marrow.example"}, {"How do I frobnicate the walrus?"}))
    person = Person(["github:user:88000001", "x:user:88000001"], borne={"alice"})
    return Needles(Found("github:user:88000001", "zoe", person, ()), learned, TOKEN)


def test_nothing_where_nothing_is(settings: Settings, needles: Needles) -> None:
    write(settings.reports_path / "a.html", "<p>zoe is a word; how do I frobnicate a walrus; 880000012</p>")
    proof = proven(settings, needles)
    assert proof.traces == []
    assert proof.files == 2


@pytest.mark.parametrize("kind", PLANTED)
def test_in_every_place(settings: Settings, needles: Needles, kind: str) -> None:
    text = PLANTED[kind]
    Landing(settings.landing_path).append("slack", "messages", [Record("messages", "slack:T:C:1", {"text": text})])
    settings.warehouse_path.mkdir()
    with duckdb.connect(str(settings.warehouse_path / "warehouse-1.duckdb")) as connection:
        connection.execute("create schema core; create table core.x as select ? as said, [?] as list", [text, text])
    write(settings.reports_path / "week.html", f"<script>{json.dumps([text])}</script>")
    write(settings.landing_path / ".left.json", text)
    write(settings.folder / "leads.toml", f"# {text}\n")
    write(settings.folder / "data/exterminator.log.jsonl", json.dumps({"body": text.replace(" ", "\n", 1)}))
    proof = proven(settings, needles)
    assert {trace.kind for trace in proof.traces} == {kind}
    assert {trace.path.suffix for trace in proof.traces} == {".parquet", ".duckdb", ".html", ".json", ".toml", ".jsonl"}
    assert kind in str(proof.traces[0])


def test_a_number_that_is_their_id(settings: Settings, needles: Needles) -> None:
    Landing(settings.landing_path).append("github", "issues", [Record("issues", "github:issue:2", {"user": {"id": 88000001}})])
    assert [trace.kind for trace in proven(settings, needles).traces] == ["an account"]


@pytest.mark.parametrize(
    ("about", "works_at", "is_found"),
    [
        (f"forgotten-{TOKEN}", "marrow.example", True),
        (f"forgotten-{TOKEN}", "Hooli</bdi>; <bdi>Marrow.example", True),
        (f"forgotten-{TOKEN}", "as marrow.example says", False),  # talk, not a cell
        ("forgotten-ba9876543210", "marrow.example", False),  # somebody else
        ("alice", "marrow.example", False),
    ],
)
def test_where_they_work_is_theirs_beside_their_stand_in(
    settings: Settings, needles: Needles, about: str, works_at: str, is_found: bool
) -> None:
    row = f"<tr><th><bdi>{about}</bdi></th><td><bdi>{works_at}</bdi></td></tr>"
    other = "<tr><th>alan</th><td>marrow.example</td></tr>"
    write(
        settings.reports_path / "week.html", f"<script>'<tr>{TOKEN}<i>marrow.example</i></tr>'</script><table>{other}{row}{other}</table>"
    )
    assert [(trace.kind, trace.count) for trace in proven(settings, needles).traces] == [("an employer", 1)] * is_found
    settings.warehouse_path.mkdir()
    with duckdb.connect(str(settings.warehouse_path / "warehouse-1.duckdb")) as connection:
        connection.execute("create table x as select ? as name, ? as domain union all select 'alan', 'marrow.example'", [about, works_at])
    assert len(proven(settings, needles).traces) == (2 if is_found and works_at == "marrow.example" else is_found)


@pytest.mark.parametrize(
    ("said", "is_found"),
    [
        ("counted as <bdi>zoe in Slack</bdi> then, as <bdi>alan</bdi> now", True),
        ("counted as <bdi>alan</bdi> then, as <bdi>Zoe on GitHub</bdi> now", True),
        ("asked by <bdi>zoe</bdi> · Slack", True),
        ("asked by <bdi>Zoe Miller</bdi> · Slack; counted as <bdi>zoe jones</bdi> then, as <bdi>Zoe Miller in Slack</bdi> now", False),
        ("counted as <bdi>zoe</bdi> then", True),
        ("counted as <bdi>zoe-2 in Slack</bdi> then, asked by <bdi>zoey</bdi>", False),  # somebody else
        ("a zoe in Slack is a word, as zoe is", False),
    ],
)
def test_a_short_name_where_a_page_says_who_somebody_is(settings: Settings, needles: Needles, said: str, is_found: bool) -> None:
    write(settings.reports_path / "week.html", f"<li>{said}</li>")
    write(settings.reports_path / "week.json", json.dumps("asked by zoe"))
    assert [(trace.kind, trace.count) for trace in proven(settings, needles).traces] == [("a name", 1)] * is_found


@pytest.mark.parametrize(("company", "is_found"), [("hooli", True), ("@Hooli", True), ("github", False), ("", False)])
def test_an_employer_in_facts_beside_their_stand_in(settings: Settings, company: str, is_found: bool) -> None:
    rows = [[f"forgotten-{TOKEN}", "github", company], ["alan", "github", "hooli"]]
    facts = json.dumps({"columns": ["Person", "Channel", "Company"], "rows": rows})
    write(settings.reports_path / "week.html", f'<script type="application/json" class="facts">{facts}</script>')
    found = Found("github:user:88000001", "zoe", Person(["github:user:88000001"]), ())
    proof = proven(settings, Needles(found, Learned(), TOKEN, {"hooli", "github"}))
    assert [(trace.kind, trace.count) for trace in proof.traces] == [("an employer", 1)] * is_found


def test_inputs_are_looked_through(settings: Settings, needles: Needles) -> None:
    write(settings.folder / "in/other/issues.jsonl", "{}")
    named = write(settings.folder / "in/a/issues.jsonl", json.dumps({"body": "zo\u00eb o'marrow-lee"}))
    with zipfile.ZipFile(settings.folder / "in/b.zip", "w") as archive:
        archive.writestr("x/issues.jsonl", '{"id": 88000001}')
    assert inputs(settings, needles) == [named, settings.folder / "in/b.zip"]

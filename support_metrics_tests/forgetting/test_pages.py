"""Pages are cleaned as a browser reads them, and only where they tell something."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

import duckdb
import pytest

from support_metrics.forgetting.pages import Cleaning
from support_metrics.forgetting.person import Found
from support_metrics.forgetting.proof import Needles, proven
from support_metrics.landing.forgotten import Entries, Forgotten
from support_metrics.landing.learning import Learned, Person, enter, learned_words
from support_metrics.leads import EMPLOYER
from support_metrics.report import render_week
from support_metrics.settings import Settings
from support_metrics_tests.report.example import WEEK, create_marts, fill

pytestmark = pytest.mark.long

TITLE = 'Crash & <burn> when the "umbrella" daemon meets a quixotic teapot'


@pytest.fixture
def cleaning() -> Cleaning:
    forgotten = Forgotten(b"k" * 32, Entries())
    learned = learned_words(
        Learned(
            names={"Zoë O'Marrow-Lee", "zmarrow77", "zoe"},
            addresses={"zoe@marrow.example", "zoe@kites.example"},
            texts={TITLE, "Security questionnaire"},
        )
    )
    person = Person(["github:user:88000001"], current={"zmarrow77", "zoe"})
    enter(forgotten, person, learned, "0123456789ab", "2026-03-02")
    return Cleaning(forgotten)


HANDLE = "forgotten-0123456789ab"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"<p>{html.escape(TITLE)}</p>", "<p>(forgotten)</p>"),
        (f'<a title="{html.escape(TITLE)}" href="https://x.example">x</a>', '<a title="(forgotten)" href="https://x.example">x</a>'),
        (f"<script>const rows = {json.dumps([TITLE, 7])};</script>", '<script>const rows = ["(forgotten)", 7];</script>'),
        ("<td>Zo&euml; O&#39;Marrow-Lee</td>", "<td>forgotten_0123456789ab</td>"),
        ("<td>zoe</td><td>zoe is a word</td>", f"<td>{HANDLE}</td><td>zoe is a word</td>"),
        ("<li>answered by zoe, late</li>", f"<li>answered by {HANDLE}, late</li>"),
        (
            "<li>asked by <bdi>zoe</bdi> · Slack; counted as <bdi>zoe in Slack</bdi> then, as <bdi>zoe on GitHub</bdi> now</li>",
            f"<li>asked by <bdi>{HANDLE}</bdi> · Slack; counted as <bdi>{HANDLE} in Slack</bdi> then, as <bdi>{HANDLE} on GitHub</bdi> now</li>",
        ),
        ("<p>counted as zoe by e-mail then, as zoe on X now</p>", f"<p>counted as {HANDLE} by e-mail then, as {HANDLE} on X now</p>"),
        ("<td>zoe on YouTube</td><td>a zoe in Slack is a word</td>", f"<td>{HANDLE} on YouTube</td><td>a zoe in Slack is a word</td>"),
        ('<a href="https://github.com/zmarrow77">zmarrow77</a>', f'<a href="https://github.com/{HANDLE}">{HANDLE}</a>'),
        ("<p>“Security questionnaire” was met</p>", "<p>“(forgotten)” was met</p>"),
        (f"<bdi>{html.escape(TITLE[:60])}…</bdi>", "<bdi>(forgotten)</bdi>"),
        ("<td>zoe@marrow.example</td>", "<td>forgotten-0123456789ab@forgotten.invalid</td>"),
    ],
)
def test_whatever_the_writing(cleaning: Cleaning, before: str, after: str) -> None:
    assert cleaning.page(before) == after
    assert cleaning.page(after) == after


# What a lead's row may still say when they are forgotten: who stands for them, and what they asked as far as it tells nothing of them.
KEPT = {"Person", "GitHub", "Slack", "First asked", "Channel", "First question", "Link", "Requests", "In triage", "Status"}
KNOWN = {"company": 'Kite "String" Labs', "organisation": "kite-string-labs", "email_domain": "kites.example"}


@pytest.fixture(scope="module")
def page_of_leads() -> str:
    """The real page of the example week; its first new person is to be forgotten."""
    with duckdb.connect() as marts:
        marts.execute("set TimeZone = 'UTC'")
        create_marts(marts)
        fill(marts)
        for column, value in {"name": "zoe", "github_login": "zmarrow77", "slack_name": "zoe", **KNOWN}.items():
            marts.execute(f"update marts.new_users set {column} = ? where person_id = 'github:user:0'", [value])
        return render_week(marts, WEEK)


def leads_in(page: str) -> list[dict[str, str]]:
    found = [json.loads(each) for each in re.findall('<script type="application/json" class="facts">(.*?)</script>', page)]
    return [dict(zip(held["columns"], row, strict=True)) for held in found if "In triage" in held["columns"] for row in held["rows"]]


def test_of_a_lead_the_pages_facts_keep_only_what_tells_nothing(cleaning: Cleaning, page_of_leads: str) -> None:
    theirs, others = leads_in(page_of_leads)
    assert [theirs[name] for name in EMPLOYER] == list(KNOWN.values())
    clean = cleaning.page(page_of_leads)
    left, others_left = leads_in(clean)
    assert (left["Person"], left["GitHub"], left["Slack"]) == (HANDLE, HANDLE, HANDLE)
    assert {name for name, said in left.items() if said and said != "(forgotten)"} <= KEPT
    assert others_left == others and others["Company"] == "Hooli"
    assert [said for said in ("Kite", "kite-string-labs", "kites.example") if said in page_of_leads and said in clean] == []
    assert cleaning.page(clean) == clean


def test_the_proof_reads_the_pages_facts(cleaning: Cleaning, page_of_leads: str, tmp_path: Path) -> None:
    settings = Settings(folder=tmp_path)
    found = Found("github:user:88000001", "zoe", Person(["github:user:88000001"]), ())
    page = tmp_path / "data/reports/2026-03-02.html"
    page.parent.mkdir(parents=True)
    clean = cleaning.page(page_of_leads)
    for column, said in zip(EMPLOYER, KNOWN.values(), strict=True):
        planted = _with_fact(clean, column, said)
        assert planted != clean
        assert leads_in(cleaning.page(planted)) == leads_in(clean)
        page.write_text(planted, "utf-8")
        needles = Needles(found, Learned(addresses={"zoe@kites.example"}), "0123456789ab", {each.lower() for each in KNOWN.values()})
        assert [(trace.kind, trace.count) for trace in proven(settings, needles).traces] == [("an employer", 1)]
    page.write_text(clean, "utf-8")
    assert proven(settings, needles).traces == []


def _with_fact(page: str, column: str, said: str) -> str:
    """The page, with something in a column of the first lead's facts."""

    def changed(match: re.Match[str]) -> str:
        held = json.loads(match[2])
        if column in held["columns"]:
            held["rows"][0][held["columns"].index(column)] = said
        return f"{match[1]}{json.dumps(held)}{match[3]}"

    return re.sub('(<script type="application/json" class="facts">)(.*?)(</script>)', changed, page)


HEAD = '<tr><th scope="col">Person</th><th scope="col">Works at</th></tr>'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<th>zoe</th><td><bdi>Hooli</bdi>; <bdi>kites.example</bdi></td>", f"<th>{HANDLE}</th><td>(forgotten)</td>"),
        (f"<th>{HANDLE}</th><td><bdi>Kites.example</bdi></td>", f"<th>{HANDLE}</th><td>(forgotten)</td>"),
        ("<th>alan</th><td>kites.example</td>", "<th>alan</th><td>kites.example</td>"),
        # What a colleague of theirs asked about them says nothing of where others work.
        ("<th>alan</th><td>Hooli</td><td>with zmarrow77</td>", f"<th>alan</th><td>Hooli</td><td>with {HANDLE}</td>"),
        ("<th>x</th><td>y</td><td>by zoe</td><td>kites.example</td>", f"<th>x</th><td>y</td><td>by {HANDLE}</td><td>(forgotten)</td>"),
    ],
)
def test_where_they_work_goes_from_rows_about_them(cleaning: Cleaning, before: str, after: str) -> None:
    def table(row: str) -> str:
        return f"<script>x = '<table>'</script><table>{HEAD}<tr>{row}</tr></table><p>kites.example</p>"

    assert cleaning.page(table(before)) == table(after)
    assert cleaning.page(table(after)) == table(after)


def test_where_they_work_goes_from_lines_about_them(cleaning: Cleaning) -> None:
    assert cleaning.plain("name,domain\nzmarrow77,kites.example\nalan,kites.example\n") == (
        f"name,domain\n{HANDLE},(forgotten)\nalan,kites.example\n"
    )


@pytest.mark.parametrize(
    "page",
    [
        '<!doctype html><html lang="en"><body class="a b"><p>1 &lt; 2 &amp;&amp; caf&eacute;</p></body></html>',
        '<style>td > a { content: "\'"; }</style><script>if (a < b && c) { x = \'zoe\'; y = "\\u003c"; }</script>',
        "<p>A crash when the daemon starts</p><!-- zmarrow77 -->"[:39],
    ],
)
def test_what_tells_nothing_stays_byte_for_byte(cleaning: Cleaning, page: str) -> None:
    assert cleaning.page(page) == page

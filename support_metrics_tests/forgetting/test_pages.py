"""Pages are cleaned as a browser reads them, and only where they tell something."""

from __future__ import annotations

import html
import json

import pytest

from support_metrics.forgetting.pages import Cleaning
from support_metrics.landing.forgotten import Entries, Forgotten
from support_metrics.landing.learning import Learned, Person, enter, learned_words

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
        ('<a href="https://github.com/zmarrow77">zmarrow77</a>', f'<a href="https://github.com/{HANDLE}">{HANDLE}</a>'),
        ("<p>“Security questionnaire” was met</p>", "<p>“(forgotten)” was met</p>"),
        (f"<bdi>{html.escape(TITLE[:60])}…</bdi>", "<bdi>(forgotten)</bdi>"),
        ("<td>zoe@marrow.example</td>", "<td>forgotten-0123456789ab@forgotten.invalid</td>"),
    ],
)
def test_whatever_the_writing(cleaning: Cleaning, before: str, after: str) -> None:
    assert cleaning.page(before) == after
    assert cleaning.page(after) == after


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

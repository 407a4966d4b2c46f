"""However a request is named, it is found; what is not says what is covered and what comes near."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support_metrics.errors import WarehouseError
from support_metrics.explain import explain_request

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SLACK = "slack:T05MILLWRIT:C05MHELPHLP:1757426400.000100"
ISSUE = "github:issue:3378501415"


@pytest.mark.parametrize(
    ("asked", "key"),
    [
        (SLACK, SLACK),
        (f"  {SLACK.lower()} ", SLACK),
        ("1757426400.000100", SLACK),
        ("p1757426400000100", SLACK),
        ("C05MHELPHLP:1757426400.000100", SLACK),
        ("https://tilter-example.slack.com/archives/C05MHELPHLP/p1757426400000100", SLACK),
        ("<https://tilter-example.slack.com/archives/C05MHELPHLP/p1757426400000100>", SLACK),
        ("https://app.slack.com/client/T05MILLWRIT/C05MHELPHLP/thread/C05MHELPHLP-1757426400.000100", SLACK),
        # a reply that is not known, in the thread of one that is
        ("https://x.slack.com/archives/C05MHELPHLP/p1757426400999999?thread_ts=1757426400.000100&cid=C05MHELPHLP", SLACK),
        (ISSUE, ISSUE),
        ("github:issue:337850141", ISSUE),
        ("3378501415", ISSUE),
        ("https://github.com/tilter-example/millwright/issues/1416", ISSUE),
        ("https://github.com/Tilter-Example/Millwright/issues/1416?x=1#issue", ISSUE),
        ("https://github.com/tilter-example/millwright/issues/1416#issuecomment-3257656806", ISSUE),
        ("https://api.github.com/repos/tilter-example/millwright/issues/1416", ISSUE),
        ("https://api.github.com/repos/tilter-example/millwright/issues/comments/3257656806", ISSUE),
        ("tilter-example/millwright#1416", ISSUE),
        ("millwright#1416", ISSUE),
        ("#1416", ISSUE),
        ("<20251120200000.73227@fable-insurance.example.org>", "email:message:20251120200000.73227@fable-insurance.example.org"),
        ("https://x.com/somebody/status/2008554145182646416", "x:post:2008554145182646416"),
        ("https://twitter.com/i/web/status/2008554145182646416?s=20", "x:post:2008554145182646416"),
        ("https://www.youtube.com/watch?v=abc&lc=Ugz0027gCxEGjykgqrqmpx4AaABAg", "youtube:comment:Ugz0027gCxEGjykgqrqmpx4AaABAg"),
        ("youtube:thread:Ugz0027gCxEGjykgqrqmpx4AaABAg", "youtube:comment:Ugz0027gCxEGjykgqrqmpx4AaABAg"),
    ],
)
def test_it_is_found(asked: str, key: str, published: DuckDBPyConnection) -> None:
    assert [each.request_id for each in explain_request(published, asked).requests] == [key]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("", "nothing was asked about"),
        ("slack:T05", "may mean any of"),
        ("hello", "covered: slack messages from 2025-09-01 04:00Z to 2026-03-16 12:00Z"),
        ("http://nonsense.example/x", "nothing is known of 'http://nonsense.example/x'\n"),
        ("https://tilter-example.slack.com/archives/C05MGENERAL/p1761919200000100", "C05MGENERAL is not among those read (#help,"),
        ("slack:T05MILLWRIT:C05MHELPHLP:1773662520.328248", "sent Mon 2026-03-16 08:02:00, after Mon 2026-03-16 08:00:00, as of which"),
        ("slack:T05MILLWRIT:C05MHELPHLP:1757426400.000101", f"near it: {SLACK}"),
        ("slack:T05MILLWRIT:C05MHELPHLP:17574264OO.000100", f"near it: {SLACK} “Our gears"),
        ("gear groups", f"near it: {ISSUE} “Gear groups in the command line”"),
        ("github:user:80424950", f"near it: {ISSUE}"),
        ("tilter-example/millwright#99999", "no issue 99999 is known in tilter-example/millwright\n  near it: https://github.com/"),
        ("nobody/nothing#1", "nobody/nothing is not among the repositories read (tilter-example/millwright,"),
        ("#99999999999999999999999", "nothing is known of"),
        ("x" * 100_000, "nothing is known of 'xxx"),
        ("' or 1=1 --", "nothing is known of"),
    ],
)
def test_what_is_unknown_says_what_is_covered_and_what_comes_near(asked: str, said: str, published: DuckDBPyConnection) -> None:
    with pytest.raises(WarehouseError) as error:
        explain_request(published, asked)
    assert said in error.value.problem
    assert len(error.value.problem) < 2_000


def test_another_versions_warehouse_is_named_as_such() -> None:
    import duckdb

    with duckdb.connect() as empty, pytest.raises(WarehouseError, match="does not hold what explaining reads"):
        explain_request(empty, SLACK)

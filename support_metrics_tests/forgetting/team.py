"""A small team with somebody to forget, who asked in Slack, at GitHub and by e-mail and is named, mentioned and quoted by others."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from support_metrics_tests.cli.conftest import message, ts, write

SETTINGS = """
[team]
name = "Tilt"
as_of = 2026-03-10T07:00:00Z
new_user_warmup_days = 0
[[calendars]]
[slack]
files = ["exports/*/slack"]
channels = ["support"]
triage_channels = ["triage"]
team_id = "T1"
[github]
files = ["exports/*/github"]
repositories = ["tilt/demo"]
[shortcut]
files = ["exports/*/stories.json"]
[email]
files = ["exports/*/mail.mbox"]
addresses = ["help@tilt.example"]
"""
ROSTER = """
[[member]]
name = "Ada"
github = [1]
slack = ["U1"]
email = ["ada@tilt.example"]
[[shared]]
name = "Mailbox"
email = ["help@tilt.example"]
"""
OVERRIDES = """# Ours.
[[not_same]]
accounts = ["slack:T1:UGRACE77", "github:user:99000002"]
who = "Ada"
why = "Grace Marchbanks-Lee told us that graceful2 is somebody else"
"""
LEADS = """# Kept.
[[lead]]
person = "gmarchbanks"
status = "contacted"
since = 2026-03-04
who = "Nick"
note = "likes the beta"

[[lead]]
person = "graceful2"
status = "new"
since = 2026-03-05
who = "Nick"
"""
# The log of what was written to Shortcut; its last line was cut by a crash.
THEIRS = {"name": "Crash when the umbrella daemon meets a quixotic teapot", "description": "Seen by the zeppelin exporter too.", "story_type": "bug",
          "external_links": ["https://github.com/tilt/demo/issues/3"]}  # fmt: skip
LOG: tuple[dict[str, Any], ...] = (
    {"at": "2026-03-04T11:00:00+00:00", "by": "ada", "write": "create story", "outcome": "begun", "issue": "https://github.com/tilt/demo/issues/3", "body": THEIRS},
    {"at": "2026-03-04T11:00:01+00:00", "by": "ada", "write": "create story", "outcome": "done", "issue": "https://github.com/tilt/demo/issues/3", "story": 11},
    {"at": "2026-03-05T11:00:00+00:00", "by": "ada", "write": "create story", "outcome": "begun", "issue": "https://github.com/tilt/demo/issues/4",
     "body": {"name": "Docs are out of date", "description": "Somebody fix them\nAsked by Grace Marchbanks-Lee\nCrash when the umbrella\ndaemon meets a quixotic teapot"}},
)  # fmt: skip
CUT = '{"at":"2026-03-05T12:00:00+00:00","write":"comment","why":"@gmarchbanks'
PERSON = "grace@marchbanks.example"
# Whatever tells who she is, in lower case; what she wrote by a part that is hers alone.
NEEDLES = (
    "ugrace77", "88000001", "gmarchbanks", "grace marchbanks-lee", "grace@marchbanks", "marchbanks", "frobnicator of my walrus",
    "quixotic teapot", "the umbrella daemon", "zeppelin exporter", "likes the beta", "kite",
)  # fmt: skip
WORDS = "The frobnicator of my walrus pipeline fails with error 42 since the upgrade. What can I do about that?"
TITLE = "Crash when the umbrella daemon meets a quixotic teapot"
USERS = [
    {"id": "U1", "team_id": "T1", "name": "ada", "profile": {"real_name": "Ada", "email": "ada@tilt.example"}},
    {"id": "UGRACE77", "team_id": "T1", "name": "gmarchbanks", "profile": {"real_name": "Grace Marchbanks-Lee", "email": PERSON, "title": "Marchbanks Ltd, https://github.com/gmarchbanks"}},
    {"id": "U8", "team_id": "T1", "name": "alan", "profile": {"real_name": "Alan Other"}},
]  # fmt: skip
SUPPORT = {
    "2026-03-02": [
        message("UGRACE77", "2026-03-02T09:00:00Z", WORDS),
        message("U8", "2026-03-02T09:10:00Z", "<@UGRACE77> same here", thread="2026-03-02T09:00:00Z"),
        message("U1", "2026-03-02T09:30:00Z", "Hi Grace, &gt; The frobnicator of my walrus pipeline fails\nTry 2.1, @gmarchbanks.", thread="2026-03-02T09:00:00Z"),
    ],
    "2026-03-03": [
        message("U8", "2026-03-03T09:00:00Z", "Why does my build fail with error 7?"),
        message("UGRACE77", "2026-03-03T11:00:00Z", "thanks all, that solved it"),
        message("U8", "2026-03-03T12:00:00Z", "<@UGRACE77> you are welcome"),
        message("U1", "2026-03-03T13:00:00Z", "<@UGRACE77>: glad to hear"),
    ],
}  # fmt: skip
TRIAGE = {"2026-03-04": [message("U1", "2026-03-04T09:00:00Z", "Grace Marchbanks-Lee (grace@marchbanks.example) asked for a demo")]}


def issue(number: int, author: tuple[int, str], title: str, body: str, updated: str, **more: Any) -> dict[str, Any]:
    return {
        "id": 2000 + number, "number": number, "title": title, "body": body, "state": "open", "labels": [],
        "user": {"id": author[0], "login": author[1], "type": "User", "html_url": f"https://github.com/{author[1]}"},
        "created_at": f"2026-03-0{number}T10:00:00Z", "updated_at": updated, "html_url": f"https://github.com/tilt/demo/issues/{number}",
        "url": f"https://api.github.com/repos/tilt/demo/issues/{number}", **more,
    }  # fmt: skip


def comment(identity: int, number: int, author: tuple[int, str], body: str, at: str) -> dict[str, Any]:
    return {
        "id": identity, "issue_url": f"https://api.github.com/repos/tilt/demo/issues/{number}", "body": body, "created_at": at, "updated_at": at,
        "user": {"id": author[0], "login": author[1], "type": "User"}, "html_url": f"https://github.com/tilt/demo/issues/{number}#c{identity}",
    }  # fmt: skip


def profile(account: tuple[int, str], later: bool, name: str, company: str) -> dict[str, Any]:
    return {
        "id": account[0], "login": account[1], "type": "User", "html_url": f"https://github.com/{account[1]}", "name": name, "company": company,
        "bio": f"{name} runs the zeppelin exporter for a living", "email": None, "twitter_username": account[1],
        "updated_at": f"2026-03-0{7 if later else 1}T10:00:00Z",
    }  # fmt: skip


def membership(account: tuple[int, str], organisation: str) -> dict[str, Any]:
    return {"user": {"id": account[0], "login": account[1]}, "organizations": [{"id": 77, "login": organisation, "description": None}]}


GRACE, OTHER, ADA = (88000001, "gmarchbanks"), (99000002, "graceful2"), (1, "ada")


def export(folder: Path, observed: str, later: bool) -> None:
    """One dated folder of what the sources gave; a later one has all of the first and more."""
    write(folder / "manifest.json", {"observed_at": observed, "covered_from": "2026-01-01T00:00:00Z"})
    write(folder / "slack/channels.json", [{"id": "C1", "name": "support"}, {"id": "C2", "name": "triage"}])
    write(folder / "slack/users.json", USERS)
    support = dict(SUPPORT)
    issues = [
        issue(3, GRACE, TITLE, "Seen by the zeppelin exporter too.", "2026-03-04T10:00:00Z", assignee={"id": 1, "login": "ada", "type": "User"}),
        issue(4, OTHER, "Docs are out of date", "Somebody fix them", "2026-03-04T12:00:00Z"),
    ]  # fmt: skip
    comments = [
        comment(3001, 3, ADA, f"@gmarchbanks: {TITLE}? Fixed in main.", "2026-03-03T11:00:00Z"),
        comment(3002, 4, GRACE, "The zeppelin exporter has that as well, I fear", "2026-03-04T11:00:00Z"),
    ]
    if later:
        support["2026-03-09"] = [message("UGRACE77", "2026-03-09T09:00:00Z", "How do I upgrade the frobnicator of my walrus pipeline?")]
        issues[0] |= {"body": "Seen by the zeppelin exporter too. Still there.", "updated_at": "2026-03-08T10:00:00Z"}
        comments.append(comment(3003, 4, ADA, "As Grace Marchbanks-Lee said, see gmarchbanks' comment", "2026-03-08T11:00:00Z"))
    for channel, days in (("support", support), ("triage", TRIAGE)):
        for day, messages in days.items():
            write(folder / f"slack/{channel}/{day}.json", messages)
    people = [profile(GRACE, later, "Grace Marchbanks-Lee", ' Kite "String" Labs'), profile(OTHER, later, "G. Other", "Elsewhere")]
    memberships = [membership(GRACE, "kite-string-guild"), membership(OTHER, "umbrella")]
    for name, records in (
        ("tilt/demo/issues", issues), ("tilt/demo/comments", comments), ("users", people), ("organisations", memberships)
    ):  # fmt: skip
        write(folder / f"github/{name}.jsonl", "".join(json.dumps(each) + "\n" for each in records))
    story = {
        "id": 11, "name": TITLE, "app_url": "https://app.shortcut.com/tilt/story/11", "story_type": "bug", "created_at": "2026-03-04T11:00:00Z",
        "updated_at": "2026-03-04T11:00:00Z", "labels": [{"id": 1, "name": "exterminator"}], "description": "Reported by Grace Marchbanks-Lee",
        "external_links": ["https://github.com/tilt/demo/issues/3"],
    }  # fmt: skip
    write(folder / "stories.json", [story])
    write(folder / "mail.mbox", MBOX + (MORE_MAIL if later else ""))


MBOX = """From grace@marchbanks.example Wed Mar  4 08:00:00 2026
From: Grace Marchbanks-Lee <grace@marchbanks.example>
To: help@tilt.example
Subject: Licence for the umbrella daemon of ours
Message-ID: <m1.grace@marchbanks.example>
Date: Wed, 04 Mar 2026 08:00:00 +0000
Content-Type: text/plain; charset=utf-8

Whom do I pay for the umbrella daemon?

From ada@tilt.example Wed Mar  4 09:00:00 2026
From: Ada <help@tilt.example>
To: Grace Marchbanks-Lee <grace@marchbanks.example>
Subject: Re: Licence for the umbrella daemon of ours
Message-ID: <m2@tilt.example>
In-Reply-To: <m1.grace@marchbanks.example>
References: <m1.grace@marchbanks.example>
Date: Wed, 04 Mar 2026 09:00:00 +0000
Content-Type: text/plain; charset=utf-8

Hi Grace, us.
> Whom do I pay for the umbrella daemon?

"""
MORE_MAIL = """From grace@marchbanks.example Sun Mar  8 08:00:00 2026
From: Grace Marchbanks-Lee <grace@marchbanks.example>
To: help@tilt.example
Subject: Another one
Message-ID: <m3.grace@marchbanks.example>
Date: Sun, 08 Mar 2026 08:00:00 +0000
Content-Type: text/plain; charset=utf-8

And whom for the zeppelin exporter?

"""


def make_team(folder: Path) -> Path:
    """Write the team's files; returns its settings file."""
    for name, text in (("support_metrics", SETTINGS), ("roster", ROSTER), ("overrides", OVERRIDES), ("leads", LEADS)):
        write(folder / f"{name}.toml", text)
    write(folder / "data/exterminator.log.jsonl", "".join(f"{json.dumps(each, separators=(',', ':'))}\n" for each in LOG) + CUT)
    export(folder / "exports/2026-03-06", "2026-03-06T08:00:00Z", later=False)
    return folder / "support_metrics.toml"


def add_later_export(folder: Path) -> None:
    export(folder / "exports/2026-03-10", "2026-03-10T06:00:00Z", later=True)


# An independent search: shares no code with the package.


def texts_in(path: Path) -> Iterator[str]:
    """Every text a file holds, decoded, and its bytes."""
    yield path.read_bytes().decode("latin-1")
    if path.suffix == ".parquet":
        for row in pq.ParquetFile(path).read().to_pylist():
            yield json.dumps(row, default=str, ensure_ascii=False)
            yield json.dumps(json.loads(row["payload"]), ensure_ascii=False)
    elif path.suffix == ".duckdb":
        with duckdb.connect(str(path), read_only=True) as connection:
            for schema, table in connection.execute("select schema_name, table_name from duckdb_tables()").fetchall():
                for row in connection.execute(f'from "{schema}"."{table}"').fetchall():
                    yield repr(row)
    else:
        text = path.read_text("utf-8", "replace")
        yield html.unescape(text)
        yield re.sub(r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match[1], 16)), html.unescape(text))


def found_in(folder: Path, needles: tuple[str, ...] = NEEDLES) -> dict[str, list[str]]:
    """By file, what of the needles it holds; inputs are left out."""
    found: dict[str, list[str]] = {}
    for path in sorted(each for each in folder.rglob("*") if each.is_file() and "exports" not in each.parts):
        lower = [text.lower() for text in texts_in(path)]
        if there := [needle for needle in needles if any(needle in text for text in lower)]:
            found[str(path.relative_to(folder))] = there
    return found


TS = ts

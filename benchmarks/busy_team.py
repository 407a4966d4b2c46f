"""Inputs of a busy community, made from a seed: a Slack export as Slack makes it, and GitHub objects as JSON lines."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

START = datetime(2017, 1, 2, tzinfo=UTC)
YEARS = 9
CHANNELS = 3
USERS = 20_000
STAFF = 40
REPOSITORY = "busy/tool"
TOP_LEVEL_SHARE = 0.4
QUESTIONS = (
    "How do I make the scheduler wait for the upstream job when it runs in another workspace?",
    "My run fails with a timeout after the second retry, any idea what could cause it?",
    "is there a way to pass configuration to a sensor without restarting the daemon",
    "Getting an exception in the loader since the upgrade, the stack trace mentions a missing column",
    "Can someone help me with partitions that overlap by one hour?",
)
CHATTER = (
    "Thanks, that worked for me after I cleared the cache and restarted everything!",
    "We solved it by pinning the older version until the fix is released next week.",
    "Good morning everyone, hope you all had a nice weekend.",
    "You can set the option in the project file, see the page on configuration.",
    "I wrote a short post on how we moved our nightly jobs over, happy to share it here.",
)
WORDS = [
    "pipeline",
    "asset",
    "job",
    "schedule",
    "sensor",
    "partition",
    "retry",
    "upstream",
    "storage",
    "notebook",
    "cluster",
    "container",
    "release",
    "branch",
    "token",
    "column",
]


def _sentence(dice: random.Random, words: int = 12) -> str:
    base = dice.choice(QUESTIONS if dice.random() < 0.5 else CHATTER)
    return base + " " + " ".join(dice.choices(WORDS, k=words))


def _slack_message(dice: random.Random, user: str, at: datetime) -> dict[str, Any]:
    text = _sentence(dice, words=2)
    return {
        "client_msg_id": f"{dice.getrandbits(128):032x}",
        "type": "message",
        "text": text,
        "user": user,
        "ts": f"{int(at.timestamp())}.{at.microsecond:06d}",
        "blocks": [
            {
                "type": "rich_text",
                "block_id": f"{dice.getrandbits(24):06x}",
                "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}],
            }
        ],
        "team": "T0BUSY",
        "user_team": "T0BUSY",
        "source_team": "T0BUSY",
        "user_profile": {
            "avatar_hash": "g78dc7b2e1bf",
            "real_name": f"Person {user}",
            "display_name": user.lower(),
            "team": "T0BUSY",
            "is_restricted": False,
        },
    }


def write_slack_export(folder: Path, messages: int, seed: int = 1) -> None:
    """A Slack export of about so many messages over nine years: three channels, threads, forty staff."""
    dice = random.Random(seed)
    users = [f"U{number:07d}" for number in range(USERS)]
    staff = users[:STAFF]
    channels = [{"id": f"C{number:07d}", "name": f"help-{number}", "created": 1483228800, "members": []} for number in range(CHANNELS)]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "channels.json").write_text(json.dumps(channels))
    (folder / "users.json").write_text(
        json.dumps(
            [
                {
                    "id": user,
                    "team_id": "T0BUSY",
                    "name": user.lower(),
                    "deleted": False,
                    "is_bot": False,
                    "profile": {"real_name": f"Person {user}", "email": f"{user.lower()}@example.com"},
                }
                for user in users
            ]
        )
    )
    days = YEARS * 365
    per_file = max(1, round(messages / days / CHANNELS))
    for name in (f"help-{number}" for number in range(CHANNELS)):
        (folder / name).mkdir(exist_ok=True)
        open_threads: list[tuple[str, str]] = []
        for day in range(days):
            begins = START + timedelta(days=day)
            moments = sorted(begins + timedelta(microseconds=dice.randrange(86_400_000_000)) for _ in range(per_file))
            written = []
            for at in moments:
                if open_threads and dice.random() > TOP_LEVEL_SHARE:
                    thread_ts, parent = dice.choice(open_threads)
                    message = _slack_message(dice, dice.choice(staff) if dice.random() < 0.5 else dice.choice(users), at)
                    message |= {"thread_ts": thread_ts, "parent_user_id": parent}
                else:
                    message = _slack_message(dice, dice.choice(staff) if dice.random() < 0.1 else dice.choice(users), at)
                    open_threads = [*open_threads[-20:], (message["ts"], message["user"])]
                written.append(message)
            # Without blanks, so that a million messages are about 670 MB.
            (folder / name / f"{begins:%Y-%m-%d}.json").write_text(json.dumps(written, separators=(",", ":")))


def write_github(folder: Path, issues: int, comments: int, seed: int = 2) -> None:
    """So many issues (a third of them pull requests) and comments, with the events of their closing."""
    dice = random.Random(seed)
    target = folder / REPOSITORY
    target.mkdir(parents=True, exist_ok=True)
    span = YEARS * 365 * 86_400
    opened = sorted(START + timedelta(seconds=dice.randrange(span)) for _ in range(issues))
    _write_lines(target / "issues.jsonl", (_issue(dice, number, at) for number, at in enumerate(opened, 1)))
    _write_lines(target / "comments.jsonl", (_comment(dice, number, opened) for number in range(1, comments + 1)))
    _write_lines(target / "events.jsonl", (_closing(dice, number, at) for number, at in enumerate(opened, 1) if number % 3))


def _write_lines(path: Path, objects: Iterator[dict[str, Any]]) -> None:
    with path.open("w") as file:
        for each in objects:
            file.write(json.dumps(each) + "\n")


def _user(dice: random.Random, staff_share: float) -> dict[str, Any]:
    number = dice.randrange(STAFF) if dice.random() < staff_share else dice.randrange(USERS)
    return {"login": f"gh{number}", "id": 1000 + number, "type": "User", "html_url": f"https://github.com/gh{number}"}


def _stamp(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def _issue(dice: random.Random, number: int, at: datetime) -> dict[str, Any]:
    kind = "pull" if number % 3 == 0 else "issues"
    issue = {
        "url": f"https://api.github.com/repos/{REPOSITORY}/issues/{number}",
        "html_url": f"https://github.com/{REPOSITORY}/{kind}/{number}",
        "id": 10_000 + number,
        "number": number,
        "title": _sentence(dice)[:80],
        "user": _user(dice, 0.2),
        "labels": [{"id": 1, "name": "bug"}],
        "state": "closed" if number % 3 else "open",
        "assignees": [],
        "comments": 4,
        "reactions": {"+1": dice.randrange(3), "total_count": 0},
        "created_at": _stamp(at),
        "updated_at": _stamp(at + timedelta(days=3)),
        "closed_at": _stamp(at + timedelta(days=3)) if number % 3 else None,
        "body": _sentence(dice) * 4,
    }
    return issue | ({"pull_request": {"url": "x"}} if kind == "pull" else {})


def _comment(dice: random.Random, number: int, opened: list[datetime]) -> dict[str, Any]:
    issue = dice.randrange(len(opened))
    at = _stamp(opened[issue] + timedelta(seconds=dice.randrange(300_000)))
    return {
        "url": f"https://api.github.com/repos/{REPOSITORY}/issues/comments/{number}",
        "html_url": f"https://github.com/{REPOSITORY}/issues/{issue + 1}#issuecomment-{number}",
        "issue_url": f"https://api.github.com/repos/{REPOSITORY}/issues/{issue + 1}",
        "id": number,
        "user": _user(dice, 0.5),
        "author_association": "NONE",
        "created_at": at,
        "updated_at": at,
        "body": _sentence(dice) * 3,
    }


def _closing(dice: random.Random, number: int, at: datetime) -> dict[str, Any]:
    return {
        "id": number,
        "url": f"https://api.github.com/repos/{REPOSITORY}/issues/events/{number}",
        "event": "closed",
        "actor": _user(dice, 0.7),
        "created_at": _stamp(at + timedelta(days=3)),
        "issue": {"id": 10_000 + number, "number": number, "html_url": f"https://github.com/{REPOSITORY}/issues/{number}"},
    }


def write_settings(folder: Path) -> Path:
    """Settings and roster for the inputs beside them; judged at the end of the nine years."""
    as_of = START + timedelta(days=YEARS * 365)
    path = folder / "support_metrics.toml"
    path.write_text(
        f"""
[team]
name = "Busy"
time_zone = "America/New_York"
as_of = {as_of:%Y-%m-%dT%H:%M:%SZ}
[paths]
landing = "landing"
warehouse = "warehouse"
reports = "reports"
roster = "roster.toml"
[[calendars]]
name = "support"
time_zone = "America/New_York"
country = "US"
[slack]
files = ["slack"]
channels = ["*"]
[github]
files = ["github"]
repositories = ["{REPOSITORY}"]
"""
    )
    members = "".join(
        f'[[member]]\nname = "Staff {number}"\nslack = ["U{number:07d}"]\ngithub = ["gh{number}"]\n' for number in range(STAFF)
    )
    (folder / "roster.toml").write_text(members.replace('slack = ["U', 'slack = ["T0BUSY:U'))
    return path


def touch_every_day(folder: Path) -> None:
    """Make another export of the same channels: one message a file got a reaction, so no file is the same and few messages differ."""
    for file in folder.glob("*/*.json"):
        messages = json.loads(file.read_text())
        if messages:
            messages[0]["reactions"] = [{"name": "+1", "users": ["U0000001"], "count": 1}]
            file.write_text(json.dumps(messages))

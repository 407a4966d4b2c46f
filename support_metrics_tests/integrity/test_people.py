"""Accounts, people and new users of the demo against a recount from landing; who is who is worked out anew."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, datetime, timedelta

import duckdb
import pytest

from support_metrics.landing import OWN
from support_metrics_tests.integrity.people import SPOKEN, People
from support_metrics_tests.integrity.recount import Recount, Request


@pytest.fixture(scope="module")
def messages(recount: Recount, people: People) -> Counter[str]:
    """Messages in the configured places, by account."""
    counted: Counter[str] = Counter(author for _, _, author in _spoken(recount, people) if author)
    repositories = {each.lower() for each in recount.settings.github.repositories}
    urls = set()
    for key, rows in recount.versions("github", "issues").items():
        repository, created_at = "/".join(rows[0]["url"].split("/")[-4:-2]).lower(), datetime.fromisoformat(rows[0]["created_at"])
        if repository in repositories and created_at <= recount.as_of:
            counted[recount.author(key, rows)] += 1
            urls.add(rows[0]["url"].lower())
    for key, rows in recount.versions("github", "comments").items():
        if rows[0]["issue_url"].lower() in urls and datetime.fromisoformat(rows[0]["created_at"]) <= recount.as_of:
            counted[people.commenter(key, rows)] += 1
    for found in (recount.emails(), recount.posts(), recount.direct_messages(), recount.comments()):
        counted.update(each.account for each in found if each.sent_at <= recount.as_of)
    return counted


def _spoken(recount: Recount, people: People) -> list[tuple[str, dict[str, object], str | None]]:
    names = {channel["name"]: channel["id"] for channel in recount.newest("slack", "channels").values()}
    support = {names[each] for each in recount.settings.slack.channels}
    return [row for row in people.slack_messages() if row[0].split(":")[2] in support and row[1].get("subtype", "") in SPOKEN]


def test_who_is_who(people: People, built: duckdb.DuckDBPyConnection) -> None:
    held = dict(built.execute("select account_id, person_id from marts.accounts").fetchall())
    assert held == {key: people.persons[key] for key in people.accounts}
    assert len(set(held.values())) < len(held), "some accounts are merged"


def test_accounts(people: People, messages: Counter[str], built: duckdb.DuckDBPyConnection) -> None:
    rows = built.execute("select account_id, source, handle, name, email, kind, messages from marts.accounts").fetchall()
    held = {row[0]: row[1:] for row in rows}
    assert held == {
        key: (each.source, each.handle, each.name, each.email, people.kind(each), messages[key]) for key, each in people.accounts.items()
    }
    assert {row[5] for row in rows} == {"bot", "shared", "team", "deleted", "external"}


def test_people(
    people: People, messages: Counter[str], requests: list[Request], recount: Recount, built: duckdb.DuckDBPyConnection
) -> None:
    accounts, written, asked = defaultdict(list), Counter[str](), defaultdict(list)
    for account, person in people.persons.items():
        accounts[person].append(account)
        written[person] += messages[account]
    for request in requests:
        if not request.is_excluded:
            asked[request.person].append(request.opened_at)
    today = recount.day(recount.as_of)
    rows = built.execute(
        "select person_id, accounts, is_team, was_team, requests, first_request_at, last_request_at, messages from marts.people"
    ).fetchall()
    assert len(rows) == len(accounts)
    for person, held, is_team, was_team, number, first_at, last_at, count in rows:
        spans = people.employed(person) or [(date.min, date.max) for each in held if each in people.shared]
        assert held == sorted(accounts[person])
        assert is_team == any(begins <= today <= ends for begins, ends in spans), person
        assert was_team == bool(spans), person
        moments = asked[person]
        assert (number, first_at, last_at) == (len(moments), min(moments, default=None), max(moments, default=None)), person
        assert count == written[person], person


def test_new_users(people: People, requests: list[Request], recount: Recount, built: duckdb.DuckDBPyConnection) -> None:
    """Each person's first request, the channels they asked in, and what their profiles tell."""
    asked: dict[str, list[Request]] = defaultdict(list)
    for request in requests:
        if not request.is_excluded:
            asked[request.person].append(request)
    profiles = defaultdict(list)
    for key, account in people.accounts.items():
        profiles[people.persons[key]].append(account)
    mentioned = _mentioned(people, recount)
    warm = date(2025, 9, 1) + timedelta(days=recount.settings.team.new_user_warmup_days)
    rows = built.execute(
        """
        select person_id, first_request_id, first_seen_at, requests, channels, github_login, company, job_title, email_domain, is_mentioned_in_triage, status,
            organisations, organisation
        from marts.new_users
        """
    ).fetchall()
    assert {row[0] for row in rows} == asked.keys()
    for person, *held in rows:
        first = min(asked[person], key=lambda request: (request.opened_at, request.key))
        mine = profiles[person]
        organisations = sorted({each for account in mine for each in account.organisations})
        domains = {each.email.split("@")[1] for each in mine if each.email and "users.noreply.github.com" not in each.email}
        assert held == [
            first.key,
            first.opened_at,
            len(asked[person]),
            sorted({request.channel for request in asked[person]}),
            min((each.handle for each in mine if each.source == "github" and each.handle), default=None),
            min((each.company for each in mine if each.company), default=None),
            min((each.job_title for each in mine if each.job_title), default=None),
            min(domains, default=None),
            person in mentioned,
            "new" if recount.day(first.opened_at) >= warm else "unknown",
            organisations,
            min((each.stated for each in mine if each.stated), default=next(iter(organisations), None)),
        ], person
    told = Counter(name for row in rows for name, value in (("company", row[6]), ("organisation", row[12])) if value)
    assert told["company"] > 15 and told["organisation"] > 15


def _mentioned(people: People, recount: Recount) -> set[str]:
    """Whom a message in a triage channel names: by mention, by full name, or by a handle longer than three letters."""
    names = {channel["name"]: channel["id"] for channel in recount.newest("slack", "channels").values()}
    triage = {names[each] for each in recount.settings.slack.triage_channels}
    texts = [f" {message['text'].lower()} " for key, message, _ in people.slack_messages() if key.split(":")[2] in triage]
    found = set()
    for key, account in people.accounts.items():
        known_as = [f"<@{key.split(':')[2].lower()}>"] if account.source == "slack" else []
        known_as += [account.name.lower()] if account.name and " " in account.name else []
        known_as += [f"@{account.handle.lower()}"] if account.handle and len(account.handle) > 1 else []
        known_as += [account.handle.lower()] if account.handle and len(account.handle) > 3 else []
        if any(_stands_in(name, text) for name in known_as for text in texts):
            found.add(people.persons[key])
    return found


def _stands_in(name: str, text: str) -> bool:
    """As words of their own."""
    place = text.find(name)
    while place >= 0:
        before, after = text[place - 1], text[place + len(name) :].lstrip(".-'")[:1] or " "
        if not (before.isalnum() or before in "_.@+-'") and not (after.isalnum() or after in "_@+"):
            return True
        place = text.find(name, place + 1)
    return False


def test_sources(recount: Recount, built: duckdb.DuckDBPyConnection) -> None:
    """What is landed of each stream, and the last span without a gap that its imports cover."""
    syncs = [row[4] for row in recount.rows(OWN, "syncs")]
    rows = built.execute(
        "select source, stream, objects, versions, covered_from_at, covered_until_at, is_stale from marts.sources"
    ).fetchall()
    assert {row[:2] for row in rows} == {place for place in recount.landing.snapshot() if place[0] != OWN}
    for source, stream, *counts, covered_from_at, covered_until_at, is_stale in rows:
        landed = recount.rows(source, stream)
        assert counts == [len({row[0] for row in landed}), len({(row[0], row[5]) for row in landed})], (source, stream)
        mine = [sync for sync in syncs if (sync["source"], sync["stream"], sync["scope"]) == (source, stream, "*")]
        if mine:
            spans = sorted(tuple(datetime.fromisoformat(sync[f"covered_{end}_at"]) for end in ("from", "until")) for sync in mine)
            begins, ends = spans[0]
            for begun, ended in spans[1:]:
                begins, ends = (begins if begun <= ends else begun), max(ends, ended)
            assert (covered_from_at, covered_until_at) == (begins, min(ends, recount.as_of)), (source, stream)
            assert not is_stale

"""Merge suggestions and overrides without effect, against a recount from landing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations

import duckdb

from support_metrics_tests.integrity.people import Account, People
from support_metrics_tests.integrity.recount import Recount, Request

Suggestion = tuple[str, str, str, str]

# Handles that stand for a desk, not for a human.
DESKS = {"info", "support", "hello", "contact", "admin", "mail", "office", "team", "sales", "help", "noreply", "no-reply"}
MANY = 10


def test_merge_suggestions(recount: Recount, people: People, built: duckdb.DuckDBPyConnection) -> None:
    """Every pair of people who share a name or a handle, each paired with the least of those who share it; merged and refused ones left out."""
    sharing: dict[tuple[str, str], set[str]] = defaultdict(set)
    for key, account in people.accounts.items():
        for what in _shown_as(account):
            sharing[what].add(people.persons[key])
    refused = {frozenset(people.persons[key] for key in line.accounts) for line in recount.settings.overrides.not_same}
    expected = {
        (min(alike), person, reason, shared)
        for (reason, shared), alike in sharing.items()
        if len(alike) <= MANY
        for person in alike - {min(alike)}
        if frozenset((min(alike), person)) not in refused
    }
    held = set(built.execute("select person_id, other_person_id, reason, shared from marts.merge_suggestions").fetchall())
    assert held == expected
    assert {reason for _, _, reason, _ in held} == {"equal name", "equal handle"}
    assert any(people.persons[one] == people.persons[other] for one, other in _pairs_by_handle(people)), "accepted ones are no suggestions"


def test_refused_suggestions(recount: Recount, people: People, built: duckdb.DuckDBPyConnection) -> None:
    """What a line declares not the same would be suggested without that line."""
    held = {frozenset(row) for row in built.execute("select person_id, other_person_id from marts.merge_suggestions").fetchall()}
    for line in recount.settings.overrides.not_same:
        accounts = [people.accounts[key] for key in line.accounts]
        assert set(_shown_as(accounts[0])) & set(_shown_as(accounts[1]))
        assert frozenset(people.persons[key] for key in line.accounts) not in held


def test_every_override_has_its_effect(recount: Recount, people: People, requests: list[Request], built: duckdb.DuckDBPyConnection) -> None:
    """The table of those without is empty because each of the demo's lines does what it says, which is looked up here."""
    assert built.execute("select count(*) from marts.unmatched_overrides").fetchall() == [(0,)]
    by_key = {request.key: request for request in requests}
    overrides = recount.settings.overrides
    urls = {url: key for key, url in built.execute("select request_id, url from marts.requests").fetchall()}
    assert overrides.same and overrides.not_same and overrides.include and overrides.exclude and overrides.reattribute and overrides.answer
    for joined in overrides.same:
        assert len({people.persons[key] for key in joined.accounts}) == 1
    for parted in overrides.not_same:
        assert len({people.persons[key] for key in parted.accounts}) == len(parted.accounts)
    for included in overrides.include:
        assert not by_key[included.request].is_excluded
    for excluded in overrides.exclude:
        assert by_key[urls.get(excluded.request, excluded.request)].is_excluded
    for posted in overrides.reattribute:
        assert by_key[posted.request].person == people.persons[posted.account]
    for answered in overrides.answer:
        assert by_key[answered.request].answered_at == recount.moment(answered.message.rsplit(":", 1)[1])


def _shown_as(account: Account) -> Iterator[tuple[str, str]]:
    if account.is_bot or account.is_deleted:
        return
    for name in account.names | {account.name or ""}:
        if " " in name:
            yield "equal name", " ".join(name.split()).lower()
    handle = (account.handle or "").split("@")[0].lower()
    if len(handle) > 3 and handle not in DESKS:
        yield "equal handle", handle


def _pairs_by_handle(people: People) -> Iterator[tuple[str, str]]:
    by_handle = defaultdict(list)
    for key, account in people.accounts.items():
        for what in _shown_as(account):
            by_handle[what].append(key)
    for keys in by_handle.values():
        yield from combinations(keys, 2)

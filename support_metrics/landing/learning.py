"""What has to be known of somebody to forget them: how they are called, what they alone wrote, and where; all from what was landed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from support_metrics.landing.forgotten import GRAM, INVALID, NAME, Forgotten, address_of, standing_for
from support_metrics.landing.scrubbing import LONGEST_NAME, WORD
from support_metrics.landing.shapes import KEPT, TEXTS, author_of, listed, place_of
from support_metrics.sources.reading import decode

ROWS_AT_A_TIME = 5_000
SHORTEST_ID = 6
# Handles that stand for anybody.
GENERIC = listed("admin contact hello help info mail noreply no-reply office postmaster sales support team webmaster")
_NAMES = listed(
    "authorDisplayName display_name display_name_normalized first_name last_name login mention_name name real_name real_name_normalized"
    " twitter_username username"
)
_SAID_OF_THEMSELVES = listed("bio blog company description status_text title website")
_ADDRESSES = frozenset({"address", "email", "email_address"})
Snapshot = Mapping[tuple[str, str], list[Path]]


@dataclass
class Person:
    """Whom to forget: the keys of their accounts.

    All names are in lower case but for `names`, which has every one they were seen with: `current` are those their accounts bear now,
    `borne` those that others bear too. `others` are the accounts of other outsiders.
    """

    accounts: list[str]
    names: set[str] = field(default_factory=set)
    current: set[str] = field(default_factory=set)
    borne: set[str] = field(default_factory=set)
    others: set[str] = field(default_factory=set)


@dataclass
class Learned:
    """What landing tells of a person. `slack_texts` are all they wrote in Slack."""

    names: set[str] = field(default_factory=set)
    addresses: set[str] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)
    slack_texts: list[str] = field(default_factory=list)
    messages: set[str] = field(default_factory=set)
    places: set[str] = field(default_factory=set)
    grams: set[str] = field(default_factory=set)
    lines: set[str] = field(default_factory=set)


def learn(snapshot: Snapshot, person: Person) -> Learned:
    """Read all that was landed for what tells who the person is; what other outsiders wrote as well is nobody's."""
    learned = Learned(names=set(person.names))
    mine = set(person.accounts)
    ids = sorted({account.rpartition(":")[2] for account in mine} | {account.removeprefix("email:") for account in mine})
    for source, key, value in _rows(snapshot, ids):
        team = key.split(":")[1] if source == "slack" else ""
        if key in mine:
            _gather_names(value, learned)
        for author, part in _authored(source, value, team):
            if author in mine:
                _gather(source, part, learned)
        _gather_people(source, value, mine, learned)
    learned_words(learned)
    if learned.grams or learned.lines:
        for source, key, value in _rows(snapshot):
            for author, part in _authored(source, value, key.split(":")[1] if source == "slack" else ""):
                if author in person.others:
                    for text in _texts(part):
                        own = "\n".join(line for line in text.split("\n") if not line.lstrip().startswith((">", "&gt;")))
                        learned.grams.difference_update(_grams(own))
                        learned.lines.difference_update(_lines(own))
    return learned


def learned_words(learned: Learned) -> Learned:
    """With the word sequences and short lines of its texts."""
    for text in learned.texts:
        learned.grams |= set(_grams(text))
        learned.lines |= set(_lines(text))
    return learned


def enter(forgotten: Forgotten, person: Person, learned: Learned, token: str, day: str) -> None:
    """Put a person on the list; nothing of what was learned can be read from it."""
    entries, hashed = forgotten.entries, forgotten.hashed
    entries.people[token] = day
    accounts = sorted({*person.accounts, *(f"email:{address}" for address in learned.addresses)})
    numbers: dict[str, int] = {}
    for account in accounts:
        source = account.split(":")[0]
        numbers[source] = numbers.get(source, -1) + 1
        stands = standing_for(account, token, numbers[source])
        entries.accounts[hashed("account", account)] = stands
        identity = account.removeprefix("email:") if source == "email" else account.rpartition(":")[2]
        if source == "email" or len(identity) >= SHORTEST_ID:
            instead = stands.removeprefix("email:") if source == "email" else stands.rpartition(":")[2]
            entries.words[hashed("word", identity.lower())] = instead
    for name in {" ".join(each.split()) for each in learned.names}:
        if name.lower() not in person.borne and "@" not in name[1:]:
            _enter_name(forgotten, name.lower(), token, person)
    for account in person.accounts:
        if account.startswith("github:user:"):
            for login in (each.lower() for each in learned.names if " " not in each):
                for address in (f"{account.rpartition(':')[2]}+{login}", login):
                    entries.words[hashed("word", f"{address}@users.noreply.github.com")] = address_of(token)
    for kind, found, held in (("gram", learned.grams, entries.grams), ("line", learned.lines, entries.lines)):
        held |= {hashed(kind, each, 8) for each in found}
        entries.vocabulary |= {hashed("known", word, 8) for each in found for word in each.split()}
    called = {word for name in learned.names for word in WORD.findall(name.lower()) if len(word) >= SHORTEST_ID}
    for domain in {each.rpartition("@")[2] for each in learned.addresses}:
        if called & set(WORD.findall(domain)):
            # A domain of their own, with their name in it.
            entries.words[hashed("word", domain)] = INVALID.lstrip("@")
    entries.domains |= {hashed("domain", each.rpartition("@")[2]): token for each in learned.addresses}
    entries.messages |= {hashed("message", each): token for each in learned.messages}
    entries.places |= {hashed("place", each): token for each in learned.places}


def _enter_name(forgotten: Forgotten, name: str, token: str, person: Person) -> None:
    """A name of several words, and each word of it where the person is spoken of; a handle of one word.

    What they are not called now does not begin to mean them by being replaced.
    """

    def instead(called: str) -> str:
        return f"{NAME}-{token}" if person.current & {called, *called.split()} else f"{NAME}_{token}"

    entries, hashed = forgotten.entries, forgotten.hashed
    words = WORD.findall(name)
    if " " in name:
        if 2 <= len(words) <= LONGEST_NAME:
            entries.phrases[hashed("phrase", " ".join(words))] = instead(name)
    else:
        bare = name.lstrip("@")
        entries.words[hashed("word", f"@{bare}")] = f"@{instead(bare)}"
        if is_distinctive(bare):
            entries.words[hashed("word", bare)] = instead(bare)
    for word in words:
        if len(word) > 1 and word not in GENERIC:
            entries.near[hashed("near", word)] = instead(word)
    entries.vocabulary |= {hashed("known", word, 8) for word in words}


def is_distinctive(word: str) -> bool:
    """Whether a handle can hardly be anything else; `alice` can be somebody else, `alice-l` and `alicelidd` cannot."""
    return word not in GENERIC and (len(word) > 6 or (len(word) > 2 and not word.isalpha()))


# Reading


def rows_of(files: list[Path], needles: list[str] | None = None) -> Iterator[tuple[str, str]]:
    """Key and payload of every row, or of those that contain one of the needles, whatever their case."""
    wanted = " or ".join("contains(lower(payload), ?) or contains(lower(key), ?)" for _ in needles or ())
    parameters: list[Any] = [[str(file) for file in files], *(each.lower() for needle in needles or () for each in (needle, needle))]
    with duckdb.connect() as connection:
        connection.execute(f"select key, payload from read_parquet(?){f' where {wanted}' if wanted else ''}", parameters)
        while batch := connection.fetchmany(ROWS_AT_A_TIME):
            yield from batch


def _rows(snapshot: Snapshot, needles: list[str] | None = None) -> Iterator[tuple[str, str, Any]]:
    for (source, _), files in snapshot.items():
        if source in KEPT:
            for key, payload in rows_of(files, needles):
                yield source, key, decode(payload.encode(), key)


def _authored(source: str, value: Any, team: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object within a payload that somebody wrote, with its author's account."""
    if isinstance(value, list):
        for each in value:
            yield from _authored(source, each, team)
    elif isinstance(value, dict):
        if author := author_of(source, value, team):
            yield author, value
        for each in value.values():
            if isinstance(each, dict | list):
                yield from _authored(source, each, team)


def _texts(part: Mapping[str, Any]) -> Iterator[str]:
    yield from (text for name in TEXTS if isinstance(text := part.get(name), str) and text)


def _gather(source: str, part: dict[str, Any], learned: Learned) -> None:
    """What somebody wrote, and the names that stand with it."""
    texts = list(_texts(part))
    learned.texts.update(texts)
    if source == "slack":
        learned.slack_texts += texts
        _gather_names(part.get("user_profile"), learned)
    if source == "youtube":
        _gather_names({"authorDisplayName": part.get("authorDisplayName")}, learned)
    if source == "email" and isinstance(part.get("message_id"), str):
        learned.messages.add(part["message_id"])
    if source == "github" and "title" in part and (place := place_of(part)):
        learned.places.add(place)


def _gather_people(source: str, value: Any, mine: set[str], learned: Learned) -> None:
    """Names and addresses of the person, wherever others' records tell of them."""
    if isinstance(value, list):
        for each in value:
            _gather_people(source, each, mine, learned)
    elif isinstance(value, dict):
        is_theirs = (source == "github" and "login" in value and f"github:user:{value.get('id')}" in mine) or (
            source == "email" and isinstance(address := value.get("address"), str) and f"email:{address.strip().lower()}" in mine
        )
        if is_theirs:
            _gather_names(value, learned)
        for each in value.values():
            if isinstance(each, dict | list):
                _gather_people(source, each, mine, learned)


def _gather_names(value: Any, learned: Learned) -> None:
    """Names and addresses in what tells of a person."""
    if not isinstance(value, dict):
        return
    for name, each in value.items():
        if isinstance(each, dict):
            _gather_names(each, learned)
        elif isinstance(each, str) and each.strip():
            if name in _ADDRESSES and "@" in each:
                learned.addresses.add(each.strip().lower())
            elif name in _NAMES:
                learned.names.add(each.strip())
            elif name in _SAID_OF_THEMSELVES:
                learned.texts.add(each)


def _grams(text: str) -> Iterator[str]:
    words = [word.lower() for word in WORD.findall(text)]
    for at in range(len(words) - GRAM + 1):
        yield " ".join(words[at : at + GRAM])


def _lines(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        words = [word.lower() for word in WORD.findall(line)]
        if 2 <= len(words) < GRAM:
            yield " ".join(words)

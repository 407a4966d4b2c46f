"""Whom we have forgotten, known by keyed hashes only, and what is landed in the place of what was by or about them.

Forgetting somebody adds hashes to this list: of their accounts, names, addresses, of the ids of their mails, and of any five words in a row
that they alone wrote. What is landed from then on, and once all that has been landed, goes through `Forgotten.applied`: what is theirs is
reduced to that it was there and when, under an account that names nobody; where others name or quote them, a neutral word stands. Both ways
are one function, so that what is fetched again equals what landing holds.

Without the key, `.forgotten.key` in the landing folder, the list tells nothing; with it, whether a given account is on it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any

from support_metrics.errors import LandingError
from support_metrics.landing.manifest import Manifest
from support_metrics.landing.writing import clear_errors

KEY_FILE = ".forgotten.key"
GRAM = 5
# Given texts, as many texts without any word of theirs that count as much.
StandIns = Callable[[Sequence[str]], Sequence[str]]


@dataclass
class Entries:
    """The list as it is kept: every name a keyed hash, every value what stands in its place.

    `people` holds when each was forgotten, by the token that now names them; `words` is replaced wherever it stands alone, `near` only in
    records that touch the person, `phrases` are names of several words; `grams` are words in a row, `lines` short lines that are theirs;
    `vocabulary` has the words of all these; `messages` and `places` are mails and issues of theirs, `domains` those of their addresses.
    """

    people: dict[str, str] = field(default_factory=dict)
    accounts: dict[str, str] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    near: dict[str, str] = field(default_factory=dict)
    phrases: dict[str, str] = field(default_factory=dict)
    domains: dict[str, str] = field(default_factory=dict)
    messages: dict[str, str] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    grams: set[str] = field(default_factory=set)
    lines: set[str] = field(default_factory=set)
    vocabulary: set[str] = field(default_factory=set)

    @classmethod
    def read(cls, path: Path) -> Entries:
        held: dict[str, Any] = json.loads(path.read_text())
        parts: dict[str, Any] = {name: set(part) if isinstance(part, list) else part for name, part in held.items()}
        return cls(**parts)

    def write(self, path: Path) -> None:
        held = {each.name: getattr(self, each.name) for each in fields(self)}
        with path.open("w") as file:
            json.dump({name: sorted(part) if isinstance(part, set) else part for name, part in held.items()}, file)
            file.flush()
            os.fsync(file.fileno())

    def copy(self) -> Entries:
        return Entries(**{each.name: getattr(self, each.name).copy() for each in fields(self)})


class Forgotten:
    """The list in use. `secret` is the key of its hashes."""

    def __init__(self, secret: bytes, entries: Entries, stand_ins: StandIns | None = None) -> None:
        self.secret, self.entries = secret, entries
        self._stand_ins = stand_ins
        self._said: dict[str, str] = {}
        self._accounts: dict[str, str | None] = {}
        self._words: dict[str, str | None] = {}
        self._known: dict[str, bool] = {}

    @classmethod
    def load(cls, root: Path, stand_ins: StandIns | None = None) -> Forgotten | None:
        """The list of a landing zone; None where nobody was forgotten. Raises LandingError where its key is missing."""
        name = Manifest.read(root).forgotten
        if not name:
            return None
        try:
            return cls((root / KEY_FILE).read_bytes(), _entries(root / name), stand_ins)
        except OSError as error:
            raise LandingError(
                f"{error.filename}: {error.strerror}; without it those who were forgotten would be landed again",
                "restore that file of the landing folder from its backup",
            ) from error

    @classmethod
    def begin(cls, root: Path, stand_ins: StandIns | None = None) -> Forgotten:
        """The list to add to, with a new key where there is none; `remember` keeps both."""
        held = cls.load(root, stand_ins)
        if held:
            return cls(held.secret, held.entries.copy(), stand_ins)
        path = root / KEY_FILE
        return cls(path.read_bytes() if path.exists() else secrets.token_bytes(32), Entries(), stand_ins)

    @classmethod
    def applying_to(cls, source: str, root: Path, stand_ins: StandIns | None = None) -> Callable[[str, bytes], tuple[str, bytes]] | None:
        """What takes from key and payload of each record of a source what tells who somebody forgotten is; None where nobody was."""
        forgotten = cls.load(root, stand_ins)
        return None if forgotten is None else lambda key, payload: forgotten.applied(source, key, payload)

    def applied(self, source: str, key: str, payload: bytes) -> tuple[str, bytes]:
        """Key and payload as they are landed; the very same where they concern nobody forgotten."""
        from support_metrics.landing.shapes import Shaping

        return Shaping(self, source).record(key, payload)

    # Looking up

    def hashed(self, kind: str, text: str, size: int = 16) -> str:
        return hashlib.blake2b(f"{kind} {text}".encode(), key=self.secret, digest_size=size).hexdigest()

    def account(self, key: str) -> str | None:
        """The account that stands for a forgotten one, None for all others. An account that already stands for one is itself."""
        if key not in self._accounts:
            _keep_small(self._accounts)
            self._accounts[key] = self.entries.accounts.get(self.hashed("account", key))
        return self._accounts[key]

    def word(self, word: str) -> str | None:
        """What stands for a handle, an address or an id, in lower case."""
        if word not in self._words:
            _keep_small(self._words)
            self._words[word] = self.entries.words.get(self.hashed("word", word))
        return self._words[word]

    def is_known(self, word: str) -> bool:
        """Whether a word is one of those that names and quotations are made of."""
        if word not in self._known:
            _keep_small(self._known)
            self._known[word] = self.hashed("known", word, 8) in self.entries.vocabulary
        return self._known[word]

    def message_id(self, given: str) -> str:
        """The id of a mail; of one by a forgotten person, or that names them, one that tells nothing."""
        if given.endswith(INVALID) or not (self.token_of_message(given) or self.names_somebody(given) or self._is_by_name(given)):
            return given
        return f"{NAME}-{self.hashed('message', given, 10)}{INVALID}"

    def token_of_message(self, given: str) -> str | None:
        return self.entries.messages.get(self.hashed("message", given))

    def names_somebody(self, text: str) -> bool:
        from support_metrics.landing.scrubbing import words_of

        return any(self.word(word) for word in words_of(text))

    def _is_by_name(self, given: str) -> bool:
        """Whether the id of a mail from a domain of theirs has a part of their name in it; so it can be told of mails not seen before."""
        if self.hashed("domain", given.rpartition("@")[2].lower()) not in self.entries.domains:
            return False
        return any(self.hashed("near", word) in self.entries.near for word in re.findall(r"[^\W_]+", given.lower()))

    def stand_in(self, text: str) -> str:
        """What is landed for the words of a forgotten person in Slack, where words decide whether something was asked."""
        if text and text not in self._said:
            self.prepare_stand_ins([text])
        return self._said.get(text, "")

    def prepare_stand_ins(self, texts: Sequence[str]) -> None:
        """Find stand-ins for many texts at once, which takes hardly longer than for one."""
        wanted = [text for text in dict.fromkeys(texts) if text and text not in self._said]
        if wanted:
            found = self._stand_ins(wanted) if self._stand_ins else [GONE] * len(wanted)
            self._said.update(zip(wanted, found, strict=True))


NAME = "forgotten"
GONE = f"({NAME})"
INVALID = f"@{NAME}.invalid"
_TOKEN = re.compile(rf"{NAME}[-_]?([0-9a-f]{{12}})", re.IGNORECASE)


def standing_for(key: str, token: str, number: int) -> str:
    """The account that stands for the person's `number`th one of a source; it begins as that does, so that a person's least stays least.

    All addresses of a person become one, which their other accounts bear as well: equal addresses keep accounts together that were merged.
    """
    source, *parts = key.split(":")
    if source == "slack":
        return f"slack:{parts[0]}:U{NAME.upper()}{token.upper()}{number}"
    if source == "email":
        return f"email:{address_of(token)}"
    return ":".join([source, *parts[:-1], f"{NAME}-{token}-{number}"])


def address_of(token: str) -> str:
    return f"{NAME}-{token}{INVALID}"


def handle_of(account: str) -> str:
    """The handle of an account that stands for a forgotten one; all of one person's bear the same."""
    return f"{NAME}-{token_of(account)}"


def token_of(text: str) -> str:
    """The token within an account, handle or address that stands for somebody; empty in any other text."""
    found = _TOKEN.search(text)
    return found[1].lower() if found else ""


def _keep_small(looked_up: dict[str, Any]) -> None:
    """Texts repeat their words, but not all of them."""
    if len(looked_up) > 500_000:
        looked_up.clear()


def remember(forgotten: Forgotten, root: Path) -> str:
    """Write the list beside the manifest that will name it, and its key; returns the list's name."""
    name, key = f"{NAME}-{uuid.uuid4().hex[:12]}.json", root / KEY_FILE
    with clear_errors(root):
        if not key.exists():
            temporary = root / f"{KEY_FILE}-{uuid.uuid4().hex[:8]}"
            with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(forgotten.secret)
            os.replace(temporary, key)
        forgotten.entries.write(root / name)
    return name


@cache
def _entries(path: Path) -> Entries:
    """Files of the list are never written again, so what was read once holds."""
    return Entries.read(path)

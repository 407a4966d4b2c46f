"""Who new people are: their public profile and organisations, asked for one by one, a few per sync, and never of anybody else."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import quote

from support_metrics.errors import SourceError, SourceUnavailable
from support_metrics.settings import Settings
from support_metrics.sources.base import Damaged, Item, Progress, Record, Unit
from support_metrics.sources.calls import TryAgain, call
from support_metrics.sources.files import Span
from support_metrics.sources.github.listing import Listing
from support_metrics.sources.github.records import MAKERS, PROFILE_STREAMS, organisations_key
from support_metrics.sources.github.refusals import Refused, TokenRefused
from support_metrics.sources.github.session import PAGE_SIZE, Session
from support_metrics.sources.reading import decode, read_records

# A profile is read again after so long, if its owner still asks.
AGES_AFTER = timedelta(days=180)
NEVER = datetime.min.replace(tzinfo=UTC)
GONE = 404
LATER = "nothing else suffers from it; it is asked for again by the next sync, or never with github.profiles_per_sync = 0"


class Person(NamedTuple):
    """Whose profile is wanted; `tags` are GitHub's of the answers that were read last, by stream."""

    account: str
    login: str
    tags: dict[str, str]


class Profiles:
    """The profiles to be read in one sync: of whom the marts name, those never read first, then those read longest ago."""

    def __init__(self, session: Session, settings: Settings, streams: Sequence[str]) -> None:
        self._session, self._known = session, session.known
        self._most = settings.github.profiles_per_sync
        self._streams = [stream for stream in PROFILE_STREAMS if stream in streams]
        self.failures: list[SourceError] = []

    def units(self) -> Iterator[Unit]:
        """One unit per person. What cannot be read is told, left in `failures`, and asked for again by the next sync."""
        wanted = self._wanted() if self._streams and self._most else []
        for number, person in enumerate(wanted, 1):
            name = f"profile {number} of {len(wanted)} of new people"
            try:
                items = self._items(person, name)
            except (SourceError, Refused) as error:
                self._fail(error, name)
                if isinstance(error, SourceUnavailable | TokenRefused):
                    return
                continue
            self._known.tell(f"github: {name}")
            yield Unit(f"github {name}", items, observed_at=self._session.answered_at)

    def _fail(self, error: SourceError | Refused, name: str) -> None:
        if isinstance(error, Refused):
            said = f"github: {name}: GitHub refuses it ({error.status} {error.said})".replace(" )", ")")
            error = SourceError(said, LATER)
        elif not isinstance(error, SourceUnavailable | TokenRefused):
            error = SourceError(error.problem, LATER)
        self.failures.append(error)
        self._known.tell(f"{error.problem}; {error.mend}")

    # Whose

    def _wanted(self) -> list[Person]:
        if not self._known.new_people:
            return []
        held = {stream: self._held(stream) for stream in self._streams}
        now, found = self._session.answered_at, list[tuple[datetime, Person]]()
        for account, login in self._known.new_people.items():
            asked = self._known.unfinished.get((self._streams[0], account))
            tags: dict[str, str] = json.loads(asked.position) if asked else {}
            read_at = min(each.get(account, NEVER) for each in held.values())
            if asked and tags.keys() >= set(self._streams):
                read_at = max(read_at, asked.began_at)
            if now - read_at >= AGES_AFTER:
                found.append((read_at, Person(account, login, tags)))
        return [person for _, person in sorted(found, key=lambda each: each[0])][: self._most]

    def _held(self, stream: str) -> dict[str, datetime]:
        """When what landing holds was read, by account."""
        key = "github:user" if stream == "users" else "github:organisations"
        return {f"github:user:{each.key.rpartition(':')[2]}": each.observed_at for each in self._known.held(stream, f"{key}:", f"{key};")}

    # Reading

    def _items(self, person: Person, name: str) -> list[Item]:
        """What is landed of one person: profile and organisations as they are now; tombstones of both where GitHub says twice that the account is gone."""
        tags = dict.fromkeys(self._streams, "")
        items: list[Item] = []
        for is_sure in (False, True):
            try:
                items = list(self._told(person, name, tags))
                break
            except Refused as refused:
                if refused.status != GONE:
                    raise
                items = list(self._tombstones(person)) if is_sure else []
        return [*items, Progress(self._streams[0], person.account, self._session.answered_at, json.dumps(tags))]

    def _told(self, person: Person, name: str, tags: dict[str, str]) -> Iterator[Item]:
        profile = self._profile(person, name, tags)
        yield from self._records("users", [profile] if profile else [], name)
        if "organisations" in self._streams and profile is not None:
            yield from self._organisations(person, name, tags)

    def _profile(self, person: Person, name: str, tags: dict[str, str]) -> dict[str, Any] | None:
        """The profile as received; empty where it has not changed, None where the login is another's by now."""
        tag = person.tags.get("users", "")

        def read() -> dict[str, Any] | None:
            answer = self._session.get(f"/users/{quote(person.login)}", name, tag)
            tags["users"] = answer.headers.get("etag", tag)
            if answer.status == 304:
                return {}
            if not isinstance(answer.body, dict) or not isinstance(answer.body.get("id"), int):
                raise TryAgain("answered something that is no profile")
            return answer.body if f"github:user:{answer.body['id']}" == person.account else None

        return call(self._known, f"github: {name}", read)

    def _organisations(self, person: Person, name: str, tags: dict[str, str]) -> Iterator[Record | Damaged]:
        tag = person.tags.get("organisations", "")
        first = f"/users/{quote(person.login)}/orgs?per_page={PAGE_SIZE}"
        listed: list[Any] = []
        for page in Listing(self._session, name, first, etag=tag).pages():
            if page.number == 1:  # again, where a link to a later page was no longer honoured
                tags["organisations"], is_unchanged, listed = page.etag, page.is_unchanged, []
            listed += page.items
        if not is_unchanged:
            user = {"id": int(person.account.rpartition(":")[2]), "login": person.login}
            yield from self._records("organisations", [{"user": user, "organizations": listed}], name)

    def _records(self, stream: str, values: Sequence[dict[str, Any]], name: str) -> Iterator[Record | Damaged]:
        if stream in self._streams:
            yield from read_records(((name, value) for value in values), stream, lambda value: MAKERS[stream](value, "", Span()))

    def _tombstones(self, person: Person) -> Iterator[Record]:
        for stream in self._streams:
            key = person.account if stream == "users" else organisations_key(person.account)
            for held in self._known.held(stream, key, f"{key}!"):
                yield Record(stream, key, decode(held.payload.encode(), key), None, True)

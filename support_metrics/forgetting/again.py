"""Searching again for somebody who was forgotten before: of them only the list is left, and what was given now."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from support_metrics.forgetting.pages import pages
from support_metrics.forgetting.person import Found
from support_metrics.forgetting.proof import Needles, Proof, Trace, landed_texts, proven, table_texts
from support_metrics.landing.forgotten import NAME, Forgotten
from support_metrics.landing.learning import Learned, Person
from support_metrics.landing.locking import alone
from support_metrics.landing.scrubbing import Found as Part
from support_metrics.landing.scrubbing import Scrubbing
from support_metrics.settings import Settings


def is_forgotten(settings: Settings, given: str) -> bool:
    """Whether the list of the forgotten has the account, address or login."""
    held = Forgotten.load(settings.landing_path)
    handle = given.strip().lower().lstrip("@")
    names = (given.strip(), f"email:{handle}")
    return held is not None and (any(map(held.account, names)) or any(map(held.word, (handle, f"@{handle}"))))


def searched_again(settings: Settings, given: str, tell: Callable[[str], None] = lambda _: None) -> Proof:
    """Clean pages that still tell of somebody on the list, then search all that is kept for what was given and what the list names."""
    with alone(settings.landing_path, lambda: tell("waiting for what is using the landing zone")):
        held = Forgotten.load(settings.landing_path)
        assert held is not None
        for page in pages(settings.reports_path, held):
            page.write()
        tell("searching all that is kept")
        proof = proven(settings, _needles(given))
        proof.traces += _listed(settings, held)
        return proof


def _needles(given: str) -> Needles:
    given = given.strip()
    is_account, is_address = ":" in given, "@" in given[1:]
    person = Person([given] if is_account else [], names=set() if is_account or is_address else {given.lstrip("@")})
    return Needles(Found(given, given, person, ()), Learned(addresses={given.lower()} if is_address else set()), NAME)


def _listed(settings: Settings, held: Forgotten) -> Iterator[Trace]:
    search = _Search(held, "", "")
    for folder, suffix, read in (
        (settings.landing_path, ".parquet", landed_texts),
        (settings.warehouse_path, ".duckdb", table_texts),
    ):
        for path in sorted(path for path in folder.rglob(f"*{suffix}") if not path.is_symlink()):
            if count := sum(search.scrub(text) != text for text in read(path)):
                yield Trace(path, "what the list of the forgotten names", count)


class _Search(Scrubbing):
    """Short lines of theirs are anybody's where nobody is named."""

    def _lines(self, text: str, words: list[tuple[int, int, str]], known: list[bool]) -> Iterator[Part]:
        return iter(())

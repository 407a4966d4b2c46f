"""GitHub live: every repository in turn, one unit per page, then the profiles of new people, one unit each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from support_metrics.errors import PlaceMissing, SourceError, SourceUnavailable, together
from support_metrics.settings import Settings
from support_metrics.sources.base import Known, Unit
from support_metrics.sources.github.listing import Listing
from support_metrics.sources.github.profiles import Profiles
from support_metrics.sources.github.records import PROFILE_STREAMS
from support_metrics.sources.github.refusals import TokenRefused
from support_metrics.sources.github.repository import RepositorySync
from support_metrics.sources.github.session import Session, explained
from support_metrics.sources.web import IMPATIENT


def live_units(settings: Settings, streams: Sequence[str], asked: Mapping[str, str], known: Known) -> Iterator[Unit]:
    """One unit per page: of every repository what is new, then, where it is time, everything again.

    One repository that may not be read, or is not found any more, leaves the others going; its error is raised when they are done.
    A profile that cannot be read fails no sync of a repository: its error is raised only where nothing but profiles was asked for.
    Raises PlaceMissing at once for one that never was found.
    """
    session = _signed_in(settings, asked, known)
    failures: list[SourceError] = []
    syncs = [RepositorySync(session, settings, repository, asked, streams) for repository in asked]
    for sync in sorted(syncs, key=lambda sync: sync.covered_until):
        yield from _going_on(sync, sync.news(), failures)
    for sync in syncs:
        if not sync.is_lost:
            yield from _going_on(sync, sync.sweeps(), failures)
    profiles = Profiles(session, settings, streams)
    yield from profiles.units()
    if set(streams) <= set(PROFILE_STREAMS):
        failures += profiles.failures
    if failures:
        raise together(failures) from failures[0]


def _going_on(sync: RepositorySync, units: Iterator[Unit], failures: list[SourceError]) -> Iterator[Unit]:
    try:
        yield from units
    except (SourceUnavailable, TokenRefused):
        raise
    except PlaceMissing as error:
        if not sync.was_read:
            raise
        sync.is_lost = True
        failures.append(error)
    except SourceError as error:
        failures.append(error)


def examine(settings: Settings, asked: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """One call per repository and kind of permission: level, what it showed, what to do. Raises SourceError where the token is no good or GitHub cannot be reached."""
    session = _signed_in(settings, asked, IMPATIENT)
    for repository, setting in asked.items():
        for stream in ("issues", "releases") if setting == "github.repositories" else ("releases",):
            url = f"/repos/{repository}/{stream}?per_page=1"
            try:
                with explained(session, repository, setting, stream):
                    next(Listing(session, f"{repository} {stream}", url).pages())
            except (SourceUnavailable, TokenRefused):
                raise
            except PlaceMissing as error:
                yield "wrong", error.problem, error.mend
                break
            except SourceError as error:
                yield "wrong", error.problem, error.mend
            else:
                yield "ok", f"{repository}: {stream} can be read", ""


def _signed_in(settings: Settings, asked: Mapping[str, str], known: Known) -> Session:
    if not asked:
        raise SourceError("github.live is on, but github.repositories names none", "name the repositories, as owner/name")
    return Session(settings, known, list(asked))

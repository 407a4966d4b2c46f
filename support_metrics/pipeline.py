"""The way through: land, build, publish. The command line and Dagster both go this way."""

from __future__ import annotations

import contextlib
import time
import traceback
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from support_metrics import warehouse
from support_metrics.errors import SettingsError, SourceError, SupportMetricsError, WarehouseError
from support_metrics.landing import Landed, Landing
from support_metrics.landing.locking import shared
from support_metrics.landing.syncing import known
from support_metrics.model import Model
from support_metrics.new_people import new_people
from support_metrics.settings import Settings
from support_metrics.sources import SOURCES
from support_metrics.sources.base import Source, Unit
from support_metrics.stand_ins import stand_ins

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

PACKAGE = Path(__file__).parent
INTERRUPTED = "Query interrupted"  # what DuckDB raises, as a RuntimeError, where Ctrl-C meets it
OnTable = Callable[[Model, int, float], None]


def _unheard(*_: object) -> None:
    """For callers that do not want to be told."""


def as_of_now(settings: Settings) -> datetime:
    """The moment everything is judged at: the one the settings pin, else now."""
    return settings.team.as_of or datetime.now(UTC)


def configured_sources(settings: Settings, only: Sequence[str] = ()) -> list[Source]:
    """The sources the settings ask for, or the named ones; raises SettingsError for one that is unknown or not configured."""
    for name in only:
        if name not in SOURCES:
            raise SettingsError(f"there is no source {name!r}", f"choose from {', '.join(SOURCES)}")
        if not SOURCES[name].is_configured(settings):
            raise SettingsError(f"source {name!r} is not configured", f"name its files under [{name}] in the settings")
    return [source for name, source in SOURCES.items() if source.is_configured(settings) and (not only or name in only)]


def land_source(
    settings: Settings,
    source: Source,
    streams: Sequence[str] = (),
    *,
    observed_until: datetime | None = None,
    on_unit: Callable[[Source, Unit, Landed], None] = _unheard,
    tell: Callable[[str], None] = _unheard,
) -> Landed:
    """Land one source; returns what it came to. Raises SupportMetricsError; units landed before the failure stay.

    `tell` hears how a long sync comes on, and what it waits for.
    """
    landing = Landing(settings.landing_path, stand_ins=stand_ins)
    streams = list(streams or source.streams)
    total = Landed()
    waiting, people = waiting_requests(settings), new_people(settings)
    told = known(landing, source.name, waiting=waiting, new_people=people, wait=_waiting(tell), tell=tell)
    units = source.fetch(settings, streams, told)
    for unit, landed in landing.land(source.name, _observed(units, observed_until), streams):
        total.add(landed)
        on_unit(source, unit, landed)
    return total


def _waiting(tell: Callable[[str], None]) -> Callable[[float, str], None]:
    def wait(seconds: float, why: str) -> None:
        tell(f"{why}; going on at {datetime.now().astimezone() + timedelta(seconds=seconds):%H:%M:%S}")
        time.sleep(seconds)

    return wait


def waiting_requests(settings: Settings) -> frozenset[str]:
    """The requests that were unanswered when the warehouse was last published, each by all its messages: sources look at them again, however old."""
    if not (settings.warehouse_path / warehouse.LINK).exists():
        return frozenset()
    with contextlib.closing(warehouse.open_published(settings)) as connection:
        rows = connection.execute(
            # The warehouse may have been published by a version that did not know the messages.
            "select columns('^(request_id|message_ids)$') from marts.requests where first_response_at is null and state <> 'excluded'"
        ).fetchall()
    found: set[str] = set()
    for request_id, *several in rows:
        found.add(request_id)
        found.update(*filter(None, several))
    return frozenset(found)


def _observed(units: Iterator[Unit], until: datetime | None) -> Iterator[Unit]:
    return (unit for unit in units if until is None or (unit.observed_at is not None and unit.observed_at <= until))


def land(
    settings: Settings,
    only: Sequence[str] = (),
    *,
    observed_until: datetime | None = None,
    on_unit: Callable[[Source, Unit, Landed], None] = _unheard,
    tell: Callable[[str], None] = _unheard,
    on_begin: Callable[[Source], None] = _unheard,
    on_end: Callable[[Source, Landed | SupportMetricsError], None] = _unheard,
) -> dict[str, Landed | SupportMetricsError]:
    """Land every configured source, or the named ones. One that fails leaves the others going and is returned as its error.

    Where one of the errors is a PlaceMissing nothing is to be built: it would count too little.
    """
    outcome: dict[str, Landed | SupportMetricsError] = {}
    for source in configured_sources(settings, only):
        on_begin(source)
        try:
            outcome[source.name] = land_source(settings, source, observed_until=observed_until, on_unit=on_unit, tell=tell)
        except SupportMetricsError as error:
            outcome[source.name] = error
        except Exception as error:  # a fault of ours in one source must not sink the others
            if str(error) == INTERRUPTED:
                raise KeyboardInterrupt from error
            outcome[source.name] = _fault(source, error)
        on_end(source, outcome[source.name])
    return outcome


def _fault(source: Source, error: Exception) -> SourceError:
    """An error nobody foresaw, with the place in our code that a report of it needs."""
    ours = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).is_relative_to(PACKAGE)]
    place = f"{Path(ours[-1].filename).relative_to(PACKAGE)}:{ours[-1].lineno}" if ours else "unknown place"
    fault = SourceError(
        f"{source.name}: unexpected {type(error).__name__} at {place}: {error}",
        "please report this with the line above; the other sources are not affected",
    )
    fault.__cause__ = error
    return fault


def has_landed(settings: Settings, known_at: datetime | None = None) -> bool:
    """Whether landing holds anything from any source, or did by `known_at`."""
    landing = Landing(settings.landing_path)
    streams = [place for place in landing.snapshot() if place[0] in SOURCES]
    if known_at is None:
        return bool(streams)
    return any(first and first <= known_at for place in streams for (first,) in landing.rows(*place, "min(landed_at)"))


def build_and_publish(
    settings: Settings, as_of: datetime | None = None, known_at: datetime | None = None, on_table: OnTable = _unheard
) -> warehouse.Build:
    """Build everything as of a moment (by default `as_of_now`) and publish it; on failure the last publication stands."""
    with shared(settings.landing_path):
        result = warehouse.build(settings, as_of=as_of or as_of_now(settings), known_at=known_at, on_table=on_table)
        result.path = warehouse.publish(settings, result)
    return result


@contextlib.contextmanager
def built(
    settings: Settings, as_of: datetime, known_at: datetime | None = None, on_table: OnTable = _unheard
) -> Iterator[DuckDBPyConnection]:
    """A read-only connection to a private build as of a moment; its file is removed afterwards and nothing is published.

    Nobody is forgotten meanwhile, so that no report is written of what is to go.
    """
    with shared(settings.landing_path):
        result = warehouse.build(settings, as_of=as_of, known_at=known_at, on_table=on_table)
        try:
            with contextlib.closing(warehouse.open_read_only(result.path)) as connection:
                yield connection
        finally:
            warehouse.discard(result)


@contextlib.contextmanager
def published_with_steps(settings: Settings, steps: Collection[str] | None = None) -> Iterator[DuckDBPyConnection]:
    """A connection to what is published, read-only, and to the steps on the way there, staging and core, which are not kept.

    These, by default all, are made anew in memory for this reader, as of the same moment and from what had been landed by then. They are
    named as everywhere (`core.requests`). Raises WarehouseError where nothing is published.
    """
    if steps is None:
        steps = [model.table for model in warehouse.models() if model.layer != "marts"]
    path, (as_of, known_at, landed_until) = warehouse.built_from(settings)
    with warehouse.whole(settings, as_of=as_of, known_at=known_at, landed_until=landed_until, read=steps) as connection:
        warehouse.attach_published(connection, path)
        yield connection


@contextlib.contextmanager
def published_or_built(settings: Settings, as_of: datetime, on_table: OnTable = _unheard) -> Iterator[DuckDBPyConnection]:
    """A read-only connection to what has just been published if it is as of this very moment, else to a private build."""
    with shared(settings.landing_path), contextlib.closing(warehouse.open_published(settings)) as connection:
        held = connection.execute("select as_of_at, known_at from marts.build").fetchall()
        if held == [(as_of, None)]:
            yield connection
            return
    with built(settings, as_of, on_table=on_table) as connection:
        yield connection


def first_published_week(settings: Settings) -> date | None:
    """The Monday of the first week of which what is published knows anything; None where nothing has been published or it cannot be read."""
    try:
        with contextlib.closing(warehouse.open_published(settings)) as connection:
            return warehouse.first_covered_week(connection)
    except WarehouseError:
        return None


def refuse_before_history(settings: Settings, connection: DuckDBPyConnection, week: date) -> None:
    """Raise WarehouseError where a build knows nothing of a week yet: its page would be one of dashes. Where history begins is told instead."""
    first = warehouse.first_covered_week(connection)
    if first is None or week < first:
        begins = first or first_published_week(settings)
        known = f"history begins with the week of {begins}" if begins else "nothing has been imported yet"
        raise WarehouseError(f"nothing is known of the week of {week}: {known}", "choose a later week, or import older exports and refresh")


def last_reported_week(settings: Settings, as_of: datetime) -> date:
    """The Monday of the last week whose report is due: the Monday after it, at `team.report_at`, is not after `as_of`."""
    week = settings.week_of(as_of) - timedelta(days=7)
    while settings.report_as_of(week) > as_of:
        week -= timedelta(days=7)
    return week

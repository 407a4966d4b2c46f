"""Whatever the order, batching and repetition in which records were landed, a build reads the same and gives the same marts.

What was observed together stays observed then; in which units it lands, how often and when, is drawn.
"""

from __future__ import annotations

import contextlib
import itertools
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from support_metrics import pipeline
from support_metrics.landing import NEWEST, OWN, Landing, canonical, sightings
from support_metrics.settings import Settings, load_settings
from support_metrics.sources.base import Coverage, Record, Unit
from support_metrics.warehouse import create, models, prepare
from support_metrics_tests.exporting import differing, exported
from support_metrics_tests.seen import COVERED, MAKERS, day, slack_user

AS_OF = day(30)
TEAM = """
[team]
as_of = 2026-04-01T12:00:00Z
[[calendars]]
name = "support"
[[targets]]
policy = "hours"
channels = ["github", "slack", "x", "youtube"]
within = "3h"
[slack]
channels = ["help"]
[github]
repositories = ["o/r"]
[x]
account_id = "9"
[youtube]
channel_id = "UC9"
"""


class Seen(NamedTuple):
    """One record as its source showed it at a moment."""

    source: str
    observed_at: datetime
    record: Record


class Landed(NamedTuple):
    source: str
    observed_at: datetime
    items: list[Record | Coverage]


@st.composite
def _sights(draw: st.DrawFn, most: int) -> list[Seen]:
    """Everything seen: of few objects in few states at few moments, so that they go to and fro."""
    seen = []
    for _ in range(draw(st.integers(3, most))):
        source = draw(st.sampled_from(sorted(MAKERS)))
        make = draw(st.sampled_from(MAKERS[source]))
        record = make(draw(st.integers(1, 2)), draw(st.integers(0, 3)))
        seen += [Seen(source, day(3 + moment), record) for moment in draw(st.sets(st.integers(0, 5), min_size=1, max_size=3))]
    return seen


@st.composite
def _landings(draw: st.DrawFn, seen: Sequence[Seen]) -> list[Landed]:
    """The same in units of any size, in any order, some of it again, with the coverage in any of them."""
    units = []
    together: dict[tuple[str, datetime], list[Record]] = defaultdict(list)
    for source, observed_at, record in seen:
        together[source, observed_at].append(record)
    for (source, observed_at), records in together.items():
        shuffled = draw(st.permutations(records))
        again = draw(st.lists(st.sampled_from(records), max_size=2))
        cut = draw(st.integers(0, len(shuffled)))
        units += [Landed(source, observed_at, list(part)) for part in (shuffled[:cut], shuffled[cut:] + again) if part]
    for source, (stream, scope) in COVERED.items():
        mine = [unit for unit in units if unit.source == source]
        for unit in mine and draw(st.lists(st.sampled_from(mine), min_size=1, max_size=2)):
            unit.items.append(Coverage(stream, scope, day(-40), day(20)))
    return list(draw(st.permutations(units)))


@st.composite
def _worlds(draw: st.DrawFn, most: int = 8) -> tuple[list[Seen], list[Landed], list[Landed]]:
    seen = draw(_sights(most))
    return seen, draw(_landings(seen)), draw(_landings(seen))


def _land(folder: Path, units: Sequence[Landed], is_time_passing: bool = True) -> Settings:
    """Land the units one by one, in order; the clock ticks between them or stands still."""
    folder.mkdir()
    (folder / "support_metrics.toml").write_text(TEAM)
    settings = load_settings(folder / "support_metrics.toml")
    ticks = itertools.count() if is_time_passing else itertools.repeat(0)
    landing = Landing(settings.landing_path, lambda: AS_OF + timedelta(microseconds=next(ticks)))
    for source, observed_at, items in units:
        for _ in landing.land(source, [Unit("unit", items, None, observed_at)], ["any"]):
            pass
    return settings


@contextlib.contextmanager
def _read(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """What a build reads: the landing tables, as prepared."""
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("set TimeZone = 'UTC'")
        prepare(connection, settings, AS_OF, None, Landing(settings.landing_path).snapshot(), models())
        yield connection


PLACES = [(source, make(1, 0).stream) for source, makers in MAKERS.items() for make in makers]
STREAMS = {f"landing.{source}_{stream}": (source, stream) for source, stream in PLACES}
OFTEN = hypothesis_settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
SELDOM = hypothesis_settings(OFTEN, max_examples=2)


@pytest.mark.long
@OFTEN
@given(_worlds(), st.booleans())
def test_a_build_reads_the_same_of_landing(
    tmp_path_factory: pytest.TempPathFactory, world: tuple[list[Seen], list[Landed], list[Landed]], is_time_passing: bool
) -> None:
    """Every state that followed another, when it was first seen then; the newest is the newest of everything seen."""
    seen, *landings = world
    columns = "key, version, observed_at, deleted, payload"
    read: list[dict[str, Any]] = []
    for units in landings:
        with _read(_land(tmp_path_factory.mktemp("order") / "team", units, is_time_passing)) as connection:
            read.append({table: connection.execute(f"select distinct {columns} from {table} order by all").fetchall() for table in STREAMS})
            staging = [model for model in models() if model.layer == "staging" and not any(OWN in each for each in model.reads)]
            for model in staging:
                create(connection, model)
                read[-1][model.table] = connection.execute(f"from {model.table} order by all").fetchall()
            for table, place in STREAMS.items():
                newest = f"select key, unnest(max_by(struct_pack(payload, deleted), {NEWEST})) from {table} group by key"
                assert set(connection.execute(newest).fetchall()) == _newest(connection, seen, place)
    for table in read[0]:
        assert read[0][table] == read[1][table], table


def _newest(connection: duckdb.DuckDBPyConnection, seen: Sequence[Seen], place: tuple[str, str]) -> set[tuple[Any, ...]]:
    """The newest state of each object of a stream, of all that was seen, by the house's rule."""
    found: dict[str, tuple[Any, ...]] = {}
    for source, observed_at, (stream, key, payload, version, deleted) in seen:
        if (source, stream) == place:
            text = canonical(payload).decode()
            ((digest,),) = connection.execute("select left(sha256(?), 32)", [text]).fetchall()
            found[key] = max(found.get(key, ()), (version or observed_at, observed_at, digest, text, deleted))
    return {(key, *state[3:]) for key, state in found.items()}


@pytest.mark.long
@SELDOM
@given(_worlds(40))
def test_every_mart_is_the_same_byte_for_byte(
    tmp_path_factory: pytest.TempPathFactory, world: tuple[list[Seen], list[Landed], list[Landed]]
) -> None:
    _, *landings = world
    folder = tmp_path_factory.mktemp("order")
    marts = []
    for number, units in enumerate(landings):
        with pipeline.built(_land(folder / f"team {number}", units), AS_OF) as connection:
            marts.append(exported(connection, folder / f"marts {number}"))
    assert differing(*marts) == []
    assert len(marts[0]) > 10


STATES = [Seen("slack", day(3 + moment), slack_user(1, state)) for moment, state in enumerate([0, 1, 0, 3, 0])]


@pytest.mark.parametrize("order", list(itertools.permutations(range(5)))[::13])
def test_back_to_what_it_was_in_any_order(tmp_path: Path, order: tuple[int, ...]) -> None:
    """Renamed and renamed back, deactivated and back again: without a clock of its own only when it was seen tells."""
    units = [Landed(STATES[each].source, STATES[each].observed_at, [STATES[each].record]) for each in order]
    with _read(_land(tmp_path / "team", units)) as connection:
        states = connection.execute("select observed_at, payload ->> '$.name', deleted from landing.slack_users order by all").fetchall()
    assert states == [
        (day(3), "ada0", False),
        (day(4), "ada1", False),
        (day(5), "ada0", False),
        (day(6), "ada3", True),
        (day(7), "ada0", False),
    ]


def test_what_is_seen_again_costs_a_few_bytes_and_once(tmp_path: Path) -> None:
    """A thousand users seen daily: no row is written again, and the same piece of a sighting is kept once."""
    users = [slack_user(number, 0) for number in range(1000)]
    settings = _land(tmp_path / "team", [Landed("slack", day(number), list(users)) for number in range(4)])
    landing = Landing(settings.landing_path)
    assert len(landing.rows("slack", "users")) == 1000
    assert len(landing.rows(OWN, sightings.STREAM)) == 3
    pieces = landing.rows(OWN, sightings.PIECES, "key, hash")
    assert len(pieces) == len(set(pieces)) < 10


def test_landing_in_order_settles_nothing(tmp_path: Path) -> None:
    """Where everything lands as it was observed, a build reads the rows as they lie."""
    settings = _land(tmp_path / "team", [Landed(*each[:2], [each.record]) for each in STATES])
    rows = {f"landing.{source}_{stream}": _query(files) for (source, stream), files in Landing(settings.landing_path).snapshot().items()}
    with duckdb.connect() as connection:
        assert sightings.settled(connection, "landing.slack_users", rows) == rows["landing.slack_users"]


def test_units_landed_at_the_same_time_do_not_hide_one_another(tmp_path: Path) -> None:
    """While one is read that saw the user as before, another lands that saw a change in between."""
    settings = _land(tmp_path / "team", [Landed("slack", day(3), [slack_user(1, 0)])])
    ticks = itertools.count(1)
    landing = Landing(settings.landing_path, lambda: AS_OF + timedelta(hours=next(ticks)))

    def meanwhile() -> Iterator[Record]:
        yield from (slack_user(number, 0) for number in range(1, 50_002))  # more than a batch, so that landing has been read
        other = Landing(settings.landing_path, lambda: AS_OF + timedelta(minutes=1))
        assert [landed.written for _, landed in other.land("slack", [Unit("b", [slack_user(1, 1)], None, day(4))], ["users"])] == [
            {"users": 1}
        ]

    for _ in landing.land("slack", [Unit("c", meanwhile(), None, day(5))], ["users"]):
        pass
    with _read(settings) as connection:
        names = connection.execute("select payload ->> '$.name' from landing.slack_users where key = 'slack:T0:U1' order by observed_at")
        assert [name for (name,) in names.fetchall()] == ["ada0", "ada1", "ada0"]


def test_what_is_looked_at_as_it_lands_is_not_noted_and_the_next_look_outlives_an_old_file(tmp_path: Path) -> None:
    settings = _land(tmp_path / "team", [])
    newest = []
    for hour, observed, state in ((0, 0, 0), (4, 4, 0), (5, 2, 1), (6, 6, 0)):  # the third is an old file
        now = day(0) + timedelta(hours=hour)
        landing, observed_at = Landing(settings.landing_path, lambda now=now: now), day(0) + timedelta(hours=observed)  # type: ignore[misc]
        for _ in landing.land("slack", [Unit("page", [slack_user(1, state)], None, observed_at)], ["users"]):
            pass
        with _read(settings) as connection:
            newest += connection.execute(f"select max_by(payload ->> '$.name', {NEWEST}) from landing.slack_users").fetchall()
    assert [name for (name,) in newest] == ["ada0", "ada0", "ada1", "ada0"]
    assert landing.rows(OWN, sightings.STREAM) == []


def test_pages_of_one_second_and_of_a_clock_that_jumps_back_are_in_order(tmp_path: Path) -> None:
    """A server's clock tells whole seconds; what lands as it is observed settles nothing."""
    folder = tmp_path / "landing"
    for number, second in enumerate((0, 0, 1, 0)):
        landing = Landing(folder, lambda number=number: day(0) + timedelta(seconds=number))  # type: ignore[misc]
        for _ in landing.land("slack", [Unit("page", [slack_user(1, number % 3)], None, day(0) + timedelta(seconds=second))], ["users"]):
            pass
    rows = {f"landing.{source}_{stream}": _query(files) for (source, stream), files in landing.snapshot().items()}
    with duckdb.connect() as connection:
        assert sightings.settled(connection, "landing.slack_users", rows) == rows["landing.slack_users"]


def _query(files: Sequence[Path]) -> str:
    return f"select * from read_parquet({[str(each) for each in files]})"

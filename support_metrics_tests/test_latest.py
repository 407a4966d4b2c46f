"""What is kept in memory of the newest rows from unit to unit: it makes no difference but in time."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support_metrics.landing import Landed, Landing
from support_metrics.landing.latest import Latest
from support_metrics.sources.base import Record, Unit

BEGUN = datetime(2026, 1, 1, tzinfo=UTC)


class Step(NamedTuple):
    """A unit of one or two objects, and whether landing is compacted before."""

    observed: int
    states: dict[int, tuple[str, bool]]
    is_compacted: bool


UNITS = st.lists(
    st.builds(
        Step,
        st.integers(0, 4),
        st.dictionaries(st.integers(0, 2), st.tuples(st.sampled_from("abc"), st.booleans()), min_size=1, max_size=2),
        st.booleans(),
    ),
    min_size=1,
    max_size=6,
)


def land(landing: Landing, unit: Step) -> Landed:
    if unit.is_compacted:
        landing.compact()
    records = [Record("things", f"thing:{number}", said, deleted=gone) for number, (said, gone) in unit.states.items()]
    ((_, landed),) = landing.land("shop", [Unit("unit", records, observed_at=BEGUN + timedelta(days=unit.observed))], ["things"])
    return landed


@settings(max_examples=12, deadline=None)
@given(UNITS)
def test_units_land_as_if_each_began_anew(tmp_path_factory: pytest.TempPathFactory, units: list[Step]) -> None:
    folder, clock = tmp_path_factory.mktemp("landing"), lambda: BEGUN + timedelta(days=9)
    kept = Landing(folder / "kept", clock)
    for unit in units:
        assert land(kept, unit).written == land(Landing(folder / "anew", clock), unit).written
    assert sorted(kept.rows("shop", "things")) == sorted(Landing(folder / "anew", clock).rows("shop", "things"))


def test_a_file_is_read_once(tmp_path: Path) -> None:
    landing, latest = Landing(tmp_path), Latest(tmp_path)
    with closing(latest.connect()) as connection:
        land(landing, Step(1, {1: ("a", False)}, False))
        (first,) = landing.files("shop", "things")
        table = latest.table(connection, "shop", "things", [first])
        land(landing, Step(2, {1: ("b", False), 2: ("c", True)}, False))
        both = landing.files("shop", "things")
        Path(first).unlink()
        assert latest.table(connection, "shop", "things", both) == table
        assert connection.execute(f"select key, deleted, observed_at from {table} order by key").fetchall() == [
            ("thing:1", False, BEGUN + timedelta(days=2)),
            ("thing:2", True, BEGUN + timedelta(days=2)),
        ]


def test_what_replaces_files_is_read_whole(tmp_path: Path) -> None:
    landing, latest = Landing(tmp_path), Latest(tmp_path)
    with closing(latest.connect()) as connection:
        land(landing, Step(1, {1: ("a", False), 2: ("b", False)}, False))
        latest.table(connection, "shop", "things", landing.files("shop", "things"))
        land(Landing(tmp_path / "other"), Step(2, {3: ("c", False)}, False))
        table = latest.table(connection, "shop", "things", Landing(tmp_path / "other").files("shop", "things"))
        assert connection.execute(f"select key from {table}").fetchall() == [("thing:3",)]


def test_connections_hold_their_temporary_tables_to_themselves(tmp_path: Path) -> None:
    latest = Latest(tmp_path)
    with closing(latest.connect()) as one, closing(latest.connect()) as other:
        one.execute("create temp table mine as select 1 as number")
        other.execute("create temp table mine as select 2 as number")
        assert one.execute("from mine").fetchall() == [(1,)]
        assert one.execute("select current_setting('TimeZone')").fetchall() == [("UTC",)]

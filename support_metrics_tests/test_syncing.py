"""What a source is told that landing holds: read while units land, and with memory enough to group whole payloads."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from support_metrics.landing import Landing
from support_metrics.landing.syncing import ROWS_AT_A_TIME, known
from support_metrics.sources.base import Record, Unit

BEGUN = datetime(2026, 1, 1, tzinfo=UTC)


def land(landing: Landing, said: str, day: int) -> None:
    records = (Record("things", f"thing:{number:05}", {"said": said}) for number in range(2 * ROWS_AT_A_TIME))
    assert list(landing.land("shop", [Unit("unit", records, observed_at=BEGUN + timedelta(days=day))], ["things"]))


def test_a_reading_half_done_goes_on_with_what_was_there_though_more_has_landed(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    land(landing, "first", 0)
    reading = known(landing, "shop").held("things", "thing:", "thing;")
    begun = next(reading)
    land(landing, "second", 1)
    assert {each.payload for each in (begun, *reading)} == {'{"said":"first"}'}
    assert {each.payload for each in known(landing, "shop").held("things", "thing:", "thing;")} == {'{"said":"second"}'}


def test_payloads_are_grouped_with_the_memory_that_duckdb_takes_by_itself(tmp_path: Path) -> None:
    """That of what is latest is too small: grouping payloads does not go to the disk as a whole."""
    with Landing(tmp_path).connect() as held, duckdb.connect() as plain:
        limits = [each.execute("select current_setting('memory_limit')").fetchall() for each in (held, plain)]
    assert limits[0] == limits[1]

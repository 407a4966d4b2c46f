"""What landing says of a source after a sync."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from support_metrics.landing import Landing
from support_metrics.landing.standing import set_aside
from support_metrics.sources.base import Damaged, Unit

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)


def test_a_record_that_is_read_again_is_set_aside_once_at_the_place_told_last(tmp_path: Path) -> None:
    """A file is read again when its manifest dates it anew. Names of landing's files tell no order within a second, so the last must be sought."""
    now = MONDAY
    landing = Landing(tmp_path, lambda: now)
    for number in range(12):
        now = MONDAY + timedelta(milliseconds=number)
        unit = Unit("export", [Damaged("messages", f"day.json:{number}", "has no ts")], "digest", now)
        assert [landed.units_known for _, landed in landing.land("slack", [unit], ["messages"])] == [0]
        assert [each["place"] for each in set_aside(landing, "slack")] == [f"day.json:{number}"]
    landing.compact()
    assert [each["place"] for each in set_aside(landing, "slack")] == ["day.json:11"]

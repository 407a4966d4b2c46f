"""The weekly report's asset: its partitions, and what a past week leaves alone."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from dagster import DagsterInstance, materialize

from support_metrics import pipeline, warehouse
from support_metrics.assets.models import WRITER
from support_metrics.assets.report import report_asset, weeks
from support_metrics.assets.settings_file import SettingsFile
from support_metrics_tests.assets.conftest import failures, make_team, materialized

REPORT = report_asset(weeks("Europe/Berlin"), [])


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> SettingsFile:
    """A team whose sources have been landed and whose warehouse is published."""
    resource = SettingsFile(path=str(make_team(tmp_path_factory.mktemp("team"))))
    pipeline.land(resource.load())
    pipeline.build_and_publish(resource.load())
    return resource


def test_weeks_are_named_by_their_monday() -> None:
    keys = weeks("Europe/Berlin").get_partition_keys(current_time=datetime(2026, 3, 9, 7, tzinfo=UTC))
    assert keys[-1] == "2026-03-02", "the week that has just ended"
    assert all(date.fromisoformat(key).weekday() == 0 for key in keys)


@pytest.mark.parametrize(
    ("as_of", "last"),
    [
        (datetime(2026, 3, 15, 23, tzinfo=UTC), "2026-03-09"),  # Monday already in Berlin
        (datetime(2026, 3, 15, 22, tzinfo=UTC), "2026-03-02"),
        (datetime(2026, 3, 13, 21, tzinfo=UTC), "2026-03-02"),
    ],
)
def test_no_week_is_offered_that_a_pinned_moment_has_not_seen_whole(as_of: datetime, last: str) -> None:
    keys = weeks("Europe/Berlin", as_of).get_partition_keys(current_time=datetime(2026, 11, 24, tzinfo=UTC))
    assert keys[-1] == last


def test_a_past_week_is_delivered_without_touching_what_is_published(published: SettingsFile) -> None:
    settings = published.load()
    link = settings.warehouse_path / warehouse.LINK
    before = link.resolve(), link.resolve().read_bytes()
    result = materialize([REPORT], partition_key="2026-03-02", resources={"settings_file": published}, instance=DagsterInstance.ephemeral())
    assert result.success
    shown = materialized(result)["reports/weekly_report"]
    page = Path(str(shown["file"]))
    assert page.parent == settings.reports_path and "<html" in page.read_text("utf-8")
    assert shown["page"] == page.as_uri()
    assert shown["as of"] == datetime(2026, 3, 9, 7, tzinfo=UTC).timestamp(), "Monday 08:00 in Berlin"
    assert "Answered in time" in str(shown["headlines"])
    assert str(shown["picture"]).startswith(("![Week of 2 – 8 March 2026: ", "none: no Chromium"))
    assert (link.resolve(), link.resolve().read_bytes()) == before
    assert not list(settings.warehouse_path.glob("build-*")), "the private build is removed"


def test_a_week_to_come_is_refused(published: SettingsFile) -> None:
    result = materialize([REPORT], partition_key="2026-03-16", resources={"settings_file": published}, raise_on_error=False)
    problem, mend = failures(result)["reports__weekly_report"]
    assert "2026-03-16" in problem and "earlier week" in mend


def test_the_report_waits_for_the_writer() -> None:
    assert REPORT.op.pool == WRITER

"""The weekly report's asset: its partitions, and what a past week leaves alone."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from dagster import DagsterInstance, MetadataValue, materialize

from support_metrics import pipeline, warehouse
from support_metrics.assets.models import WRITER
from support_metrics.assets.report import _markdown, report_asset, weeks
from support_metrics.assets.settings_file import SettingsFile
from support_metrics.settings import REPORTS_VARIABLE
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


def test_a_past_week_is_delivered_without_touching_what_is_published(published: SettingsFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(REPORTS_VARIABLE, raising=False)
    settings = published.load()
    link = settings.warehouse_path / warehouse.LINK
    before = link.resolve(), link.resolve().read_bytes()
    result = materialize([REPORT], partition_key="2026-03-02", resources={"settings_file": published}, instance=DagsterInstance.ephemeral())
    assert result.success
    shown = materialized(result)["reports/weekly_report"]
    page = Path(str(shown["file"]))
    assert page.parent == settings.reports_path and "<html" in page.read_text("utf-8")
    assert "page" not in shown, "without an address there is nothing that a browser would open from Dagster"
    assert not [name for name, value in shown.items() if "file:" in str(value)]
    words = str(shown["words"])
    assert words.startswith("**Tilt: support in the week of 2 – 8 March 2026**\n\n- 2 people needed help")
    assert "\n\n**Deserves attention**\n\n- " in words
    assert shown["as of"] == datetime(2026, 3, 9, 7, tzinfo=UTC).timestamp(), "Monday 08:00 in Berlin"
    assert "Answered in time" in str(shown["headlines"])
    assert str(shown["picture"]).startswith(("![Week of 2 – 8 March 2026: ", "none: no Chromium"))
    assert (link.resolve(), link.resolve().read_bytes()) == before
    assert not list(settings.warehouse_path.glob("build-*")), "the private build is removed"


@pytest.mark.parametrize(
    ("report_url", "served_at", "folder"),
    [
        ("https://intranet.example.com/support/", "", "https://intranet.example.com/support"),
        ("", "http://127.0.0.1:3001", "http://127.0.0.1:3001"),  # `make dev`
        ("https://intranet.example.com/support", "http://127.0.0.1:3001", "https://intranet.example.com/support"),
    ],
    ids=["where people open the archive", "served on this machine", "both"],
)
def test_the_page_is_linked_where_the_archive_has_an_address(
    published: SettingsFile, monkeypatch: pytest.MonkeyPatch, report_url: str, served_at: str, folder: str
) -> None:
    text = Path(published.path).read_text("utf-8")
    served = Path(published.path).with_name("served.toml")
    served.write_text(f'{text}\n[posting]\nreport_url = "{report_url}"\n', "utf-8")
    monkeypatch.setenv(REPORTS_VARIABLE, served_at)
    result = materialize(
        [REPORT],
        partition_key="2026-03-02",
        resources={"settings_file": SettingsFile(path=str(served))},
        instance=DagsterInstance.ephemeral(),
    )
    (materialization,) = result.asset_materializations_for_node("reports__weekly_report")
    shown = materialization.metadata
    assert shown["page"] == MetadataValue.url(f"{folder}/2026-03-02.html"), "a link that Dagster shows as one"
    assert f"]({folder}/2026-03-02.html#users-per-week)" in str(shown["words"].value)
    assert str(shown["file"].value).endswith("/2026-03-02.html")


def test_words_from_outside_are_no_markdown() -> None:
    assert _markdown("a [b](javascript:c) <img> *d*\n# e") == r"a \[b\]\(javascript:c\) \<img\> \*d\* \# e"


def test_weeks_begin_where_history_begins(published: SettingsFile, tmp_path: Path) -> None:
    first = pipeline.first_published_week(published.load())
    assert first == date(2025, 12, 29), "the week of the manifest's 1 January"
    assert weeks("Europe/Berlin", None, first).get_partition_keys(current_time=datetime(2026, 1, 14, tzinfo=UTC)) == [
        "2025-12-29",
        "2026-01-05",
    ]
    elsewhere = SettingsFile(path=str(make_team(tmp_path))).load()
    assert pipeline.first_published_week(elsewhere) is None, "nothing has been published there"
    elsewhere.warehouse_path.mkdir(parents=True)
    (elsewhere.warehouse_path / warehouse.LINK).write_text("no warehouse")
    assert pipeline.first_published_week(elsewhere) is None


@pytest.mark.parametrize("week", ["2025-12-22", "2020-01-06"])
def test_a_week_before_history_is_refused_and_leaves_no_page(published: SettingsFile, week: str) -> None:
    result = materialize([REPORT], partition_key=week, resources={"settings_file": published}, raise_on_error=False)
    problem, mend = failures(result)["reports__weekly_report"]
    assert problem.splitlines()[0] == f"nothing is known of the week of {week}: history begins with the week of 2025-12-29"
    assert "choose a later week" in mend
    assert not (published.load().reports_path / f"{week}.html").exists()


def test_a_week_to_come_is_refused(published: SettingsFile) -> None:
    result = materialize([REPORT], partition_key="2026-03-16", resources={"settings_file": published}, raise_on_error=False)
    problem, mend = failures(result)["reports__weekly_report"]
    assert "2026-03-16" in problem and "earlier week" in mend


def test_the_report_waits_for_the_writer() -> None:
    assert REPORT.op.pool == WRITER

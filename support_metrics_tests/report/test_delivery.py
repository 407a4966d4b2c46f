"""Delivery: the page appears whole, what it showed is landed once, and a replay of the past is no delivery."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from support_metrics.errors import SupportMetricsError
from support_metrics.landing import OWN, Landing
from support_metrics.report import deliver_week, figures_shown
from support_metrics.report import delivery as delivery_module
from support_metrics.settings import Settings, Team
from support_metrics_tests.report.example import AS_OF, WEEK, insert, request


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(folder=tmp_path, team=Team(time_zone="Europe/Berlin"))


def landed(settings: Settings) -> list[tuple[str, dict[str, Any]]]:
    rows = Landing(settings.landing_path).rows(OWN, "reports", "key, payload, landed_at")
    return [(key, json.loads(payload)) for key, payload, _ in sorted(rows, key=lambda row: row[2])]


def test_every_headline_figure_is_shown_as_text(marts: duckdb.DuckDBPyConnection) -> None:
    shown = figures_shown(marts, WEEK)
    assert {name: shown[name] for name in ("week", "as_of", "version", "settings_hash", "roster_hash", "overrides_hash")} == {
        "week": "2026-03-02",
        "as_of": "2026-03-09T07:00:00+00:00",
        "version": "0.1.0",
        "settings_hash": "5e77",
        "roster_hash": "4057",
        "overrides_hash": "0ff1",
    }
    figures = {(each["table"], each["key"], each["column"]): each["value"] for each in shown["figures"]}
    assert len(figures) == len(shown["figures"]) == 7 * 6 * 1 + 6 * 3 + 1 + 6 * 6
    ((users,),) = marts.execute("select users from marts.weekly_users where week = ? and channel = 'slack'", [WEEK]).fetchall()
    ((rate,),) = marts.execute("select compliance from marts.weekly_sla where week = ? and channel = 'all'", [WEEK]).fetchall()
    assert figures["weekly_users", "2026-03-02|slack", "users"] == str(users)
    assert float(figures["weekly_sla", "2026-03-02|all", "compliance"]) == rate, "no digit is lost"
    assert figures["weekly_users", "2026-03-02|email", "users"] is None, "not covered is null, not zero"
    assert ("daily_users", "2026-03-08|all", "users") in figures
    assert ("weekly_tickets", "2026-03-02", "tickets") in figures


def test_the_request_rows_are_those_of_the_week_in_every_state(marts: duckdb.DuckDBPyConnection) -> None:
    requests = figures_shown(marts, WEEK)["requests"]
    assert {each["state"] for each in requests} == {"overdue", "closed_silently", "pending", "late", "met", "withdrawn"}
    assert len(requests) == 11
    first = next(each for each in requests if each["request_id"].endswith(":1005"))
    assert first == {
        "request_id": "email:issue:1005",
        "state": "late",
        "person_id": "github:user:5",
        "opened_at": "2026-03-03T10:05:00+00:00",
        "first_response_at": "2026-03-03T16:05:00+00:00",
    }


def test_a_delivery_writes_page_and_list_and_lands_what_was_shown(marts: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    path = deliver_week(settings, marts, WEEK)
    assert path == settings.reports_path / "2026-03-02.html"
    assert "2 – 8 March 2026" in path.read_text("utf-8")
    ((key, payload),) = landed(settings)
    assert key == "report:2026-03-02:2026-03-09T07:00:00+00:00"
    assert payload.pop("delivered_at") is not None
    assert payload == figures_shown(marts, WEEK)
    assert not [each.name for each in settings.reports_path.iterdir() if each.name.startswith(".")], "nothing half-written is left"


def test_the_same_delivery_lands_once_and_a_changed_one_again(marts: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    deliver_week(settings, marts, WEEK)
    deliver_week(settings, marts, WEEK)
    marts.execute("update marts.build set settings_hash = 'other', version = '0.2.0'")
    deliver_week(settings, marts, WEEK)
    assert len(landed(settings)) == 1
    marts.execute("update marts.weekly_tickets set tickets = tickets + 1 where week = ?", [WEEK])
    deliver_week(settings, marts, WEEK)
    keys = [key for key, _ in landed(settings)]
    assert [key.rpartition("T")[0] for key in keys] == ["report:2026-03-02:2026-03-09"] * 2


@pytest.mark.parametrize("later", [timedelta(days=-2), timedelta(days=1)])
def test_a_view_as_of_another_moment_is_no_delivery(marts: duckdb.DuckDBPyConnection, settings: Settings, later: timedelta) -> None:
    marts.execute("update marts.build set as_of_at = ?", [AS_OF + later])
    view = deliver_week(settings, marts, WEEK)
    assert view.name == f"2026-03-02-as-of-{AS_OF + later:%Y%m%dT%H%M%SZ}.html"
    assert not landed(settings)
    assert not (settings.reports_path / "index.html").exists()


def test_a_request_that_changed_hands_is_landed_though_no_figure_changed(marts: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    deliver_week(settings, marts, WEEK)
    marts.execute("update marts.requests set person_id = 'slack:T1:U1' where request_id like '%:1005'")
    deliver_week(settings, marts, WEEK)
    assert len(landed(settings)) == 2


def test_a_replay_of_the_past_is_no_delivery(marts: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    delivered = deliver_week(settings, marts, WEEK)
    before, listed = delivered.read_text("utf-8"), (settings.reports_path / "index.html").read_text("utf-8")
    marts.execute("update marts.build set known_at = ?", [AS_OF])
    marts.execute("update marts.weekly_tickets set tickets = 99")
    replayed = deliver_week(settings, marts, WEEK)
    assert replayed.name == "2026-03-02-as-known-20260309T070000Z.html"
    assert "A replay" in replayed.read_text("utf-8")
    assert delivered.read_text("utf-8") == before
    assert (settings.reports_path / "index.html").read_text("utf-8") == listed
    assert len(landed(settings)) == 1


def test_the_archive_lists_weeks_newest_first_with_figures_as_delivered(marts: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    for weeks in (0, 2, 1):
        marts.execute("update marts.build set as_of_at = ?", [AS_OF - timedelta(weeks=weeks)])
        deliver_week(settings, marts, WEEK - timedelta(weeks=weeks))
    (settings.reports_path / "notes.html").write_text("not a report")
    index = (settings.reports_path / "index.html").read_text("utf-8")
    positions = [index.index(f'href="{WEEK - timedelta(weeks=back)}.html"') for back in range(3)]
    assert positions == sorted(positions)
    assert "notes" not in index
    ((users, tickets),) = marts.execute(
        "select users, tickets from marts.weekly_users join marts.weekly_tickets using (week) where week = ? and channel = 'all'", [WEEK]
    ).fetchall()
    row = index.split('href="2026-03-02.html"')[1].split("</tr>")[0]
    assert f'<td class="right">{users}</td><td class="right">{tickets}</td>' in row


def test_landed_moments_come_from_the_landing_clock(marts: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    clock = datetime(2030, 1, 1, 12, tzinfo=UTC)
    delivery_module._land(Landing(settings.landing_path, lambda: clock), figures_shown(marts, WEEK))
    assert landed(settings)[0][1]["delivered_at"] == "2030-01-01T12:00:00+00:00"


def test_a_folder_that_cannot_be_written_says_what_to_do(marts: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    settings.reports_path.parent.mkdir(parents=True)
    settings.reports_path.write_text("a file stands where the folder should be")
    with pytest.raises(SupportMetricsError, match="cannot write the report") as raised:
        deliver_week(settings, marts, WEEK)
    assert "paths.reports" in raised.value.mend
    assert landed(settings) == [], "what was not shown is not landed"


def test_the_last_page_stands_when_the_new_one_cannot_be_written(marts: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    path = settings.reports_path / "2026-03-02.html"
    (path / "in the way").mkdir(parents=True)
    with pytest.raises(SupportMetricsError, match="cannot write the report"):
        deliver_week(settings, marts, WEEK)
    assert [each.name for each in settings.reports_path.iterdir()] == ["2026-03-02.html"]


def test_pages_are_readable_by_others(marts: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    settings.reports_path.mkdir(parents=True)
    sample = settings.reports_path / "sample"
    sample.touch()
    assert deliver_week(settings, marts, WEEK).stat().st_mode == sample.stat().st_mode


def test_a_week_without_a_row_is_delivered_too(empty_marts: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    insert(empty_marts, "build", as_of_at=AS_OF, version="1", team="T", time_zone="UTC")
    request(empty_marts, 1)
    deliver_week(settings, empty_marts, WEEK)
    assert landed(settings)[0][1]["figures"] == []

"""The handoff form filled in: text to paste and the form's prefilled link."""

from __future__ import annotations

from datetime import date, timedelta
from urllib.parse import parse_qs, urlsplit

import duckdb
import pytest

from support_metrics.errors import SettingsError
from support_metrics.exterminator.handoff import LONGEST_LINK, as_link, as_text, handoff
from support_metrics.settings import Handoff, Settings
from support_metrics_tests.exterminator.conftest import NOW
from support_metrics_tests.report.example import insert, request

WEEK = date(2026, 3, 2)
FORM = "https://docs.google.com/forms/d/e/abc/viewform"


@pytest.fixture
def filled(marts: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    for offset, users in enumerate([9, None, 4, None, None]):
        insert(marts, "daily_handoff_counts", day=WEEK + timedelta(days=offset), measured_users=users)
    insert(marts, "weekly_exterminators", week=WEEK, exterminator="Ada", next_exterminator="Ben & Söhne")
    insert(
        marts,
        "weekly_releases",
        week=WEEK,
        releases=1,
        tags=["v1"],
        has_summary=True,
        has_breaking_changes=False,
        has_deprecations=True,
        is_holiday_week=False,
    )
    request(marts, 1, state="pending", due_at=NOW + timedelta(minutes=50), title="How?", person_name="Una", url="https://x.example/1")
    return marts


def test_known_days_are_filled_and_the_others_left_empty(filled: duckdb.DuckDBPyConnection) -> None:
    found = handoff(filled, WEEK)
    assert {name: found.answers[name] for name in ("mon", "tue", "wed", "thu", "fri")} == {
        "mon": "9", "tue": None, "wed": "4", "thu": None, "fri": None,
    }  # fmt: skip
    assert found.unknown["tue"] == "Tue 3 Mar: GitHub or Slack is not covered"
    assert found.unknown["wed"] == "Wed 4 Mar is not over: 4 until 16:00"
    assert found.unknown["thu"] == "Thu 5 Mar: still to come"


def test_a_day_whose_hours_have_not_begun_is_still_to_come(filled: duckdb.DuckDBPyConnection) -> None:
    filled.execute("delete from marts.business_hours where open_at::date = '2026-03-04'")
    insert(
        filled, "business_hours", calendar="team@1", open_at=NOW, close_at=NOW + timedelta(hours=2), seconds_before=0, channels=["slack"]
    )
    assert handoff(filled, WEEK).answers["wed"] == "4"
    filled.execute("update marts.build set as_of_at = as_of_at - interval 1 minute")
    early = handoff(filled, WEEK)
    assert (early.answers["wed"], early.unknown["wed"]) == (None, "Wed 4 Mar: still to come")


def test_the_text_has_the_forms_own_headings(filled: duckdb.DuckDBPyConnection) -> None:
    columns = {
        "submitted_at": "Timestamp",
        "exterminator": "Who?",
        "mon": "Users on Monday",
        "tue": "Users on Tuesday",
        "notes": "Anything else?",
    }
    text = as_text(handoff(filled, WEEK), Settings(handoff=Handoff(columns=columns)))
    assert text.startswith(
        "Who?: Ada\nUsers on Monday: 9\nUsers on Tuesday:\nAnything else?:\n1 release: v1. Its notes have no section for breaking changes.\n"
    )
    assert "- 50 min left, GitHub, Una: How? https://x.example/1" in text
    assert "Tue 3 Mar: GitHub or Slack is not covered" in text
    assert "Sat 7 Mar" not in text, "the form does not ask for it"
    assert "Timestamp" not in text


def test_the_link_fills_in_what_is_known(filled: duckdb.DuckDBPyConnection) -> None:
    entries = {
        "exterminator": "entry.1",
        "next_exterminator": "entry.2",
        "week": "entry.3",
        "mon": "entry.4",
        "tue": "entry.5",
        "notes": "entry.9",
    }
    link = as_link(handoff(filled, WEEK), Settings(handoff=Handoff(form_url=f"{FORM}?usp=sf_link", entries=entries)))
    assert link
    parts = urlsplit(link)
    given = parse_qs(parts.query)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == FORM
    assert given.pop("entry.9")[0].startswith("1 release: v1.")
    assert given == {"usp": ["pp_url"], "entry.1": ["Ada"], "entry.2": ["Ben & Söhne"], "entry.3": ["2026-03-02"], "entry.4": ["9"]}


def test_long_notes_are_cut_in_the_link_only(filled: duckdb.DuckDBPyConnection) -> None:
    for number in range(10, 30):
        request(filled, number, state="pending", due_at=NOW + timedelta(minutes=50), title="ö" * 300)
    found = handoff(filled, WEEK)
    link = as_link(found, Settings(handoff=Handoff(form_url=FORM, entries={"notes": "entry.9", "mon": "entry.1"})))
    assert link and len(link) <= LONGEST_LINK
    assert parse_qs(urlsplit(link).query)["entry.9"][0].endswith("…")
    assert parse_qs(urlsplit(link).query)["entry.1"] == ["9"]
    assert "and 9 more of these" in (found.answers["notes"] or "")


def test_no_form_no_link_and_a_wrong_one_is_said(filled: duckdb.DuckDBPyConnection) -> None:
    found = handoff(filled, WEEK)
    assert as_link(found, Settings()) is None
    with pytest.raises(SettingsError, match="no address of a form"):
        as_link(found, Settings(handoff=Handoff(form_url="javascript:alert(1)")))
    with pytest.raises(SettingsError, match="users, which we cannot answer"):
        as_link(found, Settings(handoff=Handoff(form_url=FORM, entries={"users": "entry.1"})))

"""The handoff form's CSV, from the sheet and from the form itself."""

import contextlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support_metrics.errors import SourceError
from support_metrics.landing import Landing
from support_metrics.settings import Settings
from support_metrics.sources.base import Coverage
from support_metrics.sources.handoff import Handoff, submission_instant
from support_metrics.sources.reading import BadRecord
from support_metrics_tests.sources.world import MONDAY, all_rows, coverage, damaged, items, land, records, refused, settings_at, write

NEW_YORK = ZoneInfo("America/New_York")
SHEET = 'Timestamp,Exterminator ,Monday,Notes\r\n3/6/2026 17:06:16,"Ada ",3,"two\nlines, ""quoted"""\r\n3/13/2026 9:00:00,bob,,\r\n'


def configured(folder: Path, *files: str, zone: str = "UTC", **handoff: Any) -> Settings:
    return settings_at(folder, team={"time_zone": zone}, handoff={"files": list(files) or ["handoff.csv"], **handoff})


TIMES = {
    "9/6/2018 0:06:16": datetime(2018, 9, 6, 4, 6, 16, tzinfo=UTC),
    " 12/31/2026 23:59:59 ": datetime(2027, 1, 1, 4, 59, 59, tzinfo=UTC),
    "9/6/2018 9:06": datetime(2018, 9, 6, 13, 6, tzinfo=UTC),
    "9/6/2018 9:06:00 PM": datetime(2018, 9, 7, 1, 6, tzinfo=UTC),
    "2026/06/14 10:10:09 AM GMT+1": datetime(2026, 6, 14, 9, 10, 9, tzinfo=UTC),
    "2026/06/14 12:10:09 AM GMT-3:30": datetime(2026, 6, 14, 3, 40, 9, tzinfo=UTC),
    "2026/06/14 12:10:09 PM GMT+5:30": datetime(2026, 6, 14, 6, 40, 9, tzinfo=UTC),
    "2026/06/14 1:10:09 PM GMT": datetime(2026, 6, 14, 13, 10, 9, tzinfo=UTC),
    "2026/06/14 1:10:09 PM UTC": datetime(2026, 6, 14, 13, 10, 9, tzinfo=UTC),
    "2026-06-14T13:10:09Z": datetime(2026, 6, 14, 13, 10, 9, tzinfo=UTC),
    "11/1/2026 1:30:00": datetime(2026, 11, 1, 5, 30, tzinfo=UTC),  # twice that night; the first
    "3/8/2026 2:30:00": datetime(2026, 3, 8, 7, 30, tzinfo=UTC),  # never that night; as if the clock had not been put forward
}


@pytest.mark.parametrize(("text", "instant"), TIMES.items(), ids=TIMES.keys())
def test_both_styles_of_timestamps(text: str, instant: datetime) -> None:
    assert submission_instant(text, NEW_YORK) == instant


@pytest.mark.parametrize(
    "text", ["", "yesterday", "14/6/2026 10:10:09", "2/30/2026 1:00:00", "6/14/2026", "6/14/2026 25:00:00", "6/14/2026 13:00 PM"]
)
def test_what_is_no_timestamp_is_refused(text: str) -> None:
    with pytest.raises(BadRecord, match="month first"):
        submission_instant(text, NEW_YORK)


@given(st.text(max_size=40))
def test_no_text_breaks_the_reading_of_a_timestamp(text: str) -> None:
    with contextlib.suppress(BadRecord):
        assert submission_instant(text, NEW_YORK).tzinfo is UTC


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_answers_are_kept_as_typed(tmp_path: Path, mark: str) -> None:
    write(tmp_path / "handoff.csv", mark + SHEET)
    found = items("handoff", configured(tmp_path, zone="America/New_York"))
    first, second = records(found, "responses")
    assert first.key == "handoff:2026-03-06T22:06:16Z:ada"
    assert first.version == datetime(2026, 3, 6, 22, 6, 16, tzinfo=UTC)
    assert first.payload == {"Timestamp": "3/6/2026 17:06:16", "Exterminator": "Ada ", "Monday": "3", "Notes": 'two\nlines, "quoted"'}
    assert second.key == "handoff:2026-03-13T13:00:00Z:bob"
    assert coverage(found) == [Coverage("responses", "*", first.version, datetime(2026, 3, 13, 13, tzinfo=UTC))]


def test_the_sheets_own_zone_wins_over_the_teams(tmp_path: Path) -> None:
    write(tmp_path / "handoff.csv", SHEET)
    found = items("handoff", configured(tmp_path, zone="America/New_York", time_zone="Asia/Tokyo"))
    assert records(found, "responses")[0].key == "handoff:2026-03-06T08:06:16Z:ada"


def test_headings_are_mapped_in_the_settings(tmp_path: Path) -> None:
    write(tmp_path / "handoff.csv", "When?,Who are you?,When?\n3/6/2026 17:00:00,ada,twice\n")
    columns = {"submitted_at": "When? ", "exterminator": "Who are you?"}
    (record,) = records(items("handoff", configured(tmp_path, columns=columns)), "responses")
    assert record.payload == {"When?": "3/6/2026 17:00:00", "Who are you?": "ada", "When? (2)": "twice"}


def test_landing_twice_gives_the_same_rows_and_an_overlapping_download_adds_only_what_is_new(tmp_path: Path) -> None:
    write(tmp_path / "handoff.csv", SHEET)
    landing = Landing(tmp_path / "landing", lambda: MONDAY)
    assert land(landing, "handoff", configured(tmp_path)).written == {"responses": 2}
    rows = all_rows(landing)
    assert land(landing, "handoff", configured(tmp_path)).written == {}
    assert all_rows(landing) == rows
    write(tmp_path / "handoff.csv", SHEET + "3/20/2026 9:00:00,ada,,\r\n")
    assert land(landing, "handoff", configured(tmp_path)).written == {"responses": 1}


def test_a_row_that_cannot_be_read_is_set_aside_with_its_line(tmp_path: Path) -> None:
    write(
        tmp_path / "handoff.csv",
        SHEET + "soon,ada,,\r\n,,,\r\n\r\n3/20/2026 9:00:00,,,\r\n3/20/2026 9:00:00,ada,1,2,3\r\n3/21/2026 9:00:00,ada\r\n",
    )
    found = items("handoff", configured(tmp_path))
    assert [each.place for each in damaged(found)] == ["handoff.csv:5", "handoff.csv:8", "handoff.csv:9"]
    assert [each.reason.split(",")[0] for each in damaged(found)][1:] == ["has no answer in 'Exterminator'", "has 5 cells"]
    assert len(records(found, "responses")) == 3


@pytest.mark.parametrize(
    ("columns", "named"),
    [
        ({"submitted_at": "Zeitstempel", "exterminator": "Exterminator"}, "submitted_at"),
        ({"submitted_at": "Timestamp", "exterminator": "Who"}, "exterminator"),
        ({"submitted_at": "Timestamp", "exterminator": "Exterminator", "tue": "Dienstag"}, "tue"),
        ({"submitted_at": "Timestamp"}, "exterminator"),
    ],
)
def test_a_csv_without_a_mapped_column_names_file_setting_and_headings(tmp_path: Path, columns: dict[str, str], named: str) -> None:
    write(tmp_path / "handoff.csv", SHEET)
    error = refused(
        "handoff", configured(tmp_path, columns=columns), tmp_path / "landing", "handoff.csv, line 1: no column", f"handoff.columns.{named}"
    )
    assert "'Timestamp', 'Exterminator', 'Monday', 'Notes'" in error.mend


def test_a_column_mapped_otherwise_is_missed_in_a_file_that_has_been_landed(tmp_path: Path) -> None:
    write(tmp_path / "handoff.csv", SHEET)
    columns = {"submitted_at": "Timestamp", "exterminator": "Exterminator", "mon": "Monday"}
    landing = Landing(tmp_path / "landing", lambda: MONDAY)
    land(landing, "handoff", configured(tmp_path, columns=columns))
    before = landing.rows("handoff", "responses")
    with pytest.raises(SourceError, match=r"handoff\.csv, line 1: no column 'Mondai', which handoff\.columns\.mon names"):
        land(landing, "handoff", configured(tmp_path, columns=columns | {"mon": "Mondai"}))
    land(landing, "handoff", configured(tmp_path, columns=columns | {"notes": "Notes"}))
    assert landing.rows("handoff", "responses") == before


def test_what_was_expected_by_default_is_missed_as_soon_as_it_is_mapped(tmp_path: Path) -> None:
    write(tmp_path / "handoff.csv", SHEET)
    landing = Landing(tmp_path / "landing", lambda: MONDAY)
    by_default = configured(tmp_path)
    land(landing, "handoff", by_default)
    with pytest.raises(SourceError, match="no column 'Next exterminator'"):
        land(landing, "handoff", configured(tmp_path, columns=dict(by_default.handoff.columns)))


def test_all_columns_that_a_csv_lacks_are_named_at_once(tmp_path: Path) -> None:
    write(tmp_path / "handoff.csv", SHEET)
    columns = {"submitted_at": "Timestamp", "exterminator": "Who", "mon": "Montag", "tue": "Dienstag"}
    error = refused("handoff", configured(tmp_path, columns=columns), tmp_path / "landing")
    assert "no column 'Who', which handoff.columns.exterminator names; no column 'Montag', which" in error.problem
    assert error.mend.startswith("set handoff.columns.exterminator, mon, tue to headings there are")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"Timestamp,Exterminator\n3/6/2026 17:00:00,Ren\xe9\n", "handoff.csv, line 2: byte 0xe9 is not UTF-8"),
        ("", "handoff.csv, line 1: the file is empty"),
        ("<!DOCTYPE html><html>Sign in</html>", "handoff.csv, line 1: holds HTML instead of CSV"),
        ('Timestamp,Exterminator\n3/6/2026 17:00:00,"Ada\n', "handoff.csv, line 2: not valid CSV"),
    ],
)
def test_a_damaged_file_lands_nothing(tmp_path: Path, content: str | bytes, said: str) -> None:
    write(tmp_path / "handoff.csv", content)
    refused("handoff", configured(tmp_path), tmp_path / "landing", said)


HEADINGS = {
    "all there, and an answer that is none": (b"Timestamp,Exterminator\n\xff\n", ""),
    "one spread over lines": (b'"a\nb",Timestamp,Exterminator\n\xff\n', ""),
    "one missing": (b"Timestamp,Name\n\xff\n", "handoff.csv, line 1: no column 'Exterminator', which handoff.columns.exterminator names"),
    "no line end": (b"Timestamp", "handoff.csv, line 1: no column 'Exterminator'"),
    "not UTF-8": (b"Timestamp,\xff\n", "handoff.csv, line 1: byte 0xff is not UTF-8"),
    "nothing": (b"\n \n", "handoff.csv, line 1: the file is empty"),
    "a web page": (b"<!doctype html>\n", "handoff.csv, line 1: holds HTML instead of CSV"),
    "a quote without end": (b'Timestamp,"Exterminator\n1,Ada\n', "handoff.csv, line 1: not valid CSV"),
}


@pytest.mark.parametrize(("content", "said"), HEADINGS.values(), ids=HEADINGS.keys())
def test_headings_are_checked_without_the_answers(tmp_path: Path, content: bytes, said: str) -> None:
    write(tmp_path / "handoff.csv", content)
    found = list(Handoff().check_files(configured(tmp_path)))
    assert [(level, problem[: len(said)]) for level, problem, _ in found] == ([("wrong", said)] if said else [])
    assert all(mend for _, _, mend in found)


def test_what_landing_says_of_headings_is_said(tmp_path: Path) -> None:
    write(tmp_path / "handoff.csv", "Timestamp,Name\n")
    error = refused("handoff", configured(tmp_path), tmp_path / "landing")
    assert list(Handoff().check_files(configured(tmp_path))) == [("wrong", error.problem, error.mend)]

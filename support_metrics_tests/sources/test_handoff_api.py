"""The handoff form's sheet at its address."""

import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from support_metrics.errors import SourceError, SourceUnavailable
from support_metrics.landing import Landing
from support_metrics.settings import Settings, load_settings
from support_metrics.sources.handoff import Handoff
from support_metrics_tests.servers.base import Reply, serving
from support_metrics_tests.servers.handoff import SHEET, HandoffApi, demo
from support_metrics_tests.sources.syncs import NOON, Clock, Faults, Place, everything_written, latest, quick
from support_metrics_tests.sources.world import land, settings_at, write

DEMO = Path(__file__).parents[2] / "data" / "demo"
CSV = 'Timestamp,Exterminator,Notes,Monday\r\n3/6/2026 17:06:16,Ada,"two\nlines, and\nmany, many words, as they come",3\r\n3/13/2026 9:00:00,bob,,'


def configured(folder: Path, address: str) -> Settings:
    return settings_at(folder, handoff={"urls": [f"{address}/spreadsheets/d/e/{SHEET}/pub?output=csv"]})


def make(clock: Clock) -> HandoffApi:
    return HandoffApi({SHEET: CSV}, clock)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def api(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[HandoffApi]:
    api = make(clock)
    with quick(monkeypatch, clock), serving(api):
        yield api


@pytest.fixture
def place(tmp_path: Path, api: HandoffApi, clock: Clock) -> Place:
    return Place("handoff", configured(tmp_path, api.address), Landing(tmp_path / "landing", clock))


def test_it_lands_what_the_file_lands(tmp_path: Path, place: Place) -> None:
    place.sync()
    write(tmp_path / "handoff.csv", CSV)
    files = Landing(tmp_path / "files")
    land(files, "handoff", settings_at(tmp_path, handoff={"files": ["handoff.csv"]}))
    assert place.latest() == latest(files, "handoff") and len(place.latest()) == 2
    ((scope, since, until),) = place.coverage("responses")
    assert (scope, since) == ("*", "2026-03-06T17:06:16+00:00")
    assert until >= NOON.isoformat()


def test_the_demos_sheet_lands_what_its_file_lands(tmp_path: Path, place: Place, api: HandoffApi) -> None:
    folders = sorted(DEMO.glob("2*"))
    api.sheets = demo(folders, api.date).sheets
    columns = load_settings(str(DEMO / "support_metrics.toml")).handoff.columns
    place.settings = settings_at(tmp_path, handoff={"urls": [api.url()], "columns": columns})
    place.sync()
    files = Landing(tmp_path / "files")
    land(files, "handoff", settings_at(folders[-1], handoff={"files": ["handoff.csv"], "columns": columns}))
    assert place.latest() == latest(files, "handoff") and len(place.latest()) == 28


def test_a_second_sync_adds_what_is_new_and_an_empty_sheet_is_covered(place: Place, api: HandoffApi, clock: Clock) -> None:
    api.sheets[SHEET] = "Timestamp,Exterminator,Notes,Monday"
    assert place.sync().written == {}
    assert len(place.coverage("responses")) == 1
    api.sheets[SHEET] = CSV
    assert place.sync().written == {"responses": 2}
    clock.at += timedelta(days=7)
    api.sheets[SHEET] += "\r\n3/20/2026 9:00:00,ada,,"
    assert place.sync().written == {"responses": 1}
    assert api.paths() == [f"GET /spreadsheets/d/e/{SHEET}/pub", f"GET /content/{SHEET}"] * 3


def test_several_sheets_cover_together(place: Place, api: HandoffApi) -> None:
    api.sheets["other"] = "Timestamp,Exterminator\n1/2/2026 9:00:00,Ada\n"
    place.settings = settings_at(place.settings.folder, handoff={"urls": [api.url(), api.url("other")]})
    place.sync(units=1)
    assert place.coverage("responses") == []
    place.sync()
    assert [each[1] for each in place.coverage("responses")] == ["2026-01-02T09:00:00+00:00"]
    assert len(place.latest()) == 3


def test_every_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    faults = Faults("handoff", make, configured, tmp_path, monkeypatch)
    faults.survives_transient(but=("html",))
    faults.survives_permanent(SHEET, "/content")


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("private", "answers with a web page, most likely to sign in, instead of CSV"),
        ("deleted", "there is nothing (404)"),
        ("renamed", "line 1: no column 'Exterminator', which handoff.columns.exterminator names"),
        ("looping", "refused with 302"),
    ],
)
def test_what_is_no_sheet_says_what_to_do_and_not_where(
    broken: str, said: str, place: Place, api: HandoffApi, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    if broken == "private":
        api.private.add(SHEET)
    elif broken == "deleted":
        api.sheets.clear()
    elif broken == "renamed":
        api.sheets[SHEET] = CSV.replace("Exterminator", "Who")
    else:
        monkeypatch.setattr(api, "reply", lambda asked: type(HandoffApi.reply(api, asked))("", 302, {"Location": api.url()}))
    with pytest.raises(SourceError) as caught:
        place.sync()
    assert str(caught.value).startswith("handoff.urls: 127.0.0.1/spreadsheets/…") and said in str(caught.value)
    assert not isinstance(caught.value, SourceUnavailable)
    assert SHEET not in f"{caught.value!r}{caught.value.__cause__!r}{caplog.text}"
    assert place.landing.snapshot() == {}


def test_a_heading_that_repeats_the_address_is_not_shown(place: Place, api: HandoffApi) -> None:
    api.sheets[SHEET] = f"there is nothing at {SHEET} for you,Timestamp\n"
    with pytest.raises(SourceError, match="no column 'Exterminator'") as caught:
        place.sync()
    assert "there is nothing at ‹secret› for you" in str(caught.value) and SHEET not in f"{caught.value!r}{caught.value.__cause__!r}"


def test_the_address_is_nowhere_to_be_seen(place: Place, api: HandoffApi, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    api.sheets[SHEET] += "\r\nsoon,ada,,"
    assert place.sync().damaged[0].place == "handoff.urls: 127.0.0.1/spreadsheets/…:6"
    assert SHEET.encode() not in everything_written(place.landing.root) + caplog.text.encode()


@pytest.mark.parametrize("end", ["", "/", "?output=csv", "/export.csv", "/spreadsheets/x"])
def test_an_address_that_is_nothing_but_a_secret_is_not_shown_either(
    end: str, place: Place, api: HandoffApi, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    api.reply = lambda asked: Reply(CSV.encode(), 200, {"Content-Type": "text/csv"})  # type: ignore[method-assign]
    place.settings = settings_at(place.settings.folder, handoff={"urls": [f"{api.address}/{SHEET}{end}"]})
    place.sync()
    found = list(Handoff().check_live(place.settings))
    assert found == [("ok", "handoff.urls: 127.0.0.1/…: 2 answers", "")]
    assert SHEET.encode() not in everything_written(place.landing.root) + f"{caplog.text}{place.told}".encode()


@pytest.mark.parametrize(
    "url", ["https://[bad/marked-sheet-id", "https://h:port/marked-sheet-id", "marked-sheet-id", "ftp://h/marked-sheet-id"]
)
def test_what_is_no_address_says_what_to_do(url: str, place: Place) -> None:
    place.settings = settings_at(place.settings.folder, handoff={"urls": [url]})
    with pytest.raises(SourceError, match=r"handoff\.urls: .* is no address that can be asked") as caught:
        place.sync()
    assert "correct handoff.urls" in caught.value.mend and SHEET not in f"{caught.value!r}{caught.value.__cause__!r}"


def test_a_redirect_to_what_is_no_address_says_so_and_not_where(place: Place, api: HandoffApi) -> None:
    api.reply = lambda asked: Reply("", 302, {"Location": f"https://[{SHEET}/x"})  # type: ignore[method-assign]
    with pytest.raises(SourceUnavailable, match="sent us on to what is no address, 6 times over") as caught:
        place.sync()
    assert SHEET not in f"{caught.value!r}{caught.value.__cause__!r}"


def test_a_row_cut_short_is_not_believed(place: Place, api: HandoffApi) -> None:
    api.sheets[SHEET] = CSV[: CSV.index("bob") + 1]
    with pytest.raises(SourceUnavailable, match="the last row is cut short, 6 times over"):
        place.sync()
    assert place.landing.snapshot() == {}


def test_doctor_counts_the_answers(place: Place) -> None:
    assert list(Handoff().check_live(place.settings)) == [("ok", "handoff.urls: 127.0.0.1/spreadsheets/…: 2 answers", "")]

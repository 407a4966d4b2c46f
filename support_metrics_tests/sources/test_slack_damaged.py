"""Slack exports that are damaged, foreign or hostile: what is set aside, and what is refused as a whole."""

import zipfile
from pathlib import Path

import pytest

from support_metrics.errors import SourceError
from support_metrics.landing import Landing
from support_metrics.sources import archive
from support_metrics_tests.sources.test_slack import EXPORT, USERS, configured
from support_metrics_tests.sources.world import (
    MONDAY,
    damaged,
    items,
    land,
    records,
    refused,
    write,
    write_tree,
    write_zip,
)


def test_a_damaged_message_is_set_aside_and_does_not_sink_the_others(tmp_path: Path) -> None:
    day = (
        '[{"ts": "1772442000.000100", "text": "good"},\n{"text": "no ts"},\n{"ts": 1772442000.0001}, {"ts": "soon"}, {"ts": "１.1"}, 7, null,'
        ' {"ts": "1772442009.000100", "text": "\\ud800"}, {"ts": "1772442010.000100", "text": "\\ud83d\\ude00"}]'
    )
    write_tree(tmp_path / "export", EXPORT | {"support/2026-03-02.json": day})
    landing = Landing(tmp_path / "landing", lambda: MONDAY)
    landed = land(landing, "slack", configured(tmp_path))
    assert landed.written["messages"] == 2
    assert [(each.place, each.reason) for each in landed.damaged] == [
        ("export/support/2026-03-02.json:2", "has no ts"),
        ("export/support/2026-03-02.json:3, item 3", "its ts is not of the form seconds.microseconds"),
        ("export/support/2026-03-02.json:3, item 4", "its ts is not of the form seconds.microseconds"),
        ("export/support/2026-03-02.json:3, item 5", "its ts is not of the form seconds.microseconds"),
        ("export/support/2026-03-02.json:3, item 6", "is no JSON object"),
        ("export/support/2026-03-02.json:3, item 7", "is no JSON object"),
        ("export/support/2026-03-02.json:3, item 8", "holds half of a surrogate pair, which is no character"),
    ]
    assert len(landing.rows("support_metrics", "damaged")) == 7


def test_a_damaged_user_is_set_aside(tmp_path: Path) -> None:
    write_tree(tmp_path / "export", EXPORT | {"users.json": [*USERS, {"name": "nobody"}]})
    found = items("slack", configured(tmp_path))
    assert [each.place for each in damaged(found)] == ["export/users.json:1, item 4"]
    assert len(records(found, "users")) == 3


# Bad input: each is one clear error, and nothing of the export is landed

DAYS = {
    "truncated": ('[\n{"ts": "1772442000.000100"},\n{"ts": ', "line 3"),
    "empty": ("", "line 1: the file is empty"),
    "not UTF-8": (b'[{"ts": "1772442000.000100",\n "text": "caf\xe9"}]', "line 2: byte 0xe9 is not UTF-8"),
    "no list": ('{"ok": false, "error": "invalid_auth"}', "holds no list"),
}


@pytest.mark.parametrize("kind", ["folder", "zip"])
@pytest.mark.parametrize(("day", "said"), DAYS.values(), ids=DAYS.keys())
def test_a_damaged_day_file_lands_nothing(tmp_path: Path, kind: str, day: str | bytes, said: str) -> None:
    files = EXPORT | {"support/2026-03-03.json": day}
    name = "export" if kind == "folder" else "export.zip"
    _ = write_tree(tmp_path / name, files) if kind == "folder" else write_zip(tmp_path / name, files)
    refused("slack", configured(tmp_path, name), tmp_path / "landing", f"{name}/support/2026-03-03.json", said, "again")


@pytest.mark.parametrize("missing", ["users.json", "channels.json"])
def test_an_export_without_its_lists_is_refused(tmp_path: Path, missing: str) -> None:
    without = {name: content for name, content in EXPORT.items() if name not in (missing, "groups.json")}
    write_tree(tmp_path / "export", without)
    error = refused("slack", configured(tmp_path), tmp_path / "landing", "export", missing)
    if missing == "users.json":
        assert "bots and names cannot be told" in error.problem


def test_a_channel_without_an_id_is_refused(tmp_path: Path) -> None:
    write_tree(tmp_path / "export", EXPORT | {"channels.json": [{"name": "support"}]})
    refused("slack", configured(tmp_path), tmp_path / "landing", "export/channels.json:1: the channel has no id")


def test_a_configured_channel_that_no_export_holds_names_its_setting(tmp_path: Path) -> None:
    write_tree(tmp_path / "export", EXPORT)
    error = refused("slack", configured(tmp_path, triage=("triage",)), tmp_path / "landing", "slack.triage_channels", "'triage'")
    assert "there are: random, support, triage-customers" in error.mend


def test_no_channel_at_all_names_the_setting(tmp_path: Path) -> None:
    write_tree(tmp_path / "export", EXPORT)
    refused("slack", configured(tmp_path, channels=()), tmp_path / "landing", "slack.channels")


def test_a_missing_export_names_the_setting(tmp_path: Path) -> None:
    refused("slack", configured(tmp_path, "exports/*.zip"), tmp_path / "landing", "slack.files", "exports/*.zip")


@pytest.mark.parametrize(
    "member", ["../outside.json", "/etc/outside.json", "support/../../outside.json", "C:\\outside.json", "..\\outside.json"]
)
def test_a_zip_that_escapes_its_folder_is_refused(tmp_path: Path, member: str) -> None:
    write_zip(tmp_path / "export.zip", EXPORT | {member: "[]"})
    refused("slack", configured(tmp_path, "export.zip"), tmp_path / "landing", "export.zip", "outside its own folder", "do not trust it")
    assert not (tmp_path.parent / "outside.json").exists()


def test_a_channel_whose_name_escapes_is_refused(tmp_path: Path) -> None:
    write_tree(tmp_path / "export", EXPORT | {"channels.json": [{"id": "C1", "name": "../../support"}]})
    refused("slack", configured(tmp_path, channels=("C1",)), tmp_path / "landing", "'../../support'")


def test_a_zip_that_expands_without_end_is_refused(tmp_path: Path) -> None:
    bomb = b"[" + b" " * (archive.RATIO_COUNTS_FROM + (1 << 20)) + b"]"
    write_zip(tmp_path / "export.zip", EXPORT | {"support/2026-03-05.json": bomb})
    assert (tmp_path / "export.zip").stat().st_size < 200_000
    refused(
        "slack",
        configured(tmp_path, "export.zip"),
        tmp_path / "landing",
        "export.zip/support/2026-03-05.json",
        "expands without reasonable end",
    )


def test_a_zip_that_understates_its_sizes_is_refused(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "export.zip", EXPORT | {"support/2026-03-05.json": b"[" + b" " * 5_000_000 + b"]"})
    size = (5_000_002).to_bytes(4, "little")
    path.write_bytes(path.read_bytes().replace(size, (2).to_bytes(4, "little")))
    refused("slack", configured(tmp_path, "export.zip"), tmp_path / "landing", "export.zip/support/2026-03-05.json", "cannot be unpacked")


def _flip(path: Path, position: int) -> None:
    data = bytearray(path.read_bytes())
    data[position] ^= 0xFF
    path.write_bytes(data)


def test_a_zip_damaged_on_its_way_is_refused(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "export.zip", EXPORT)
    with zipfile.ZipFile(path) as opened:
        info = opened.getinfo("support/2026-03-02.json")
    _flip(path, info.header_offset + 30 + len(info.filename) + info.compress_size // 2)
    refused("slack", configured(tmp_path, "export.zip"), tmp_path / "landing", "export.zip/support/2026-03-02.json", "cannot be unpacked")


def test_a_zip_cut_short_is_refused(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "export.zip", EXPORT)
    path.write_bytes(path.read_bytes()[:-100])
    error = refused("slack", configured(tmp_path, "export.zip"), tmp_path / "landing", "export.zip: is no sound zip file")
    assert error.mend.startswith("export or fetch it again")


def test_an_encrypted_zip_is_refused(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "export.zip", EXPORT)
    with zipfile.ZipFile(path) as opened:
        info = opened.getinfo("users.json")
    data = bytearray(path.read_bytes())
    data[info.header_offset + 6] |= 1
    central = data.index(b"PK\x01\x02", data.rindex(b"users.json") - 60)
    data[central + 8] |= 1
    path.write_bytes(data)
    refused("slack", configured(tmp_path, "export.zip"), tmp_path / "landing", "export.zip/users.json", "is encrypted")


def test_a_file_that_is_no_export_is_refused(tmp_path: Path) -> None:
    for content in ("Timestamp,Exterminator\n2026/03/02,Ada\n", ""):
        write(tmp_path / "export.zip", content)
        error = refused("slack", configured(tmp_path, "export.zip"), tmp_path / "landing", "export.zip: is no zip file")
        assert error.mend.startswith("correct slack.files, or export or fetch it again and replace the file")
    write(tmp_path / "empty" / "a.json", [])
    refused("slack", configured(tmp_path, "empty"), tmp_path / "landing", "empty: holds no channels.json")


def test_a_damaged_export_does_not_take_back_what_an_older_one_landed(tmp_path: Path) -> None:
    write_tree(tmp_path / "exports", {f"1/{name}": content for name, content in EXPORT.items()})
    write_tree(tmp_path / "exports", {f"2/{name}": content for name, content in EXPORT.items()})
    write(tmp_path / "exports" / "2" / "support" / "2026-03-05.json", "[")
    landing = Landing(tmp_path / "landing", lambda: MONDAY)
    with pytest.raises(SourceError, match=r"exports/2/support/2026-03-05\.json"):
        land(landing, "slack", configured(tmp_path, "exports/*"))
    assert len(landing.rows("slack", "messages")) == 4

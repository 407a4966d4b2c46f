"""Slack exports, folder and zip."""

import json
import re
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support_metrics.errors import SourceError
from support_metrics.landing import Landing
from support_metrics.settings import Settings
from support_metrics.sources import archive
from support_metrics.sources.base import Coverage
from support_metrics.sources.slack import instant_of
from support_metrics_tests.sources.world import (
    MONDAY,
    REALDATA,
    all_rows,
    coverage,
    damaged,
    fetch,
    items,
    land,
    records,
    refused,
    settings_at,
    write,
    write_tree,
    write_zip,
)

USERS = [{"id": "U1", "team_id": "T9", "updated": 1500000000}, {"id": "U2", "team_id": "T9"}, {"id": "W3", "team_id": "TGUEST"}]
CHANNELS = [{"id": "C1", "name": "support"}, {"id": "C2", "name": "random"}]
EXPORT: dict[str, Any] = {
    "users.json": USERS,
    "channels.json": CHANNELS,
    "groups.json": [{"id": "G1", "name": "triage-customers"}],
    "integration_logs.json": [],
    "dms.json": [{"id": "D1"}],
    "support/2026-03-02.json": [
        {"type": "message", "user": "U1", "text": "how?", "ts": "1772442000.000100"},
        {"type": "message", "text": "nobody said this", "ts": "1772442001.000100"},
        {"type": "message", "user": "U2", "text": "so", "ts": "1772442002.000100", "edited": {"user": "U2", "ts": "1772442900.000000"}},
        {"type": "message", "subtype": "tombstone", "user": "USLACKBOT", "text": "gone", "ts": "1772442003.000100"},
    ],
    "support/2026-03-03.json": [],
    "random/2026-03-02.json": [{"type": "message", "user": "U1", "text": "secret", "ts": "1772442000.000100"}],
    "triage-customers/2026-03-04.json": [{"type": "message", "user": "U2", "text": "who?", "ts": "1772528400.999999"}],
}


def configured(folder: Path, *files: str, channels: tuple[str, ...] = ("support",), triage: tuple[str, ...] = ()) -> Settings:
    return settings_at(folder, slack={"files": list(files) or ["export"], "channels": list(channels), "triage_channels": list(triage)})


def test_messages_are_keyed_by_team_channel_and_ts(tmp_path: Path) -> None:
    write_tree(tmp_path / "export", EXPORT)
    found = items("slack", configured(tmp_path, channels=("#support",), triage=("G1",)))
    messages = records(found, "messages")
    assert [record.key.removeprefix("slack:T9:") for record in messages] == [
        "C1:1772442000.000100",
        "C1:1772442001.000100",
        "C1:1772442002.000100",
        "C1:1772442003.000100",
        "G1:1772528400.999999",
    ]
    assert [record.deleted for record in messages] == [False, False, False, True, False]
    assert messages[0].version == datetime(2026, 3, 2, 9, 0, 0, 100, UTC)
    assert messages[2].version == datetime(2026, 3, 2, 9, 15, tzinfo=UTC)  # the clock of its edit
    assert messages[1].payload == EXPORT["support/2026-03-02.json"][1]
    assert not damaged(found)
    assert [record.key for record in records(found, "channels")] == ["slack:T9:C1", "slack:T9:G1"]
    users = records(found, "users")
    assert [record.key for record in users] == ["slack:T9:U1", "slack:T9:U2", "slack:T9:W3"]
    assert [record.version for record in users] == [datetime(2017, 7, 14, 2, 40, tzinfo=UTC), None, None]


def test_channels_that_nobody_configured_stay_unread_and_a_star_means_all(tmp_path: Path) -> None:
    write_tree(tmp_path / "export", EXPORT)
    assert "secret" not in str(items("slack", configured(tmp_path)))
    assert "secret" in str(items("slack", configured(tmp_path, channels=("*",))))


def test_an_export_bounds_all_its_channels_at_once(tmp_path: Path) -> None:
    write_tree(tmp_path / "export", EXPORT)
    since, until = datetime(2026, 3, 2, 9, 0, 0, 100, UTC), datetime(2026, 3, 3, 9, 0, 0, 999999, UTC)
    given = coverage(items("slack", configured(tmp_path, triage=("triage-customers",))))
    assert given == [Coverage("messages", "C1", since, until), Coverage("messages", "G1", since, until)]
    write(
        tmp_path / "manifest.json", {"files": {"export": {"observed_at": "2026-03-09T00:00:00Z", "covered_from": "2026-01-01T00:00:00Z"}}}
    )
    (unit,) = fetch("slack", configured(tmp_path))
    assert unit.observed_at == datetime(2026, 3, 9, tzinfo=UTC)
    assert coverage(list(unit.items)) == [Coverage("messages", "C1", datetime(2026, 1, 1, tzinfo=UTC), unit.observed_at)]


def test_only_the_chosen_streams_are_yielded(tmp_path: Path) -> None:
    write_tree(tmp_path / "export", EXPORT)
    for stream in ("messages", "users", "channels"):
        assert {item.stream for item in items("slack", configured(tmp_path), [stream])} == {stream}


@pytest.mark.parametrize("wrap", ["", "Acme export Mar 1 2026/"])
def test_a_zip_is_read_in_place_like_the_folder(tmp_path: Path, wrap: str) -> None:
    junk = {
        "__MACOSX/._channels.json": "junk",
        "__MACOSX/support/._x.json": "junk",
        f"{wrap}.DS_Store": b"\0",
        f"{wrap}support/._a.json": "junk",
    }
    write_zip(tmp_path / "export.zip", {**{f"{wrap}{name}": content for name, content in EXPORT.items()}, **junk})
    write_tree(tmp_path / "export", EXPORT)
    assert items("slack", configured(tmp_path, "export.zip")) == items("slack", configured(tmp_path, "export"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["export", "export.zip"]


def test_a_folder_wrapped_in_one_is_found(tmp_path: Path) -> None:
    write_tree(tmp_path / "export" / "Acme", EXPORT)
    assert len(records(items("slack", configured(tmp_path)), "messages")) == 4


def test_the_team_of_an_export_that_names_none_is_a_setting(tmp_path: Path) -> None:
    write_tree(tmp_path / "export", EXPORT | {"users.json": [{"id": "U1"}]})
    settings = settings_at(tmp_path, slack={"files": ["export"], "channels": ["support"], "team_id": "TSET"})
    assert all(item.key.startswith("slack:TSET:") for item in records(items("slack", settings), "messages"))


def test_a_deletion_that_names_its_message_makes_that_message_a_tombstone(tmp_path: Path) -> None:
    day = [{"type": "message", "subtype": "message_deleted", "deleted_ts": "1772442000.000100", "ts": "1772450000.000000"}]
    write_tree(tmp_path / "export", EXPORT | {"support/2026-03-03.json": day})
    (gone,) = [record for record in records(items("slack", configured(tmp_path)), "messages") if record.payload == day[0]]
    assert (gone.key, gone.deleted, gone.version) == ("slack:T9:C1:1772442000.000100", True, datetime(2026, 3, 2, 11, 13, 20, tzinfo=UTC))


@given(st.integers(0, 4_000_000_000), st.integers(0, 999_999))
def test_the_time_of_a_message_is_exact_to_the_microsecond(seconds: int, micros: int) -> None:
    assert instant_of(f"{seconds}.{micros:06}") == datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds, microseconds=micros)


# Landing


@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_landing_twice_gives_the_same_rows(tmp_path: Path, kind: str) -> None:
    files = "export" if kind == "folder" else "export.zip"
    write_tree(tmp_path / "export", EXPORT)
    write_zip(tmp_path / "export.zip", EXPORT)
    landing = Landing(tmp_path / "landing", lambda: MONDAY)
    first = land(landing, "slack", configured(tmp_path, files))
    rows = all_rows(landing)
    again = land(landing, "slack", configured(tmp_path, files))
    assert first.written == {"messages": 4, "users": 3, "channels": 1}
    assert (again.units_known, again.written) == (1, {})
    assert all_rows(landing) == rows


def test_a_channel_configured_later_is_read_from_an_export_landed_before(tmp_path: Path) -> None:
    write_tree(tmp_path / "export", EXPORT)
    landing = Landing(tmp_path / "landing", lambda: MONDAY)
    land(landing, "slack", configured(tmp_path))
    later = land(landing, "slack", configured(tmp_path, channels=("support", "random")))
    assert later.written["messages"] == 1


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


# Real exports


@pytest.mark.skipif(not REALDATA.exists(), reason=f"no real data at {REALDATA}")
def test_a_communitys_real_export(tmp_path: Path) -> None:
    found = items("slack", settings_at(REALDATA, slack={"files": ["slack/houstondatavis"], "channels": ["*"]}))
    messages = records(found, "messages")
    assert (len(messages), len(records(found, "users")), len(records(found, "channels"))) == (1382, 71, 16)
    assert sum(message.payload.get("subtype") == "channel_join" for message in messages) == 320
    assert sum("user" not in message.payload for message in messages) == 6
    assert len({message.key for message in messages}) == 1382  # although one ts is in two channels 24 times
    assert not damaged(found)


@pytest.mark.skipif(not REALDATA.exists(), reason=f"no real data at {REALDATA}")
def test_a_real_zipped_export_lands_as_received(tmp_path: Path) -> None:
    settings = settings_at(REALDATA, slack={"files": ["slack/small_export.zip"], "channels": ["*"]})
    landing = Landing(tmp_path, lambda: MONDAY)
    assert land(landing, "slack", settings).written["messages"] == 158
    assert land(landing, "slack", settings).units_known == 1
    with zipfile.ZipFile(REALDATA / "slack" / "small_export.zip") as opened:
        days = [name for name in opened.namelist() if name.count("/") == 1 and name.endswith(".json")]
        original = [message for day in days for message in json.loads(re.sub(rb"\?t=xoxe-[\w-]+", b"", opened.read(day)))]
    landed = [json.loads(payload) for (payload,) in landing.rows("slack", "messages", "payload")]
    assert sorted(map(_sorted, landed)) == sorted(map(_sorted, original))


def _sorted(value: dict[str, Any]) -> str:
    return json.dumps(value, sort_keys=True)

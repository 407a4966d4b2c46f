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

from support_metrics.landing import Landing
from support_metrics.settings import Settings
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

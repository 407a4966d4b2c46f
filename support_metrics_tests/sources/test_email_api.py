"""A mailbox by IMAP: read-only, complete, and through any failure."""

import logging
import traceback
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from support_metrics.errors import PlaceMissing, SourceError, SourceUnavailable
from support_metrics.landing import Landing
from support_metrics.settings import Settings
from support_metrics.sources.email import Email, live, mailbox
from support_metrics_tests.servers.imap import FAULTS, PASSWORD, USER, Folder, Imap, demo, from_mbox, serving_imap
from support_metrics_tests.sources.memory import Memory
from support_metrics_tests.sources.syncs import Clock, Place, everything_written, latest
from support_metrics_tests.sources.world import land, settings_at, write

DEMO = sorted((Path(__file__).parents[2] / "data" / "demo").glob("*/support.mbox"))


def mail(name: str, text: str = "help") -> bytes:
    head = f"Message-ID: <{name}@x>\nDate: Mon, 2 Mar 2026 10:00:00 +0000\nFrom: {name}@x\nTo: {USER}\nSubject: {name}\n\n"
    return f"{head}{text}\n".encode()


def configured(folder: Path, port: int, **email: object) -> Settings:
    return settings_at(folder, email={"imap_host": "127.0.0.1", "imap_port": port, "imap_user": USER, "imap_tls": False, **email})


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setenv("IMAP_PASSWORD", PASSWORD)
    monkeypatch.setattr(live, "now", clock.now)
    monkeypatch.setattr(live, "MESSAGES_AT_ONCE", 2)
    monkeypatch.setattr(mailbox, "TIMEOUT", 0.2)
    return clock


def world() -> Imap:
    return Imap(
        {
            "INBOX": Folder([mail("one"), mail("two"), mail("three", "From here on:\nFrom a.b 10:00 2026\n\n")]),
            "Old": Folder([mail("four")]),
        }
    )


@pytest.fixture
def imap(clock: Clock) -> Iterator[Imap]:
    imap = world()
    with serving_imap(imap):
        yield imap


@pytest.fixture
def place(tmp_path: Path, imap: Imap, clock: Clock) -> Place:
    return Place("email", configured(tmp_path, imap.port, imap_folders=["INBOX", "Old"]), Landing(tmp_path / "landing", clock))


def test_a_mailbox_lands_what_the_same_mail_as_mbox_lands(
    tmp_path: Path, place: Place, imap: Imap, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "MESSAGES_AT_ONCE", 50)
    imap.folders = demo([path.parent for path in DEMO]).folders | {"Old": Folder()}
    place.sync()
    files = Landing(tmp_path / "files")
    write(tmp_path / "all.mbox", b"".join(path.read_bytes() for path in DEMO))
    land(files, "email", settings_at(tmp_path, email={"files": ["all.mbox"]}))
    assert place.latest() == latest(files, "email") and len(place.latest()) > 100
    assert not [command for command in imap.asked if command.split()[0] not in ("CAPABILITY", "LOGIN", "EXAMINE", "UID", "LOGOUT")]
    assert not [command for command in imap.asked if "BODY[" in command]


def test_the_next_sync_reads_what_is_new_and_moves_the_coverage(place: Place, imap: Imap, clock: Clock) -> None:
    assert place.sync().written == {"messages": 4}
    clock.at += timedelta(hours=1)
    before = len(imap.asked)
    assert place.sync().written == {}
    assert imap.asked[before:] == ["CAPABILITY", "LOGIN", 'EXAMINE "INBOX"', 'EXAMINE "Old"', "LOGOUT"]
    imap.folders["INBOX"].add(mail("five"))
    del imap.folders["INBOX"].messages[1]
    assert place.sync().written == {"messages": 1}
    first, second, third = place.coverage("messages")
    assert first[:2] == ("*", "2026-03-02T10:00:00+00:00")
    assert first[2] == second[1] < second[2] == third[1] < third[2]
    assert not any(deleted for _, deleted, _ in place.latest().values())


def test_a_folder_made_anew_is_read_anew(place: Place, imap: Imap) -> None:
    place.sync()
    imap.folders["INBOX"] = Folder([mail("new"), mail("one")], validity=12)
    assert place.sync().received == {"messages": 2}
    assert ("messages", "email:message:new@x") in place.latest()


@pytest.mark.parametrize("units", range(5))
def test_a_sync_that_was_killed_goes_on_where_it_stood(units: int, place: Place, imap: Imap) -> None:
    place.sync(units=units)
    assert place.sync().received.get("messages", 0) == (4, 2, 1, 0, 0)[units]
    assert len(place.latest()) == 4
    assert place.coverage("messages")[0][1] == "2026-03-02T10:00:00+00:00"


def test_what_comes_and_goes_during_a_sync(place: Place, imap: Imap) -> None:
    def move_on(number: int, command: str) -> None:
        if "BODY.PEEK" in command and 1 in imap.folders["INBOX"].messages:
            del imap.folders["INBOX"].messages[1]
            imap.folders["INBOX"].add(mail("late"))

    imap.before = move_on
    place.sync()
    place.sync()
    assert {key for _, key in place.latest()} == {f"email:message:{name}@x" for name in ("two", "three", "four", "late")}


def test_a_message_the_server_does_not_give_is_set_aside(place: Place, imap: Imap) -> None:
    imap.withheld = {2}
    landed = place.sync()
    assert [(each.place, each.reason) for each in landed.damaged] == [("INBOX, UID 2", "the server lists it and does not give it")]
    assert landed.written == {"messages": 3}


@pytest.mark.long
@pytest.mark.parametrize("before", [0, 1], ids=["first sync", "next sync"])
def test_every_fault_at_every_command(before: int, tmp_path: Path, clock: Clock) -> None:
    def sync(imap: Imap, memory: Memory) -> None:
        settings = configured(tmp_path, imap.port, imap_folders=["INBOX", "Old"])
        for _ in memory.land(Email().fetch(settings, ["messages"], memory.known())):
            pass

    def synced(faults: dict[int, str]) -> tuple[Memory, int]:
        imap, memory = world(), Memory()
        with serving_imap(imap):
            if before:
                sync(imap, memory)
                imap.asked.clear()
                imap.folders["INBOX"].add(mail("five"))
                imap.folders["Old"].add(mail("six"))
            imap.faults = faults
            try:
                sync(imap, memory)
            except SourceError as error:
                assert PASSWORD not in "".join(traceback.format_exception(error))
                assert any(fault.startswith("BAD") or fault.startswith("NO") for fault in (wrong,))
            count = len(imap.asked)
            sync(imap, memory)
        return memory, count

    wrong = ""
    sound, count = synced({})
    assert len(sound.rows) == 4 + 2 * before
    for number in range(count):
        for wrong in FAULTS:
            memory, _ = synced({number: wrong})
            assert memory.latest() == sound.latest(), (wrong, number)
            assert all(len(rows) == 1 for rows in memory.rows.values()), (wrong, number)


def test_a_wrong_password_says_what_to_do_and_is_not_shown(place: Place, imap: Imap, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    imap.password = "another"
    with pytest.raises(SourceError) as caught:
        place.sync()
    assert not isinstance(caught.value, SourceUnavailable)
    assert f"refuses to let '{USER}' in: [AUTHENTICATIONFAILED] Invalid credentials" in caught.value.problem
    assert "app password" in caught.value.mend
    assert imap.asked == ["CAPABILITY", "LOGIN", "LOGOUT"]
    imap.password = PASSWORD
    place.sync()
    shown = everything_written(place.landing.root) + caplog.text.encode() + repr(caught.value).encode()
    assert b"marked imap" not in shown


def test_a_folder_that_is_not_there_names_the_setting(place: Place, imap: Imap) -> None:
    place.settings = configured(place.settings.folder, imap.port, imap_folders=["Entwürfe & mehr"])
    with pytest.raises(PlaceMissing, match=r"email.imap_folders: 'Entwürfe & mehr' cannot be opened"):
        place.sync()
    assert imap.asked[-2:] == ['EXAMINE "Entw&APw-rfe &- mehr"', "LOGOUT"]


def test_a_server_that_is_not_there(place: Place) -> None:
    place.settings = configured(place.settings.folder, 1)
    with pytest.raises(SourceUnavailable, match="email: folder 'INBOX': cannot be reached, 6 times over"):
        place.sync()


def test_a_server_that_does_not_speak_tls_is_not_spoken_to_in_clear(place: Place, imap: Imap) -> None:
    place.settings = configured(place.settings.folder, imap.port, imap_tls=True)
    with pytest.raises(SourceError, match=f"speaks no TLS at port {imap.port}") as caught:
        place.sync()
    assert "LOGIN" not in imap.asked and "email.imap_port" in caught.value.mend


def test_a_mailbox_without_a_user_is_not_asked(place: Place, imap: Imap) -> None:
    place.settings = configured(place.settings.folder, imap.port, imap_user="")
    with pytest.raises(SourceError, match=r"email\.imap_user is not"):
        place.sync()
    assert imap.asked == []


def test_doctor_opens_every_folder(place: Place) -> None:
    assert [says for _, says, _ in Email().check_live(place.settings)] == [
        "email.imap_folders: 'INBOX' can be read, 3 messages",
        "email.imap_folders: 'Old' can be read, 1 messages",
    ]


def test_messages_of_an_mbox_are_told_apart_as_its_reader_does() -> None:
    assert sum(len(from_mbox(path)) for path in DEMO) == sum(path.read_bytes().count(b"\nMessage-ID:") for path in DEMO)

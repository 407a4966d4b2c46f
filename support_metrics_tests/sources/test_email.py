"""Mailboxes as mbox files."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support_metrics.landing import Landing, canonical
from support_metrics.settings import Settings
from support_metrics.sources.base import Coverage, Record
from support_metrics_tests.sources.world import MONDAY, all_rows, coverage, damaged, items, land, records, refused, settings_at, write

FIRST = """From ada@example.com Mon Mar  2 09:00:00 2026
Received: from a by b; Mon, 2 Mar 2026 04:00:05 -0500
Received: from x by a; Mon, 2 Mar 2026 03:59:00 -0500
Message-ID: <one@example.com>
Date: Mon, 2 Mar 2026 10:00:00 +0100
From: =?utf-8?q?Ada_L=C3=B6velace=2C_Dr=2E?= <Ada@Example.com>
To: Support <support@example.org>, "Doe, J." <j@example.org>
Cc: undisclosed-recipients:;
Subject: =?utf-8?b?8J+YgCBoZWxw?= please
X-Long: folded
 over two lines
References: <zero@example.com>
 <half@example.com>
In-Reply-To: <half@example.com>
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

It fails =E2=80=93 why?

From here on it is worse, says 10:00 2026.
>From what I see.

"""
SECOND = """From bob@example.com Mon Mar  2 10:00:00 2026
Message-ID: <two@example.com>
Date: Mon, 2 Mar 2026 10:00:00 -0000
From: bob@example.com
To: support@example.org
Subject: both
Content-Type: multipart/mixed; boundary=outer

--outer
Content-Type: multipart/alternative; boundary=b

--b
Content-Type: text/html

<p>as a page</p>
--b
Content-Type: text/plain

as text
--b--
--outer
Content-Type: text/plain
Content-Disposition: attachment

attached
--outer--

"""


def configured(folder: Path) -> Settings:
    return settings_at(folder, email={"files": ["support.mbox"]})


def read(folder: Path, *messages: str | bytes) -> list[Record]:
    write(folder / "support.mbox", b"".join(each if isinstance(each, bytes) else each.encode() for each in messages))
    return records(items("email", configured(folder)), "messages")


def test_a_message_is_kept_with_who_wrote_to_whom_when(tmp_path: Path) -> None:
    first, second = read(tmp_path, FIRST, SECOND)
    assert (first.key, first.version) == ("email:message:one@example.com", datetime(2026, 3, 2, 9, tzinfo=UTC))
    said = dict(first.payload)
    headers = said.pop("headers")
    assert said == {
        "message_id": "one@example.com",
        "sent_at": "2026-03-02T09:00:00Z",
        "from": {"name": "Ada Lövelace, Dr.", "address": "Ada@Example.com"},
        "to": [{"name": "Support", "address": "support@example.org"}, {"name": "Doe, J.", "address": "j@example.org"}],
        "cc": [],
        "subject": "😀 help please",
        "in_reply_to": "half@example.com",
        "references": ["zero@example.com", "half@example.com"],
        "text": "It fails – why?\n\nFrom here on it is worse, says 10:00 2026.\nFrom what I see.\n\n",
    }
    assert [name for name, _ in headers][:3] == ["Received", "Received", "Message-ID"]
    assert ["X-Long", "folded over two lines"] in headers
    assert (second.version, second.payload["text"]) == (datetime(2026, 3, 2, 10, tzinfo=UTC), "as text")
    assert coverage(items("email", configured(tmp_path))) == [
        Coverage("messages", "*", datetime(2026, 3, 2, 9, 0, 5, tzinfo=UTC), datetime(2026, 3, 2, 10, tzinfo=UTC))
    ]


PAGE = """From a@b Mon Mar  2 09:00:00 2026
Message-ID: <page@x>
From: a@b
Content-Type: text/html; charset=iso-8859-1

<html><head><title>no</title><style>p {color: red}</style></head><body><p>Caf\xe9 &amp;
more</p><script>alert(1)</script>line<br>next</body></html>
"""


def test_a_page_is_kept_as_what_a_reader_would_see(tmp_path: Path) -> None:
    (message,) = read(tmp_path, PAGE.encode("latin-1"))
    assert message.payload["text"] == "Café & more\nline\nnext"


def test_a_message_without_an_id_is_named_by_its_content(tmp_path: Path) -> None:
    plain = "From a@b Mon Mar  2 09:00:00 2026\nFrom: a@b\n\nhello\n"
    later = plain.replace("2026\n", "2027\n", 1)
    (first,), (second,) = read(tmp_path, plain), read(tmp_path, later)
    assert first.key.startswith("email:message:sha256-")
    assert first == second
    assert (first.version, first.payload["sent_at"]) == (None, None)


ODD = {
    "a charset nobody knows": "Content-Type: text/plain; charset=klingon\n\ncaf\xe9",
    "a wrong charset": "Content-Type: text/plain; charset=utf-8\n\ncaf\xe9",
    "raw bytes in headers": "Subject: caf\xe9\nFrom: Ren\xe9 <r@x>\n\nhi",
    "a broken encoded word": "Subject: =?utf-8?b?!!!?= =?nope?q?x?=\nTo: =?utf-8?q?=FF?= <a@b>\n\nhi",
    "no date": "Date: soon\n\nhi",
    "a date far off": "Date: Mon, 2 Mar 99999 10:00:00 +9999\n\nhi",
    "no sender": "From: \nTo: ,,;<>\n\nhi",
    "no headers": "\nhi",
    "nothing": "",
    "base64 cut short": "Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\nabc",
    "a multipart without parts": "Content-Type: multipart/mixed; boundary=b\n\nno parts",
    "a NUL": "Subject: a\0b\n\na\0b",
    "a header that breaks the parser": "To: [\nMessage-ID: <[\nContent-Type: ; =\nContent-Disposition: ;;\n\nhi",
    "a lone carriage return": "Subject: a\rb\n\nx\r\ny",
}


@pytest.mark.parametrize("rest", ODD.values(), ids=ODD.keys())
def test_an_odd_message_sinks_neither_itself_nor_its_neighbours(tmp_path: Path, rest: str) -> None:
    odd = ("From x@y Mon Mar  2 09:30:00 2026\n" + rest + "\n\n").encode("latin-1")
    found = read(tmp_path, FIRST, odd, SECOND)
    assert len(found) == 3
    assert [found[0].key, found[2].key] == ["email:message:one@example.com", "email:message:two@example.com"]
    assert b"\\u0000" not in b"".join(canonical(record.payload) for record in found)


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_after_a_separator_are_read_or_set_aside(tmp_path_factory: pytest.TempPathFactory, rest: bytes) -> None:
    folder = tmp_path_factory.mktemp("mail")
    write(folder / "support.mbox", b"From x@y Mon Mar  2 09:30:00 2026\n" + rest)
    found = items("email", configured(folder))
    assert len(records(found, "messages")) + len(damaged(found)) == 1
    assert all(canonical(record.payload) for record in records(found, "messages"))


def test_landing_twice_gives_the_same_rows(tmp_path: Path) -> None:
    write(tmp_path / "support.mbox", FIRST + SECOND)
    landing = Landing(tmp_path / "landing", lambda: MONDAY)
    assert land(landing, "email", configured(tmp_path)).written == {"messages": 2}
    rows = all_rows(landing)
    assert land(landing, "email", configured(tmp_path)).written == {}
    assert all_rows(landing) == rows
    write(tmp_path / "support.mbox", SECOND + FIRST)
    assert land(landing, "email", configured(tmp_path)).written == {"messages": 0}


@pytest.mark.parametrize(
    ("content", "said"),
    [("", "line 1: the file is empty"), ("\nSubject: no mbox\n", "line 2: is no mbox file"), ("<html></html>", "line 1: is no mbox file")],
)
def test_what_is_no_mbox_is_refused(tmp_path: Path, content: str, said: str) -> None:
    write(tmp_path / "support.mbox", content)
    refused("email", configured(tmp_path), tmp_path / "landing", "support.mbox", said)

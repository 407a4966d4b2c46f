"""The report by e-mail: each address gets it once, whoever else is refused, added or corrected."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from support_metrics.errors import AnswerLost, PostingError
from support_metrics.landing import Landing
from support_metrics.posting.once import send_once
from support_metrics.report.posting import post_report
from support_metrics.report.week import read_week
from support_metrics.settings import Paths, Posting, Settings
from support_metrics_tests.report.example import WEEK
from support_metrics_tests.servers.posting import Mailbox

Post = Callable[..., list[str]]
OLD = f"report:email:Lead <lead@example.com>,team@example.com:{WEEK}"


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(tmp_path / "landing")


@pytest.fixture
def post(filled: Path, mailbox: Mailbox, landing: Landing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Post:
    """Post the example week to some addresses; returns what is said of mail."""
    monkeypatch.setenv("BROWSER_PATH", str(tmp_path / "no-chromium"))
    with duckdb.connect(str(filled), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        week = read_week(connection, WEEK)

    def posted(*people: str, again: bool = False) -> list[str]:
        posting = Posting(
            smtp_host="127.0.0.1", smtp_port=mailbox.port, smtp_security="none", smtp_user="bot", email_from="bot@example.com",
            email_to=list(people),
        )  # fmt: skip
        told: list[str] = []
        post_report(Settings(folder=tmp_path, posting=posting, paths=Paths(landing=str(landing.root))), week, told.append, again)
        return [each for each in told if not each.startswith("No picture")]

    return posted


def test_a_corrected_address_alone_gets_it(post: Post, mailbox: Mailbox) -> None:
    with pytest.raises(PostingError, match=r"not to nobody@example\.com: the server refuses them\n.*correct posting\.email_to"):
        post("team@example.com", "nobody@example.com")
    with pytest.raises(PostingError, match=r"refuses nobody@example\.com"):
        post("team@example.com", "nobody@example.com")
    assert post("Team@example.com", "Lead <lead@example.com>") == [
        "It has been sent by e-mail to Team@example.com already.",
        "Sent by e-mail to Lead <lead@example.com>.",
    ]
    assert mailbox.recipients == [["team@example.com"], ["lead@example.com"]]
    assert mailbox.mails[1]["To"] == "Lead <lead@example.com>"
    assert post("lead@example.com", "team@example.com") == ["It has been sent by e-mail already; nothing was sent."]
    assert post("lead@example.com", "team@example.com", again=True) == ["Sent by e-mail."]
    assert mailbox.recipients[2:] == [["lead@example.com", "team@example.com"]]


def test_what_was_noted_for_a_whole_list_holds_for_each_of_it(post: Post, mailbox: Mailbox, landing: Landing) -> None:
    send_once(landing, OLD, lambda: None)
    assert post("team@example.com", "lead@example.com") == ["It has been sent by e-mail already; nothing was sent."]
    assert post("team@example.com", "new@example.com")[1:] == ["Sent by e-mail to new@example.com."]
    assert mailbox.recipients == [["new@example.com"]]


def test_what_may_have_been_sent_to_a_whole_list_is_left_for_each_of_it(post: Post, mailbox: Mailbox, landing: Landing) -> None:
    def lose() -> None:
        raise AnswerLost("no answer", "mend")

    with pytest.raises(AnswerLost):
        send_once(landing, OLD, lose)
    assert post("team@example.com", "new@example.com") == [
        "It may have been sent by e-mail to team@example.com already; it was not sent to them.",
        "Sent by e-mail to new@example.com.",
    ]
    assert mailbox.recipients == [["new@example.com"]]


def test_after_a_crash_it_is_told_once_for_whom_nobody_can_tell(post: Post, mailbox: Mailbox, landing: Landing) -> None:
    class Crash(Exception):
        """The process ends here."""

    def crash() -> None:
        raise Crash

    with pytest.raises(Crash):
        send_once(landing, OLD, crash)
    mailbox.verdict = "451 later"
    with pytest.raises(PostingError, match="does not take the mail now"):
        post("team@example.com", "new@example.com")
    mailbox.verdict = "250 taken"
    with pytest.raises(PostingError, match=r"ended while sending the mail to team@example\.com, and nobody can tell") as caught:
        post("team@example.com", "new@example.com")
    assert "--again" in caught.value.mend
    assert mailbox.recipients == [["new@example.com"]]
    assert post("team@example.com")[0].startswith("It may have been sent by e-mail already")
    assert len(mailbox.mails) == 1


def test_one_address_refused_for_now_gets_it_later(post: Post, mailbox: Mailbox) -> None:
    mailbox.refused["late@example.com"] = "451 greylisted"
    with pytest.raises(PostingError, match=r"not to late@example\.com.*\n.*the next run sends it to them alone"):
        post("team@example.com", "late@example.com")
    with pytest.raises(PostingError, match=r"takes nothing for late@example\.com now\n.*again later"):
        post("team@example.com", "late@example.com")
    mailbox.refused.clear()
    assert post("team@example.com", "late@example.com")[1:] == ["Sent by e-mail to late@example.com."]
    assert mailbox.recipients == [["team@example.com"], ["late@example.com"]]

"""`report --post` on loopback: once for each place and week, whatever one of them refuses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from support_metrics.cli import main
from support_metrics_tests.servers.base import serving
from support_metrics_tests.servers.posting import PASSWORD, TOKEN, Mailbox, SlackPosts, receiving


@pytest.fixture
def slack(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlackPosts]:
    monkeypatch.setenv("SLACK_BOT_TOKEN", TOKEN)
    api = SlackPosts()
    with serving(api):
        yield api


def command(team: Path, *more: str) -> Result:
    return CliRunner().invoke(main, ["--settings", str(team / "support_metrics.toml"), *more])


@pytest.fixture
def posting_team(team: Path, slack: SlackPosts, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small team with a channel to post to and no Chromium in sight."""
    monkeypatch.setenv("BROWSER_PATH", str(team / "no-chromium"))
    path = team / "support_metrics.toml"
    path.write_text(f'{path.read_text()}\n[posting]\nslack_channel = "C1"\nslack_api_url = "{slack.address}/api/"\n')
    return team


def test_the_command_posts_once(posting_team: Path, slack: SlackPosts) -> None:
    assert command(posting_team, "refresh").exit_code == 0
    first = command(posting_team, "report", "--week", "2026-02-23", "--post")
    assert first.exit_code == 0, first.output
    assert "No picture: no Chromium or Chrome was found. The words are sent without it." in first.stderr
    assert "Posted to Slack." in first.stderr
    second = command(posting_team, "report", "--week", "2026-02-23", "--post")
    assert second.exit_code == 0
    assert "Slack has it already; nothing was posted." in second.stderr
    assert len(slack.messages) == 1
    assert slack.messages[0]["blocks"][0]["text"]["text"].startswith("*Tilt: support in the week of 23 February – 1 March 2026*")
    assert command(posting_team, "report", "--week", "2026-02-23", "--post", "--again").exit_code == 0
    assert len(slack.messages) == 2


@pytest.mark.long
def test_one_place_refused_does_not_keep_it_from_the_other(posting_team: Path, slack: SlackPosts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTP_PASSWORD", PASSWORD)
    slack.refusals["chat.postMessage"] = "not_in_channel"
    with receiving() as mailbox:
        _mail_to(posting_team, mailbox)
        assert command(posting_team, "refresh").exit_code == 0
        result = command(posting_team, "report", "--week", "2026-02-23", "--post")
        assert result.exit_code == 1
        assert "not_in_channel" in result.stderr and "/invite" in result.stderr
        assert [mail["Subject"] for mail in mailbox.mails] == ["Tilt: support in the week of 23 February – 1 March 2026"]
        slack.refusals.clear()
        assert command(posting_team, "report", "--week", "2026-02-23", "--post").exit_code == 0
        assert (len(slack.messages), len(mailbox.mails)) == (1, 1)


@pytest.mark.long
def test_a_mail_whose_answer_was_lost_is_told_of_once_and_sent_again_when_asked(team: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTP_PASSWORD", PASSWORD)
    monkeypatch.setenv("BROWSER_PATH", str(team / "no-chromium"))
    path = team / "support_metrics.toml"
    path.write_text(f"{path.read_text()}\n[posting]\n")
    with receiving() as mailbox:
        _mail_to(team, mailbox)
        assert command(team, "refresh").exit_code == 0
        mailbox.hangs_up = True
        first = command(team, "report", "--week", "2026-02-23", "--post")
        assert (first.exit_code, first.stderr.count("may have been sent"), first.stderr.count("--again")) == (1, 1, 1)
        mailbox.hangs_up = False
        second = command(team, "report", "--week", "2026-02-23", "--post")
        assert second.exit_code == 0
        assert "It may have been sent by e-mail already; nothing was sent." in second.stderr
        assert len(mailbox.mails) == 1
        for _ in range(2):
            assert command(team, "report", "--week", "2026-02-23", "--post", "--again").exit_code == 0
        first_id, again, wanted = (mail["Message-ID"] for mail in mailbox.mails)
        assert first_id == again != wanted


def _mail_to(team: Path, mailbox: Mailbox) -> None:
    path = team / "support_metrics.toml"
    path.write_text(
        f'{path.read_text()}smtp_host = "127.0.0.1"\nsmtp_port = {mailbox.port}\nsmtp_security = "none"\nsmtp_user = "bot"\n'
        'email_from = "bot@example.com"\nemail_to = ["team@example.com"]\n'
    )


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--again",), "--again goes with --post"),
        (("--post", "--as-of", "2026-03-01T12:00:00Z"), "only the week's own report is posted"),
        (("--post", "--week", "2026-03-09"), "only the week's own report is posted"),
    ],
)
def test_what_cannot_be_posted(posting_team: Path, slack: SlackPosts, given: tuple[str, ...], said: str) -> None:
    result = command(posting_team, "report", *given)
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())
    assert not slack.asked


def test_no_place_is_an_error_with_its_mend(team: Path) -> None:
    assert command(team, "refresh").exit_code == 0
    result = command(team, "report", "--week", "2026-02-23", "--post")
    assert result.exit_code == 1
    assert "no place to post to is set" in result.stderr
    assert "posting.slack_channel" in result.stderr

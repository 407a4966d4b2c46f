"""Slack and SMTP on loopback: what arrives, what a refusal says, and that no secret is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support_metrics.errors import AnswerLost, PostingError
from support_metrics.landing import Landing
from support_metrics.posting import mail
from support_metrics.posting.once import Outcome, send_once
from support_metrics.posting.slack import SECTION_LENGTH, SlackPoster, _blocks, escaped, linked
from support_metrics.settings import Posting, Settings
from support_metrics_tests.servers.base import RESET, Fault, html, refused, reset, truncated
from support_metrics_tests.servers.posting import PASSWORD, TOKEN, Mailbox, SlackPosts


def to_slack(slack: SlackPosts, channel: str = "C1") -> Settings:
    return Settings(posting=Posting(slack_channel=channel, slack_api_url=f"{slack.address}/api/"))


def by_mail(mailbox: Mailbox, **given: object) -> Settings:
    said = {"smtp_host": "127.0.0.1", "smtp_port": mailbox.port, "smtp_security": "none", "smtp_user": "bot", "email_from": "bot@example.com",
            "email_to": ["team@example.com"]}  # fmt: skip
    return Settings(posting=Posting.model_validate(said | given))


def test_words_and_a_picture_arrive(slack: SlackPosts) -> None:
    poster = SlackPoster(to_slack(slack))
    poster.post("C1", "in short", ["*a*", "b"], "key-1")
    poster.picture("C1", b"\x89PNG\x00\xff", "headline.png", "what is to be seen")
    (message,) = slack.messages
    assert (message["text"], message["blocks"]) == ("in short", [{"type": "section", "text": {"type": "mrkdwn", "text": "*a*\nb"}}])
    assert (message["unfurl_links"], message["unfurl_media"]) == (False, False)
    (shown,) = slack.shown
    assert (shown["content"], shown["channel"], shown["title"]) == (b"\x89PNG\x00\xff", "C1", "what is to be seen")


def test_a_message_is_found_by_its_key_wherever_it_stands_in_the_channel(slack: SlackPosts) -> None:
    poster = SlackPoster(to_slack(slack))
    at = datetime(2026, 3, 9, 8, 0, tzinfo=UTC)
    slack.date, slack.page = lambda: at, 2
    for number in range(7):
        poster.post("C1", "t", ["t"], f"key-{number}")
    assert poster.has("C1", "key-0", at) is True
    assert poster.has("C1", "key-7", at) is False
    assert poster.has("C1", "key-0", at + timedelta(days=1)) is False
    slack.refusals["conversations.history"] = "missing_scope"
    assert poster.has("C1", "key-0", at) is None


@pytest.mark.parametrize("word", ["invalid_auth", "ratelimited", "internal_error"])
def test_what_may_be_over_the_next_time_is_no_answer_to_whether_it_arrived(slack: SlackPosts, word: str) -> None:
    slack.refusals["conversations.history"] = word
    with pytest.raises(PostingError, match=word):
        SlackPoster(to_slack(slack)).has("C1", "key", datetime(2026, 3, 9, tzinfo=UTC))


@pytest.mark.parametrize("fault", [reset, truncated, html, refused(502), refused(500, {"ok": False, "error": "fatal_error"})])
def test_an_answer_that_tells_nothing_is_lost(slack: SlackPosts, fault: Fault) -> None:
    slack.faults[0] = fault
    with pytest.raises(AnswerLost) as caught:
        SlackPoster(to_slack(slack)).post("C1", "t", ["t"], "k")
    assert "looks whether it arrived" in caught.value.mend
    assert len(slack.messages) == 1


def test_without_a_connection_nothing_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", TOKEN)
    with pytest.raises(PostingError, match="no connection") as caught:
        SlackPoster(Settings(posting=Posting(slack_api_url="http://127.0.0.1:1/api/"))).post("C1", "t", ["t"], "k")
    assert not isinstance(caught.value, AnswerLost)


@pytest.mark.parametrize(
    ("word", "mend"),
    [
        ("not_in_channel", "/invite"),
        ("missing_scope", "add the scope"),
        ("token_revoked", "SLACK_BOT_TOKEN"),
        ("fatal_error", "docs.slack.dev"),
    ],
)
def test_a_refusal_says_what_to_do(slack: SlackPosts, word: str, mend: str) -> None:
    slack.refusals["chat.postMessage"] = word
    with pytest.raises(PostingError, match=word) as caught:
        SlackPoster(to_slack(slack)).post("C1", "t", ["t"], "k")
    assert mend in caught.value.mend
    assert TOKEN not in str(caught.value)


def test_no_token_and_a_wrong_one(slack: SlackPosts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-wrong")
    with pytest.raises(PostingError, match="invalid_auth") as caught:
        SlackPoster(to_slack(slack)).post("C1", "t", ["t"], "k")
    assert "xoxb-wrong" not in str(caught.value)
    monkeypatch.delenv("SLACK_BOT_TOKEN")
    with pytest.raises(PostingError, match="no SLACK_BOT_TOKEN"):
        SlackPoster(to_slack(slack))


def test_a_limit_is_waited_for_but_a_cut_connection_is_not_tried_again(slack: SlackPosts) -> None:
    slack.faults[0] = refused(429, {"ok": False, "error": "ratelimited"}, Retry_After="0")
    SlackPoster(to_slack(slack)).post("C1", "t", ["t"], "k")
    assert slack.paths() == ["POST /api/chat.postMessage"] * 2
    slack.faults[len(slack.asked)] = lambda reply: RESET
    before = len(slack.asked)
    with pytest.raises(PostingError, match="no answer"):
        SlackPoster(to_slack(slack)).post("C1", "t", ["t"], "k")
    assert len(slack.asked) == before + 1


def test_nothing_in_the_words_is_a_mention_a_link_or_a_mark() -> None:
    assert escaped("<!channel> <@U1> & *b*") == "&lt;!channel&gt; &lt;@U1&gt; &amp; \u200b*b\u200b*"
    assert linked("a|b>", "https://example.org/#x") == "<https://example.org/#x|a¦b&gt;>"
    assert linked("a", "") == "a"


@given(st.lists(st.text(max_size=4000), max_size=60))
def test_blocks_keep_to_what_slack_takes(lines: list[str]) -> None:
    blocks = _blocks(lines)
    assert len(blocks) <= 50
    assert all(len(each["text"]["text"]) <= 3000 for each in blocks)
    assert all(len(line) > SECTION_LENGTH or any(line in each["text"]["text"] for each in blocks) for line in lines[:20])


def test_a_mail_arrives_with_text_html_and_picture(mailbox: Mailbox) -> None:
    settings = by_mail(mailbox, email_to=["team@example.com", "lead@example.com"])
    mail.send(settings, mail.message(settings, "Sub\nject", "text", "<p>html</p>", b"\x89PNG", "a picture", "report"))
    (found,) = mailbox.mails
    assert mailbox.recipients == [["team@example.com", "lead@example.com"]]
    assert (found["Subject"], found["From"], found["Auto-Submitted"]) == ("Sub ject", "bot@example.com", "auto-generated")
    body, html = found.get_body(("plain",)), found.get_body(("html",))
    assert body and html
    assert (body.get_content().strip(), html.get_content().strip()) == ("text", "<p>html</p>")
    (png,) = [part for part in found.walk() if part.get_content_type() == "image/png"]
    assert (png.get_payload(decode=True), png["Content-ID"]) == (b"\x89PNG", "<picture>")


def test_refusals_of_a_mail_server(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    def sent(settings: Settings) -> str:
        with pytest.raises(PostingError) as caught:
            mail.send(settings, mail.message(settings, "s", "t", "h", None, "", "n"))
        assert PASSWORD not in str(caught.value)
        return str(caught.value)

    assert "refuses nobody@example.com" in sent(by_mail(mailbox, email_to=["nobody@example.com"]))
    assert "smtp_security" in sent(by_mail(mailbox, smtp_security="starttls"))
    assert "posting.smtp_host" in sent(by_mail(mailbox, smtp_port=1)) or "cannot be reached" in sent(by_mail(mailbox, smtp_port=1))
    monkeypatch.setenv("SMTP_PASSWORD", "wrong")
    assert "refuses the user 'bot'" in sent(by_mail(mailbox))
    monkeypatch.delenv("SMTP_PASSWORD")
    assert "no SMTP_PASSWORD" in sent(by_mail(mailbox))
    assert not mailbox.mails


def test_whether_a_mail_was_taken_is_not_known_only_once_it_was_given(mailbox: Mailbox) -> None:
    settings = by_mail(mailbox)
    letter = mail.message(settings, "s", "t", "h", None, "", "n")
    mailbox.hangs_up = True
    with pytest.raises(AnswerLost, match="may have been sent") as caught:
        mail.send(settings, letter)
    assert "--again" in caught.value.mend
    with pytest.raises(PostingError, match="cannot be reached") as refused:
        mail.send(by_mail(mailbox, smtp_port=1), letter)
    assert not isinstance(refused.value, AnswerLost)
    assert len(mailbox.mails) == 1


@pytest.mark.parametrize(
    ("verdict", "mend"),
    [
        ("421 closing", "again later"),
        ("451 greylisted", "again later"),
        ("552 too big", "posting.email_from"),
        ("554 no", "posting.email_from"),
    ],
)
def test_a_mail_refused_once_it_was_given_is_sent_by_the_next_run(mailbox: Mailbox, landing: Landing, verdict: str, mend: str) -> None:
    settings = by_mail(mailbox)

    def send() -> None:
        mail.send(settings, mail.message(settings, "s", "t", "h", None, "", "n"))

    mailbox.verdict = verdict
    with pytest.raises(PostingError, match=rf"the mail( now)? \({verdict[:3]}\)") as caught:
        send_once(landing, "report", send)
    assert not isinstance(caught.value, AnswerLost)
    assert mend in caught.value.mend
    mailbox.verdict = "250 taken"
    assert [send_once(landing, "report", send) for _ in range(2)] == [Outcome.SENT, Outcome.ALREADY]
    assert len(mailbox.mails) == 1


@pytest.mark.parametrize("verdict", ["gibberish", "251 elsewhere", f"250 {'x' * 10_000}"])
def test_a_verdict_that_tells_nothing_is_lost(mailbox: Mailbox, verdict: str) -> None:
    settings = by_mail(mailbox)
    mailbox.verdict = verdict
    with pytest.raises(AnswerLost, match="may have been sent"):
        mail.send(settings, mail.message(settings, "s", "t", "h", None, "", "n"))


def test_a_server_that_has_enough_afterwards_has_taken_the_mail(mailbox: Mailbox) -> None:
    mailbox.farewell = "421 closing"
    settings = by_mail(mailbox)
    mail.send(settings, mail.message(settings, "s", "t", "h", None, "", "n"))
    assert len(mailbox.mails) == 1


def test_who_was_refused_is_told_while_others_get_it(mailbox: Mailbox) -> None:
    settings = by_mail(mailbox, email_to=["team@example.com", "nobody@example.com"])
    assert mail.send(settings, mail.message(settings, "s", "t", "h", None, "", "n")) == ["nobody@example.com"]
    assert mailbox.recipients == [["team@example.com"]]


def test_mails_of_one_name_are_one_to_a_mail_program(mailbox: Mailbox) -> None:
    settings = by_mail(mailbox)
    one, same, other = (mail.message(settings, "s", "t", "h", None, "", name)["Message-ID"] for name in ("a", "a", "b"))
    assert one == same != other
    assert one.endswith("@example.com>")


def test_set_up_by_half() -> None:
    assert mail.recipients(Settings()) == ()
    with pytest.raises(PostingError, match="who sends and who receives"):
        mail.recipients(Settings(posting=Posting(smtp_host="localhost")))

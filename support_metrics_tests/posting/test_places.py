"""Slack and SMTP on loopback: what arrives, what a refusal says, and that no secret is told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support_metrics.errors import PostingError
from support_metrics.posting import mail
from support_metrics.posting.slack import SECTION_LENGTH, SlackPoster, _blocks, escaped, linked
from support_metrics.settings import Posting, Settings
from support_metrics_tests.servers.base import RESET, refused
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
    assert poster.has("C1", "key-1") is True
    assert poster.has("C1", "key-2") is False
    slack.refusals["conversations.history"] = "missing_scope"
    assert poster.has("C1", "key-1") is None


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
    mail.send(settings, mail.message(settings, "Sub\nject", "text", "<p>html</p>", b"\x89PNG", "a picture"))
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
            mail.send(settings, mail.message(settings, "s", "t", "h", None, ""))
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


def test_set_up_by_half() -> None:
    assert mail.recipients(Settings()) == ()
    with pytest.raises(PostingError, match="who sends and who receives"):
        mail.recipients(Settings(posting=Posting(smtp_host="localhost")))

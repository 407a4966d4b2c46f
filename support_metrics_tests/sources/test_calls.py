"""One policy for waiting and trying again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from support_metrics.errors import SourceError, SourceUnavailable
from support_metrics.sources.base import Known
from support_metrics.sources.calls import ATTEMPTS, TryAgain, begun_at, call, hide, retry_after, secret, secret_token

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Refusing:
    """Refuses as often as told, then returns."""

    def __init__(self, *refusals: TryAgain) -> None:
        self.refusals, self.calls = list(refusals), 0

    def __call__(self) -> str:
        self.calls += 1
        if self.refusals:
            raise self.refusals.pop(0)
        return "done"


def test_what_passes_is_tried_again_after_what_the_server_asks_for() -> None:
    waits: list[tuple[float, str]] = []
    known = Known(wait=lambda seconds, why: waits.append((seconds, why)))
    refusing = Refusing(TryAgain("rate limit", 7.0, is_limit=True), TryAgain("answered 502"))
    assert call(known, "slack", refusing) == "done"
    assert waits[0] == (7.0, "slack: rate limit")
    assert 0 <= waits[1][0] <= 60 and waits[1][1] == "slack: answered 502"


def test_what_does_not_pass_ends_in_one_clear_error() -> None:
    refusing = Refusing(*[TryAgain("answered 502", 0.0)] * (ATTEMPTS + 5))
    with pytest.raises(SourceUnavailable, match=f"slack: answered 502, {ATTEMPTS} times over"):
        call(Known(wait=lambda *_: None), "slack", refusing)
    assert refusing.calls == ATTEMPTS


def test_waiting_for_a_rate_limit_costs_no_attempt() -> None:
    limits = [TryAgain("rate limit", 0.0, is_limit=True)] * 20
    refusing = Refusing(*limits, *[TryAgain("answered 502", 0.0)] * (ATTEMPTS - 1))
    assert call(Known(wait=lambda *_: None), "github", refusing) == "done"


def test_a_limit_that_outlasts_the_run_says_until_when() -> None:
    waits: list[float] = []
    with pytest.raises(SourceUnavailable, match=r"github: rate limit until \d\d:\d\d"):
        call(Known(wait=lambda seconds, _: waits.append(seconds)), "github", Refusing(TryAgain("rate limit", 3_600.0, is_limit=True)))
    assert waits == []


@pytest.mark.parametrize("digits", [20, 40, 400])
def test_a_wait_of_any_length_is_told_as_one(digits: int) -> None:
    after = retry_after({"retry-after": "9" * digits}, NOON)
    with pytest.raises(SourceUnavailable, match=r"github: rate limit until \d\d:\d\d"):
        call(Known(wait=lambda *_: None), "github", Refusing(TryAgain("rate limit", after, is_limit=True)))


def test_other_errors_are_not_tried_again() -> None:
    calls = []

    def refuse() -> None:
        calls.append(1)
        raise SourceError("the token is refused", "make another")

    with pytest.raises(SourceError, match="the token is refused"):
        call(Known(wait=lambda *_: None), "github", refuse)
    assert len(calls) == 1


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("30", 30.0),
        ("0", 0.0),
        ("Mon, 02 Mar 2026 12:01:00 GMT", 60.0),
        ("Mon, 02 Mar 2026 11:00:00 GMT", 0.0),
        ("soon", None),
        ("", None),
        ("-5", None),
    ],
)
def test_retry_after_is_a_number_or_a_date(value: str, seconds: float | None) -> None:
    assert retry_after({"retry-after": value}, NOON) == seconds


@pytest.mark.parametrize("ahead", [timedelta(hours=1), timedelta(0), -timedelta(hours=1)])
def test_a_sync_begins_by_the_earlier_clock(ahead: timedelta) -> None:
    date = (NOON + ahead).strftime("%a, %d %b %Y %H:%M:%S GMT")
    assert begun_at({"date": date}, NOON) == min(NOON, NOON + ahead)
    assert begun_at({}, NOON) == begun_at({"date": "yesterday"}, NOON) == NOON


def test_secrets_are_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", " marked-secret ")
    assert secret("SLACK_BOT_TOKEN", "a bot token", "slack.live") == "marked-secret"
    assert "marked" not in hide("Authorization: Bearer marked-secret and ?token=marked-secret", ["marked-secret", ""])
    assert "abcdefghij" not in hide("Authorization: token abcdefghij", [])
    monkeypatch.delenv("SLACK_BOT_TOKEN")
    with pytest.raises(SourceError, match="no SLACK_BOT_TOKEN"):
        secret("SLACK_BOT_TOKEN", "a bot token", "slack.live")


@pytest.mark.parametrize("value", ["tök€n", "two words", "two\nlines", "\x7f"])
def test_a_token_that_none_can_be_is_told_by_its_variable(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("X_BEARER_TOKEN", value)
    with pytest.raises(SourceError) as caught:
        secret_token("X_BEARER_TOKEN", "a token", "x.live")
    assert caught.value.problem == "X_BEARER_TOKEN holds characters that no token has"
    assert caught.value.mend == "copy X_BEARER_TOKEN again, without quotes or line breaks"

"""Nothing is sent twice, whoever runs, crashes or is refused."""

from __future__ import annotations

import threading

import pytest

from support_metrics.errors import PostingError
from support_metrics.landing import Landing
from support_metrics.posting.once import Outcome, send_once, sent_keys


class Crash(Exception):
    """The process ends here."""


def test_a_second_time_nothing_is_sent_unless_asked_for(landing: Landing) -> None:
    sent: list[int] = []
    assert send_once(landing, "a", lambda: sent.append(1)) is Outcome.SENT
    assert send_once(landing, "a", lambda: sent.append(2)) is Outcome.ALREADY
    assert send_once(landing, "b", lambda: sent.append(3)) is Outcome.SENT
    assert send_once(landing, "a", lambda: sent.append(4), again=True) is Outcome.SENT
    assert sent == [1, 3, 4]
    assert sent_keys(landing) == {"a", "b"}


def test_what_was_refused_can_be_sent_later(landing: Landing) -> None:
    def refuse() -> None:
        raise PostingError("no", "mend")

    with pytest.raises(PostingError, match="no"):
        send_once(landing, "a", refuse)
    assert sent_keys(landing) == set()
    assert send_once(landing, "a", lambda: None) is Outcome.SENT


@pytest.mark.parametrize(("found", "outcome", "count"), [(True, Outcome.ALREADY, 0), (False, Outcome.SENT, 1)])
def test_after_a_crash_the_other_side_is_asked(landing: Landing, found: bool, outcome: Outcome, count: int) -> None:
    def crash() -> None:
        raise Crash

    with pytest.raises(Crash):
        send_once(landing, "a", crash)
    sent: list[int] = []
    assert send_once(landing, "a", lambda: sent.append(1), was_sent=lambda: found) is outcome
    assert len(sent) == count
    assert send_once(landing, "a", lambda: sent.append(2)) is Outcome.ALREADY


def test_where_nobody_can_tell_a_human_decides(landing: Landing) -> None:
    def crash() -> None:
        raise Crash

    with pytest.raises(Crash):
        send_once(landing, "a", crash)
    with pytest.raises(PostingError, match="nobody can tell") as caught:
        send_once(landing, "a", lambda: None)
    assert "--again" in caught.value.mend
    assert send_once(landing, "a", lambda: None, again=True) is Outcome.SENT


def test_of_many_at_once_one_sends(landing: Landing) -> None:
    sent: list[int] = []
    threads = [threading.Thread(target=send_once, args=(Landing(landing.root), "a", lambda: sent.append(1))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sent == [1]

"""Nothing is sent twice, whoever runs, crashes or is refused."""

from __future__ import annotations

import threading
from datetime import datetime

import pytest

from support_metrics.errors import AnswerLost, PostingError
from support_metrics.landing import OWN, Landing
from support_metrics.posting.once import Outcome, send_once, sent_keys, times_sent


class Crash(Exception):
    """The process ends here."""


def lose() -> None:
    raise AnswerLost("no answer", "mend")


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
    assert send_once(landing, "a", lambda: sent.append(1), was_sent=lambda at: found) is outcome
    assert len(sent) == count
    assert send_once(landing, "a", lambda: sent.append(2)) is Outcome.ALREADY


@pytest.mark.parametrize(("found", "outcome", "count"), [(True, Outcome.ALREADY, 0), (False, Outcome.SENT, 1)])
def test_after_a_lost_answer_the_other_side_is_asked(landing: Landing, found: bool, outcome: Outcome, count: int) -> None:
    asked: list[datetime] = []

    def was_sent(at: datetime) -> bool:
        asked.append(at)
        return found

    with pytest.raises(AnswerLost, match="no answer"):
        send_once(landing, "a", lose, was_sent=was_sent)
    began_at = landing.rows(OWN, "posts", "landed_at")[0][0]
    sent: list[int] = []
    assert send_once(landing, "a", lambda: sent.append(1), was_sent=was_sent) is outcome
    assert (asked, len(sent)) == ([began_at], count)
    assert send_once(landing, "a", lambda: sent.append(2), was_sent=was_sent) is Outcome.ALREADY
    assert times_sent(landing, "a") == 1


def test_a_lost_answer_that_nobody_can_ask_for_is_told_once(landing: Landing) -> None:
    with pytest.raises(AnswerLost):
        send_once(landing, "a", lose)
    assert send_once(landing, "a", lose) is Outcome.LEFT
    assert times_sent(landing, "a") == 0
    assert send_once(landing, "a", lambda: None, again=True) is Outcome.SENT


def test_where_asking_fails_it_is_asked_again(landing: Landing) -> None:
    def fail(at: datetime) -> bool:
        raise PostingError("no connection", "mend")

    with pytest.raises(AnswerLost):
        send_once(landing, "a", lose, was_sent=fail)
    with pytest.raises(PostingError, match="no connection"):
        send_once(landing, "a", lambda: None, was_sent=fail)
    assert send_once(landing, "a", lambda: None, was_sent=lambda at: True) is Outcome.ALREADY


def test_where_nobody_can_tell_a_human_decides(landing: Landing) -> None:
    def crash() -> None:
        raise Crash

    with pytest.raises(Crash):
        send_once(landing, "a", crash)
    with pytest.raises(PostingError, match="nobody can tell") as caught:
        send_once(landing, "a", lambda: None)
    assert "--again" in caught.value.mend
    assert send_once(landing, "a", lambda: None) is Outcome.LEFT
    assert send_once(landing, "a", lambda: None, again=True) is Outcome.SENT


def test_of_many_at_once_one_sends(landing: Landing) -> None:
    sent: list[int] = []
    threads = [threading.Thread(target=send_once, args=(Landing(landing.root), "a", lambda: sent.append(1))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sent == [1]

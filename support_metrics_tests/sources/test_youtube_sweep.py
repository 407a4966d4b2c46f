"""YouTube's listing of all threads: it finds what slipped through and late replies, and notices what is gone, once in a while."""

from collections.abc import Iterator
from copy import deepcopy
from datetime import timedelta
from pathlib import Path

import pytest

from support_metrics.errors import SourceError
from support_metrics.landing import Landing
from support_metrics_tests.servers.base import Asked, serving
from support_metrics_tests.servers.youtube import KEY, YouTubeApi, comment, thread
from support_metrics_tests.sources.syncs import NOON, Clock, Faults, Place, quick
from support_metrics_tests.sources.test_youtube_api import configured

OLD = [thread(f"T{number}", f"2025-12-0{number}T09:00:00Z") for number in range(1, 8)]
PAGES = 4  # of two


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def api(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[YouTubeApi]:
    monkeypatch.setenv("YOUTUBE_API_KEY", KEY)
    api = YouTubeApi(deepcopy(OLD), clock, page=2)
    with quick(monkeypatch, clock), serving(api):
        yield api


@pytest.fixture
def place(tmp_path: Path, api: YouTubeApi, clock: Clock) -> Place:
    return Place("youtube", configured(tmp_path, api.address), Landing(tmp_path / "landing", clock))


def living(place: Place) -> set[str]:
    return {
        key.rpartition(":")[2] for (stream, key), (_, deleted, _) in place.latest().items() if stream == "comment_threads" and not deleted
    }


@pytest.mark.parametrize("at", range(1, PAGES))
@pytest.mark.parametrize("change", ["deleted", "written", "both"])
def test_a_listing_that_shifts_while_it_is_read_loses_nothing(change: str, at: int, place: Place, api: YouTubeApi) -> None:
    def shift(number: int, asked: Asked) -> None:
        if number == at and change != "written":
            del api.threads["T7"]
        if number == at and change != "deleted":
            api.threads["T8"] = thread("T8", "2026-03-16T12:00:01Z")

    api.before = shift
    place.sync()
    api.before = lambda number, asked: None
    place.sync()
    assert living(place) == set(api.threads)


def test_all_is_listed_in_the_sync_after_the_first_and_once_a_week(place: Place, api: YouTubeApi, clock: Clock) -> None:
    calls = []
    for hours in (0, 1, 1, 7 * 24, 1):
        clock.at += timedelta(hours=hours)
        before = len(api.asked)
        place.sync()
        calls.append(len(api.asked) - before)
    assert calls == [PAGES, PAGES, 1, PAGES, 1]
    assert len(place.landing.rows("support_metrics", "sweeps")) == 2


def test_a_late_reply_in_an_old_thread_is_found_by_the_sweep(place: Place, api: YouTubeApi, clock: Clock) -> None:
    place.sync()
    place.sync()
    api.threads["T1"]["replies"] = {"comments": [comment(f"T1.{number}", clock.at.isoformat()) for number in range(6)]}
    place.sync()
    assert not [key for stream, key in place.latest() if stream == "comments"]
    clock.at += timedelta(days=7)
    place.sync()
    assert len([key for stream, key in place.latest() if stream == "comments"]) == 6
    before = len(api.asked)
    clock.at += timedelta(days=7)
    place.sync()
    assert len(api.asked) - before == PAGES  # and is not asked for again


@pytest.mark.parametrize("is_strict", [False, True])
def test_what_is_gone_is_told_by_the_sweep_alone_after_it_was_asked_for(
    is_strict: bool, place: Place, api: YouTubeApi, clock: Clock
) -> None:
    api.is_strict = is_strict
    place.sync()
    place.sync()
    del api.threads["T2"], api.threads["T5"]
    hidden = api.threads.pop("T3")

    def show_again(number: int, asked: Asked) -> None:
        if "id" in asked.given:
            api.threads["T3"] = hidden

    api.before = show_again
    place.sync()
    assert len(living(place)) == 7
    clock.at += timedelta(days=7)
    place.sync()
    assert living(place) == {"T1", "T3", "T4", "T6", "T7"}
    version, deleted, payload = place.latest()["comment_threads", "youtube:thread:T2"]
    assert (version, deleted, payload["id"]) == (None, True, "T2")
    clock.at += timedelta(days=7)
    assert place.sync().written == {"comment_threads": 0}


def test_a_waiting_thread_that_is_gone_sinks_nothing(place: Place, api: YouTubeApi, clock: Clock) -> None:
    place.sync()
    place.sync()
    api.is_strict = True
    del api.threads["T2"]
    api.threads["T1"]["replies"] = {"comments": [comment("T1.0", clock.at.isoformat())]}
    place.waiting = frozenset({"youtube:comment:T1", "youtube:comment:T2", "youtube:comment:T3"})
    place.sync()
    assert place.latest()["comment_threads", "youtube:thread:T1"][2]["replies"]
    assert len(living(place)) == 7


def test_so_many_at_once_are_not_believed(place: Place, api: YouTubeApi) -> None:
    api.threads |= {f"N{number}": thread(f"N{number}", "2025-11-01T09:00:00Z") for number in range(21)}
    place.sync()
    api.threads = {each["id"]: each for each in OLD}
    with pytest.raises(SourceError, match="21 of 28 comment threads have disappeared at once") as caught:
        place.sync()
    assert "sweep_days" in caught.value.mend
    assert len(living(place)) == 28 and len(place.coverage("comment_threads")) == 2


def test_another_channels_threads_from_files_are_not_looked_for(place: Place, api: YouTubeApi) -> None:
    other = thread("X1", "2025-11-01T09:00:00Z")
    other["snippet"]["channelId"] = "UCother"
    api.threads["X1"] = other
    place.sync()
    del api.threads["X1"]
    place.sync()
    assert "X1" in living(place) and not [each for each in api.asked if "id" in each.given]


@pytest.mark.parametrize("units", [1, 2])
def test_a_sweep_that_was_killed_is_listed_to_its_end_and_made_anew(units: int, place: Place, api: YouTubeApi) -> None:
    """Who has not seen all of a listing cannot say what it lacks."""
    place.sync()
    del api.threads["T7"]
    place.sync(units=units)
    before = len(api.asked)
    place.sync()
    assert (len(api.asked) - before, len(living(place))) == (3 - units, 7)
    place.sync()
    assert living(place) == set(api.threads)


@pytest.mark.long
@pytest.mark.parametrize("days", [1, 8])
def test_every_fault_of_the_next_sync(days: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With threads that wait, and a week later with all that is listed, missed and gone."""
    monkeypatch.setenv("YOUTUBE_API_KEY", KEY)

    def move(api: YouTubeApi, clock: Clock) -> None:
        clock.at = NOON + timedelta(days=days)
        at = clock.at.isoformat()
        api.threads["T8"] = thread("T8", at, *[at] * 6)
        api.threads["T1"]["replies"] = {"comments": [comment(f"T1.{number}", at) for number in range(6)]}
        del api.threads["T2"], api.threads["T3"]

    faults = Faults(
        "youtube", lambda clock: YouTubeApi(deepcopy(OLD), clock, page=2), configured, tmp_path, monkeypatch,
        before=2, after=2, move=move, waiting=frozenset({"youtube:comment:T1", "youtube:comment:T2"}),
    )  # fmt: skip
    asked = faults.paths()
    assert len([each for each in asked if "?id&" in each]) == (1 if days == 1 else 2)
    assert len([each for each in asked if "parentId" in each]) == 2 * 3
    faults.survives_transient()
    faults.survives_permanent(KEY)

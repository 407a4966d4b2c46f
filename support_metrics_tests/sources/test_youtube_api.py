"""YouTube's API: complete within the window, every reply, gentle on the quota, and the key never shown."""

import logging
from collections.abc import Iterator
from copy import deepcopy
from datetime import timedelta
from pathlib import Path

import pytest

from support_metrics.errors import PlaceMissing, SourceError, SourceUnavailable
from support_metrics.landing import Landing
from support_metrics.settings import Settings
from support_metrics.sources.youtube import YouTube
from support_metrics_tests.servers.base import Asked, Reply, refused, serving
from support_metrics_tests.servers.youtube import CHANNEL, KEY, YouTubeApi, comment, demo, error, thread
from support_metrics_tests.sources.syncs import Clock, Faults, Place, everything_written, latest, quick
from support_metrics_tests.sources.world import land, settings_at, write

DEMO = Path(__file__).parents[2] / "data" / "demo"
THREADS = [
    thread("T1", "2025-12-01T09:00:00Z", *(f"2025-12-0{day}T09:00:00Z" for day in range(2, 9))),
    thread("T2", "2026-01-10T09:00:00Z", "2026-01-11T09:00:00Z"),
    thread("T3", "2026-03-14T09:00:00Z"),
]
FULL = 2 + 4  # pages of two: threads, and the seven replies of T1


def configured(folder: Path, address: str) -> Settings:
    return settings_at(folder, youtube={"live": True, "api_url": f"{address}/youtube/v3", "channel_id": CHANNEL})


def make(clock: Clock) -> YouTubeApi:
    return YouTubeApi(deepcopy(THREADS), clock, page=2)


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YOUTUBE_API_KEY", KEY)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def api(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[YouTubeApi]:
    api = make(clock)
    with quick(monkeypatch, clock), serving(api):
        yield api


@pytest.fixture
def place(tmp_path: Path, api: YouTubeApi, clock: Clock) -> Place:
    return Place("youtube", configured(tmp_path, api.address), Landing(tmp_path / "landing", clock))


def test_every_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    faults = Faults("youtube", make, configured, tmp_path, monkeypatch)
    faults.survives_transient()
    faults.survives_permanent(KEY)
    faults.survives_misleading()


def test_the_api_lands_what_a_file_of_the_same_lands(tmp_path: Path, place: Place, api: YouTubeApi) -> None:
    api.threads, api.page = demo(sorted(DEMO.glob("2*")), CHANNEL, api.date).threads, 7
    place.sync()
    write(tmp_path / "threads.json", {"items": list(api.threads.values())})
    files = Landing(tmp_path / "files")
    land(files, "youtube", settings_at(tmp_path, youtube={"files": ["threads.json"]}))
    assert place.latest() == latest(files, "youtube") and len(place.latest()) > 30


def test_all_replies_come_and_the_next_sync_stops_where_it_is_known(place: Place, api: YouTubeApi, clock: Clock) -> None:
    assert place.sync().written == {"comment_threads": 3, "comments": 7}
    assert len(api.asked) == FULL
    first = place.coverage("comment_threads")[0]
    assert first[:2] == ("*", "2025-12-01T09:00:00+00:00")
    clock.at += timedelta(days=1)
    assert place.sync().written == {"comment_threads": 0}
    assert len(api.asked) == FULL + 1 + 1  # the first page holds a recent thread, the second none
    api.threads["T3"]["replies"] = {"comments": [comment("T3.0", clock.at.isoformat())]}
    api.threads["T4"] = thread("T4", clock.at.isoformat())
    place.sync()
    assert place.latest()["comment_threads", "youtube:thread:T3"][2]["snippet"]["totalReplyCount"] == 1
    assert ("comment_threads", "youtube:thread:T4") in place.latest()
    assert place.coverage("comment_threads")[1][1] == first[2]


def test_a_late_reply_to_what_waits_for_an_answer_is_found_however_old(place: Place, api: YouTubeApi, clock: Clock) -> None:
    api.threads |= {f"N{day}": thread(f"N{day}", f"2026-03-1{day}T09:00:00Z") for day in range(5)}
    place.sync()
    clock.at += timedelta(days=20)
    place.sync()
    api.threads["T2"]["replies"]["comments"].append(comment("T2.1", clock.at.isoformat()))
    place.waiting = frozenset({"youtube:comment:T1", "youtube:comment:T2", "github:issue:7"})
    place.sync()
    assert api.asked[-1].given["id"] == "T1,T2"
    assert len(place.latest()["comment_threads", "youtube:thread:T2"][2]["replies"]["comments"]) == 2


@pytest.mark.parametrize("units", range(4))
def test_a_sync_that_was_killed_goes_on_where_it_stood(units: int, place: Place, api: YouTubeApi) -> None:
    place.sync(units=units)
    place.sync()
    assert len(place.latest()) == 10
    assert len(api.asked) == FULL + (0, 0, FULL - 1, 2)[units]
    assert place.coverage("comment_threads")[0][1] == "2025-12-01T09:00:00+00:00"


def test_a_page_that_is_no_longer_known_begins_the_listing_anew(place: Place, api: YouTubeApi) -> None:
    place.sync(units=1)

    def recover(number: int, asked: Asked) -> None:
        api.is_expired = number == 1

    api.before = recover
    place.sync()
    assert len(place.latest()) == 10 and "anew" in repr(place.told)


@pytest.mark.parametrize(("path", "named"), [("commentThreads", "comment threads"), ("comments", "replies")])
def test_pages_that_lead_round_in_a_circle_are_not_read_for_ever(path: str, named: str, place: Place, api: YouTubeApi) -> None:
    api.page = 1

    def lead_round(number: int, asked: Asked) -> None:
        assert number < 5 * FULL, "asked for ever"
        if asked.path.endswith(f"/{path}") and "pageToken" in asked.given:
            api.faults[number] = lambda reply: Reply({**reply.body, "nextPageToken": asked.given["pageToken"]})

    api.before = lead_round
    with pytest.raises(SourceUnavailable, match=f"youtube: {named}: the pages lead round in a circle"):
        place.sync()
    api.before = lambda number, asked: None
    place.sync()
    assert len(place.latest()) == 10


def test_a_thread_deleted_while_it_is_read_and_odd_ones_sink_nothing(place: Place, api: YouTubeApi) -> None:
    def delete(number: int, asked: Asked) -> None:
        if asked.path.endswith("/comments"):
            api.threads.pop("T1", None)

    api.before = delete
    api.threads["bad"] = {"id": "bad", "snippet": {"topLevelComment": {"snippet": {"publishedAt": "soon"}}}}
    landed = place.sync()
    assert [each.reason for each in landed.damaged] == ["its publishedAt is no ISO 8601 instant"]
    assert landed.written == {"comment_threads": 3}


def test_a_quota_used_up_says_until_when(place: Place, api: YouTubeApi) -> None:
    quota = error(403, "quotaExceeded", "The request cannot be completed because you have exceeded your quota.")
    api.faults = {1: lambda _: quota}
    with pytest.raises(SourceUnavailable, match=r"youtube: comment threads: the day's quota is used up until \d\d:\d\d"):
        place.sync()
    assert place.waits == []
    api.faults = {len(api.asked): lambda _: error(403, "rateLimitExceeded", "slow"), len(api.asked) + 1: refused(429, Retry_After="3")}
    place.sync()
    assert [why for _, why in place.waits] == ["youtube: comment threads: rate limit"] * 2
    assert len(place.latest()) == 10


REFUSALS: dict[str, tuple[Reply, str]] = {
    "not enabled": (error(403, "accessNotConfigured", f"YouTube Data API has not been used, key {KEY}"), "enable YouTube Data API v3"),
    "no comments": (error(403, "commentsDisabled", "disabled"), "turn them on"),
    "unheard of": (error(403, "whoKnows", f"no, {KEY}"), "YOUTUBE_API_KEY"),
}


@pytest.mark.parametrize(("reply", "mend"), REFUSALS.values(), ids=REFUSALS.keys())
def test_a_refusal_says_what_to_do_and_shows_no_key(
    reply: Reply, mend: str, place: Place, api: YouTubeApi, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    api.faults = {0: lambda _: reply}
    with pytest.raises(SourceError) as caught:
        place.sync()
    assert mend in caught.value.mend
    place.sync()
    shown = everything_written(place.landing.root) + f"{caught.value!r}{caught.value.__cause__!r}{caplog.text}{place.told}".encode()
    assert KEY.encode() not in shown


def test_a_wrong_key_or_channel_or_server(place: Place, api: YouTubeApi, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    assert [level for level, _, _ in YouTube().check_live(place.settings)] == ["ok"]
    api.key = "another"
    with pytest.raises(SourceError, match="the API key is not valid"):
        place.sync()
    api.key, api.channel = KEY, "UCother"
    with pytest.raises(PlaceMissing, match=r"youtube\.channel_id"):
        list(YouTube().check_live(place.settings))
    place.settings = configured(place.settings.folder, "http://127.0.0.1:1")
    with pytest.raises(SourceUnavailable) as caught:
        place.sync()
    assert KEY not in f"{caught.value!r}{caught.value.__cause__!r}{caplog.text}"

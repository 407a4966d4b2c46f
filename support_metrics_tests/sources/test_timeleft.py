"""The time left of a listing: by a given clock, and in what each source tells of a long sync."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from support_metrics.landing import Landing
from support_metrics.sources import timeleft
from support_metrics.sources.email import live as email
from support_metrics.sources.github.paging import Position, Way, step
from support_metrics.sources.timeleft import TimeLeft, in_words
from support_metrics_tests.servers import imap, x, youtube
from support_metrics_tests.servers.base import serving
from support_metrics_tests.servers.shortcut import TOKEN as SHORTCUT_TOKEN
from support_metrics_tests.servers.shortcut import ShortcutApi, story
from support_metrics_tests.sources import test_email_api, test_shortcut_api, test_x_api
from support_metrics_tests.sources.github_world import TOKEN as GITHUB_TOKEN
from support_metrics_tests.sources.github_world import at, github, two_a_page
from support_metrics_tests.sources.memory import Memory
from support_metrics_tests.sources.slack_world import HELP, World, sync, ts
from support_metrics_tests.sources.syncs import Clock, Place, quick
from support_metrics_tests.sources.world import settings_at

Given = Callable[[float], None]


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> Given:
    """Sets how many seconds pass from one look at the clock to the next."""
    now, step = [0.0], [20.0]

    def clock() -> float:
        now[0] += step[0]
        return now[0]

    monkeypatch.setattr(timeleft, "seconds", clock)

    def given(each: float) -> None:
        step[0] = each

    return given


def listing(*moments: float) -> TimeLeft:
    """A listing that looks at the clock at these moments."""
    given = iter(moments)
    return TimeLeft(lambda: next(given))


# The estimate


def test_the_time_left_goes_by_what_came_and_how_long_it_took() -> None:
    left = listing(0, 30, 60, 90, 120)
    assert [left.after(page, 11) for page in range(1, 6)] == ["", "", "", ", about 4 min left", ", about 3 min left"]


def test_nothing_is_said_of_a_listing_that_takes_no_time() -> None:
    left = listing(*(each / 10 for each in range(9)))
    assert {left.after(page, 1000) for page in range(9)} == {""}


def test_nothing_is_said_where_the_end_is_not_known_or_reached() -> None:
    left = listing(*range(0, 900, 30))
    assert {left.after(page, None) for page in range(9)} == {""}
    assert left.after(10, 10) == left.after(11, 10) == ""


def test_nothing_is_said_of_a_listing_that_comes_no_further() -> None:
    left = listing(*range(0, 900, 30))
    assert {left.after(5, 10) for _ in range(9)} == {""}


def test_one_that_goes_on_where_another_stopped_is_judged_by_its_own_steps() -> None:
    left = listing(0, 30, 60, 90)
    assert [left.after(page, 110) for page in (100, 101, 102, 103)][-1] == ", about 4 min left"


def test_a_place_may_be_counted_backwards() -> None:
    """As a listing is that goes from now to the past: its moments are given as negative numbers."""
    left = listing(0, 30, 60, 90)
    assert [left.after(-day, -91) for day in (100, 99, 98, 97)][-1] == ", about 3 min left"


def test_waiting_for_a_rate_limit_is_part_of_the_pace() -> None:
    left = listing(0, 1, 2, 902)
    assert [left.after(page, 9) for page in range(4)][-1] == ", about 31 min left"


def test_where_the_pace_allowed_is_known_it_is_said_from_the_first_step() -> None:
    left = listing(0, 1, 2, 300)
    assert [left.after(page, 4, 60.0 * (4 - page)) for page in range(4)] == [
        ", about 4 min left", ", about 3 min left", ", about 2 min left", ", about 2 min left"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (0.4, "less than a minute"), (59.9, "less than a minute"), (60, "about 1 min"), (61, "about 2 min"), (5400, "about 90 min"),
        (5401, "about 2 h"), (172_800, "about 48 h"), (172_801, "about 3 days"),
    ],
)  # fmt: skip
def test_it_is_said_in_one_unit(left: float, words: str) -> None:
    assert in_words(left) == words


def test_numbered_pages_tell_how_many_there_are() -> None:
    url = "/repositories/1/issues?state=all&page="
    first, forth = Position("/repositories/1/issues?state=all"), Way.FORTH
    assert step(Position(f"{url}12"), {"next": f"{url}13", "last": f"{url}40"}, forth) == (12, 40)
    assert step(Position(f"{url}40"), {"prev": f"{url}39", "first": f"{url}1"}, forth) is None
    assert step(first, {"next": "/repositories/1/issues?after=abc"}, forth) is None
    assert step(first, {}, forth) is None


def test_numbered_pages_read_back_count_what_is_to_be_read() -> None:
    url = "/repositories/1/issues?state=all&page="

    def at(page: int, way: Way, turn: Way = Way.BACK) -> tuple[int, int] | None:
        to = {"next": f"{url}{page + 1}", "last": f"{url}40"} if page < 40 else {}
        return step(Position(f"{url}{page}", way), to | ({"prev": f"{url}{page - 1}"} if page > 1 else {}), turn)

    assert [at(1, Way.FORTH), at(40, Way.BACK), at(39, Way.BACK), at(1, Way.BACK)] == [(1, 41), (2, 41), (3, 41), (41, 41)]
    both = [at(1, Way.FORTH, Way.BOTH), at(40, Way.BOTH), at(1, Way.BOTH), at(2, Way.AGAIN), at(39, Way.AGAIN)]
    assert both == [(1, 80), (2, 80), (41, 80), (42, 80), (79, 80)]


# What the sources tell


def test_slack_tells_the_time_left_by_the_days_still_to_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, seconds: Given) -> None:
    world, told = World(monkeypatch), list[str]()
    world.space.channel(HELP, "help", created=int(world.clock.timestamp()) - 86_400 * 50)
    for days in range(1, 41):
        world.space.post(HELP, ts(days), "U1", f"question {days}")
    with serving(world.api):
        sync(Memory(), world.settings(tmp_path), ["messages"], tell=told.append)
    history = [line for line in told if "pages" in line or "page," in line]
    assert history[0] == "slack: #help, 1 page, 4 messages, back to 2026-02-26"
    assert history[3] == "slack: #help, 4 pages, 16 messages, back to 2026-02-14, about 3 min left"  # 12 days in 60 s, 34 to go
    assert history[-1] == "slack: #help, 10 pages, 40 messages, back to 2026-01-21"


def test_slack_tells_the_time_left_of_threads_by_the_calls_a_minute(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, seconds: Given
) -> None:
    seconds(0)
    world, told = World(monkeypatch), list[str]()
    world.space.channel(HELP, "help")
    for days in range(1, 5):
        world.space.post(HELP, ts(days), "U1", f"question {days}")
        world.space.post(HELP, ts(days - 0.1), "U2", "an answer", thread=ts(days))
    with serving(world.api):
        sync(Memory(), world.settings(tmp_path, requests_per_minute=2), ["messages"], tell=told.append)
    assert [line for line in told if "threads" in line] == [
        "slack: #help, 1 of 4 threads, about 2 min left",
        "slack: #help, 2 of 4 threads, about 1 min left",
        "slack: #help, 3 of 4 threads, less than a minute left",
        "slack: #help, 4 of 4 threads",
    ]


def test_github_tells_the_time_left_by_its_last_page_or_by_the_days_still_to_list(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, seconds: Given
) -> None:
    two_a_page(monkeypatch)
    monkeypatch.setenv("GITHUB_TOKEN", GITHUB_TOKEN)
    with github(tmp_path) as world:
        for number in range(1, 21):
            world.tool.open_issue(number, at(number * 60), "ada")
            world.tool.comment(number, at(number * 60 + 1), "grace")
        world.api.numbered.add("issues")
        world.sync(("issues", "comments"))
    issues, comments = ([line for line in world.told if f": {stream}, page" in line] for stream in ("issues", "comments"))
    # Numbered pages are read from the last to the first, which comes twice.
    assert issues[3] == "github acme/tool: issues, page 4 of 11, 8 so far, about 3 min left"
    # Of 19 hours of comments and four more until now, six in 60 s.
    assert comments[3] == "github acme/tool: comments, page 4, 8 so far, about 3 min left"
    assert issues[-1] == "github acme/tool: issues, page 11 of 11, 20 so far" and comments[-1].endswith("page 10, 20 so far")


def test_shortcut_tells_the_time_left_by_the_years_still_to_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, seconds: Given) -> None:
    clock = Clock()
    monkeypatch.setenv("SHORTCUT_API_TOKEN", SHORTCUT_TOKEN)
    api = ShortcutApi([story(7, "2018-03-01T09:00:00Z")], date=clock)
    api.owner["workspace2"]["created_at"] = "2018-01-01T00:00:00Z"
    with quick(monkeypatch, clock), serving(api) as address:
        place = Place("shortcut", test_shortcut_api.configured(tmp_path, address), Landing(tmp_path / "landing", clock))
        place.sync("stories")
    assert [line.partition("up to ")[2] for line in place.told] == [
        "2018-01-01", "2019-01-01", "2020-01-01", "2020-12-31, about 2 min left", "2021-12-31, about 2 min left",
        "2022-12-31, about 2 min left", "2023-12-31, less than a minute left", "2024-12-30, less than a minute left",
        "2025-12-30, less than a minute left", "2026-03-16",
    ]  # fmt: skip


def test_x_tells_the_most_there_can_be_and_of_a_later_sync_the_time_left(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, seconds: Given
) -> None:
    clock = Clock()
    monkeypatch.setenv("X_BEARER_TOKEN", x.TOKEN)
    monkeypatch.setenv("X_USER_TOKEN", x.USER_TOKEN)
    mentions = [x.post(100 + day, f"2026-03-{day:02}T09:00:00.000Z") for day in range(1, 15)]
    direct = [x.message(900 + day, f"2026-03-{day:02}T12:00:00.000Z") for day in range(1, 15)]
    api = x.XApi(mentions, direct, test_x_api.USERS, clock, page=2)
    with quick(monkeypatch, clock), serving(api) as address:
        place = Place("x", test_x_api.configured(tmp_path, address), Landing(tmp_path / "landing", clock))
        place.sync()
        assert place.told[0] == "x: 2 of at most 800 mentions" and "x: all 14 mentions" in place.told
        # X keeps thirty days of direct messages: eight days of them in 60 s, eight and a half to go.
        assert "x: 8 direct messages, about 4 min left" in place.told and place.told[-1] == "x: 14 direct messages"
        clock.at += timedelta(days=16)
        api.posts |= {200 + day: x.post(200 + day, f"2026-03-{day:02}T09:00:00.000Z") for day in range(17, 31)}
        place.told.clear()
        place.sync("posts")
    assert place.told[3] == "x: 8 mentions, about 2 min left" and place.told[-1] == "x: all 0 own posts"


def test_youtube_tells_the_time_left_of_a_later_sync(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, seconds: Given) -> None:
    clock = Clock()
    monkeypatch.setenv("YOUTUBE_API_KEY", youtube.KEY)
    api = youtube.YouTubeApi([youtube.thread(f"T{day:02}", f"2026-03-{day:02}T09:00:00Z") for day in range(1, 16)], clock, page=2)
    with quick(monkeypatch, clock), serving(api) as address:
        section = {"live": True, "api_url": f"{address}/youtube/v3", "channel_id": youtube.CHANNEL, "overlap_days": 30}
        place = Place("youtube", settings_at(tmp_path, youtube=section), Landing(tmp_path / "landing", clock))
        place.sync()
        assert place.told[3] == "youtube: 8 comment threads"
        place.told.clear()
        place.sync()
        # Six of the fifteen that are held in 60 s, seven to go.
        assert place.told[3] == "youtube: 8 comment threads, about 2 min left" and place.told[-1] == "youtube: 15 comment threads"
        place.told.clear()
        place.sync()
    # Six days in 60 s; the window goes on to thirty days before the last sync, though there is nothing that old.
    assert place.told[3] == "youtube: 8 comment threads, about 4 min left" and place.told[-1] == "youtube: 15 comment threads"


def test_a_mailbox_tells_how_many_messages_it_holds_and_the_time_left(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, seconds: Given
) -> None:
    monkeypatch.setenv("IMAP_PASSWORD", imap.PASSWORD)
    monkeypatch.setattr(email, "MESSAGES_AT_ONCE", 2)
    server = imap.Imap({"INBOX": imap.Folder([test_email_api.mail(f"m{number}") for number in range(20)])})
    with imap.serving_imap(server):
        place = Place("email", test_email_api.configured(tmp_path, server.port), Landing(tmp_path / "landing"))
        place.sync()
    assert place.told[0] == "email: 2 of 20 new messages of INBOX"
    assert place.told[3] == "email: 8 of 20 new messages of INBOX, about 2 min left"
    assert place.told[-1] == "email: 20 of 20 new messages of INBOX"

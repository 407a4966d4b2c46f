"""X's API: posts and direct messages, what their listings leave out told, limits waited for, the token never shown."""

import logging
from collections.abc import Iterator
from copy import deepcopy
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from support_metrics.errors import PlaceMissing, SourceError, SourceUnavailable
from support_metrics.landing import Landing
from support_metrics.settings import Settings
from support_metrics.sources.x import X
from support_metrics_tests.servers.base import Asked, Reply, refused, serving
from support_metrics_tests.servers.x import BRAND, PROBLEMS, TOKEN, USER_TOKEN, XApi, demo, message, post, problem, user
from support_metrics_tests.sources.syncs import NOON, Clock, Faults, Place, everything_written, latest, quick
from support_metrics_tests.sources.world import land, settings_at, write

DEMO = Path(__file__).parents[2] / "data" / "demo"
POSTS = [
    post(101, "2026-03-01T09:00:00.000Z"),
    post(102, "2026-03-02T09:00:00.000Z"),
    post(103, "2026-03-03T09:00:00.000Z", "6"),
    post(201, "2026-03-02T10:00:00.000Z", BRAND, in_reply_to_user_id="5", referenced_tweets=[{"type": "replied_to", "id": "102"}]),
]
MESSAGES = [message(900 + day, f"2026-03-0{day}T12:00:00.000Z") for day in range(1, 5)]
USERS = [user("5", "ada"), user("6", "bob"), user(BRAND, "acme")]
FULL = 2 + 1 + 2  # pages of two: mentions, own posts, direct messages


def configured(folder: Path, address: str, account: str = BRAND, direct_messages: bool = True, **more: Any) -> Settings:
    given = {"live": True, "api_url": f"{address}/2", "account_id": account, "direct_messages": direct_messages, **more}
    return settings_at(folder, x=given)


def make(clock: Clock) -> XApi:
    return XApi(deepcopy(POSTS), deepcopy(MESSAGES), USERS, clock, page=2)


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X_BEARER_TOKEN", TOKEN)
    monkeypatch.setenv("X_USER_TOKEN", USER_TOKEN)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def api(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[XApi]:
    api = make(clock)
    with quick(monkeypatch, clock), serving(api):
        yield api


@pytest.fixture
def place(tmp_path: Path, api: XApi, clock: Clock) -> Place:
    return Place("x", configured(tmp_path, api.address), Landing(tmp_path / "landing", clock))


def test_every_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    faults = Faults("x", make, configured, tmp_path, monkeypatch)
    faults.survives_transient()
    faults.survives_permanent(TOKEN, USER_TOKEN)
    faults.survives_misleading()


@pytest.mark.long
def test_every_fault_of_the_next_sync(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def move(api: XApi, clock: Clock) -> None:
        clock.at = NOON + timedelta(hours=3)
        at = clock.at.isoformat()
        api.posts |= {str(number): post(number, at) for number in range(104, 107)} | {"202": post(202, at, BRAND)}
        api.messages |= {str(number): message(number, at) for number in range(905, 908)}

    faults = Faults("x", make, configured, tmp_path, monkeypatch, before=1, move=move)
    asked = faults.paths()
    assert len([each for each in asked if "start_time" in each]) == 3 and len(asked) == 3 + 3
    faults.survives_transient()
    faults.survives_permanent(TOKEN, USER_TOKEN)
    faults.survives_misleading()


def test_the_api_lands_what_files_of_the_same_land(tmp_path: Path, place: Place, api: XApi) -> None:
    brand = "1540000000000000777"
    seeded = demo(sorted(DEMO.glob("2*")), brand, api.date)
    api.posts, api.messages, api.users, api.account, api.page = seeded.posts, seeded.messages, seeded.users, brand, 30
    place.settings = configured(tmp_path, api.address, brand)
    place.sync()
    write(tmp_path / "x" / "posts.json", {"data": list(api.posts.values()), "includes": {"users": list(api.users.values())}})
    write(tmp_path / "x" / "dms.json", {"data": list(api.messages.values())})
    files = Landing(tmp_path / "files")
    land(files, "x", settings_at(tmp_path, x={"files": ["x/*"]}))
    assert place.latest() == latest(files, "x") and len(place.latest()) > 200


def test_the_next_sync_asks_from_where_the_last_began(place: Place, api: XApi, clock: Clock) -> None:
    assert place.sync().written == {"posts": 4, "users": 3, "direct_messages": 4}
    assert len(api.asked) == FULL
    ((scope, since, until),) = place.coverage("posts")
    assert (scope, since) == ("*", "2026-03-01T09:00:00+00:00")
    clock.at += timedelta(hours=3)
    api.posts["104"] = post(104, clock.at.isoformat())
    api.messages["905"] = message(905, clock.at.isoformat())
    assert place.sync().written == {"posts": 1, "users": 0, "direct_messages": 1}
    asked = api.asked[FULL:]
    assert [each.path for each in asked] == [f"/2/users/{BRAND}/mentions", f"/2/users/{BRAND}/tweets", "/2/dm_events", "/2/dm_events"]
    assert asked[0].given["start_time"].startswith("2026-03-16T11:00:0")
    assert place.coverage("posts")[1][1] == until


@pytest.mark.parametrize("units", range(6))
def test_a_sync_that_was_killed_goes_on_where_it_stood(units: int, place: Place, api: XApi) -> None:
    place.sync(units=units)
    place.sync()
    assert len(place.latest()) == 11
    assert place.coverage("posts")[0][1] == "2026-03-01T09:00:00+00:00"
    assert len(api.asked) == FULL + (0, 0, 0, 2, 2, 3)[units]


def test_a_page_that_is_no_longer_known_begins_the_listing_anew(place: Place, api: XApi) -> None:
    place.sync(units=1)

    def recover(number: int, asked: Asked) -> None:
        api.is_expired = number == 1

    api.before = recover
    place.sync()
    assert len(place.latest()) == 11 and "anew" in repr(place.told)


@pytest.mark.parametrize("at", range(1, FULL))
@pytest.mark.parametrize("change", ["deleted", "written", "both"])
def test_a_listing_that_shifts_while_it_is_read_loses_nothing(change: str, at: int, place: Place, api: XApi) -> None:
    def shift(number: int, asked: Asked) -> None:
        if number == at and change != "written":
            del api.posts["103"], api.messages["904"]
        if number == at and change != "deleted":
            api.posts["104"] = post(104, "2026-03-16T12:00:01.000Z")
            api.messages["905"] = message(905, "2026-03-16T12:00:01.000Z")

    api.before = shift
    place.sync()
    api.before = lambda number, asked: None
    place.sync()
    ids = {key.rpartition(":")[2] for stream, key in place.latest() if stream != "users"}
    assert ids >= api.posts.keys() | api.messages.keys()


@pytest.mark.parametrize(("path", "named"), [("mentions", "mentions"), ("tweets", "own posts"), ("dm_events", "direct messages")])
def test_pages_that_lead_round_in_a_circle_are_not_read_for_ever(path: str, named: str, place: Place, api: XApi) -> None:
    api.page = 1
    if path == "tweets":
        api.posts["202"] = post(202, "2026-03-03T10:00:00.000Z", BRAND)

    def lead_round(number: int, asked: Asked) -> None:
        assert number < 3 * FULL, "asked for ever"
        if asked.path.endswith(path) and asked.given.get("pagination_token"):
            api.faults[number] = lambda reply: Reply({**reply.body, "meta": {"next_token": asked.given["pagination_token"]}})

    api.before = lead_round
    with pytest.raises(SourceUnavailable, match=f"x: {named}: the pages lead round in a circle"):
        place.sync()
    api.before = lambda number, asked: None
    place.sync()
    assert len(place.latest()) == 11 + (path == "tweets")


@pytest.mark.parametrize(
    ("there", "withheld", "is_capped"),
    [
        (850, 0, True),
        (850, 7, True),  # X shows fewer than its 800
        (850, 300, True),  # and may show far fewer: eight pages have come all the same
        (800, 100, True),
        (690, 0, False),
        (690, 7, False),
    ],
)
def test_a_listing_that_holds_no_more_is_covered_no_further(
    there: int, withheld: int, is_capped: bool, place: Place, api: XApi, clock: Clock
) -> None:
    first = clock.at - timedelta(days=40)
    api.posts = {str(number): post(number, (first + timedelta(hours=number)).isoformat()) for number in range(1, there + 1)}
    api.withheld = {str(there - number * 2) for number in range(1, withheld + 1)}
    api.page = 100
    place.settings = configured(place.settings.folder, api.address, covered_from="2025-01-01")
    place.sync()
    shown = [number for number in range(max(there - 800, 0) + 1, there + 1) if str(number) not in api.withheld]
    since = (first + timedelta(hours=shown[0])).isoformat() if is_capped else "2025-01-01T00:00:00+00:00"
    assert (len([key for stream, key in place.latest() if stream == "posts"]), place.coverage("posts")[0][1]) == (len(shown), since)


def test_direct_messages_are_covered_as_far_as_x_keeps_them(place: Place, api: XApi, clock: Clock) -> None:
    place.sync()
    clock.at += timedelta(days=60)
    api.messages = {"909": message(909, clock.at.isoformat())}
    place.sync()
    first, second = place.coverage("direct_messages")
    assert first[1][:10] == "2026-02-14" and second[1][:10] == "2026-04-15"
    clock.at += timedelta(days=60)
    api.messages |= {each["id"]: each for each in MESSAGES}
    place.sync()
    assert place.coverage("direct_messages")[2][1] == second[2]


def test_with_the_apps_token_alone_posts_are_read_and_nothing_fails(place: Place, api: XApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("X_USER_TOKEN")
    place.settings = configured(place.settings.folder, api.address, direct_messages=False)
    place.sync()
    assert {stream for stream, _ in place.latest()} == {"posts", "users"} and len(place.coverage("posts")) == 1
    assert "x: direct messages are not read, x.direct_messages is off" in place.told
    assert place.coverage("direct_messages") == [] and not [each for each in api.asked if each.path.endswith("dm_events")]
    assert [(level, "off" in says) for level, says, _ in X().check_live(place.settings)] == [("ok", False), ("note", True)]


@pytest.mark.parametrize(
    ("held", "said"),
    [
        ("", "the environment holds no X_USER_TOKEN"),
        (TOKEN, "direct messages are refused to an app's token"),
        ("stale", "refused with 401"),
    ],
)
def test_direct_messages_say_which_token_they_lack(held: str, said: str, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X_USER_TOKEN", held)
    with pytest.raises(SourceError, match=said) as caught:
        place.sync()
    assert "X_USER_TOKEN" in caught.value.mend and "X_BEARER_TOKEN" not in caught.value.mend
    assert {stream for stream, _ in place.latest()} == {"posts", "users"} and len(place.coverage("posts")) == 1
    with pytest.raises(SourceError, match=said):
        list(X().check_live(place.settings))


def test_odd_objects_sink_nothing(place: Place, api: XApi) -> None:
    api.posts["105"] = {"id": "105", "text": "nobody's", "created_at": "2026-03-04T09:00:00.000Z", "author_id": None}
    api.posts["103"] |= {"never_seen": [1], "referenced_tweets": None}
    landed = place.sync()
    assert ["has no author_id" in each.reason for each in landed.damaged] == [True]
    assert place.latest()["posts", "x:post:103"][2]["never_seen"] == [1]


def test_limits_are_waited_for_or_told(place: Place, api: XApi, clock: Clock) -> None:
    api.faults = {0: refused(429, x_rate_limit_reset=str(int(clock.at.timestamp()) + 300))}
    place.sync()
    assert [why for _, why in place.waits] == ["x: mentions: rate limit"] and 295 <= place.waits[0][0] <= 302
    api.faults = {len(api.asked): refused(429, x_rate_limit_reset=str(int(clock.at.timestamp()) + 3_600))}
    with pytest.raises(SourceUnavailable, match=r"x: mentions: rate limit until \d\d:\d\d"):
        place.sync()
    api.faults = {len(api.asked): lambda _: problem(429, "UsageCapExceeded", f"{PROBLEMS}usage-capped")}
    with pytest.raises(SourceUnavailable, match="posts of this month are used up"):
        place.sync()


def test_a_wrong_token_or_account_and_no_token_to_be_seen(place: Place, api: XApi, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    assert [level for level, _, _ in X().check_live(place.settings)] == ["ok", "ok"]
    api.token = "another"
    with pytest.raises(SourceError) as caught:
        place.sync()
    assert "X_BEARER_TOKEN" in caught.value.mend and caught.value.problem == "x: mentions: refused with 401: Unauthorized"
    api.token = TOKEN
    place.settings = configured(place.settings.folder, api.address, "778")
    with pytest.raises(PlaceMissing, match=r"x\.account_id"):
        place.sync()
    place.settings = configured(place.settings.folder, api.address)
    place.sync()
    written = everything_written(place.landing.root) + f"{caught.value!r}{caplog.text}{place.told}".encode()
    assert TOKEN.encode() not in written and USER_TOKEN.encode() not in written

"""A request about to miss its target is posted, once, by the sensor."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from dagster import SkipReason, build_sensor_context

from support_metrics.assets.breach_sensor import breach_sensor
from support_metrics.assets.settings_file import SettingsFile
from support_metrics.errors import PostingError
from support_metrics.exterminator.alerts import about_to_breach, post_alerts
from support_metrics.posting.once import Outcome
from support_metrics.settings import Paths, Posting, Settings, load_settings
from support_metrics.warehouse import LINK
from support_metrics_tests.cli.conftest import write
from support_metrics_tests.exterminator.conftest import NOW
from support_metrics_tests.report.example import request
from support_metrics_tests.servers.base import refused, reset, serving
from support_metrics_tests.servers.posting import TOKEN, SlackPosts


@pytest.fixture
def slack(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlackPosts]:
    monkeypatch.setenv("SLACK_BOT_TOKEN", TOKEN)
    api = SlackPosts()
    with serving(api):
        yield api


@pytest.fixture
def team(slack: SlackPosts, tmp_path: Path) -> Settings:
    posting = Posting(alert_channel="C1", slack_api_url=f"{slack.address}/api/", alert_before="45m")
    return Settings(folder=tmp_path, posting=posting, paths=Paths(landing=tmp_path / "landing"))


def waits(marts: duckdb.DuckDBPyConnection, number: int, minutes: int, **more: object) -> None:
    request(
        marts,
        number,
        state="pending" if minutes >= 0 else "overdue",
        due_at=NOW + timedelta(minutes=minutes),
        **({"channel": "slack"} | more),
    )


def posted(team: Settings, marts: duckdb.DuckDBPyConnection, at: datetime = NOW) -> list[tuple[str, Outcome]]:
    return [(each.request_id, outcome) for each, outcome in post_alerts(team, marts, at)]


def test_only_what_is_near_and_not_past_is_posted_and_once(team: Settings, marts: duckdb.DuckDBPyConnection, slack: SlackPosts) -> None:
    waits(marts, 1, 44, title="<!channel> *near*", person_name="Una", exterminator="Ada")
    waits(marts, 2, 46)
    waits(marts, 3, -1)
    assert posted(team, marts) == [("slack:issue:1001", Outcome.SENT)]
    assert posted(team, marts) == [("slack:issue:1001", Outcome.ALREADY)]
    later = NOW + timedelta(minutes=3)
    assert posted(team, marts, later) == [("slack:issue:1001", Outcome.ALREADY), ("slack:issue:1002", Outcome.SENT)]
    text = slack.messages[0]["blocks"][0]["text"]["text"]
    assert text.startswith("Ada: *44 min left* for <https://github.com/example/tool/issues/1001|&lt;!channel&gt; \u200b*near\u200b*>")
    assert "Slack, Una; asked " in text
    assert len(slack.messages) == 2


def test_what_a_channel_has_not_told_for_long_alarms_nobody(team: Settings, marts: duckdb.DuckDBPyConnection, slack: SlackPosts) -> None:
    waits(marts, 1, 44)
    marts.execute("update marts.sources set covered_until_at = covered_until_at - interval 3 hour where source = 'slack'")
    near, unknown = about_to_breach(team, marts, NOW)
    assert (len(near), len(unknown)) == (0, 1)
    assert posted(team, marts) == []
    assert not slack.messages


def test_a_refusal_is_told_and_mended_later(team: Settings, marts: duckdb.DuckDBPyConnection, slack: SlackPosts) -> None:
    waits(marts, 1, 10)
    slack.refusals["chat.postMessage"] = "not_in_channel"
    with pytest.raises(PostingError, match="not_in_channel"):
        posted(team, marts)
    slack.refusals.clear()
    assert posted(team, marts) == [("slack:issue:1001", Outcome.SENT)]


def test_what_slack_took_without_an_answer_is_not_posted_again(team: Settings, marts: duckdb.DuckDBPyConnection, slack: SlackPosts) -> None:
    waits(marts, 1, 10)
    slack.faults[0] = reset
    with pytest.raises(PostingError, match="no answer"):
        posted(team, marts)
    assert posted(team, marts) == [("slack:issue:1001", Outcome.ALREADY)]
    assert len(slack.messages) == 1


def test_what_never_came_to_slack_is_posted_later(team: Settings, marts: duckdb.DuckDBPyConnection, slack: SlackPosts) -> None:
    waits(marts, 1, 10)
    slack.faults[0] = reset
    with pytest.raises(PostingError, match="no answer"):
        posted(team, marts)
    slack.messages.clear()
    assert posted(team, marts) == [("slack:issue:1001", Outcome.SENT)]
    assert len(slack.messages) == 1


def test_one_that_nobody_can_tell_of_is_left_and_keeps_none_of_the_others(
    team: Settings, marts: duckdb.DuckDBPyConnection, slack: SlackPosts
) -> None:
    waits(marts, 1, 10)
    slack.faults[0] = reset
    with pytest.raises(PostingError, match="no answer"):
        posted(team, marts)
    waits(marts, 2, 20)
    slack.refusals["conversations.history"] = "missing_scope"
    with pytest.raises(PostingError, match=r"alert:C1:slack:issue:1001, and nobody can tell") as caught:
        posted(team, marts)
    assert "it is not posted again" in caught.value.mend and "channels:history" in caught.value.mend
    assert "--again" not in caught.value.mend
    assert [message["metadata"]["event_payload"]["key"][-4:] for message in slack.messages] == ["1001", "1002"]
    assert posted(team, marts) == [("slack:issue:1001", Outcome.LEFT), ("slack:issue:1002", Outcome.ALREADY)]
    assert len(slack.messages) == 2


@pytest.fixture
def look(marts: duckdb.DuckDBPyConnection, slack: SlackPosts, tmp_path: Path) -> Callable[[], str]:
    """Publish the marts and let the sensor look at them; returns what it says."""
    path = write(
        tmp_path / "support_metrics.toml",
        f'[team]\nas_of = {NOW:%Y-%m-%dT%H:%M:%SZ}\n[posting]\nalert_channel = "C1"\nalert_before = "45m"\nslack_api_url = "{slack.address}/api/"\n',
    )
    settings = load_settings(path)
    settings.warehouse_path.mkdir(parents=True)

    def once() -> str:
        published = settings.warehouse_path / LINK
        published.unlink(missing_ok=True)
        marts.execute(f"attach '{published}' as published; copy from database memory to published; detach published")
        ticked = breach_sensor()(build_sensor_context(resources={"settings_file": SettingsFile(path=str(path))}))
        assert isinstance(ticked, Iterator)
        (said,) = ticked
        assert isinstance(said, SkipReason)
        return str(said.skip_message)

    return once


def test_the_sensor_tells_how_many_were_posted_though_one_was_not(
    look: Callable[[], str], marts: duckdb.DuckDBPyConnection, slack: SlackPosts
) -> None:
    for number in (1, 2, 3):
        waits(marts, number, 10 * number)
    waits(marts, 4, 40, channel="email")
    marts.execute("update marts.sources set covered_until_at = covered_until_at - interval 3 hour where source = 'email'")
    slack.faults[1] = refused(200, {"ok": False, "error": "msg_too_long"})
    with pytest.raises(RuntimeError) as caught:
        look()
    unread = "1 more in channels that have not been read for long: refresh them"
    assert f"msg_too_long; 3 about to miss their target, 2 posted now, 1 failed; {unread}\n  what to do: " in str(caught.value)
    assert look() == f"3 about to miss their target, 1 posted now; {unread}"
    assert look() == f"3 about to miss their target, 0 posted now; {unread}"


def test_the_sensor_tells_of_those_it_leaves(look: Callable[[], str], marts: duckdb.DuckDBPyConnection, slack: SlackPosts) -> None:
    waits(marts, 1, 10)
    slack.faults[0] = reset
    slack.refusals["conversations.history"] = "missing_scope"
    for said in ("no answer", "nobody can tell whether it arrived"):
        with pytest.raises(RuntimeError, match=f"{said}.*; 1 about to miss their target, 0 posted now, 1 failed"):
            look()
    waits(marts, 2, 20)
    left = "1 left, since nobody can tell whether an earlier look posted them: look in the channel"
    assert look() == f"2 about to miss their target, 1 posted now, {left}"

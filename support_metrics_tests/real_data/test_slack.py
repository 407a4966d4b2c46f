"""A real Slack export, and the classifier on labelled messages."""

from __future__ import annotations

import json

import numpy as np
import pytest

from benchmarks import classifier, drawn
from support_metrics_tests.real_data.conftest import World
from support_metrics_tests.real_data.raw import REALDATA, day_of, houston_messages, houston_organizers, moment_of, people_per


def test_times_come_from_messages_and_never_from_file_names(real: World) -> None:
    ids = {channel["name"]: channel["id"] for channel in json.loads((REALDATA / "slack/houstondatavis/channels.json").read_text("utf-8"))}
    sent = {
        (channel, ts): moment
        for channel, ts, moment in real.rows("select channel_id, split_part(message_id, ':', 4), sent_at from staging.slack_messages")
    }
    assert sent == {(ids[channel], message["ts"]): moment_of(message["ts"]) for channel, _, message in houston_messages()}
    elsewhere = sum(moment_of(message["ts"]).date().isoformat() != day for _, day, message in houston_messages())
    assert elsewhere > len(houston_messages()) / 4, "file names are Pacific days, so many a message lies in the file of another UTC day"
    assert real.marts["misnamed"] == real.marts["zip"], "day files of any name, in a folder or a zip, give the same marts"


def test_slack_requests_are_top_level_messages_of_outside_humans(real: World) -> None:
    ids = {channel["name"]: channel["id"] for channel in json.loads((REALDATA / "slack/houstondatavis/channels.json").read_text("utf-8"))}
    said = {(ids[channel], message["ts"]): message for channel, _, message in houston_messages()}
    requests = real.dicts("from marts.requests where channel = 'slack'")
    assert 20 < len(requests) < 400
    for row in requests:
        _, _, channel, ts = row["request_id"].split(":")
        message = said[channel, ts]
        assert message.get("subtype") in (None, "file_share", "me_message") and "bot_id" not in message
        assert message["user"] not in houston_organizers()
        assert row["opened_at"] == moment_of(ts) and row["opened_on"] == day_of(moment_of(ts))
        assert row["url"] == f"https://houstondatavis.slack.com/archives/{channel}/p{ts.replace('.', '')}"
        assert row["verdict"], "the classifier says why"
    users = people_per((row["opened_on"], row["person_id"]) for row in requests)
    days = dict(real.rows("select day, users from marts.daily_users where channel = 'slack'"))
    assert {day: count for day, count in days.items() if count} == users


def test_slack_classifier_is_as_good_as_the_docs_say(real: World) -> None:
    with classifier.trial(REALDATA / "chat/labelled.jsonl") as tried:
        assert len(tried.said) == 2126
        found, precision, recall = tried.score(tried.judge(classifier.weights_in_use())[1])
        assert found >= 0.88 and precision >= 0.92 and recall >= 0.84, (
            "docs/definitions.md says how many are found, and how many truly began"
        )
        for folds in (tried.by_time(), classifier.communities(tried.said)):
            starts, opens = tried.judge_folds(folds)
            assert tried.score(starts)[0] >= 0.86 and tried.score(opens)[0] >= 0.87, "judged by weights that the other parts give"
        fitted = tried.fit(np.arange(len(tried.said)))
        assert fitted.items() <= classifier.weights_in_use().items(), (
            "the weights are those that python -m benchmarks.classifier fit writes"
        )


@pytest.mark.usefixtures("real")
def test_whether_starters_ask_on_messages_drawn_from_real_talk() -> None:
    """Talk among friends, no support channel: nearly all who ask are found, and about as many more are named. Labels hold times only."""
    messages = drawn.judge(REALDATA / "slack")
    assert len(messages) > 300 and sum(each.asks for each in messages) > 30
    precision, recall, asking = drawn.score(messages)
    assert asking > 10
    assert precision >= 0.5 and recall >= 0.9, "docs/definitions.md says how good it is"

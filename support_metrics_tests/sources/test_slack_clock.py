"""The clock by which Slack's messages are landed; `staging.slack_messages` reads from it when one was sent that was never edited or deleted."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from support_metrics.sources.base import Record
from support_metrics.sources.slack.records import instant_of, message_record
from support_metrics_tests.sources.world import items, records, settings_at, write_tree

TS = st.builds("{}.{}".format, st.integers(1, 9_999_999_999), st.text("0123456789", min_size=1, max_size=6))
EDITED: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.just("yes"),
    st.just({}),
    st.just([]),
    st.fixed_dictionaries({"ts": st.one_of(TS, st.just("soon"), st.none(), st.just(5))}),
)
MESSAGES: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"ts": TS},
    optional={
        "edited": EDITED,
        "subtype": st.sampled_from(["tombstone", "message_deleted", "thread_broadcast", "bot_message"]),
        "deleted_ts": TS,
        "thread_ts": TS,
    },
)


def is_edited(message: dict[str, Any]) -> bool:
    """As staging sees it: a text at `edited.ts`."""
    edited = message.get("edited")
    return isinstance(edited, dict) and edited.get("ts") is not None


def holds(record: Record) -> bool:
    return record.deleted or is_edited(record.payload) or record.version == instant_of(record.key.rsplit(":", 1)[1])


@given(MESSAGES)
def test_a_message_of_the_api_that_was_never_edited_or_deleted_lands_by_its_ts(message: dict[str, Any]) -> None:
    assert holds(message_record(message, "slack:T:C:"))


@settings(deadline=None, max_examples=50)
@given(st.lists(MESSAGES, min_size=1, max_size=5, unique_by=lambda message: str(message["ts"])))
def test_a_message_of_an_export_that_was_never_edited_or_deleted_lands_by_its_ts(messages: list[dict[str, Any]]) -> None:
    with TemporaryDirectory() as folder:
        export = {
            "users.json": [{"id": "U1", "team_id": "T"}],
            "channels.json": [{"id": "C", "name": "help"}],
            "help/2026-03-02.json": messages,
        }
        write_tree(Path(folder) / "export", export)
        landed = records(items("slack", settings_at(Path(folder), slack={"files": ["export"], "channels": ["help"]})), "messages")
        assert len(landed) == len(messages) and all(map(holds, landed))

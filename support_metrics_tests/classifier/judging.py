"""Slack messages judged by the models themselves, without landing: only what the models of the classifier read is given."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import yaml

from support_metrics.model import SQL_FOLDER, read_model
from support_metrics.settings import Settings
from support_metrics.tables_read import tables_read
from support_metrics.warehouse import create, prepare

MESSAGES = Path(__file__).with_name("messages.yaml")
CLASSIFIER = [
    read_model(SQL_FOLDER / "core" / f"{name}.sql", tables_read) for name in ("slack_start_weights", "slack_signs", "slack_questions")
]
FIRST_AT = datetime(2026, 1, 5, tzinfo=UTC)


def labelled() -> list[tuple[str, bool, bool]]:
    """Our own messages: text, whether it asks for help, and whether it was put aside while the rules were made."""
    lists = {"asks:": True, "asks_not:": False}
    found, asks, aside = [], False, False
    for line in MESSAGES.read_text("utf-8").splitlines():
        if line in lists:
            asks, aside = lists[line], False
        elif line.startswith("  # put aside"):
            aside = True
        elif line.startswith("  - "):
            found.append((str(yaml.safe_load(line)[0]), asks, aside))
    return found


def judge(messages: Sequence[dict[str, Any]], query: str) -> list[tuple[Any, ...]]:
    """Build the models on these messages (columns of core.messages, with text; what is left out is an outsider's opening) and ask."""
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("set TimeZone = 'UTC'")
        prepare(connection, Settings(), FIRST_AT + timedelta(days=365), None, {}, CLASSIFIER)
        for table in sorted(set().union(*(model.reads for model in CLASSIFIER)) - {model.table for model in CLASSIFIER}):
            layer, name = table.split(".")
            if layer != "settings":
                columns = read_model(SQL_FOLDER / layer / f"{name}.sql", tables_read).columns
                listed = ", ".join(f'"{column.name}" {column.type}' for column in columns)
                connection.execute(f"create table {table} ({listed})")
        for number, message in enumerate(messages):
            key = f"m{number:05d}"
            sent_at = message.get("sent_at", FIRST_AT + timedelta(hours=number))
            root, person = message.get("root"), message.get("person", key)
            connection.execute(
                "insert into core.messages by name select ? as message_id, 'slack' as channel, 'C' as place, ? as conversation_id, ? as is_opening, "
                "? as account_id, ? as person_id, ?::timestamptz as sent_at, false as is_bot, false as is_team",
                [key, f"m{root:05d}" if root is not None else key, root is None, person, person, sent_at],
            )
            connection.execute(
                "insert into staging.slack_messages by name select ? as message_id, 'T' as team_id, ? as text", [key, message["text"]]
            )
        for model in CLASSIFIER:
            create(connection, model)
        return connection.execute(query).fetchall()

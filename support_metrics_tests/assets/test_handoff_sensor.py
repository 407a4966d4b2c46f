"""The sensor looks at what the handoff files say, not at when they were written."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from dagster import RunRequest, SensorEvaluationContext, SkipReason, build_sensor_context

from support_metrics.assets.handoff_sensor import handoff_sensor
from support_metrics.assets.settings_file import SettingsFile
from support_metrics_tests.assets.conftest import HANDOFF

Look = Callable[[], RunRequest | SkipReason]


@pytest.fixture
def look(settings_file: SettingsFile) -> Look:
    """Look once more, remembering what the last look saw."""
    context: list[SensorEvaluationContext] = []

    def once() -> RunRequest | SkipReason:
        cursor = context[-1].cursor if context else None
        context.append(build_sensor_context(cursor=cursor, resources={"settings_file": settings_file}))
        seen = handoff_sensor("refresh_handoff")(context[-1])
        assert isinstance(seen, RunRequest | SkipReason)
        return seen

    return once


def test_only_a_change_of_content_starts_a_run(look: Look, settings_file: SettingsFile) -> None:
    answers = Path(settings_file.path).parent / "handoff.csv"
    assert isinstance(look(), SkipReason), "the first look remembers"
    os.utime(answers, (1, 1))
    assert isinstance(look(), SkipReason), "another time on the same content is no change"
    answers.write_text(HANDOFF + "3/13/2026 17:00:00,Ben,Ada,3/9/2026,1,0,0,0,2,\n")
    assert isinstance(look(), RunRequest)
    assert isinstance(look(), SkipReason), "one change, one run"


def test_a_missing_file_is_said_and_not_forgotten(look: Look, settings_file: SettingsFile) -> None:
    answers = Path(settings_file.path).parent / "handoff.csv"
    look()
    held = answers.read_text()
    answers.unlink()
    said = look()
    assert isinstance(said, SkipReason) and "handoff.files" in str(said.skip_message)
    answers.write_text(held)
    assert isinstance(look(), SkipReason), "back as it was"


def test_without_handoff_files_it_says_so(look: Look, settings_file: SettingsFile) -> None:
    path = Path(settings_file.path)
    path.write_text(path.read_text().replace('files = ["handoff.csv"]', ""))
    said = look()
    assert isinstance(said, SkipReason) and "handoff.files" in str(said.skip_message)

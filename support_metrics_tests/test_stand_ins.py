"""For every message there is a text of ours that the Slack classifier judges alike."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

import pytest
import yaml

from support_metrics.stand_ins import LONG, TEMPLATES, _parted, _signs, stand_ins

MESSAGES = Path(__file__).parent / "classifier" / "messages.yaml"


@pytest.fixture(scope="module")
def said() -> list[str]:
    held = yaml.safe_load(MESSAGES.read_text("utf-8"))
    return list(chain.from_iterable(held.values()))


@pytest.mark.long
def test_they_show_the_classifier_the_same(said: list[str]) -> None:
    instead = stand_ins(said)
    assert len(instead) == len(said) > 150
    signs = zip(said, _signs(said), _signs(instead), strict=True)
    assert [text for text, before, after in signs if before["is_about_help"] != after["is_about_help"]] == []
    signs = zip(said, _signs(said), _signs(instead), strict=True)
    differing = [text for text, before, after in signs if before != after]
    assert len(differing) <= len(said) // 50, differing


@pytest.mark.long
def test_they_say_nothing_of_what_was_said(said: list[str]) -> None:
    ours = set(TEMPLATES)
    for text in stand_ins(said):
        _, body, links = _parted(text)
        assert body.split("\n")[0] in ours or links, text


def test_mentions_and_links_that_decide_something_stay() -> None:
    (text,) = stand_ins(["<@U7> how do I fix https://github.com/o/r/issues/7 in our walrus?"])
    assert text.startswith("<@U7> ")
    assert "https://github.com/o/r/issues/7" in text
    assert "walrus" not in text


def test_an_empty_text_stays_empty() -> None:
    assert stand_ins([""]) == [""]
    assert LONG

"""The payload in landing: what of it is removed, and that nothing else is."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support_metrics.landing import Landing, canonical
from support_metrics.landing.payload import FEW_ROWS
from support_metrics.sources.base import Record, Unit

TEXT = st.text(st.characters(codec="utf-8"), max_size=30)
URLS = {
    "https://files.slack.com/a.png?t=xoxe-12-ab": "https://files.slack.com/a.png",
    "https://files.slack.com/a.png?t=xoxe-12-ab&pub=1": "https://files.slack.com/a.png?pub=1",
    "https://files.slack.com/a.png?pub=1&t=xoxe-12-ab": "https://files.slack.com/a.png?pub=1",
    "<https://x/a?b=1&amp;t=xoxe-12-ab|why?>": "<https://x/a?b=1|why?>",
    "<https://x/a?t=xoxe-12-ab&amp;b=1&amp;c=2>": "<https://x/a?b=1&amp;c=2>",
    "&lt;https://x/a?t=xoxe-12-ab&gt; is it?": "&lt;https://x/a&gt; is it?",
    "![shot](https://private.example/1.png?jwt=eyJh.eyJr.s_-g) and then it fails, why?": "![shot](https://private.example/1.png) and then it fails, why?",
    "https://s3/x?X-Amz-Algorithm=A&X-Amz-Credential=K%2F1&versionId=3&X-Amz-Signature=0f": "https://s3/x?versionId=3",
    "https://s3/x?X-Amz-Date=1&X-Amz-Signature=0f\nnext line & more": "https://s3/x\nnext line & more",
    "one https://x?jwt=a.b two https://y?jwt=c.d": "one https://x two https://y",
}
UNTOUCHED = [
    "is it ?t=1",
    "jwt=abc is what I pass",
    "does xoxb- begin a token?",
    "https://x/a?jwtx=1&text=xox",
    "how about X-Amz-Date=1?",
    "really?",
]


@pytest.mark.parametrize(("given_url", "kept"), URLS.items())
def test_tokens_that_change_at_every_fetch_are_removed(given_url: str, kept: str) -> None:
    assert canonical({"b": given_url, "a": "really?"}) == canonical({"a": "really?", "b": kept})


@pytest.mark.parametrize("text", UNTOUCHED)
def test_what_is_no_token_parameter_stays(text: str) -> None:
    assert canonical({"a": text, "b": "https://x?jwt=a.b"}) == canonical({"a": text, "b": "https://x"})


@given(TEXT, TEXT)
def test_the_text_around_a_token_stays(before: str, after: str) -> None:
    payload = {"text": f"{before} https://x/y?jwt=aaa.bbb {after}"}
    assert canonical(payload) == canonical({"text": f"{before} https://x/y {after}"})


@settings(deadline=None, max_examples=40)
@given(st.lists(st.one_of(TEXT, st.sampled_from([*URLS, *URLS.values(), *UNTOUCHED])), max_size=8))
def test_what_lands_is_canonical_wherever_in_a_batch_tokens_stand(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    payloads: list[Any] = [{"b": text, "a": number} for number, text in enumerate(texts)]
    landing = Landing(tmp_path_factory.mktemp("landing"))
    list(
        landing.land(
            "shop", [Unit("unit", [Record("things", f"thing:{number}", each) for number, each in enumerate(payloads)])], ["things"]
        )
    )
    held = dict(landing.rows("shop", "things", "key, payload"))
    assert held == {f"thing:{number}": canonical(each).decode() for number, each in enumerate(payloads)}


def test_many_in_one_batch_are_canonical_too(tmp_path: Path) -> None:
    texts = [text for _ in range(FEW_ROWS) for text in (*URLS, *UNTOUCHED)]
    landing = Landing(tmp_path)
    records = [Record("things", f"thing:{number}", {"a": text}) for number, text in enumerate(texts)]
    list(landing.land("shop", [Unit("unit", records)], ["things"]))
    held = dict(landing.rows("shop", "things", "key, payload"))
    assert held == {record.key: canonical(record.payload).decode() for record in records}


def test_the_hash_is_over_what_is_landed(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    for token in ("aaa.bbb", "ccc.ddd"):
        list(landing.land("shop", [Unit("unit", [Record("things", "thing", {"url": f"https://x/y?jwt={token}"})])], ["things"]))
    assert landing.rows("shop", "things", "payload") == [('{"url":"https://x/y"}',)]

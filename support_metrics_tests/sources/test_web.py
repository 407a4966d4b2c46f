"""The plain HTTP client: what it refuses to do, and what it never shows."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support_metrics.errors import SourceError, SourceUnavailable
from support_metrics.landing import canonical
from support_metrics.sources import SOURCES
from support_metrics.sources.base import Known
from support_metrics.sources.web import Web, is_list, is_object
from support_metrics_tests.servers.base import Api, Asked, Fault, Reply, refused, serving
from support_metrics_tests.sources.syncs import quick
from support_metrics_tests.sources.world import settings_at

SECRET = "marked-web-secret"


class Echo(Api):
    """Answers with a list of one."""

    def reply(self, asked: Asked) -> Reply:
        return Reply('[{"price": 1.10}]')


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[Echo]:
    api = Echo()
    with quick(monkeypatch), serving(api):
        yield api


@pytest.fixture
def waits() -> list[tuple[float, str]]:
    return []


@pytest.fixture
def web(api: Echo, waits: list[tuple[float, str]]) -> Web:
    known = Known(wait=lambda *wait: waits.append(wait))
    return Web("acme", api.address, known, "acme.api_url", headers={"X-Key": SECRET}, params={"key": SECRET}, secrets=(SECRET,))


def test_numbers_stay_as_they_were_written(web: Web) -> None:
    assert canonical(web.get("a", "things", is_list).body[0]["price"]) == b"1.10"


def test_a_netrc_does_not_take_the_place_of_our_token(web: Web, api: Echo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login someone password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    web.get("a", "things", is_list)
    assert api.asked[0].headers["x-key"] == SECRET and "authorization" not in api.asked[0].headers


def test_a_redirect_is_not_followed_with_our_token(web: Web, api: Echo) -> None:
    api.faults = {0: refused(302, Location=f"{api.address}/elsewhere?key={SECRET}")}
    with pytest.raises(SourceError, match=r"things: the server sends us elsewhere \(302\)") as caught:
        web.get("a", "things", is_list)
    assert len(api.asked) == 1 and SECRET not in str(caught.value)


REFUSALS: dict[str, tuple[Fault, str]] = {
    "the reason is told without the secret": (refused(422, {"error": {"message": f"no {SECRET}"}}), "refused with 422: no ‹secret›"),
    "a reason that is none": (refused(400, {"error": [1]}), "refused with 400"),
    "HTML": (refused(403, "<html>Forbidden</html>"), "refused with 403"),
    "nothing": (refused(410, ""), "refused with 410"),
}


@pytest.mark.parametrize(("fault", "said"), REFUSALS.values(), ids=REFUSALS.keys())
def test_a_refusal_is_one_clear_error(fault: Fault, said: str, web: Web, api: Echo) -> None:
    api.faults = {0: fault}
    with pytest.raises(SourceError) as caught:
        web.get("a", "things", is_list)
    assert caught.value.problem == f"acme: things: {said}" and caught.value.mend
    assert not isinstance(caught.value, SourceUnavailable)


def test_what_may_pass_is_tried_again(web: Web, api: Echo, waits: list[tuple[float, str]]) -> None:
    api.faults = {
        0: refused(408),
        1: refused(529),
        2: lambda _: Reply({"not": "a list"}),
        3: lambda _: Reply(""),
        4: refused(503, Retry_After="9"),
    }
    web.get("a", "things", is_list)
    assert [why.removeprefix("acme: things: ") for _, why in waits] == [
        "answered 408",
        "answered 529",
        "answered in a form that nobody knows",
        "things came without any content",
        "answered 503",
    ]
    assert waits[-1][0] == 9


def test_an_object_that_is_not_there_is_an_answer(web: Web, api: Echo) -> None:
    api.faults = {0: refused(404), 1: lambda _: Reply({"id": 1})}
    assert [web.find("a/1", "thing").status, web.find("a/1", "thing").status] == [404, 200]


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "no address", "http://[", "ftp://127.0.0.1"])
def test_an_address_that_leads_nowhere(url: str, web: Web) -> None:
    web.url = url
    with pytest.raises(SourceError) as caught:
        web.get("a", "things", is_object)
    shown = f"{caught.value!r}{caught.value.__cause__!r}"
    assert SECRET not in shown and "key=" not in shown


def test_no_address_is_logged_and_others_may_log_theirs(web: Web, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    web.get("a", "things", is_list)
    assert SECRET not in caplog.text
    logging.getLogger("urllib3.connectionpool").debug("somebody else's")
    assert "somebody else's" in caplog.text


def test_what_cannot_be_sent_is_no_matter_of_addresses(api: Echo) -> None:
    web = Web("acme", api.address, Known(), "acme.api_url", headers={"X-Key": "tök€n"}, secrets=("tök€n",))
    with pytest.raises(SourceError, match="a secret holds characters that cannot be sent") as caught:
        web.get("a", "things", is_list)
    assert "tök€n" not in str(caught.value) and api.asked == []


@pytest.mark.parametrize(
    ("variable", "source", "given"),
    [
        ("SHORTCUT_API_TOKEN", "shortcut", {}),
        ("X_BEARER_TOKEN", "x", {"account_id": "1"}),
        ("X_USER_TOKEN", "x", {"account_id": "1", "direct_messages": True}),
        ("YOUTUBE_API_KEY", "youtube", {"channel_id": "UC1"}),
        ("SLACK_BOT_TOKEN", "slack", {"channels": ["help"]}),
        ("GITHUB_TOKEN", "github", {"repositories": ["acme/tool"]}),
    ],
)
def test_no_source_takes_a_token_with_characters_that_none_has(
    api: Echo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, source: str, given: dict[str, Any]
) -> None:
    monkeypatch.setenv("X_BEARER_TOKEN", "sound")
    monkeypatch.setenv(variable, "tök€n")
    streams = ["direct_messages"] if variable == "X_USER_TOKEN" else list(SOURCES[source].streams)
    settings = settings_at(tmp_path, **{source: {"live": True, "api_url": f"{api.address}/", **given}})
    with pytest.raises(SourceError, match=f"{variable} holds characters that no token has"):
        list(SOURCES[source].fetch(settings, streams, Known()))
    assert api.asked == []
